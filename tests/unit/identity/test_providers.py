"""The file of providers, and what their words are worth."""

from datetime import UTC, datetime

import pyotp
import pytest

from services.identity.domain import second_step
from services.identity.domain.providers import BadProviders, affiliation_of, read_providers

GOOD = """
[[provider]]
key = "surfconext"
kind = "institution"
title = { nl = "SURFconext", en = "SURFconext" }
issuer = "https://connect.surfconext.nl"
client_id = "portal"
private_key_file = "key.pem"
organizations = ["ours.example"]
"""


def test_a_file_of_providers_is_read() -> None:
    (provider,) = read_providers(GOOD)

    assert (provider.key, provider.scope, provider.vouches_for_mail) == (
        "surfconext",
        "openid",
        False,
    )
    assert read_providers("") == ()


@pytest.mark.parametrize(
    ("spoiled", "why"),
    [
        (GOOD + 'client_secret_file = "secret"', "private_key_file or client_secret_file"),
        (
            GOOD.replace('private_key_file = "key.pem"', ""),
            "private_key_file or client_secret_file",
        ),
        (GOOD.replace("https://connect", "http://connect"), "issuer is https"),
        (GOOD.replace("surfconext.nl", "surfconext.nl/"), "issuer is https"),
        (GOOD + 'parameters = { state = "x" }', "parameters must not hold state"),
        (GOOD + 'scope = "profile"', "scope must hold openid"),
        (GOOD + GOOD, "every key may stand there once"),
        (GOOD + "typo = 1", "typo"),
        (GOOD.replace('"surfconext"', '"../x"'), "key"),
        ("not toml", "Expected"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(spoiled: str, why: str) -> None:
    with pytest.raises(BadProviders) as refused:
        read_providers(spoiled)

    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("organization", "plain", "scoped", "affiliation"),
    [
        ("ours.example", ["Employee"], [], "staff"),
        ("ours.example", ["student", "employee"], [], "staff"),
        ("ours.example", ["member", "alum"], [], "guest"),
        ("theirs.example", ["employee"], ["employee@theirs.example"], "guest"),
        ("eduid.example", [], ["student@OURS.example"], "student"),
        ("eduid.example", [], ["student@not-ours.example"], "guest"),
        (None, ["student"], [], "guest"),
    ],
)
def test_an_affiliation_counts_where_it_is_to_our_institution(
    organization: str | None, plain: list[str], scoped: list[str], affiliation: str
) -> None:
    (provider,) = read_providers(GOOD)

    found = affiliation_of(provider, organization=organization, plain=plain, scoped=scoped)

    assert found == affiliation


def test_a_code_is_good_for_its_half_minute_and_its_neighbours_and_once() -> None:
    secret = second_step.secret_from(bytes(range(20)))
    now = datetime(2027, 3, 10, 13, 0, 10, tzinfo=UTC)
    step = int(now.timestamp()) // 30
    code = pyotp.TOTP(secret).generate_otp

    for away, expected in ((-2, None), (-1, step - 1), (0, step), (1, step + 1), (2, None)):
        assert second_step.step_of(code(step + away), secret, last_used=0, now=now) == expected
    assert second_step.step_of(code(step), secret, last_used=step, now=now) is None
