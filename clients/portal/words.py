"""What pages say: sentences by key from locales/, dates and money, for one reader.

A sentence stands in `locales/<language>/<area>.toml` and is said with `say("<area>.<key>")`. Its facts
stand in braces; one that depends on a number is a table with `one` and `other`, chosen by `count`.
Sentences may hold markup, because they are ours; facts are escaped.
"""

import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from chassis.pages import Formats, functions_of
from contracts.fact import Language

LOCALES = Path(__file__).parent / "locales"
LANGUAGES: tuple[Language, ...] = ("nl", "en")

Message = str | dict[str, str]


@cache
def messages(language: Language) -> Mapping[str, Message]:
    """Every sentence in one language, by its whole key."""
    found: dict[str, Message] = {}
    for file in sorted((LOCALES / language).glob("*.toml")):
        found |= _flat(f"{file.stem}.", tomllib.loads(file.read_text()))
    return found


def _flat(prefix: str, table: Mapping[str, Any]) -> dict[str, Message]:
    flat: dict[str, Message] = {}
    for key, value in table.items():
        if isinstance(value, str) or value.keys() == {"one", "other"}:
            flat[prefix + key] = value
        else:
            flat |= _flat(f"{prefix}{key}.", value)
    return flat


class Words(Formats):
    """Every function that templates know."""

    def __init__(self, language: Language, zone: ZoneInfo) -> None:
        super().__init__(language, zone)
        self._messages = messages(language)

    def say(self, key: str, **facts: Any) -> Markup:
        """A sentence.

        Raises:
            KeyError: there is none of this key, or it wants a fact that is not given.
        """
        message = self._messages[key]
        if isinstance(message, dict):
            message = message["one" if facts["count"] == 1 else "other"]
        # Not Markup's own `format`, which is ten times slower and would escape once more.
        escaped = {name: escape(fact) for name, fact in facts.items()}
        return Markup(message.format(**escaped))  # noqa: S704 - sentences are ours, facts escaped.

    def functions(self) -> dict[str, Callable[..., Any]]:
        """Themselves, by name, for a template."""
        functions = functions_of(self)
        del functions["functions"]
        return functions
