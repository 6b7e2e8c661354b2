"""Reading forms, and showing that a form is one of ours."""

from datetime import timedelta

import pytest
from litestar.datastructures import FormMultiDict

from clients.portal.api.asking import FieldError
from clients.portal.forms import KEY, Form, sent_form
from clients.portal.login.attempts import begin_attempt, find_attempt, path_inside, with_attempt
from clients.portal.own_forms import fits, form_token
from clients.portal.routes.account import read_correction
from clients.portal.sessions.domain import Session, Tokens
from clients.portal.sessions.sealing import Sealer, as_text, from_text
from contracts.fact import Language
from tests.unit.portal import samples
from tests.unit.portal.samples import NOOR, NOW

FORM_KEY = b"k" * 32


def sent(reads: Language = "en", /, **typed: str) -> Form:
    return sent_form(samples.words(reads), FormMultiDict(list(typed.items())))


def session(cookie_hash: bytes = b"hash") -> Session:
    tokens = Tokens(access_token="a", refresh_token="r", id_token="i", expires_at=NOW)
    return Session(
        cookie_hash=cookie_hash,
        person=NOOR,
        tokens=tokens,
        generation=1,
        started_at=NOW,
        seen_at=NOW,
        ends_at=NOW + timedelta(hours=12),
    )


def test_a_right_form_becomes_a_struct() -> None:
    correction = read_correction(sent(name=" Noor de Vries ", language="nl"))

    assert correction is not None
    assert (correction.name, correction.language) == ("Noor de Vries", "nl")


def test_everything_that_has_to_be_corrected_is_said_at_once_in_the_order_of_the_page() -> None:
    form = sent("nl", name="", language="fr")

    assert read_correction(form) is None
    assert dict(form.wrongs) == {
        "name": "Vul je volledige naam in, zoals Noor de Vries",
        "language": "Kies Engels of Nederlands voor je mails",
    }
    assert form.status == 422


def test_a_services_words_stand_at_the_fields_that_it_names() -> None:
    form = sent(name="x" * 10)

    form.take(samples.refusal(422, FieldError("Enter a name", "/name")), {"/name": "name"})

    assert dict(form.wrongs) == {"name": "Enter a name"}
    assert form.refusal is None


def test_what_a_service_says_about_nothing_on_the_page_stands_above_it() -> None:
    form = sent()

    form.take(samples.refusal(422, FieldError("Not yours", "/other")), {"/name": "name"})

    assert form.refusal is not None
    assert form.status == 422


def test_a_form_keeps_its_idempotency_key_and_gets_one_if_it_has_none() -> None:
    assert sent(**{KEY: "kept"}).key == "kept"
    assert len(sent().key) == 24
    assert sent(**{KEY: "x" * 65}).key != "x" * 65


def test_a_box_and_a_text_can_be_needed() -> None:
    form = sent(terms="yes")

    assert form.tick("terms", needed="account.name_needed")
    assert not form.tick("policy", needed="account.language_needed")
    assert list(form.wrongs) == ["policy"]
    assert form.chosen("nothing") == ()


def test_a_form_of_ours_fits_its_own_session_only() -> None:
    token = form_token(FORM_KEY, session(), now=NOW)

    assert fits(FORM_KEY, session(), token, now=NOW + timedelta(hours=1))
    assert not fits(FORM_KEY, session(b"another"), token, now=NOW)
    assert not fits(FORM_KEY, None, token, now=NOW)
    assert not fits(b"o" * 32, session(), token, now=NOW)
    assert not fits(FORM_KEY, session(), token, now=NOW + timedelta(hours=25))
    assert not fits(FORM_KEY, session(), token, now=NOW - timedelta(hours=1))


@pytest.mark.parametrize("token", ["", "1", "1.", f"1.{'A' * 43}", "x.y"])
def test_what_is_no_token_fits_nobody(token: str) -> None:
    assert not fits(FORM_KEY, None, token, now=NOW)


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example", "/\\evil.example", "https://evil.example", "evil", "", "/\t/evil.example",
        "/\n/evil.example", "/a\\b", "/ü\x00", "javascript:alert(1)", "/" + "x" * 700,
    ],
)  # fmt: skip
def test_nobody_is_sent_elsewhere_after_logging_in(address: str) -> None:
    assert path_inside(address) is None
    assert begin_attempt("nl", address, now=NOW).to == "/nl"


def test_a_path_of_ours_is_gone_back_to() -> None:
    assert path_inside("/en/courses?q=a%20b&free=1") == "/en/courses?q=a%20b&free=1"


def test_an_answer_finds_its_attempt_for_an_hour_among_the_last_three() -> None:
    attempts = tuple(begin_attempt("en", f"/en/{each}", now=NOW) for each in range(4))
    known: tuple = ()  # type: ignore[type-arg] # Of attempts; filled below.
    for attempt in attempts:
        known = with_attempt(known, attempt)

    assert find_attempt(known, attempts[3].state, now=NOW) == attempts[3]
    assert find_attempt(known, attempts[0].state, now=NOW) is None
    assert find_attempt(known, "", now=NOW) is None
    assert find_attempt(known, attempts[3].state, now=NOW + timedelta(hours=1)) is None


def test_what_is_sealed_opens_with_its_key_at_its_place_and_nowhere_else() -> None:
    sealed = Sealer(b"k" * 32).seal(NOOR, place=b"here")

    assert Sealer(b"k" * 32).open(sealed, type(NOOR), place=b"here") == NOOR
    assert Sealer(b"k" * 32).open(sealed, type(NOOR), place=b"there") is None
    assert Sealer(b"o" * 32).open(sealed, type(NOOR), place=b"here") is None
    assert Sealer(b"k" * 32).open(sealed[:-1], type(NOOR), place=b"here") is None
    assert Sealer(b"k" * 32).open(b"", type(NOOR), place=b"here") is None
    assert b"Noor" not in sealed


def test_bytes_come_back_from_their_text() -> None:
    assert from_text(as_text(b"\x00\xff~?")) == b"\x00\xff~?"
    assert from_text("not! base64") == b""


def test_a_session_is_over_when_it_is_old_or_was_not_visited() -> None:
    idle = timedelta(hours=2)

    assert not session().is_over(idle=idle, now=NOW + timedelta(minutes=119))
    assert session().is_over(idle=idle, now=NOW + timedelta(hours=2))
    assert session().is_over(idle=timedelta(days=9), now=NOW + timedelta(hours=12))


def test_no_secret_is_shown_by_accident() -> None:
    assert "access" not in repr(session().tokens)
