"""What msgspec finds wrong, said as what to write instead."""

import re

import msgspec

from contracts.fact import Translated
from services.catalogue.catalogue_file.shapes import (
    ACADEMIC_YEAR,
    CLASS_NUMBER,
    KEY,
    MAIL_ADDRESS,
)
from services.catalogue.domain.faults import Path

_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_WRITE: dict[str, tuple[str, str]] = {
    "int": ("een geheel getal", "a whole number"),
    "str": ('een tekst tussen aanhalingstekens: "…"', 'a text in quotes: "…"'),
    "bool": ("true of false", "true or false"),
    "array": ("een lijst: [ … ]", "a list: [ … ]"),
    "object": ("een tabel: { … }", "a table: { … }"),
    "datetime": (
        "een datum met een tijd, zoals 2027-04-13T18:30:00",
        "a date with a time, such as 2027-04-13T18:30:00",
    ),
    "date": ("een datum, zoals 2027-04-13", "a date, such as 2027-04-13"),
    "null": ("niets", "nothing"),
}
"""What belongs somewhere, in Dutch and in English."""
_LIKE: dict[str, tuple[str, str]] = {
    KEY: (
        "letters, cijfers, punten, koppeltekens of lage streepjes, hoogstens 64",
        "letters, digits, dots, hyphens or underscores, 64 at most",
    ),
    CLASS_NUMBER: (
        "letters, cijfers of koppeltekens, hoogstens 20",
        "letters, digits or hyphens, 20 at most",
    ),
    ACADEMIC_YEAR: ("twee jaren, zoals 2026-2027", "two years, such as 2026-2027"),
    MAIL_ADDRESS: (
        "een mailadres, zoals courses@university.example",
        "a mail address, such as courses@university.example",
    ),
    "^[A-Z]{3}$": ("drie hoofdletters, zoals EUR", "three capitals, such as EUR"),
}
_ADVICE: tuple[tuple[str, str, str], ...] = (
    (r"Object missing required field `(\w+)`", r"Voeg `\1` toe.", r"Add `\1`."),
    (
        r"Expected `datetime` with no timezone component",
        "Schrijf de tijd zoals de klok aan de muur die aangeeft, zonder tijdzone.",
        "Write the time as the clock on the wall shows it, without an offset.",
    ),
    (
        r"Expected `(?:int|float)` ([<>]=?) (-?\d+)",
        r"Schrijf een getal \1 \2.",
        r"Write a number \1 \2.",
    ),
    (r"Expected `array` of length >= 1", "Schrijf er minstens een.", "Write at least one."),
    (
        r"Expected `str` of length <= (\d+)",
        r"Schrijf hoogstens \1 tekens.",
        r"Write \1 characters at most.",
    ),
    (
        r"Invalid UUID",
        "Schrijf een id zoals 0199a000-0000-7000-8000-000000000003.",
        "Write an id such as 0199a000-0000-7000-8000-000000000003.",
    ),
    (
        r"Invalid enum value (.*)",
        r"\1 is geen van de mogelijkheden. Ze staan in docs/catalogue-file.md.",
        r"\1 is none of the choices. docs/catalogue-file.md lists them.",
    ),
)


def path_in(error: msgspec.ValidationError) -> Path:
    """Where in an entry an error is."""
    _, _, path = str(error).partition(" - at `$")
    return tuple(name or int(number) for name, number in _STEP.findall(path))


def advice_on(error: msgspec.ValidationError) -> Translated:
    """What to do about it, in a sentence."""
    message = str(error).partition(" - at `")[0]
    for pattern, nl, en in _ADVICE:
        if found := re.fullmatch(pattern, message):
            return Translated(nl=found.expand(nl), en=found.expand(en))
    for pattern, (nl, en) in _LIKE.items():
        if message == f"Expected `str` matching regex {pattern!r}":
            return Translated(nl=f"Schrijf {nl}.", en=f"Write {en}.")
    if found := re.fullmatch(r"Expected `([a-z |]+)`, got `\w+`", message):
        kinds = [_WRITE.get(kind, (kind, kind)) for kind in found[1].split(" | ") if kind != "null"]
        return Translated(
            nl=f"Schrijf {' of '.join(nl for nl, _ in kinds)}.",
            en=f"Write {' or '.join(en for _, en in kinds)}.",
        )
    return Translated(
        nl=f"{message}. In docs/catalogue-file.md staat wat hier hoort.",
        en=f"{message}. docs/catalogue-file.md shows what belongs here.",
    )
