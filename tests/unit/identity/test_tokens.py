"""Codes, PKCE, refresh tokens and claims."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from services.identity.domain.accounts import Account
from services.identity.domain.tokens import (
    Code,
    Family,
    Lives,
    fits_challenge,
    id_claims,
    is_stolen,
    next_refresh_token,
    redeem_code,
    refresh,
)
from services.identity.refusals import Denied

NOW = datetime(2027, 3, 10, 13, 0, tzinfo=UTC)
LIVES = Lives(
    access_token=timedelta(minutes=10), refresh_idle=timedelta(days=30), refresh=timedelta(days=180)
)
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
"""RFC 7636, appendix B."""
CODE = Code(
    code_hash=b"c",
    client_id="demo",
    account_id=UUID(int=1),
    session_id=UUID(int=2),
    redirect_uri="http://127.0.0.1:50123/callback",
    scopes=("openid",),
    nonce=None,
    code_challenge=CHALLENGE,
    authenticated_at=NOW - timedelta(hours=1),
    session_ends_at=NOW + timedelta(hours=11),
    expires_at=NOW + timedelta(seconds=60),
)


def redeemed(code: Code, **changes: str) -> Family:
    given = {
        "client_id": "demo",
        "redirect_uri": "http://127.0.0.1:50123/callback",
        "verifier": VERIFIER,
    } | changes
    return redeem_code(code, **given, family_id=UUID(int=3), lives=LIVES, now=NOW)[1]


def test_the_verifier_of_the_rfc_fits_its_challenge() -> None:
    assert fits_challenge(VERIFIER, CHALLENGE)


@pytest.mark.parametrize(
    "verifier",
    [VERIFIER[:-1] + "l", VERIFIER[:-1], VERIFIER + "=", CHALLENGE, "", "x" * 129, "é" * 43],
)
def test_no_other_verifier_does(verifier: str) -> None:
    assert not fits_challenge(verifier, CHALLENGE)


def test_a_code_is_good_until_it_expires_and_once() -> None:
    used, _ = redeem_code(
        CODE,
        client_id="demo",
        redirect_uri=None,
        verifier=VERIFIER,
        family_id=UUID(int=3),
        lives=LIVES,
        now=CODE.expires_at - timedelta(microseconds=1),
    )

    assert (used.used_at, used.family_id) != (None, None)
    with pytest.raises(Denied):
        redeemed(used)
    with pytest.raises(Denied):
        redeemed(replace(CODE, expires_at=NOW))


def test_refreshing_ends_with_the_login_unless_more_was_asked_for() -> None:
    assert redeemed(CODE).ends_at == NOW + timedelta(hours=11)
    lasting = redeemed(replace(CODE, scopes=("openid", "offline_access")))
    assert lasting.ends_at == NOW + timedelta(days=180)
    assert next_refresh_token(lasting, b"t", lives=LIVES, now=NOW).expires_at == NOW + timedelta(
        days=30
    )
    late = NOW + timedelta(days=170)
    assert next_refresh_token(lasting, b"t", lives=LIVES, now=late).expires_at == lasting.ends_at


def test_a_used_refresh_token_betrays_a_theft_once() -> None:
    family = redeemed(CODE)
    token = next_refresh_token(family, b"t", lives=LIVES, now=NOW)

    used, scopes = refresh(token, family, client_id="demo", scope=None, now=NOW)

    assert scopes == ("openid",)
    assert not is_stolen(token, family)
    assert is_stolen(used, family)
    assert not is_stolen(used, replace(family, revoked_at=NOW))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"revoked_at": NOW}, "invalid_grant"),
        ({"ends_at": NOW}, "invalid_grant"),
        ({"client_id": "portal"}, "invalid_grant"),
        ({"scopes": ("profile",)}, "invalid_scope"),
    ],
)
def test_a_refresh_token_that_is_over_is_denied(changes: dict[str, object], error: str) -> None:
    family = redeemed(CODE)
    token = next_refresh_token(family, b"t", lives=LIVES, now=NOW)

    with pytest.raises(Denied) as denied:
        refresh(token, replace(family, **changes), client_id="demo", scope="openid", now=NOW)

    assert denied.value.error == error


def test_an_id_token_is_bound_to_its_access_token_and_to_the_request() -> None:
    account = Account(
        account_id=UUID(int=1),
        version=1,
        mail_address="noor@example.org",
        name="Noor de Vries",
        language="nl",
        affiliation="guest",
        registered_at=NOW,
    )

    claims = id_claims(
        redeemed(CODE),
        account,
        issuer="https://id.example",
        # OpenID Connect Core 1.0, A.4: the access token and at_hash of its example.
        access_token="jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y",
        nonce="n-0S6_WzA2Mj",
        scopes=("openid",),
        roles=("learner",),
        lives=LIVES,
        now=NOW,
    )

    assert claims["at_hash"] == "77QmUPtjPfzWtF2AnpK9RQ"
    assert claims["nonce"] == "n-0S6_WzA2Mj"
    assert "name" not in claims
    assert "email" not in claims
