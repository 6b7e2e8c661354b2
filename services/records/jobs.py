"""Door 3: what records does when its time has come."""

from datetime import datetime, timedelta

import structlog
from typst import TypstError

from chassis.jobs import Jobs
from services.records import commands
from services.records.documents import LANGUAGES, make_document
from services.records.domain.documents import Draft, print_document
from services.records.parts import Parts
from services.records.store.documents import Made

log = structlog.get_logger()

JOBS = Jobs()

_PRINTED_AT_ONCE = 20
_LEASE = timedelta(minutes=2)
"""Longer than a portion takes to print. Whoever dies on the way leaves it due again after this."""
_TRY_AGAIN_AFTER = timedelta(minutes=10)
"""How long a document waits whose name no font can set: somebody has to correct the name first."""


@JOBS.every(0.5)
async def issue_documents(parts: Parts) -> int:
    """Number planned documents, print them outside of any transaction, and issue them."""
    now = parts.clock.now()
    async with parts.db.transaction() as tx:
        drafts = await commands.take_drafts(
            tx,
            leased_until=now + _LEASE,
            limit=_PRINTED_AT_ONCE,
            zone=parts.settings.institution_zone,
            now=now,
        )
    printed = [await _print(parts, draft, now) for draft in drafts]
    made = [each for each in printed if each is not None]
    if made:
        async with parts.db.transaction() as tx:
            await commands.issue_documents(tx, made, now=now)
    return len(drafts)


async def _print(parts: Parts, draft: Draft, now: datetime) -> Made | None:
    """Print a document in both languages; one that cannot be printed holds no other up."""
    settings = parts.settings
    printed = print_document(
        draft,
        institution=settings.institution_name,
        heads=parts.heads,
        verify_address=settings.verify_address,
        now=now,
    )
    try:
        files = {
            language: await make_document(printed, language, settings.institution_zone)
            for language in LANGUAGES
        }
    except TypstError:  # Its text holds the name; that stays out of the log.
        log.warning("records.document_not_printable", document_id=str(draft.document_id))
        async with parts.db.transaction() as tx:
            await commands.put_off_document(
                tx, draft, until=now + _TRY_AGAIN_AFTER, trouble="not_printable"
            )
        return None
    return Made(draft=draft, printed=printed, files=files)


@JOBS.every(2.0)
async def open_evaluations(parts: Parts) -> int:
    """Tell participants that their evaluation is open, from the start of the course's last day on."""
    async with parts.db.transaction() as tx:
        return await commands.open_evaluations(tx, now=parts.clock.now())
