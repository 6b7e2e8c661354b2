"""What is wrong with something that somebody wrote: where, and what to write instead."""

from collections.abc import Sequence
from typing import TypeAlias

import msgspec

from contracts.fact import Translated

Path: TypeAlias = tuple[str | int, ...]
"""Names and places in lists, from the outside in: `("sessions", 2, "ends_at")`."""


class Fault(msgspec.Struct, frozen=True):
    """One thing to correct. The reason says what to do."""

    path: Path
    reason: Translated


class Faulty(Exception):
    """Nothing was changed; these are all the faults that were found, not just the first."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


def untranslated(path: Path, text: Translated | None) -> list[Fault]:
    """Every text that people read stands there in both languages."""
    if text is None:
        return []
    return [
        Fault((*path, language), WRITE_BOTH)
        for language in ("nl", "en")
        if not getattr(text, language).strip()
    ]


WRITE_BOTH = Translated(
    nl="Schrijf deze tekst ook in deze taal.", en="Write this text in this language too."
)
