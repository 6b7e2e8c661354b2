"""Reading the books: every service's own tables, the broker's queues, the provider's books, the mails caught."""

import re
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import aio_pika
import asyncpg
from aio_pika.exceptions import ChannelClosed

from chassis.bus.topology import RETRY_DELAYS_S, dead_queue, retry_exchange
from chassis.clock import MovableClock
from deploy import services
from deploy.local.standins.mollie_books import Books as ProviderBooks
from deploy.local.standins.mollie_books import read_books
from deploy.local.system import System
from tests.chaos.books import Accepted, Books, Row, Wrong
from tests.chaos.tap import QUEUE as TAP
from tests.chaos.tap import Tap, read_stream
from tests.support.running import eventually

LISTENS = {
    consumer.queue: frozenset(consumer.topics)
    for service in services.load_all()
    for consumer in service.consumers
}
"""By queue: the topics that it is bound to."""

_MESSAGE_ID = re.compile(rb"^Message-ID: <([0-9a-f-]{36})@", re.MULTILINE | re.IGNORECASE)


async def read_everything(
    system: System,
    tap: Tap,
    accepted: list[Accepted],
    *,
    with_stream: bool = True,
) -> Books:
    """Everything, as it is when all is quiet. Reading the stream to its end takes a few seconds."""
    enrolment = await _rows(
        system,
        "enrolment",
        """
        SELECT enrolment_id, version, offering_id, learner_id, state, payer, fee_minor FROM enrolment
        """,
    )
    payments = await _rows(
        system,
        "payment",
        """
        SELECT p.payment_id, p.provider_id, p.state, p.amount_minor, o.enrolment_id
        FROM payment AS p JOIN orders AS o USING (order_id)
        """,
    )
    return Books(
        accepted=accepted,
        facts=dict(tap.facts),
        kept=await read_stream(system.amqp_url) if with_stream else None,
        stream_fails_over=system.broker_nodes > 1,
        claims=await read_claims(system),
        listens=LISTENS,
        waiting=await read_queues(system),
        outboxes=await read_outboxes(system),
        offerings=await _rows(
            system,
            "enrolment",
            """
            SELECT offering_id, capacity, seats_taken, waiting, occupation_version FROM offering
            WHERE occupation_version > 0
            """,
        ),
        enrolments=enrolment,
        withdrawals=await _rows(
            system,
            "enrolment",
            "SELECT enrolment_id, state, fee_minor, refund_minor FROM withdrawal",
        ),
        orders=await _rows(
            system, "payment", "SELECT order_id, enrolment_id, state, paid_by FROM orders"
        ),
        payments=payments,
        failures={
            (row["payment_id"], row["state"])
            for row in await _rows(
                system,
                "payment",
                """
                SELECT payment_id, state FROM transition
                WHERE state IN ('failed', 'canceled', 'expired')
                """,
            )
        },
        refunds=await _rows(
            system,
            "payment",
            """
            SELECT r.refund_id, r.provider_id, r.state, r.amount_minor, r.issued_at, o.enrolment_id
            FROM refund AS r JOIN orders AS o USING (order_id)
            """,
        ),
        exceptions=await _rows(
            system, "payment", "SELECT subject_id, kind, settled_at FROM finance_exception"
        ),
        ledger=await _ledger(system),
        provider=_provider(system),
        mails=await _rows(
            system,
            "notification",
            """
            SELECT mail_id, account_id, purpose, regarding, state, why, uncertain FROM mail
            """,
        ),
        caught=_caught(system.folder / "mails"),
        occupations={
            row["offering_id"]: row["taken"]
            for row in await _rows(system, "catalogue", "SELECT offering_id, taken FROM occupation")
        },
        dossiers={
            row["enrolment_id"]: row["state"]
            for row in await _rows(system, "records", "SELECT enrolment_id, state FROM dossier")
        },
    )


async def purposes_sent(system: System, account_id: UUID) -> set[str]:
    """Which mails somebody was sent."""
    statement = "SELECT purpose FROM mail WHERE account_id = $1 AND state = 'sent'"
    rows = await _rows(system, "notification", statement, account_id)
    return {row["purpose"] for row in rows}


async def read_claims(system: System) -> dict[str, set[UUID]]:
    """By queue: the facts whose effect is in the books."""
    claims: dict[str, set[UUID]] = {}
    for name in services.NAMES:
        for row in await _rows(system, name, "SELECT consumer, event_id FROM inbox"):
            claims.setdefault(row["consumer"], set()).add(row["event_id"])
    return claims


async def read_outboxes(system: System) -> dict[str, int]:
    """By service: facts that have not left, parked ones too."""
    return {
        name: (await _rows(system, name, "SELECT count(*) AS left FROM outbox"))[0]["left"]
        for name in services.NAMES
    }


