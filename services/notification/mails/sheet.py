"""What a mail says, before anybody lays it out.

A template does not write HTML. It calls `heading(…)`, `paragraph(…)`, `table(…)`, and each puts a
block on the sheet. Two small renderers lay the same sheet out, as HTML and as text: so the twins
cannot differ, and a template says every sentence once.

Sentences may hold `<strong>` and `<a href="…">`, nothing else.
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import msgspec
from markupsafe import Markup, escape

from chassis.language import NO_BREAK

Line: TypeAlias = Markup


class Heading(msgspec.Struct, frozen=True, tag="heading"):
    """The first says what has happened; the others part the rest."""

    level: int
    text: Line


class Paragraph(msgspec.Struct, frozen=True, tag="paragraph"):
    """A sentence or more; several lines where each is a thing of its own."""

    lines: tuple[Line, ...]


class Button(msgspec.Struct, frozen=True, tag="button"):
    """The one thing to do."""

    url: str
    label: Line


class Facts(msgspec.Struct, frozen=True, tag="facts"):
    """Names with what they stand for."""

    rows: tuple[tuple[Line, tuple[Line, ...]], ...]


class Table(msgspec.Struct, frozen=True, tag="table"):
    """Rows under named columns; a cell can have several lines."""

    columns: tuple[Line, ...]
    rows: tuple[tuple[tuple[Line, ...], ...], ...]


class Quote(msgspec.Struct, frozen=True, tag="quote"):
    """Somebody else's words, their paragraphs kept."""

    lines: tuple[Line, ...]


Block: TypeAlias = Heading | Paragraph | Button | Facts | Table | Quote


class Sheet:
    """A mail as its template fills it."""

    def __init__(self) -> None:
        self.subject = ""
        self.preheader = Markup("")
        self.blocks: list[Block] = []
        self.small: list[Line] = []
        """Below the mail: reference, where to ask, why one gets it."""

    def words(self) -> dict[str, Callable[..., str]]:
        """What templates call. All return nothing to be written."""
        return {
            "subject": self._set_subject,
            "preheader": self._set_preheader,
            "heading": self._add_heading,
            "part": self._add_part,
            "paragraph": self._add_paragraph,
            "button": self._add_button,
            "facts": self._add_facts,
            "table": self._add_table,
            "quote": self._add_quote,
            "small": self._add_small,
        }

    def _set_subject(self, text: str) -> str:
        # No line is ever broken in a subject; without the no-break space most are plain ASCII.
        self.subject = Markup(text).unescape().replace(NO_BREAK, " ")  # noqa: S704 - only unescaped.
        return ""

    def _set_preheader(self, text: str) -> str:
        self.preheader = escape(text)
        return ""

    def _add_heading(self, text: str) -> str:
        return self._add(Heading(1, escape(text)))

    def _add_part(self, text: str) -> str:
        return self._add(Heading(2, escape(text)))

    def _add_paragraph(self, *lines: str | None) -> str:
        """Lines that are None or empty are left out: a fact that is not there."""
        return self._add(Paragraph(_lines(lines)))

    def _add_button(self, url: str, label: str) -> str:
        return self._add(Button(url, escape(label)))

    def _add_facts(self, *rows: tuple[str, Any]) -> str:
        """Rows of a name with a value or a list of lines; without a value a row is left out."""
        kept = [(escape(name), _lines(value)) for name, value in rows]
        return self._add(Facts(tuple(row for row in kept if row[1])))

    def _add_table(self, columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
        return self._add(
            Table(
                tuple(escape(column) for column in columns),
                tuple(tuple(_lines(cell) for cell in row) for row in rows),
            )
        )

    def _add_quote(self, text: str) -> str:
        return self._add(Quote(_lines(text.splitlines())))

    def _add_small(self, line: str) -> str:
        self.small.append(escape(line))
        return ""

    def _add(self, block: Block) -> str:
        self.blocks.append(block)
        return ""


def _lines(value: Any) -> tuple[Line, ...]:
    """One line or many, escaped where they are not ours, without the empty ones."""
    many = [value] if isinstance(value, str) or value is None else value
    return tuple(escape(line) for line in many if line)
