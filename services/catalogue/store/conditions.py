"""Cancellation policies and terms, in all their versions."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec
from msgspec.structs import asdict

from chassis.database import Connection, as_struct, maybe_struct
from contracts.catalogue import CancellationPolicy, Terms


async def get_policies(
    connection: Connection, policy_ids: Iterable[UUID]
) -> dict[UUID, dict[int, CancellationPolicy]]:
    """All versions of these policies."""
    records = await connection.fetch(
        "SELECT rules FROM policy WHERE policy_id = ANY($1::uuid[]) ORDER BY version",
        list(policy_ids),
    )
    versions: dict[UUID, dict[int, CancellationPolicy]] = {}
    for record in records:
        policy = _policy(record)
        versions.setdefault(policy.policy_id, {})[policy.version] = policy
    return versions


async def get_policy(
    connection: Connection, policy_id: UUID, version: int
) -> CancellationPolicy | None:
    """One version of a policy."""
    record = await connection.fetchrow(
        "SELECT rules FROM policy WHERE policy_id = $1 AND version = $2", policy_id, version
    )
    return None if record is None else _policy(record)


async def list_policies(connection: Connection) -> list[CancellationPolicy]:
    """Every policy in its latest version."""
    records = await connection.fetch(
        "SELECT DISTINCT ON (policy_id) rules FROM policy ORDER BY policy_id, version DESC"
    )
    return [_policy(record) for record in records]


async def insert_policies(
    tx: Connection, policies: Sequence[CancellationPolicy], *, now: datetime
) -> None:
    """Publish versions of policies."""
    await tx.execute(
        """
        INSERT INTO policy (policy_id, version, rules, published_at)
        SELECT (rules ->> 'policy_id')::uuid, (rules ->> 'version')::integer, rules, $2
        FROM jsonb_array_elements($1) AS rules
        """,
        policies,
        now,
    )


def _policy(record: asyncpg.Record) -> CancellationPolicy:
    return msgspec.convert(record["rules"], CancellationPolicy)


async def get_terms(
    connection: Connection, terms_ids: Iterable[UUID]
) -> dict[UUID, dict[int, Terms]]:
    """All versions of these terms."""
    records = await connection.fetch(
        """
        SELECT terms_id, version, text, text_hash FROM terms
        WHERE terms_id = ANY($1::uuid[]) ORDER BY version
        """,
        list(terms_ids),
    )
    versions: dict[UUID, dict[int, Terms]] = {}
    for record in records:
        versions.setdefault(record["terms_id"], {})[record["version"]] = as_struct(Terms, record)
    return versions


async def get_terms_version(connection: Connection, terms_id: UUID, version: int) -> Terms | None:
    """One version of terms."""
    record = await connection.fetchrow(
        """
        SELECT terms_id, version, text, text_hash FROM terms WHERE terms_id = $1 AND version = $2
        """,
        terms_id,
        version,
    )
    return maybe_struct(Terms, record)


async def list_terms(connection: Connection) -> list[Terms]:
    """All terms in their latest versions."""
    records = await connection.fetch(
        """
        SELECT DISTINCT ON (terms_id) terms_id, version, text, text_hash FROM terms
        ORDER BY terms_id, version DESC
        """
    )
    return [as_struct(Terms, record) for record in records]


async def insert_terms(tx: Connection, terms: Sequence[Terms], *, now: datetime) -> None:
    """Publish versions of terms."""
    await tx.execute(
        """
        INSERT INTO terms (terms_id, version, text, text_hash, published_at)
        SELECT terms_id, version, text, text_hash, $2 FROM jsonb_populate_recordset(NULL::terms, $1)
        """,
        [asdict(each) for each in terms],
        now,
    )
