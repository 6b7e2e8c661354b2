"""Passkeys: what devices are asked for, which answers hold, whose pages may use them."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from chassis.refusals import Refusal
from services.identity.domain import ceremonies, passkeys
from services.identity.domain.passkeys import Challenge, Passkey, Site
from tests.support.authenticator import Authenticator, text_of

NOW = datetime(2027, 3, 10, 13, 0, tzinfo=UTC)
SITE = Site(domain="portal.example", origin="https://portal.example")
ADA, BOB = UUID(int=1), UUID(int=2)
DEVICE = Authenticator(domain=SITE.domain, origin=SITE.origin)
NONCE = b"c" * 32
CHALLENGE = Challenge(
    cookie_hash=b"", challenge=NONCE, account_id=ADA, expires_at=NOW + timedelta(minutes=5)
)


def to_add(held: list[Passkey] | None = None) -> dict[str, Any]:
    text = ceremonies.options_to_add(
        SITE, CHALLENGE, mail_address="ada@example.org", held=held or []
    )
    options: dict[str, Any] = json.loads(text)
    return options


def to_log_in() -> dict[str, Any]:
    options: dict[str, Any] = json.loads(ceremonies.options_to_log_in(SITE, CHALLENGE))
    return options


def added(device: Authenticator, challenge: bytes = NONCE) -> tuple[Authenticator, Passkey]:
    owned, answer = device.create(to_add())
    passkey = ceremonies.add(
        answer, challenge, SITE, passkey_id=UUID(int=9), account_id=ADA, name="Phone", now=NOW
    )
    return owned, passkey


def test_a_device_is_asked_for_a_key_that_is_found_without_a_name_and_knows_its_owner() -> None:
    _, passkey = added(DEVICE)

    options = to_add([passkey])

    assert options["rp"] == {"name": "Course Portal", "id": "portal.example"}
    assert options["attestation"] == "none"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["user"]["id"] == text_of(ADA.bytes)
    assert [each["id"] for each in options["excludeCredentials"]] == [text_of(DEVICE.credential_id)]
    assert to_log_in()["userVerification"] == "required"
    assert to_log_in()["allowCredentials"] == []


def test_an_answer_that_holds_gives_the_passkey_and_later_its_count() -> None:
    device, passkey = added(DEVICE)
    assert (passkey.credential_id, passkey.sign_count) == (DEVICE.credential_id, 1)

    answer = ceremonies.read_answer(device.but(count=7).get(to_log_in()))

    assert answer.account_id == ADA
    assert ceremonies.count_of(answer, passkey, NONCE, SITE) == 7


WRONG = [
    {"origin": "https://portal.example.evil"},
    {"origin": "http://portal.example"},
    {"domain": "example"},
    {"knows_its_owner": False},
]


@pytest.mark.parametrize("changes", WRONG)
def test_a_passkey_of_another_page_or_domain_or_without_its_owner_is_refused(
    changes: dict[str, Any],
) -> None:
    with pytest.raises(Refusal) as refused:
        added(DEVICE.but(**changes))
    assert refused.value.problem.code == "passkey-not-accepted"

    device, passkey = added(DEVICE)
    answer = ceremonies.read_answer(device.but(**changes).get(to_log_in()))
    with pytest.raises(Refusal) as refused:
        ceremonies.count_of(answer, passkey, NONCE, SITE)
    assert refused.value.problem.code == "passkey-not-accepted"


def test_another_challenge_key_or_owner_is_refused() -> None:
    device, passkey = added(DEVICE)
    with pytest.raises(Refusal):
        added(DEVICE, challenge=b"d" * 32)
    other_key = Authenticator(domain=SITE.domain, origin=SITE.origin).key
    for answered, challenge in (
        (device, b"d" * 32),
        (device.but(key=other_key), NONCE),
        (device.but(user_handle=BOB.bytes), NONCE),
    ):
        answer = ceremonies.read_answer(answered.get(to_log_in()))
        with pytest.raises(Refusal):
            ceremonies.count_of(answer, passkey, challenge, SITE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "[]",
        "null",
        "{}",
        '{"id": "a", "rawId": "a", "type": "public-key", "response": {}}',
        "x" * 40_000,
        DEVICE.get({"challenge": text_of(NONCE)}),
    ],
)
def test_what_is_no_answer_is_refused_and_breaks_nothing(text: str) -> None:
    with pytest.raises(Refusal):
        ceremonies.read_answer(text)
    with pytest.raises(Refusal):
        ceremonies.add(
            text, NONCE, SITE, passkey_id=UUID(int=9), account_id=ADA, name="Phone", now=NOW
        )


@pytest.mark.parametrize(
    ("count", "last", "copied"),
    [(0, 0, False), (1, 0, False), (6, 5, False), (5, 5, True), (4, 5, True), (0, 5, True)],
)
def test_a_count_that_does_not_go_on_tells_of_a_copy(count: int, last: int, copied: bool) -> None:
    assert passkeys.is_copied(count, last) is copied


@pytest.mark.parametrize(("name", "is_wrong"), [("Phone", False), (" ", True), ("x" * 61, True)])
def test_a_passkey_has_a_name(name: str, is_wrong: bool) -> None:
    assert bool(passkeys.wrongs_of_name(name)) is is_wrong


def test_passkeys_are_for_the_domain_that_people_come_to() -> None:
    assert passkeys.site_of("https://portal.example/identity", "") == SITE
    below = passkeys.site_of("https://login.portal.example:8443", "portal.example")
    assert below == Site(domain="portal.example", origin="https://login.portal.example:8443")
    assert passkeys.site_of("http://127.0.0.1:21625", "") is None
    assert passkeys.site_of("http://[::1]:21625", "") is None
    with pytest.raises(ValueError, match="nor below it"):
        passkeys.site_of("https://notportal.example", "portal.example")


def test_identity_starts_without_what_only_passkeys_need() -> None:
    code = "import sys, services.identity.app; print(sorted(sys.modules))"
    loaded = subprocess.run(  # noqa: S603 - our own interpreter.
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert "'services.identity.edge.passkeys'" in loaded
    assert "'webauthn'" not in loaded
