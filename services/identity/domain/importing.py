"""Files of people and of apps: TOML, read whole, with every bad row named by its line.

The format is described in docs/people-file.md.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.catalogue import Affiliation
from contracts.fact import Language
from contracts.identity import Role
from services.identity.domain import accounts, mail
from services.identity.domain.clients import Client, wrong_redirects

T = TypeVar("T", bound=msgspec.Struct)


class BadFile(Exception):
    """Nothing was imported; a line for everything that is wrong."""

    def __init__(self, findings: Sequence[str]) -> None:
        super().__init__("\n".join(findings))
        self.findings = findings


class Person(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One person of the file."""

    account_id: UUID
    name: str
    mail_address: str
    password: str
    language: Language
    affiliation: Affiliation = "guest"
    roles: Annotated[tuple[Role, ...], Meta(max_length=6)] = ()

    def __repr__(self) -> str:
        return "Person(…)"


class Row(msgspec.Struct, Generic[T], frozen=True):
    """What a row says, and where it begins."""

    line: int
    says: T


def read_people(text: str) -> list[Row[Person]]:
    """Read a file of people.

    Raises:
        BadFile: it is no TOML, or a row is wrong.
    """
    rows = _read(text, "person", Person, _wrong_in_person)
    _refuse_doubles(rows, "account_id", lambda person: person.account_id)
    _refuse_doubles(rows, "mail_address", lambda person: mail.key_of(person.mail_address))
    return rows


def read_clients(text: str) -> list[Row[Client]]:
    """Read a file of apps.

    Raises:
        BadFile: it is no TOML, or a row is wrong.
    """
    rows = _read(text, "client", Client, _wrong_in_client)
    _refuse_doubles(rows, "client_id", lambda client: client.client_id)
    return rows


def _wrong_in_person(person: Person) -> Iterator[str]:
    if wrong := accounts.wrong_name(person.name):
        yield f"name: {wrong.sentence.en}"
    if not mail.is_address(person.mail_address):
        yield f"mail_address: {mail.NO_ADDRESS.en}"
    if wrong := accounts.wrong_password(
        person.password, mail_address=person.mail_address, name=person.name
    ):
        yield f"password: {wrong.sentence.en}"


def _wrong_in_client(client: Client) -> Iterator[str]:
    for uri in wrong_redirects(client):
        yield f"{uri}: no redirect that may be registered; see docs/people-file.md"


def _read(
    text: str, kind: str, into: type[T], wrongs: Callable[[T], Iterator[str]]
) -> list[Row[T]]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadFile([f"no valid TOML: {error}"]) from error
    listed: Any = document.pop(kind, [])
    lines = [
        number
        for number, line in enumerate(text.splitlines(), start=1)
        if re.match(rf"\s*\[\[\s*{kind}\s*\]\]", line)
    ]
    if document or not isinstance(listed, list) or len(lines) != len(listed):
        raise BadFile([f"every row begins with a line [[{kind}]], and there is nothing else"])
    rows, findings = [], []
    for line, fields in zip(lines, listed, strict=True):
        try:
            row = Row(line, msgspec.convert(fields, into))
        except msgspec.ValidationError as error:
            findings.append(f"line {line}: {error}")
            continue
        rows.append(row)
        findings += [f"line {line}: {wrong}" for wrong in wrongs(row.says)]
    if findings:
        raise BadFile(findings)
    return rows


def _refuse_doubles(rows: Sequence[Row[T]], field: str, key: Callable[[T], object]) -> None:
    first: dict[object, int] = {}
    findings = [
        f"line {row.line}: {field} is that of line {first[key(row.says)]} already"
        for row in rows
        if first.setdefault(key(row.says), row.line) != row.line
    ]
    if findings:
        raise BadFile(findings)
