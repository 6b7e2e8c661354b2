"""People, for administrators; and their names, for desks that hold only their numbers."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
import structlog
from litestar import Response, delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from chassis.http.access import Caller, only
from chassis.http.conditional import conditional
from chassis.http.paging import (
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
    link_header,
    next_page,
)
from chassis.http.problems import FORBIDDEN, INVALID_INPUT
from chassis.http.request import AnyRequest
from contracts.catalogue import Affiliation
from contracts.fact import Language
from contracts.identity import Role
from services.identity import commands, refusals, store
from services.identity.domain.accounts import Account
from services.identity.domain.roles import Grant, Granted, roles_of
from services.identity.parts import Parts

log = structlog.get_logger()

_MOST_IDS = 100


class PersonListed(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody. Desks see who it is; administrators also see how to reach them and what they may do."""

    account_id: UUID
    name: str
    affiliation: Affiliation
    mail_address: str | None
    """For administrators."""
    roles: tuple[Role, ...] | None
    """For administrators."""


class GrantView(msgspec.Struct, frozen=True, kw_only=True):
    """A role, since when and by whom; and until when, if it was taken away."""

    role: Role
    granted_at: datetime
    granted_how: Granted
    granted_by: UUID | None
    """The administrator; null where an operator did it."""
    revoked_at: datetime | None
    revoked_by: UUID | None


class PersonView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is known of somebody here."""

    account_id: UUID
    version: int
    name: str
    mail_address: str
    language: Language
    affiliation: Affiliation
    registered_at: datetime
    roles: tuple[Role, ...]
    grants: tuple[GrantView, ...]
    """In order of time, those that ended included."""


@get("/v1/people", access=only("administrator", "office", "lecturer", "coordinator", "finance"))
async def list_people(
    request: AnyRequest,
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
    words: Annotated[
        str | None,
        QueryParameter(
            name="query",
            min_length=2,
            max_length=100,
            description="A part of the name or the mail address; for administrators.",
        ),
    ] = None,
    address: Annotated[
        str | None,
        QueryParameter(
            min_length=3,
            max_length=320,
            description="A whole mail address; for the office and administrators.",
        ),
    ] = None,
    ids: Annotated[
        list[UUID] | None, QueryParameter(description="Account ids, at most 100, each as `ids=`.")
    ] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response[Page[PersonListed]]:
    """People by name or address (administrators), by a whole address (office), or names of known ids (desks)."""
    given = sum(each is not None for each in (words, address, ids))
    if given != 1 or (ids is not None and len(ids) > _MOST_IDS):
        refusal = INVALID_INPUT()
        detail = "Give `query`, or `address`, or up to 100 `ids`."
        refusal.errors.append({"parameter": "query", "detail": detail})
        raise refusal
    if address is not None:
        return await _find_by_address(caller, parts, address)
    if words is not None:
        return await _search(request, caller, parts, words, limit=limit, cursor=cursor)
    async with parts.db.reading() as connection:
        found = await store.accounts.get_accounts(connection, ids or [])
    log.info("identity.names_read", by=str(caller.account_id), people=len(found))
    return conditional(request, Page([_name_of(account) for account in found]))


async def _find_by_address(
    caller: Caller, parts: Parts, address: str
) -> Response[Page[PersonListed]]:
    """Those with this address: who knows it whole learns whose it is, and nobody can leaf through people."""
    if not (caller.has("administrator") or caller.has("office")):
        raise FORBIDDEN(roles="administrator, office")
    async with parts.db.reading() as connection:
        found = await store.accounts.list_by_address(
            connection, address.replace("\0", "").strip(), limit=_MOST_IDS
        )
    log.info("identity.found_by_address", by=str(caller.account_id), people=len(found))
    page = Page([_name_of(account) for account in found])
    return Response(page, headers={"Cache-Control": "no-store"})


async def _search(
    request: AnyRequest,
    caller: Caller,
    parts: Parts,
    words: str,
    *,
    limit: int,
    cursor: str | None,
) -> Response[Page[PersonListed]]:
    if not caller.has("administrator"):
        raise FORBIDDEN(roles="administrator")
    after = decode_cursor(cursor, tuple[str, UUID])
    async with parts.db.reading() as connection:
        found = await store.accounts.search_accounts(
            connection, words.replace("\0", ""), after=after, limit=limit + 1
        )
        ids = [account.account_id for account in found]
        grants = await store.roles.get_grants(connection, ids)
    items = [_listed(account, grants) for account in found[:limit]]
    following = None
    if len(found) > limit:
        following = next_page(request, encode_cursor((items[-1].name, items[-1].account_id)))
    page = Page(items, following)
    log.info("identity.people_searched", by=str(caller.account_id), people=len(items))
    return Response(page, headers={**link_header(page), "Cache-Control": "no-store"})


def _name_of(account: Account) -> PersonListed:
    return PersonListed(
        account_id=account.account_id,
        name=account.name,
        affiliation=account.affiliation,
        mail_address=None,
        roles=None,
    )


def _listed(account: Account, grants: list[Grant]) -> PersonListed:
    return PersonListed(
        account_id=account.account_id,
        name=account.name,
        affiliation=account.affiliation,
        mail_address=account.mail_address,
        roles=roles_of(grant for grant in grants if grant.account_id == account.account_id),
    )


@get("/v1/people/{account_id:uuid}", access=only("administrator"))
async def get_person(
    request: AnyRequest, account_id: FromPath[UUID], parts: NamedDependency[Parts]
) -> Response[PersonView]:
    """One person, and who gave them which role."""
    async with parts.db.reading() as connection:
        account = await store.accounts.get_account(connection, account_id)
        grants = await store.roles.get_grants(connection, [account_id])
    if account is None:
        raise refusals.NO_SUCH_PERSON()
    return conditional(
        request,
        PersonView(
            account_id=account.account_id,
            version=account.version,
            name=account.name,
            mail_address=account.mail_address,
            language=account.language,
            affiliation=account.affiliation,
            registered_at=account.registered_at,
            roles=roles_of(grants),
            grants=tuple(
                GrantView(
                    role=grant.role,
                    granted_at=grant.granted_at,
                    granted_how=grant.granted_how,
                    granted_by=grant.granted_by,
                    revoked_at=grant.revoked_at,
                    revoked_by=grant.revoked_by,
                )
                for grant in grants
            ),
        ),
    )


@put(
    "/v1/people/{account_id:uuid}/roles/{role:str}",
    access=only("administrator"),
    status_code=204,
)
async def grant_role(
    account_id: FromPath[UUID],
    role: FromPath[Role],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
) -> None:
    """Give somebody a role; it is in their next access token. Giving it again changes nothing."""
    async with parts.db.transaction() as tx:
        await commands.roles.grant_role(
            tx,
            account_id,
            role,
            how="administrator",
            by=caller.account_id,
            now=parts.clock.now(),
        )


@delete(
    "/v1/people/{account_id:uuid}/roles/{role:str}",
    access=only("administrator"),
    status_code=204,
)
async def revoke_role(
    account_id: FromPath[UUID],
    role: FromPath[Role],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
) -> None:
    """Take a role away; the last access token that has it ends within minutes."""
    async with parts.db.transaction() as tx:
        await commands.roles.revoke_role(
            tx, account_id, role, by=caller.account_id, now=parts.clock.now()
        )


ROUTES = [list_people, get_person, grant_role, revoke_role]
