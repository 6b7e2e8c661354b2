"""What apps find out by themselves: where everything is, the public keys, and who somebody is."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency

from chassis.http.access import ALGORITHM, ANYONE, SIGNED_IN, Caller
from services.identity import refusals, store
from services.identity.domain.authorizing import SCOPES
from services.identity.domain.roles import roles_of
from services.identity.domain.tokens import person_claims
from services.identity.parts import Parts
from services.identity.settings import Settings

_A_WHILE = {"Cache-Control": "public, max-age=300"}


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 8414 and OpenID Connect Discovery 1.0 in one."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    jwks_uri: str
    revocation_endpoint: str
    end_session_endpoint: str
    service_documentation: str
    scopes_supported: tuple[str, ...]
    response_types_supported: tuple[str, ...]
    response_modes_supported: tuple[str, ...]
    grant_types_supported: tuple[str, ...]
    subject_types_supported: tuple[str, ...]
    id_token_signing_alg_values_supported: tuple[str, ...]
    token_endpoint_auth_methods_supported: tuple[str, ...]
    revocation_endpoint_auth_methods_supported: tuple[str, ...]
    code_challenge_methods_supported: tuple[str, ...]
    prompt_values_supported: tuple[str, ...]
    ui_locales_supported: tuple[str, ...]
    claims_supported: tuple[str, ...]
    authorization_response_iss_parameter_supported: bool
    claims_parameter_supported: bool
    request_parameter_supported: bool
    request_uri_parameter_supported: bool


@get("/.well-known/openid-configuration", access=ANYONE, sync_to_thread=False)
def describe_issuer(parts: NamedDependency[Parts]) -> Response[Metadata]:
    """Where everything is and what this issuer can do."""
    return Response(_metadata(parts.settings), headers=_A_WHILE)


@get("/.well-known/oauth-authorization-server", access=ANYONE, sync_to_thread=False)
def describe_authorization_server(parts: NamedDependency[Parts]) -> Response[Metadata]:
    """The same, where OAuth clients look for it (RFC 8414)."""
    return Response(_metadata(parts.settings), headers=_A_WHILE)


def _metadata(settings: Settings) -> Metadata:
    here = settings.own_url
    return Metadata(
        issuer=settings.issuer_url,
        authorization_endpoint=f"{here}/oauth/authorize",
        token_endpoint=f"{here}/oauth/token",
        userinfo_endpoint=f"{here}/oauth/userinfo",
        jwks_uri=f"{here}/oauth/jwks",
        revocation_endpoint=f"{here}/oauth/revoke",
        end_session_endpoint=f"{here}/oauth/logout",
        service_documentation=f"{here}/docs",
        scopes_supported=SCOPES,
        response_types_supported=("code",),
        response_modes_supported=("query",),
        grant_types_supported=("authorization_code", "refresh_token"),
        subject_types_supported=("public",),
        id_token_signing_alg_values_supported=(ALGORITHM,),
        token_endpoint_auth_methods_supported=("none",),
        revocation_endpoint_auth_methods_supported=("none",),
        code_challenge_methods_supported=("S256",),
        prompt_values_supported=("none", "login", "select_account", "create"),
        ui_locales_supported=("nl", "en"),
        claims_supported=(
            "sub",
            "name",
            "locale",
            "affiliation",
            "roles",
            "email",
            "email_verified",
            "auth_time",
        ),
        authorization_response_iss_parameter_supported=True,
        claims_parameter_supported=False,
        request_parameter_supported=False,
        request_uri_parameter_supported=False,
    )


@get("/oauth/jwks", access=ANYONE)
async def get_keys(parts: NamedDependency[Parts]) -> Response[dict[str, Any]]:
    """The public keys that tokens are checked with."""
    # Kept for less than a new key is published before it signs (domain/keys.py, LEAD).
    return Response(
        await parts.keys.published(),
        headers={"Cache-Control": "public, max-age=60"},
        media_type="application/jwk-set+json",
    )


@get("/oauth/userinfo", access=SIGNED_IN)
async def get_user_info(
    caller: NamedDependency[Caller], parts: NamedDependency[Parts]
) -> Response[dict[str, Any]]:
    """Who the person behind an access token is, as far as its scopes allow."""
    return await _user_info(caller, parts)


@post("/oauth/userinfo", access=SIGNED_IN, status_code=200)
async def post_user_info(
    caller: NamedDependency[Caller], parts: NamedDependency[Parts]
) -> Response[dict[str, Any]]:
    """The same by POST, as OpenID Connect Core 5.3.1 asks."""
    return await _user_info(caller, parts)


async def _user_info(caller: Caller, parts: Parts) -> Response[dict[str, Any]]:
    if "openid" not in caller.scopes:
        raise refusals.OPENID_NOT_GRANTED()
    async with parts.db.reading() as connection:
        account = await store.accounts.get_account(connection, caller.account_id)
        grants = await store.roles.get_grants(connection, [caller.account_id])
    if account is None:
        raise refusals.NO_SUCH_PERSON()
    claims = person_claims(account, scopes=sorted(caller.scopes), roles=roles_of(grants))
    return Response(claims, headers={"Cache-Control": "no-store"})


ROUTES = [
    describe_issuer,
    describe_authorization_server,
    get_keys,
    get_user_info,
    post_user_info,
]
