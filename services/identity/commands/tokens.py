"""From a login to a code, from a code to tokens, from tokens to newer ones."""

import secrets
from collections.abc import Sequence
from datetime import datetime

import msgspec
import structlog

from chassis.database import Connection
from chassis.ids import new_id
from contracts.identity import Role
from services.identity import store
from services.identity.domain import tokens
from services.identity.domain.accounts import Account
from services.identity.domain.authorizing import AuthorizationRequest
from services.identity.domain.roles import roles_of
from services.identity.domain.tokens import Code, Family, Lives, Session, digest
from services.identity.refusals import Denied

log = structlog.get_logger()


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """What the tokens of an answer are made of."""

    family: Family
    account: Account
    roles: Sequence[Role]
    scopes: Sequence[str]
    nonce: str | None
    refresh_token: str

    def __repr__(self) -> str:
        return "Granted(…)"


async def authorize(
    tx: Connection, request: AuthorizationRequest, session: Session, *, now: datetime
) -> str | None:
    """Give an app a code for whoever is logged in; None if they have logged out this very moment."""
    if not await store.sessions.hold_session(tx, session.session_id, now=now):
        return None
    secret = secrets.token_urlsafe(32)
    await store.tokens.insert_code(
        tx,
        Code(
            code_hash=digest(secret),
            client_id=request.client_id,
            account_id=session.account_id,
            session_id=session.session_id,
            redirect_uri=request.redirect_uri,
            scopes=request.scopes,
            nonce=request.nonce,
            code_challenge=request.code_challenge,
            authenticated_at=session.authenticated_at,
            session_ends_at=session.ends_at,
            expires_at=now + tokens.CODE_LIFE,
        ),
    )
    return secret


async def redeem_code(
    tx: Connection,
    secret: str,
    *,
    client_id: str,
    redirect_uri: str | None,
    verifier: str,
    lives: Lives,
    now: datetime,
) -> Granted | Denied:
    """Turn a code into the first tokens of a family.

    A code that comes twice ends what the first time began (OAuth 2.1, 4.1.3). That has to be
    committed, so `Denied` is returned then; where nothing changed it is raised.

    Raises:
        Denied: the code is unknown, not this app's, too old, or the verifier is another.
    """
    session_id = await store.tokens.get_session_of_code(tx, digest(secret))
    lives_on = session_id is not None and await store.sessions.hold_session(tx, session_id, now=now)
    code = await store.tokens.lock_code(tx, digest(secret))
    if code is None:
        raise Denied("invalid_grant", "The code is unknown.")
    if code.family_id is not None:
        await store.tokens.revoke_family(tx, code.family_id, why="code used twice", now=now)
        log.warning("identity.code_used_twice", family_id=str(code.family_id))
        return Denied("invalid_grant", "The code has been used.")
    if not lives_on:
        raise Denied("invalid_grant", "The login that the code came from has ended.")
    code, family = tokens.redeem_code(
        code,
        client_id=client_id,
        redirect_uri=redirect_uri,
        verifier=verifier,
        family_id=new_id(),
        lives=lives,
        now=now,
    )
    await store.tokens.save_used_code(tx, code)
    await store.tokens.insert_family(tx, family)
    return await _grant(tx, family, scopes=family.scopes, nonce=code.nonce, lives=lives, now=now)


async def refresh(
    tx: Connection,
    secret: str,
    *,
    client_id: str,
    scope: str | None,
    lives: Lives,
    now: datetime,
) -> Granted | Denied:
    """Turn a refresh token into the next one.

    One that comes twice ends its whole family (RFC 9700, 4.14.2); `Denied` is returned then.

    Raises:
        Denied: it is unknown, another app's, over, or asks for too much.
    """
    family = await store.tokens.lock_family_of(tx, digest(secret))
    token = await store.tokens.get_refresh_token(tx, digest(secret))
    if family is None or token is None:
        raise Denied("invalid_grant", "The refresh token is unknown.")
    if tokens.is_stolen(token, family):
        await store.tokens.revoke_family(
            tx, family.family_id, why="refresh token used twice", now=now
        )
        log.warning("identity.refresh_token_used_twice", family_id=str(family.family_id))
        return Denied("invalid_grant", "The refresh token has been used; log in again.")
    token, scopes = tokens.refresh(token, family, client_id=client_id, scope=scope, now=now)
    await store.tokens.save_used_token(tx, token)
    return await _grant(tx, family, scopes=scopes, nonce=None, lives=lives, now=now)


async def _grant(
    tx: Connection,
    family: Family,
    *,
    scopes: Sequence[str],
    nonce: str | None,
    lives: Lives,
    now: datetime,
) -> Granted:
    secret = secrets.token_urlsafe(32)
    await store.tokens.insert_refresh_token(
        tx, tokens.next_refresh_token(family, digest(secret), lives=lives, now=now)
    )
    account = await store.accounts.get_account(tx, family.account_id)
    if account is None:
        raise Denied("invalid_grant", "The account is gone.")
    grants = await store.roles.get_grants(tx, [family.account_id])
    return Granted(
        family=family,
        account=account,
        roles=roles_of(grants),
        scopes=scopes,
        nonce=nonce,
        refresh_token=secret,
    )


async def revoke(tx: Connection, secret: str, *, client_id: str, now: datetime) -> bool:
    """End the family of a refresh token (RFC 7009); False if it is none.

    Raises:
        Denied: it was given to another app.
    """
    family = await store.tokens.lock_family_of(tx, digest(secret))
    if family is None:
        return False
    if family.client_id != client_id:
        raise Denied("invalid_grant", "The token was given to another client.")
    await store.tokens.revoke_family(tx, family.family_id, why="revoked by the client", now=now)
    return True
