"""What somebody types, as words to look for."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.catalogue.domain.searching import can_be_misspelled, split_words


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("Academic  Writing", ("academic", "writing")),
        ("LC-EN-AW-C1", ("lc", "en", "aw", "c1")),
        ("cafe\N{COMBINING ACUTE ACCENT}", ("café",)),
        ("data, data; data", ("data",)),
        ("'); DROP TABLE course --", ("drop", "table", "course")),
        ("…", ()),
    ],
)
def test_a_query_is_its_words(typed: str, words: tuple[str, ...]) -> None:
    assert split_words(typed) == words


@given(some.text())
def test_whatever_is_typed_becomes_a_dozen_words_at_most(typed: str) -> None:
    words = split_words(typed)

    assert len(words) <= 12
    assert len(set(words)) == len(words)
    assert all(words)


@pytest.mark.parametrize(
    ("word", "can"), [("wetenschaplijk", True), ("4218", False), ("c1", False), ("aw12", False)]
)
def test_numbers_and_codes_are_taken_at_their_word(word: str, *, can: bool) -> None:
    assert can_be_misspelled(word) is can
