"""A sheet as plain text: the same sentences as the HTML, in 72 columns."""

import html
import re
from collections.abc import Iterable, Iterator, Sequence

from chassis.language import NO_BREAK
from services.notification.mails.sheet import (
    Block,
    Button,
    Facts,
    Heading,
    Line,
    Paragraph,
    Quote,
    Sheet,
    Table,
)

WIDTH = 72

_LINK = re.compile(r'<a href="([^"]*)"[^>]*>(.*?)</a>')
_TAG = re.compile(r"<[^>]+>")
_GAP = 3
_NARROWEST = 18
"""A last column narrower than this is no column."""


def render_text(sheet: Sheet) -> str:
    """Lay a sheet out as text."""
    words = _Words({block.url for block in sheet.blocks if isinstance(block, Button)})
    parts: list[str] = []
    under_heading = False
    for block in sheet.blocks:
        part = "\n".join(words.lay_out(block))
        if under_heading:
            parts[-1] += f"\n{part}"
        else:
            parts.append(part)
        under_heading = isinstance(block, Heading) and block.level > 1
    small = "\n".join(line for text in sheet.small for line in wrap(words.plain(text)))
    # "-- " ends the mail proper; an answer leaves what follows out (RFC 3676, 4.3).
    return "\n\n".join([*parts, f"-- \n{small}"]).replace(NO_BREAK, " ") + "\n"


class _Words:
    """Blocks as lines of text, in a mail whose buttons lead to these addresses."""

    def __init__(self, on_buttons: set[str]) -> None:
        self._on_buttons = on_buttons

    def lay_out(self, block: Block) -> Iterator[str]:
        match block:
            case Heading(level=1, text=text):
                yield from wrap(self.plain(text))
            case Heading(text=text):
                yield from wrap(self.plain(text).upper())
            case Paragraph(lines=lines):
                yield from self._wrapped(lines)
            case Button(url=url, label=label):
                yield f"{self.plain(label)}:"
                yield url
            case Quote(lines=lines):
                for line in self._wrapped(lines, WIDTH - 2):
                    yield f"> {line}"
            case Facts(rows=rows):
                yield from self._facts(rows)
            case Table():
                yield from self._table(block)

    def plain(self, text: Line) -> str:
        """A sentence without its markup. An address that no button shows stands behind its label."""
        return html.unescape(_TAG.sub("", _LINK.sub(self._link, text)))

    def _link(self, found: re.Match[str]) -> str:
        url, label = found.groups()
        if html.unescape(url) in self._on_buttons or url.startswith("mailto:"):
            return label
        if url.removeprefix("https://").removeprefix("http://") == label:
            return url
        return f"{label}{'' if label.endswith('?') else ':'} {url}"

    def _wrapped(self, lines: Iterable[Line], width: int = WIDTH) -> list[str]:
        return [line for text in lines for line in wrap(self.plain(text), width)]

    def _facts(self, rows: Sequence[tuple[Line, tuple[Line, ...]]]) -> Iterator[str]:
        names = [self.plain(name).upper() for name, _ in rows]
        indent = max(map(len, names)) + 2
        for name, (_, lines) in zip(names, rows, strict=True):
            for number, line in enumerate(self._wrapped(lines, WIDTH - indent)):
                yield f"{'' if number else name:{indent}}{line}"

    def _table(self, table: Table) -> Iterator[str]:
        heads = [self.plain(column).upper() for column in table.columns]
        rows = [[[self.plain(line) for line in cell] for cell in row] for row in table.rows]
        widths = [
            max(len(text) for text in (head, *(line for row in rows for line in row[number])))
            for number, head in enumerate(heads)
        ]
        last = WIDTH - sum(widths[:-1]) - _GAP * (len(widths) - 1)
        if widths[-1] > last and last < _NARROWEST:
            for row in rows:
                for number, cell in enumerate(row):
                    for line in cell:
                        yield from wrap(f"{heads[number]}  {line}")
            return
        yield _in_columns(heads, widths)
        apart = any(len(cell) > 1 for row in rows for cell in row)
        for place, row in enumerate(rows):
            if apart and place:
                yield ""
            cells = [*row[:-1], [part for line in row[-1] for part in wrap(line, last)]]
            for number in range(max(map(len, cells))):
                texts = [cell[number] if number < len(cell) else "" for cell in cells]
                yield _in_columns(texts, widths)


def _in_columns(texts: Sequence[str], widths: Sequence[int]) -> str:
    padded = (f"{text:{width}}" for text, width in zip(texts, widths, strict=True))
    return (" " * _GAP).join(padded).rstrip()


def wrap(text: str, width: int = WIDTH) -> list[str]:
    """Break a text at spaces; a word that is too long for a line, such as an address, gets its own."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line]
