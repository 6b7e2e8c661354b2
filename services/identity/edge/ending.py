"""Where a logout leads (OpenID Connect RP-Initiated Logout 1.0)."""

from uuid import UUID

import msgspec
from litestar import Response

from chassis.http.request import AnyRequest
from services.identity import refusals
from services.identity.domain.authorizing import Parameters
from services.identity.domain.clients import Client, may_redirect
from services.identity.edge.browser import Visitor, encoded, go_away, go_to
from services.identity.edge.steps import client_of
from services.identity.parts import Parts


class LogoutWish(msgspec.Struct, frozen=True, kw_only=True):
    """An app asks that somebody be logged out."""

    account_id: UUID | None
    """Whom, proved by an ID token of ours; None: the person has to say so themselves."""
    return_to: str | None


async def read_wish(parts: Parts, parameters: Parameters) -> LogoutWish:
    """Read what an app asks for.

    Raises:
        Refusal: it wants people sent to an address that it has not registered.
    """
    given = dict(parameters)
    claims = await parts.keys.read_id_token(given.get("id_token_hint", "")) or {}
    client_id = given.get("client_id") or str(claims.get("aud", ""))
    is_of_client = bool(claims) and claims.get("aud") == client_id
    address = given.get("post_logout_redirect_uri")
    if address is not None:
        address = _registered(await client_of(parts, client_id), address)
        if "state" in given:
            address += f"{'&' if '?' in address else '?'}{encoded([('state', given['state'])])}"
    return LogoutWish(
        account_id=UUID(str(claims["sub"])) if is_of_client else None, return_to=address
    )


def _registered(client: Client | None, address: str) -> str:
    if client is None or not may_redirect(client.kind, client.post_logout_redirect_uris, address):
        raise refusals.APP_UNKNOWN(what="post_logout_redirect_uri")
    return address


def leave(request: AnyRequest, wish: LogoutWish, visitor: Visitor) -> Response[None]:
    """Back to the app, or to the page that says goodbye."""
    if wish.return_to is None:
        return go_to(request, "/logged-out", visitor)
    return go_away(request, wish.return_to, visitor)
