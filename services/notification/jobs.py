"""Door 3: what notification does when its time has come."""

import asyncio
from collections import Counter
from collections.abc import Sequence

import structlog
from prometheus_client import Counter as Metric

from chassis.database import AGAIN, is_away
from chassis.jobs import Jobs
from chassis.stopping import sleep_or_stop
from services.notification import commands
from services.notification.domain.ledger import (
    Case,
    Lost,
    Mail,
    NotBegun,
    Outcome,
    Refused,
    Unwritable,
)
from services.notification.mails.message import ascii_address
from services.notification.mails.writer import recipient_of
from services.notification.parts import Parts

log = structlog.get_logger()

JOBS = Jobs()

MAILS = Metric("mails", "Mails by purpose and what became of them.", ["purpose", "outcome"])

_PORTION = 100
_FRESH_S = 5.0
"""A mail whose turn comes later than this after its claim is looked at again: who has left meanwhile gets none."""
_RECORD_EVERY_S = 0.05
"""What was accepted since the last record goes out again if we crash: as little as the database bears well."""
_NO_SUCH_MAILBOX_NAME = Refused(553, "5.6.7")
"""What a server would say to an address that it cannot read (RFC 6531)."""


@JOBS.every(0.5)
async def send_mails(parts: Parts) -> int:
    """Look at a portion of the mails that are due, and send those that still are.

    Claimed in one transaction and recorded in others, with the mail server in between: it holds up
    no lock and no connection of the database. If we crash there, the lease runs out.
    """
    if not await parts.mail_server.answers():
        return 0
    async with parts.db.transaction() as tx:
        looked_at, claimed = await commands.claim_mails(
            tx, limit=_PORTION, zone=parts.settings.institution_zone, now=parts.clock.now()
        )
    if claimed:
        await _send_and_record(parts, claimed)
    return looked_at


@JOBS.every(5.0)
async def release_expired_leases(parts: Parts) -> int:
    """Send again what a process claimed before it crashed; perhaps it had been accepted."""
    async with parts.db.transaction() as tx:
        released = await commands.release_expired_leases(tx, now=parts.clock.now())
    for mail_id in released:
        log.warning("notification.sender_stopped", mail_id=str(mail_id))
    return len(released)


@JOBS.every(3600.0)
async def forget_attachments(parts: Parts) -> int:
    """Forget documents that were sent long ago."""
    async with parts.db.transaction() as tx:
        return await commands.forget_attachments(tx, now=parts.clock.now())


async def _send_and_record(parts: Parts, claimed: Sequence[Case]) -> None:
    """Send a portion, and record what became of some of it while the rest is being sent.

    So a crash in the middle repeats a few mails and not the whole portion.
    """
    settled: list[tuple[Mail, Outcome]] = []
    all_sent = asyncio.Event()
    recording = asyncio.create_task(_record_as_they_come(parts, settled, all_sent))
    await _send_side_by_side(parts, claimed, settled, recording)
    all_sent.set()
    await recording


async def _record_as_they_come(
    parts: Parts, settled: list[tuple[Mail, Outcome]], all_sent: asyncio.Event
) -> None:
    # The last ones may settle while those before them are being recorded.
    while settled or not all_sent.is_set():
        await sleep_or_stop(_RECORD_EVERY_S, all_sent)
        if settled:
            outcomes, settled[:] = settled[:], []
            await _record(parts, outcomes)


async def _send_side_by_side(
    parts: Parts,
    claimed: Sequence[Case],
    settled: list[tuple[Mail, Outcome]],
    recording: "asyncio.Task[None]",
) -> None:
    """Send a portion over a few connections, each taking the next mail when it is done with one."""
    loop = asyncio.get_running_loop()
    stale_at = loop.time() + _FRESH_S
    waiting = iter(claimed)
    server_away = False

    async def send_in_turn() -> None:
        nonlocal server_away
        for case in waiting:
            if recording.done():
                return  # Nothing can be recorded: the rest goes out when the lease is over.
            if server_away or loop.time() > stale_at:
                outcome: Outcome = NotBegun()
            else:
                outcome = await _send(parts, case)
                if isinstance(outcome, Lost):
                    server_away = True
            settled.append((case.mail, outcome))

    async with asyncio.TaskGroup() as senders:
        for _ in range(min(parts.settings.mail_senders, len(claimed))):
            senders.create_task(send_in_turn())


async def _send(parts: Parts, case: Case) -> Outcome:
    """Write one mail and hand it over. A mail that cannot be written holds up no other."""
    try:
        address = ascii_address(recipient_of(case).address)
        message = parts.writer.compose(case, now=parts.clock.now())
    except UnicodeError:
        return _NO_SUCH_MAILBOX_NAME
    except Exception:
        log.exception(
            "notification.mail_unwritable",
            mail_id=str(case.mail.mail_id),
            purpose=case.mail.purpose,
        )
        return Unwritable()
    return await parts.mail_server.send(message, address)


async def _record(parts: Parts, outcomes: Sequence[tuple[Mail, Outcome]]) -> None:
    """Write down what became of a portion. While the database is away this waits, as long as the lease lasts."""
    lease_until = outcomes[0][0].lease_until
    while True:
        now = parts.clock.now()
        try:
            async with parts.db.transaction() as tx:
                await commands.record_outcomes(tx, outcomes, now=now)
            break
        except Exception as error:
            worth_another = is_away(error) or isinstance(error, AGAIN)
            if not worth_another or lease_until is None or now >= lease_until:
                raise
            log.warning("notification.waits_for_database", error=type(error).__name__)
            await asyncio.sleep(0.5)
    for mail, outcome in outcomes:
        MAILS.labels(mail.purpose, type(outcome).__name__.lower()).inc()
    counted = Counter(type(outcome).__name__.lower() for _, outcome in outcomes)
    log.info("notification.portion_sent", **counted)
