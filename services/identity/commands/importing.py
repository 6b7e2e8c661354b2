"""People and apps out of files: all or none, and the same file again changes nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from chassis.database import Connection
from chassis.outbox import tell
from services.identity import store
from services.identity.commands import roles
from services.identity.domain import accounts, mail
from services.identity.domain.accounts import Account
from services.identity.domain.clients import Client
from services.identity.domain.importing import BadFile, Person, Row


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """How much an import changed."""

    new: int
    changed: int
    same: int


async def get_strangers(connection: Connection, rows: Sequence[Row[Person]]) -> list[Row[Person]]:
    """The people who have no account yet: only their passwords need a hash."""
    known = await store.accounts.get_accounts(connection, [row.says.account_id for row in rows])
    known_ids = {account.account_id for account in known}
    return [row for row in rows if row.says.account_id not in known_ids]


async def import_people(
    tx: Connection,
    rows: Sequence[Row[Person]],
    password_hashes: Mapping[UUID, str],
    *,
    now: datetime,
) -> Imported:
    """Make accounts with verified mail addresses, or correct those that are there.

    A password is set once, with the account; who has changed it keeps theirs. Roles are only added.
    Whoever was erased stays so, and counts as the same.

    Raises:
        BadFile: an account is there with another mail address, or a mail address with another account.
    """
    findings = [
        f"line {row.line}: {finding}" for row in rows if (finding := await _clash(tx, row.says))
    ]
    if findings:
        raise BadFile(findings)
    new = changed = 0
    erased = await store.erasing.get_erased(tx, [row.says.account_id for row in rows])
    for row in (each for each in rows if each.says.account_id not in erased):
        before = await store.accounts.lock_account(tx, row.says.account_id)
        if before is None:
            if not await _register(tx, row.says, password_hashes[row.says.account_id], now=now):
                raise BadFile([f"line {row.line}: mail_address was taken this very moment"])
            new += 1
        else:
            changed += await _correct(tx, before, row.says, now=now)
        for role in row.says.roles:
            if role != "learner":
                await roles.grant_role(tx, row.says.account_id, role, how="import", now=now)
    return Imported(new=new, changed=changed, same=len(rows) - new - changed)


async def _clash(tx: Connection, person: Person) -> str | None:
    key = mail.key_of(person.mail_address)
    owner = await store.accounts.find_account(tx, key)
    if owner is not None and owner.account_id != person.account_id:
        return "mail_address has another account already"
    account = await store.accounts.get_account(tx, person.account_id)
    if account is not None and mail.key_of(account.mail_address) != key:
        return "account_id is there already, with another mail address"
    return None


async def _register(tx: Connection, person: Person, password_hash: str, *, now: datetime) -> bool:
    account = Account(
        account_id=person.account_id,
        version=1,
        mail_address=person.mail_address,
        name=accounts.clean_name(person.name),
        language=person.language,
        affiliation=person.affiliation,
        registered_at=now,
    )
    await store.accounts.save_account(tx, account)
    await tell(tx, accounts.registered(account), now=now)
    return await store.accounts.insert_own_login(
        tx,
        account.account_id,
        mail_key=mail.key_of(account.mail_address),
        password_hash=password_hash,
        now=now,
    )


async def _correct(tx: Connection, before: Account, person: Person, *, now: datetime) -> bool:
    changed = accounts.correct_account(
        before, name=person.name, language=person.language, affiliation=person.affiliation
    )
    if changed is None:
        return False
    account, fact = changed
    await store.accounts.save_account(tx, account)
    await tell(tx, fact, now=now)
    return True


async def import_clients(tx: Connection, rows: Sequence[Row[Client]]) -> Imported:
    """Register apps, or change them; apps that are not in the file stay."""
    new = changed = 0
    for row in rows:
        is_new = await store.clients.get_client(tx, row.says.client_id) is None
        is_other = await store.clients.save_client(tx, row.says)
        new += is_new
        changed += is_other and not is_new
    return Imported(new=new, changed=changed, same=len(rows) - new - changed)
