"""Everything that identity knows of me."""

from datetime import datetime
from functools import partial

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.response import Stream

from chassis.database import Connection
from chassis.http.access import SIGNED_IN, Caller
from chassis.http.export import export, one_page
from contracts.fact import Language
from services.identity import commands, refusals, store
from services.identity.domain.accounts import Account
from services.identity.domain.roles import Grant
from services.identity.edge.logins import LoginView, views_of
from services.identity.parts import Parts
from services.identity.store.export import App, Browser, Entry, Passkey


class IdentityExport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that identity knows of me, but secrets and what follows from them."""

    service: str
    exported_at: datetime
    account: tuple[Account, ...]
    """One."""
    logins: tuple[LoginView, ...]
    passkeys: tuple[Passkey, ...]
    login_history: tuple[Entry, ...]
    roles: tuple[Grant, ...]
    """Those that ended included."""
    browsers: tuple[Browser, ...]
    apps: tuple[App, ...]


@get("/v1/me/export", access=SIGNED_IN, answers=IdentityExport)
async def export_mine(
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
) -> Stream:
    """Everything that identity knows of me, as one file (GDPR, articles 15 and 20)."""
    account_id = caller.account_id
    async with parts.db.reading() as connection:
        account = await store.accounts.get_account(connection, account_id)
    if account is None:
        raise refusals.NO_SUCH_PERSON()

    section = partial(one_page, parts.db)

    async def known(_: Connection) -> list[Account]:
        return [account]

    async def logins(connection: Connection) -> list[LoginView]:
        several = await commands.institutional.get_several(connection, account_id)
        return views_of(parts, several, language)

    sections = {
        "account": section(known),
        "logins": section(logins),
        "passkeys": section(lambda reading: store.export.get_passkeys(reading, account_id)),
        "login_history": section(lambda reading: store.export.get_history(reading, account_id)),
        "roles": section(lambda reading: store.roles.get_grants(reading, [account_id])),
        "browsers": section(lambda reading: store.export.get_browsers(reading, account_id)),
        "apps": section(lambda reading: store.export.get_apps(reading, account_id)),
    }
    return export("identity", sections, now=parts.clock.now())


ROUTES = [export_mine]
