"""The token and revocation endpoints, for apps (OAuth 2.1; RFC 7009). Their errors are those of RFC 6749, 5.2."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Literal

import msgspec
from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody

from chassis.http.access import ANYONE, AUDIENCE
from chassis.http.problems import STATUS, as_refusal
from chassis.http.request import AnyRequest
from chassis.ids import new_id
from chassis.refusals import Kind
from services.identity import commands
from services.identity.commands.tokens import Granted
from services.identity.domain.tokens import Lives, access_claims, id_claims
from services.identity.edge.steps import client_of
from services.identity.keyring import ACCESS_TOKEN, ID_TOKEN, Signer
from services.identity.parts import Parts
from services.identity.refusals import Denied
from services.identity.settings import Settings

_NOT_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_JWT_DOTS = 2


class TokenRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A grant that is to become tokens."""

    grant_type: str = ""
    client_id: str = ""
    code: str = ""
    code_verifier: str = ""
    redirect_uri: str | None = None
    refresh_token: str = ""
    scope: str | None = None

    def __repr__(self) -> str:
        return "TokenRequest(…)"


class TokenAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Tokens."""

    access_token: str
    expires_in: int
    refresh_token: str
    scope: str
    token_type: Literal["Bearer"]
    id_token: str = ""

    def __repr__(self) -> str:
        return "TokenAnswer(…)"


class RevocationRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A token that is not to be good any more."""

    token: str = ""
    client_id: str = ""

    def __repr__(self) -> str:
        return "RevocationRequest(…)"


@post("/oauth/token", access=ANYONE, include_in_schema=False, status_code=200)
async def give_tokens(
    data: URLEncodedBody[TokenRequest], parts: NamedDependency[Parts]
) -> Response[TokenAnswer]:
    """Give tokens for a code or for a refresh token."""
    await _require_client(parts, data.client_id)
    # Before the grant is used up: without a key it could not be turned into anything.
    signer = await parts.keys.signer()
    lives, now = _lives(parts.settings), parts.clock.now()
    granted: Granted | Denied
    async with parts.db.transaction() as tx:
        match data.grant_type:
            case "authorization_code":
                granted = await commands.tokens.redeem_code(
                    tx,
                    data.code,
                    client_id=data.client_id,
                    redirect_uri=data.redirect_uri,
                    verifier=data.code_verifier,
                    lives=lives,
                    now=now,
                )
            case "refresh_token":
                granted = await commands.tokens.refresh(
                    tx,
                    data.refresh_token,
                    client_id=data.client_id,
                    scope=data.scope,
                    lives=lives,
                    now=now,
                )
            case "":
                raise Denied("invalid_request", "grant_type is missing.")
            case _:
                raise Denied("unsupported_grant_type", "Use authorization_code or refresh_token.")
    if isinstance(granted, Denied):
        raise granted
    answer = _signed(granted, signer, parts.settings, lives=lives, now=now)
    return Response(answer, headers=_NOT_KEPT)


@post("/oauth/revoke", access=ANYONE, include_in_schema=False, status_code=200)
async def revoke(
    data: URLEncodedBody[RevocationRequest], parts: NamedDependency[Parts]
) -> Response[None]:
    """End a refresh token and all that follow from the same login in the same app."""
    await _require_client(parts, data.client_id)
    if not data.token:
        raise Denied("invalid_request", "token is missing.")
    async with parts.db.transaction() as tx:
        was_known = await commands.tokens.revoke(
            tx, data.token, client_id=data.client_id, now=parts.clock.now()
        )
    if not was_known and data.token.count(".") == _JWT_DOTS:
        raise Denied("unsupported_token_type", "Access tokens expire by themselves, in minutes.")
    return Response(None, headers=_NOT_KEPT)  # An unknown token is no error (RFC 7009, 2.2).


async def _require_client(parts: Parts, client_id: str) -> None:
    if not client_id:
        raise Denied("invalid_request", "client_id is missing.")
    if await client_of(parts, client_id) is None:
        raise Denied("invalid_client", "The client is unknown.")


def _lives(settings: Settings) -> Lives:
    return Lives(
        access_token=timedelta(seconds=settings.access_token_s),
        refresh_idle=timedelta(days=settings.refresh_idle_days),
        refresh=timedelta(days=settings.refresh_days),
    )


def _signed(
    granted: Granted, signer: Signer, settings: Settings, *, lives: Lives, now: datetime
) -> TokenAnswer:
    access_token = signer.sign(
        access_claims(
            granted.family,
            granted.account,
            issuer=settings.issuer_url,
            audience=AUDIENCE,
            scopes=granted.scopes,
            roles=granted.roles,
            token_id=new_id().hex,
            lives=lives,
            now=now,
        ),
        kind=ACCESS_TOKEN,
    )
    id_token = ""
    if "openid" in granted.scopes:
        id_token = signer.sign(
            id_claims(
                granted.family,
                granted.account,
                issuer=settings.issuer_url,
                access_token=access_token,
                nonce=granted.nonce,
                scopes=granted.scopes,
                roles=granted.roles,
                lives=lives,
                now=now,
            ),
            kind=ID_TOKEN,
        )
    return TokenAnswer(
        access_token=access_token,
        expires_in=settings.access_token_s,
        refresh_token=granted.refresh_token,
        scope=" ".join(granted.scopes),
        token_type="Bearer",  # noqa: S106 - the kind of token, not one.
        id_token=id_token,
    )


class OAuthError(msgspec.Struct, frozen=True, kw_only=True):
    """What an app is told."""

    error: str
    error_description: str


def tell_client(request: AnyRequest, error: Exception) -> Response[OAuthError]:
    """Whatever a handler raised, in the words of RFC 6749."""
    headers = dict(_NOT_KEPT)
    if isinstance(error, Denied):
        status = HTTPStatus.BAD_REQUEST
        if error.error == "invalid_client":
            status = HTTPStatus.UNAUTHORIZED
        return _error(error, status, headers)
    refusal = as_refusal(request, error)
    if refusal.retry_after_s is not None:
        headers["Retry-After"] = str(refusal.retry_after_s)
    status = STATUS[refusal.problem.kind]
    match refusal.problem.kind:
        case Kind.UNAVAILABLE | Kind.TOO_MANY:
            denied = Denied(
                "temporarily_unavailable", "Nothing was changed. Try again in a moment."
            )
        case Kind.FAILED:
            denied = Denied("server_error", "Something went wrong on our side.")
        case _:
            status = HTTPStatus.BAD_REQUEST
            denied = Denied(
                "invalid_request", "Send each parameter once, as application/x-www-form-urlencoded."
            )
    return _error(denied, status, headers)


def _error(denied: Denied, status: HTTPStatus, headers: dict[str, str]) -> Response[OAuthError]:
    return Response(
        OAuthError(error=denied.error, error_description=denied.description),
        status_code=status,
        headers=headers,
    )


ROUTES = [give_tokens, revoke]