async def read_queues(system: System) -> dict[str, int]:
    """By queue: messages that wait in it, for consumers, for their retry, or for an operator."""
    names = [
        *LISTENS,
        *(dead_queue(name) for name in services.NAMES),
        *(retry_exchange(delay_s) for delay_s in RETRY_DELAYS_S),
        TAP,
    ]
    waiting: dict[str, int] = {}
    async with await aio_pika.connect(system.amqp_url.split(",")[0]) as connection:
        for name in names:
            channel = await connection.channel()
            try:
                queue = await channel.declare_queue(name, passive=True)
            except ChannelClosed:
                continue  # A service that listens to nothing has no dead letters.
            waiting[name] = queue.declaration_result.message_count or 0
            await channel.close()
    return waiting


async def noise(system: System, tap: Tap) -> list[str]:
    """What is still going on, in words; nothing when all is quiet."""
    left = [f"{count} {what} due" for what, count in (await unsettled(system)).items() if count]
    outboxes = await read_outboxes(system)
    left += [f"{count} facts in the outbox of {name}" for name, count in outboxes.items() if count]
    if left:
        return left
    claims = await read_claims(system)
    for queue, topics in LISTENS.items():
        meant = {event_id for event_id, each in tap.facts.items() if each.topic in topics}
        if missing := meant - claims.get(queue, set()):
            left.append(f"{len(missing)} facts without effect in {queue}")
    waiting = await read_queues(system)
    return left + [f"{count} messages in {queue}" for queue, count in waiting.items() if count]


async def until_quiet(system: System, tap: Tap, *, within_s: float) -> list[Wrong]:
    """Wait until nothing is on its way and nothing is due; else tell what is."""
    left = ["nothing could be seen"]
    heard = -1

    async def is_quiet() -> bool:
        nonlocal left, heard
        left, before, heard = await noise(system, tap), heard, len(tap.times)
        return not left and heard == before

    try:
        await eventually(is_quiet, patience_s=within_s, poll_s=0.2)
    except TimeoutError:
        left = left or ["facts still come"]
        return [Wrong("quiet", f"{what} for {within_s:.0f} s") for what in left]
    return []


async def unsettled(system: System) -> dict[str, int]:
    """What the services still have to do by themselves, as they see it at their time."""
    now = MovableClock(system.clock_file).now()
    counts = {
        "mails": (
            "notification",
            "SELECT count(*) FROM mail WHERE state = 'sending' OR (state = 'planned' AND due_at <= $1)",
        ),
        "payments": (
            "payment",
            "SELECT count(*) FROM payment WHERE due_at <= $1 OR state = 'intended'",
        ),
        "refunds": (
            "payment",
            "SELECT count(*) FROM refund WHERE state IN ('requested', 'sent') AND $1::timestamptz IS NOT NULL",
        ),
        "holds": (
            "enrolment",
            """
            SELECT count(*) FROM enrolment
            WHERE (state = 'held' AND held_until + interval '1 minute' <= $1)
               OR (state = 'offered' AND offered_until <= $1)
            """,
        ),
    }
    return {
        what: await _count(system, service, statement, now)
        for what, (service, statement) in counts.items()
    }


async def _count(system: System, service: str, statement: str, now: datetime) -> int:
    return int((await _rows(system, service, statement, now))[0]["count"])


async def _rows(system: System, service: str, statement: str, *arguments: Any) -> list[Row]:
    connection = await asyncpg.connect(f"{system.postgres_url}/{service}", timeout=10)
    try:
        return [dict(record) for record in await connection.fetch(statement, *arguments)]
    finally:
        await connection.close(timeout=5)


async def _ledger(system: System) -> dict[str, int]:
    rows = await _rows(
        system,
        "payment",
        """
        SELECT account, sum(amount)::bigint AS balance FROM (
            SELECT debit AS account, amount_minor AS amount FROM ledger_entry
            UNION ALL SELECT credit, -amount_minor FROM ledger_entry
        ) AS moved GROUP BY account
        """,
    )
    return {row["account"]: row["balance"] for row in rows}


def _provider(system: System) -> ProviderBooks:
    book = system.folder / "provider.json"
    return read_books(book) if book.exists() else ProviderBooks()


def _caught(folder: Path) -> dict[UUID, int]:
    """How often each mail of our ledger was accepted."""
    caught: Counter[UUID] = Counter()
    for file in folder.glob("*.eml"):
        found = _MESSAGE_ID.search(file.read_bytes())
        if found is not None:
            caught[UUID(found.group(1).decode())] += 1
    return dict(caught)
