"""Enrolling somebody on their behalf: whom the office means, and what it has to say."""

import pytest

from clients.portal.forms import empty_form
from clients.portal.views.desk_enrolling import choose, read_behalf
from tests.unit.portal import samples
from tests.unit.portal.desk_samples import BRAM_ID, OTHER_ID, TWO

RIGHT = {
    "mail": " bram@example.org ",
    "payer": "employer",
    "why": "Form signed on 3 March.",
    "agreed": "yes",
    "policy_version": "3",
    "terms_version": "2",
}


def test_what_is_whole_becomes_a_wish_at_the_price_of_whoever_it_is_for() -> None:
    form = empty_form(samples.words("en"), **RIGHT)
    read = read_behalf(form)
    bram = choose(form, TWO[:1])

    assert form.is_right
    assert read.mail_address == "bram@example.org"
    assert bram is not None
    behalf = read.behalf_of(bram)
    assert (behalf.learner_id, behalf.affiliation, behalf.payer) == (BRAM_ID, "student", "employer")
    assert (behalf.accepted_policy_version, behalf.accepted_terms_version) == (3, 2)
    assert behalf.why == "Form signed on 3 March."


def test_among_several_with_one_address_the_office_says_which() -> None:
    unsaid = empty_form(samples.words("en"), **RIGHT)
    assert choose(unsaid, TWO) is None
    assert list(unsaid.wrongs) == ["learner"]

    said = empty_form(samples.words("en"), **RIGHT, learner=str(OTHER_ID))
    chosen = choose(said, TWO)
    assert chosen is not None
    assert chosen.account_id == OTHER_ID


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"mail": " "}, "mail"),
        ({"mail": "x" * 321}, "mail"),
        ({"payer": "state"}, "payer"),
        ({"why": ""}, "why"),
        ({"why": "x" * 501}, "why"),
        ({"agreed": ""}, "agreed"),
    ],
)
def test_what_is_missing_is_said_at_its_field(changes: dict[str, str], wrong: str) -> None:
    form = empty_form(samples.words("nl"), **RIGHT | changes)

    read_behalf(form)
    choose(form, TWO[:1])

    assert list(form.wrongs) == [wrong]


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30, "²"])
def test_a_version_that_is_none_is_accepted_by_no_service(version: str) -> None:
    form = empty_form(samples.words("en"), **RIGHT | {"policy_version": version})

    assert read_behalf(form).policy_version == 0
