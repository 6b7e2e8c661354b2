"""What msgspec finds wrong, said as what to write instead."""

import re

import msgspec

from services.catalogue.catalogue_file.shapes import (
    ACADEMIC_YEAR,
    CLASS_NUMBER,
    KEY,
    MAIL_ADDRESS,
)
from services.catalogue.domain.faults import Path

_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_WRITE = {
    "int": "a whole number",
    "str": 'a text in quotes: "…"',
    "bool": "true or false",
    "array": "a list: [ … ]",
    "object": "a table: { … }",
    "datetime": "a date with a time, such as 2027-04-13T18:30:00",
    "date": "a date, such as 2027-04-13",
    "null": "nothing",
}
_LIKE = {
    KEY: "letters, digits, dots, hyphens or underscores, 64 at most",
    CLASS_NUMBER: "letters, digits or hyphens, 20 at most",
    ACADEMIC_YEAR: "two years, such as 2026-2027",
    MAIL_ADDRESS: "a mail address, such as courses@university.example",
    "^[A-Z]{3}$": "three capitals, such as EUR",
}
_ADVICE: tuple[tuple[str, str], ...] = (
    (r"Object missing required field `(\w+)`", r"Add `\1`."),
    (
        r"Expected `datetime` with no timezone component",
        "Write the time as the clock on the wall shows it, without an offset.",
    ),
    (r"Expected `(?:int|float)` ([<>]=?) (-?\d+)", r"Write a number \1 \2."),
    (r"Expected `array` of length >= 1", "Write at least one."),
    (r"Invalid UUID", "Write an id such as 0199a000-0000-7000-8000-000000000003."),
    (r"Invalid enum value (.*)", r"\1 is none of the choices. docs/catalogue-file.md lists them."),
)


def path_in(error: msgspec.ValidationError) -> Path:
    """Where in an entry an error is."""
    _, _, path = str(error).partition(" - at `$")
    return tuple(name or int(number) for name, number in _STEP.findall(path))


def advice_on(error: msgspec.ValidationError) -> str:
    """What to do about it, in a sentence."""
    message = str(error).partition(" - at `")[0]
    for pattern, advice in _ADVICE:
        if found := re.fullmatch(pattern, message):
            return found.expand(advice)
    for pattern, like in _LIKE.items():
        if message == f"Expected `str` matching regex {pattern!r}":
            return f"Write {like}."
    if found := re.fullmatch(r"Expected `([a-z |]+)`, got `\w+`", message):
        kinds = [_WRITE.get(kind, kind) for kind in found[1].split(" | ") if kind != "null"]
        return f"Write {' or '.join(kinds)}."
    return f"{message}. docs/catalogue-file.md shows what belongs here."
