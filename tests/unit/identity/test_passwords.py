"""Which passwords are good enough."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain import passwords
from services.identity.domain.passwords import (
    COMMON,
    TOO_LONG,
    TOO_SHORT,
    WELL_KNOWN,
    normalized,
    weakness,
)


@pytest.mark.parametrize(
    "password",
    [
        "a goose crossed the canal",
        "demo-only-administrator",
        "Zwaluwen vliegen laag, het gaat regenen",
        "q7$Vv!m2@Lx0",
        "eleven blue tulips 1953",
        "ひらがなとカタカナと漢字です",
    ],
)
def test_a_sentence_of_ones_own_is_good(password: str) -> None:
    assert weakness(password, mail_address="noor@example.org", name="Noor de Vries") is None


@pytest.mark.parametrize(
    "password",
    [
        "Welkom2027!!",
        "W3lk0m!!!!!!!!",
        "P@ssw0rd1234",
        "wachtwoordwachtwoord",
        "wachtwoord1wachtwoord1",
        "123456789012",
        "qwertyuiopasdf",
        "poiuytrewqlkj"[:10] + "!!",
        "1qaz2wsx3edc",
        "aaaaaaaaaaaaaaaa",
        "abcabcabcabcabc",
        "een zin werkt goed",
        "A sentence works well.",
        "correcthorsebatterystaple",
        "Dr4gonfly2027!!",  # `dragonfly` and the next one stand in the breached list only.
        "michelle19901990",
    ],
)
def test_what_is_guessed_first_is_refused(password: str) -> None:
    assert weakness(password) == WELL_KNOWN


@pytest.mark.parametrize(
    "password",
    ["noor.de.vries@example.org", "Noor.de.Vries", "noordevries2027", "NOOR DE VRIES!!"],
)
def test_who_somebody_is_is_no_secret(password: str) -> None:
    found = weakness(password, mail_address="noor.de.vries@example.org", name="Noor de Vries")

    assert found == WELL_KNOWN


def test_twelve_characters_are_enough_and_two_hundred_are_not_too_many() -> None:
    assert weakness("kiwi tuba ox") is None
    assert weakness("kiwi tuba o") == TOO_SHORT
    assert weakness("kiwi tuba " * 20) is None
    assert weakness("kiwi tuba " * 20 + "!") == TOO_LONG


def test_characters_are_counted_as_people_see_them() -> None:
    assert weakness("e\u0301" * 6 + "a") == TOO_SHORT
    assert normalized("e\u0301") == "\u00e9"


def test_every_listed_word_is_folded_as_passwords_are() -> None:
    for word in COMMON:
        assert word == word.casefold().strip()
        padded = word + "1" * max(1, 12 - len(word))
        assert weakness(padded) == WELL_KNOWN, word


@given(st.text(max_size=250))
def test_any_text_gets_an_answer(password: str) -> None:
    assert weakness(password, mail_address="a@b.nl", name="A") in (
        None,
        TOO_SHORT,
        TOO_LONG,
        WELL_KNOWN,
    )


def test_the_list_of_breached_passwords_is_whole_and_names_its_source_and_licence() -> None:
    file = Path(passwords.__file__).with_name("breached_passwords.txt")
    head = "".join(line for line in file.read_text().splitlines(keepends=True) if line[0] == "#")

    assert "zxcvbn 4.5.0" in head
    assert "Permission is hereby granted, free of charge" in head
    assert len(passwords.COMMON) > 21_000
    assert {"iloveyou", "dragonfly", "michelle", "liverpool"} <= passwords.COMMON
