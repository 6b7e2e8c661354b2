"""Door 4: what operators do at the machine: `python -m services.identity <verb>`."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from chassis.service import UsageError, Verb
from contracts.identity import Role
from services.identity import commands, store
from services.identity.commands.importing import Imported
from services.identity.domain import mail
from services.identity.domain.importing import BadFile, Person, Row, read_clients, read_people
from services.identity.domain.roles import GRANTABLE
from services.identity.parts import Parts

_HASHES_AT_ONCE = 50


async def import_people(parts: Parts, given: argparse.Namespace) -> None:
    """Make the accounts of a file, or none of them."""
    file: Path = given.file
    try:
        rows = read_people(_text_of(file))
        async with parts.db.reading() as connection:
            strangers = await commands.importing.get_strangers(connection, rows)
        hashes = await _hashes(parts, strangers)
        async with parts.db.transaction() as tx:
            imported = await commands.importing.import_people(
                tx, rows, hashes, now=parts.clock.now()
            )
    except BadFile as error:
        raise _usage_error(file, error) from error
    _say(file, "people", imported)


async def import_clients(parts: Parts, given: argparse.Namespace) -> None:
    """Register the apps of a file, or none of them."""
    file: Path = given.file
    try:
        rows = read_clients(_text_of(file))
        async with parts.db.transaction() as tx:
            imported = await commands.importing.import_clients(tx, rows)
    except BadFile as error:
        raise _usage_error(file, error) from error
    _say(file, "apps", imported)


async def grant_role(parts: Parts, given: argparse.Namespace) -> None:
    """Give somebody a role; so the first administrator comes about."""
    role: Role = given.role
    async with parts.db.transaction() as tx:
        account = await store.accounts.find_account(tx, mail.key_of(given.mail_address))
        if account is None:
            raise UsageError(
                f"Nobody has an account with {given.mail_address}. "
                "They sign up first, and open the link in the mail."
            )
        is_new = await commands.roles.grant_role(
            tx, account.account_id, role, how="command", now=parts.clock.now()
        )
    sys.stdout.write(
        f"{given.mail_address} {'is' if is_new else 'was already'} {role}. "
        "It is in the next access token.\n"
    )


async def rotate_keys(parts: Parts, given: argparse.Namespace) -> None:
    """Let a fresh key take over from the present one."""
    now = parts.clock.now()
    fresh = await parts.keys.make_key(signs_from=now)
    async with parts.db.transaction() as tx:
        fresh = await commands.keys.rotate_keys(
            tx,
            fresh,
            longest=timedelta(seconds=parts.settings.access_token_s),
            leaked=given.leaked,
            now=now,
        )
    sys.stdout.write(f"Key {fresh.kid} signs from {fresh.signs_from.isoformat()}.\n")


async def _hashes(parts: Parts, rows: Sequence[Row[Person]]) -> dict[UUID, str]:
    """The password hash of every row, some at a time: the threads take only so many."""
    found: dict[UUID, str] = {}
    for start in range(0, len(rows), _HASHES_AT_ONCE):
        some = rows[start : start + _HASHES_AT_ONCE]
        hashes = await asyncio.gather(*(parts.passwords.hash(row.says.password) for row in some))
        found.update(zip((row.says.account_id for row in some), hashes, strict=True))
    return found


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}") from error


def _usage_error(file: Path, error: BadFile) -> UsageError:
    findings = "\n".join(f"{file}: {finding}" for finding in error.findings)
    return UsageError(f"{findings}\nNothing was imported.")


def _say(file: Path, what: str, imported: Imported) -> None:
    sys.stdout.write(
        f"{file}: {imported.new} new {what}, {imported.changed} changed, {imported.same} as before.\n"
    )


def _with_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a TOML file; docs/people-file.md describes it")


def _with_role(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("mail_address", metavar="account_mail", help="of an account that exists")
    parser.add_argument("role", choices=GRANTABLE)


def _with_leaked(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--leaked",
        action="store_true",
        help="the present key is known to others: it goes at once, and everybody's tokens with it",
    )


VERBS = {
    "import-people": Verb(
        help="make accounts from a file, with passwords and roles",
        run=import_people,
        arguments=_with_file,
    ),
    "import-clients": Verb(
        help="register the apps of a file", run=import_clients, arguments=_with_file
    ),
    "grant-role": Verb(
        help="give somebody a role, such as the first administrator",
        run=grant_role,
        arguments=_with_role,
    ),
    "rotate-keys": Verb(
        help="let a fresh signing key take over", run=rotate_keys, arguments=_with_leaked
    ),
}
