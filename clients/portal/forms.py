"""Forms: what was typed, what has to be corrected, and what it means. One pattern for all (design, "Errors").

A form posts to the address of its own page. The route reads it into a struct with the methods below,
each of which notes what has to be corrected; where something does, the same page is shown again with
this form, else the route acts and redirects (303).
"""

import re
import secrets
from collections.abc import Collection, Iterable, Mapping
from typing import TypeVar

from litestar.datastructures import FormMultiDict, MultiDict
from markupsafe import Markup

from clients.portal.api.asking import Refused
from clients.portal.words import Words

C = TypeVar("C", bound=str)

KEY = "idempotency_key"
_LONGEST_KEY = 64
_AMOUNT = re.compile(r"(\d{1,7})(?:[.,](\d{2}))?", re.ASCII)


class Form:
    """One form, empty or as somebody sent it."""

    def __init__(self, words: Words, typed: Mapping[str, tuple[str, ...]]) -> None:
        self._words = words
        self._typed = typed
        self.wrongs: dict[str, Markup] = {}
        """An instruction for each field that has to be corrected, in the order of the page."""
        self.refusal: Refused | None = None
        """A no that is not about one field."""

    @property
    def is_right(self) -> bool:
        return not self.wrongs and self.refusal is None

    @property
    def key(self) -> str:
        """The Idempotency-Key of this form: the same however often it is sent, also after a correction."""
        given = self.typed(KEY)
        return given if 0 < len(given) <= _LONGEST_KEY else secrets.token_urlsafe(18)

    def with_new_key(self) -> "Form":
        """The same answers as another wish: what was refused is not to be repeated."""
        return self._with({name: each for name, each in self._typed.items() if name != KEY})

    def with_answers(self, **answers: str) -> "Form":
        """The same form with other answers in some fields."""
        return self._with({**self._typed, **{name: (each,) for name, each in answers.items()}})

    def _with(self, typed: Mapping[str, tuple[str, ...]]) -> "Form":
        form = Form(self._words, typed)
        form.wrongs, form.refusal = self.wrongs, self.refusal
        return form

    def typed(self, name: str) -> str:
        """What was typed into a field, as it was; empty if nothing."""
        return self._typed.get(name, ("",))[0]

    def chosen(self, name: str) -> tuple[str, ...]:
        """Everything that was ticked under a name."""
        return self._typed.get(name, ())

    def text(self, name: str, *, needed: str | None = None, longest: int, too_long: str) -> str:
        """A line or more of text, trimmed; `needed` and `too_long` are keys of instructions."""
        value = self.typed(name).strip()
        if needed is not None and not value:
            self.wrong(name, needed)
        elif len(value) > longest:
            self.wrong(name, too_long, count=longest)
        return value

    def choice(self, name: str, among: Collection[C], *, needed: str) -> C | None:
        """One of some values; None, with an instruction, where none was chosen."""
        value = self.typed(name)
        for each in among:
            if each == value:
                return each
        self.wrong(name, needed)
        return None

    def tick(self, name: str, *, needed: str | None = None) -> bool:
        """A box; with `needed` it has to be ticked."""
        is_ticked = bool(self.typed(name))
        if needed is not None and not is_ticked:
            self.wrong(name, needed)
        return is_ticked

    def wrong(self, name: str, key: str, **facts: object) -> None:
        """A field has to be corrected; the first instruction for it counts."""
        self.wrongs.setdefault(name, self._words.say(key, **facts))

    def say(self, key: str, **facts: object) -> Markup:
        """A sentence to make an instruction of."""
        return self._words.say(key, **facts)

    def take(self, refused: Refused, fields: Mapping[str, str]) -> None:
        """A service's no: at the fields that it names, where this form has them, else above the form.

        Args:
            refused: the service's problem document; its words are in the reader's language.
            fields: which field of the form stands for which JSON pointer.
        """
        known = {each.pointer: each.detail for each in refused.errors if each.pointer in fields}
        for pointer, name in fields.items():
            if pointer in known:
                self.wrongs.setdefault(name, Markup.escape(known[pointer]))
        if len(known) < len(refused.errors) or not known:
            self.refusal = refused

    @property
    def status(self) -> int:
        """Of the page that shows it."""
        return 200 if self.is_right else 422


def amount_minor(typed: str) -> int | None:
    """An amount such as 12, 12.50 or 12,50, in minor units; None for anything else."""
    read = _AMOUNT.fullmatch(typed.strip().removeprefix("€").strip())
    if read is None:
        return None
    return 100 * int(read.group(1)) + int(read.group(2) or 0)


def empty_form(words: Words, **filled: str) -> Form:
    """A form as it is first shown, with what is known already."""
    return Form(words, {name: (value,) for name, value in filled.items()})


def sent_form(words: Words, sent: FormMultiDict | MultiDict[str]) -> Form:
    """A form as somebody sent it."""
    return Form(words, _by_name(sent.multi_items()))


def _by_name(items: Iterable[tuple[str, object]]) -> dict[str, tuple[str, ...]]:
    typed: dict[str, tuple[str, ...]] = {}
    for name, value in items:
        if isinstance(value, str):
            typed[name] = (*typed.get(name, ()), value)
    return typed
