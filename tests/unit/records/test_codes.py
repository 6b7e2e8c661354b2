"""Verification codes: read in whatever way people write them, and never guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.refusals import Refusal
from services.records.domain.codes import ALPHABET, BYTES, LENGTH, make_code, read_code, show_code

chance = st.binary(min_size=BYTES, max_size=BYTES)


@given(chance)
def test_a_code_is_twelve_characters_that_nobody_mistakes_for_others(chance: bytes) -> None:
    code = make_code(chance)

    assert len(code) == LENGTH == 12
    assert set(code) <= set(ALPHABET)
    assert not set(ALPHABET) & set("ILOU")


@given(chance)
def test_what_is_printed_is_read_back(chance: bytes) -> None:
    code = make_code(chance)

    assert read_code(show_code(code)) == code
    assert read_code(show_code(code).lower()) == code


@given(st.integers(0, 2**60 - 1), st.integers(0, 2**60 - 1))
def test_every_bit_of_chance_counts(one: int, other: int) -> None:
    codes = {make_code(number.to_bytes(BYTES, "big")) for number in (one, other)}

    assert len(codes) == len({one, other})


def test_a_code_is_printed_in_three_groups() -> None:
    assert show_code("4K9T7WQD2MXR") == "4K9T-7WQD-2MXR"


@pytest.mark.parametrize(
    "written",
    [
        "4K9T-7WQD-2MX1",
        "4k9t7wqd2mx1",
        " 4K9T 7WQD 2MX1 ",
        "4K9T–7WQD–2MXI",
        "4K9T\N{NON-BREAKING HYPHEN}7WQD\N{NON-BREAKING HYPHEN}2MXl",
        "4K9T\N{NO-BREAK SPACE}7WQD\t2MX1",
    ],
)
def test_case_dashes_spaces_and_look_alikes_do_not_matter(written: str) -> None:
    assert read_code(written) == "4K9T7WQD2MX1"


def test_the_letter_o_is_read_as_nought() -> None:
    assert read_code("OO0o-0000-0000") == "000000000000"


@pytest.mark.parametrize(
    "written", ["", "4K9T-7WQD", "4K9T-7WQD-2MXRR", "4K9T-7WQD-2MX?", "ÄK9T-7WQD-2MXR"]
)
def test_what_cannot_be_a_code_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_code(written)

    assert refused.value.problem.code == "not-a-code"
    assert "4K9T-7WQD-2MXR" in refused.value.problem.detail.en
