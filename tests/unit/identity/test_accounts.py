"""Names, mail addresses, links: what is accepted, and until when."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from chassis.refusals import Refusal
from services.identity import refusals
from services.identity.domain import accounts, mail
from services.identity.domain.accounts import Account, Link, PasswordReset, Wish

NOW = datetime(2027, 3, 10, 13, 0, tzinfo=UTC)
LINK = Link(
    url="https://id.example/verify?token=t", link_hash=b"h", expires_at=NOW + timedelta(hours=48)
)
WISH = Wish(
    name="Noor  de Vries ",
    mail_address=" Noor@Example.org ",
    password="a goose crossed the canal",
    language="nl",
    accepts_terms=True,
)
ACCOUNT = Account(
    account_id=UUID(int=1),
    version=3,
    mail_address="noor@example.org",
    name="Noor de Vries",
    language="nl",
    affiliation="student",
    registered_at=NOW,
)


@pytest.mark.parametrize(
    "address",
    ["noor@example.org", "N.de.Vries+courses@student.example.nl", "o'neil@x-y.example", "a@b.co"],
)
def test_a_mail_can_be_sent_there(address: str) -> None:
    assert mail.is_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "noor",
        "noor@",
        "@example.org",
        "noor@example",
        "noor@@example.org",
        "noor@example..org",
        "noor@-example.org",
        ".noor@example.org",
        "noor@example.org\nBcc: eve@example.org",
        "noor@example.org\0",
        "noor @example.org",
        "noor@[127.0.0.1]",
        "noör@example.org",
        "noor@exämple.org",
        '"noor"@example.org',
        "n" * 65 + "@example.org",
        "noor@" + "e" * 250 + ".org",
    ],
)
def test_a_mail_cannot_be_sent_there(address: str) -> None:
    assert not mail.is_address(address)


def test_two_ways_to_write_one_address_are_the_same_address() -> None:
    assert mail.key_of(" Noor@Example.ORG") == mail.key_of("noor@example.org")


@pytest.mark.parametrize(
    "name", ["Noor de Vries", "Łucja Ñuñez-van 't Hof", "李小龍", "Æ", "Dr. F. McAllister"]
)
def test_a_name_is_whatever_people_are_called(name: str) -> None:
    assert accounts.wrong_name(name) is None


@pytest.mark.parametrize("name", ["", "  ", "?!", "42", "Noor\x00", "Noor\u202eseirV", "x" * 121])
def test_what_cannot_stand_on_a_certificate_is_no_name(name: str) -> None:
    assert accounts.wrong_name(name) is not None


def test_a_name_is_kept_with_single_spaces_and_composed_letters() -> None:
    assert accounts.clean_name("  Zoe\u0308 \t de  Vries") == "Zo\u00eb de Vries"


def test_all_answers_that_are_wrong_are_named_in_the_order_of_the_form() -> None:
    wish = Wish(name="", mail_address="x", password="short", language="en", accepts_terms=False)

    assert [wrong.field for wrong in accounts.wrongs_of(wish)] == [
        "name",
        "mail_address",
        "password",
        "accepts_terms",
    ]
    assert accounts.wrongs_of(WISH) == []


def test_what_was_filled_in_is_never_shown_by_accident() -> None:
    assert "goose" not in repr(WISH)
    assert "token" not in repr(LINK)


def test_a_link_is_good_until_it_expires_and_once() -> None:
    signed_up, _ = accounts.sign_up(
        WISH,
        LINK,
        account_id=UUID(int=1),
        password_hash="$argon2id$",
        terms_version="2026-11",
        now=NOW,
    )
    last = LINK.expires_at - timedelta(microseconds=1)

    used, account, fact = accounts.verify_mail_address(signed_up, now=last)

    assert (account.name, account.mail_address) == ("Noor de Vries", "Noor@Example.org")
    assert (account.affiliation, fact.affiliation, fact.version) == ("guest", "guest", 1)
    assert refused(used, now=last) == refusals.LINK_USED.code
    assert refused(signed_up, now=LINK.expires_at) == refusals.LINK_EXPIRED.code


def refused(linked: accounts.SignUp | PasswordReset, *, now: datetime) -> str:
    with pytest.raises(Refusal) as refusal:
        accounts.require_usable(linked, now=now)
    return refusal.value.problem.code


def test_a_reset_goes_to_the_proved_address_or_nowhere() -> None:
    reset, fact = accounts.request_password_reset(ACCOUNT, LINK)
    nowhere, nothing = accounts.request_password_reset(None, LINK)

    assert fact is not None
    assert (fact.mail_address, fact.link) == ("noor@example.org", LINK.url)
    assert reset.account_id == ACCOUNT.account_id
    assert (nowhere.account_id, nothing) == (None, None)


def test_a_correction_counts_and_is_told_and_none_is_neither() -> None:
    changed = accounts.correct_account(ACCOUNT, name="Noor Bakker")

    assert changed is not None
    assert (changed[0].version, changed[1].version, changed[1].name) == (4, 4, "Noor Bakker")
    assert accounts.correct_account(ACCOUNT, name=" Noor de  Vries", language="nl") is None
    assert replace(changed[0], version=3, name="Noor de Vries") == ACCOUNT
