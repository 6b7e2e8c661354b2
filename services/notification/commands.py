"""What can be done with mails: load, decide, save, tell. Transactions belong to the doors."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from chassis.database import Connection
from chassis.erasing import forget_answers
from chassis.http.problems import NOT_FOUND
from chassis.ids import new_id
from chassis.outbox import tell
from contracts.catalogue import OfferingCancelled, OfferingState, ProgrammeDescribed
from contracts.enrolment import EnrolmentFact
from contracts.erasure import Retained
from contracts.fact import Fact
from contracts.identity import AccountErased, AccountState, LinkRequested, WayInChanged
from contracts.notification import NotificationErasedPersonalData
from contracts.payment import InvoiceFact, RefundIssued
from contracts.records import DocumentIssued, EvaluationOpened, EvaluationSubmitted
from services.notification import refusals, store
from services.notification.domain import helping, ledger
from services.notification.domain.helping import HelpRequest, Question
from services.notification.domain.ledger import HOLDS_A_SECRET, Case, Mail, Outcome, Send
from services.notification.domain.offerings import copy_offering as take_over
from services.notification.domain.offerings import moves, reminder_due_at
from services.notification.domain.planning import (
    enrolment_after,
    newest,
    plan_again,
    plan_help,
    plan_mails,
    plan_rescheduled,
)
from services.notification.domain.unsubscribing import Wish

_LEASES_AT_ONCE = 1000
_ATTACHMENTS_AT_ONCE = 500
_ATTACHMENT_DAYS = 90


async def copy_people(tx: Connection, told: Sequence[AccountState], *, now: datetime) -> None:
    """Keep the copies of people; what waited for them goes on."""
    await store.copies.save_people(tx, told)
    await store.mails.look_again_at_people(tx, sorted({each.account_id for each in told}), now)


async def copy_offering(
    tx: Connection, told: OfferingState, *, zone: ZoneInfo, now: datetime
) -> None:
    """Take over what the catalogue tells; whoever has a place is told of a move, reminders follow it."""
    known = await store.copies.lock_offering(tx, told.offering_id)
    await store.copies.save_schedule(tx, told)
    offering = take_over(known, told, now=now)
    if offering is None:
        return
    await store.copies.save_offering(tx, offering)
    await store.mails.look_again_at_offering(tx, offering.offering_id, now)
    if known is None:
        return
    if moves(known.sessions, offering.sessions):
        untold = await store.copies.get_untold(tx, offering.offering_id)
        await store.mails.insert_mails(tx, plan_rescheduled(untold, new_id, now=now))
    if known.starts_at != offering.starts_at and now < reminder_due_at(offering.starts_at, zone):
        past = await store.mails.get_past_reminders(tx, offering.offering_id)
        await store.mails.insert_mails(
            tx, [plan_again(each, new_id, asked=False, now=now) for each in past]
        )


async def cancel_offering(tx: Connection, cancelled: OfferingCancelled, *, now: datetime) -> None:
    """Note that an offering does not take place, and why. Enrolment tells for whom."""
    await store.copies.mark_offering_cancelled(tx, cancelled)
    await store.mails.look_again_at_offering(tx, cancelled.offering_id, now)


async def follow_enrolments(
    tx: Connection, told: Sequence[EnrolmentFact], *, now: datetime
) -> None:
    """Keep the copies of enrolments, and plan the mails that their facts call for."""
    enrolments = newest([enrolment_after(fact) for fact in told])
    await store.copies.save_enrolments(tx, enrolments)
    await store.mails.look_again_at_enrolments(tx, [each.enrolment_id for each in enrolments], now)
    await _plan(tx, told, now)


async def follow_records(
    tx: Connection,
    told: Sequence[EvaluationOpened | EvaluationSubmitted | DocumentIssued],
    *,
    now: datetime,
) -> None:
    """Invite to evaluations that are open, tell of documents that are ready."""
    submitted = [fact for fact in told if isinstance(fact, EvaluationSubmitted)]
    if submitted:
        await store.copies.save_evaluations(tx, submitted)
    await _plan(tx, told, now)


async def plan_payment_mail(
    tx: Connection, told: RefundIssued | InvoiceFact, *, now: datetime
) -> None:
    """Tell of a refund, or send an organisation its document."""
    mails = plan_mails(told, new_id, now=now)
    documents = [(each.mail_id, told.pdf) for each in mails if isinstance(told, InvoiceFact)]
    await store.mails.insert_mails(tx, mails, documents)


async def plan_link_mail(tx: Connection, told: LinkRequested, *, now: datetime) -> None:
    """Bring a secret link to a mail address."""
    await store.mails.insert_mails(tx, plan_mails(told, new_id, now=now))


async def plan_security_notice(tx: Connection, told: WayInChanged, *, now: datetime) -> None:
    """Tell somebody what has changed about how one gets into their account. Nobody can stop these."""
    await store.mails.insert_mails(tx, plan_mails(told, new_id, now=now))


async def _plan(tx: Connection, told: Sequence[Fact], now: datetime) -> None:
    mails = [mail for fact in told for mail in plan_mails(fact, new_id, now=now)]
    if mails:
        await store.mails.insert_mails(tx, mails)


async def claim_mails(
    tx: Connection, *, limit: int, zone: ZoneInfo, now: datetime
) -> tuple[int, list[Case]]:
    """Look at mails that are due and claim those that go out; returns how many were looked at."""
    due = await store.mails.lock_due_mails(tx, can_wait=False, now=now, limit=limit)
    if len(due) < limit:
        due += await store.mails.lock_due_mails(tx, can_wait=True, now=now, limit=limit - len(due))
    if not due:
        return 0, []
    decided: list[Mail] = []
    claimed: list[Case] = []
    for case in await store.mails.get_cases(tx, due):
        verdict = ledger.look_at(case, zone=zone, now=now)
        mail = ledger.apply(verdict, case, now=now)
        decided.append(mail)
        if isinstance(verdict, Send):
            claimed.append(replace(case, mail=mail))
    await store.mails.save_mails(tx, decided)
    if forgotten := [each.mail_id for each in decided if each.why == ledger.ERASED]:
        await store.mails.forget_attachments_of(tx, forgotten)
    return len(due), claimed


async def record_outcomes(
    tx: Connection, outcomes: Sequence[tuple[Mail, Outcome]], *, now: datetime
) -> None:
    """Write down what became of mails that were claimed together, and tell it."""
    lease = outcomes[0][0].lease_until
    settled = [ledger.settle(mail, outcome, now=now) for mail, outcome in outcomes]
    written = await store.mails.save_mails(tx, [mail for mail, _ in settled], held=lease)
    await tell(tx, *(fact for mail, fact in settled if fact and mail.mail_id in written), now=now)


async def release_expired_leases(tx: Connection, *, now: datetime) -> list[UUID]:
    """Send again what a process claimed that has not told what became of it."""
    return await store.mails.release_expired_leases(tx, now=now, limit=_LEASES_AT_ONCE)


async def send_again(tx: Connection, mail_id: UUID, *, now: datetime) -> UUID:
    """Plan a settled mail once more, as its next revision, and return that one's id.

    Raises:
        Refusal: there is no such mail, it is still to be sent, or it cannot be repeated.
    """
    mail = await store.mails.lock_mail(tx, mail_id)
    if mail is None:
        raise NOT_FOUND()
    if mail.purpose in HOLDS_A_SECRET:
        raise refusals.ONLY_ONCE()
    if mail.settled_at is None:
        raise refusals.MAIL_ON_ITS_WAY(due_at=mail.due_at)
    document = await store.mails.get_attachment(tx, mail_id)
    if mail.purpose in ("invoice", "credit_note") and document is None:
        raise refusals.DOCUMENT_FORGOTTEN()
    again = plan_again(mail, new_id, asked=True, now=now)
    await store.mails.insert_mails(
        tx, [again], [] if document is None else [(again.mail_id, document)]
    )
    return again.mail_id


async def stop_mails(tx: Connection, wish: Wish, *, now: datetime) -> None:
    """Send somebody no more mails of one purpose, from now on."""
    await store.copies.stop_mails(tx, wish, now)
    await store.mails.look_again_at_people(tx, [wish.account_id], now)


async def forget_attachments(tx: Connection, *, now: datetime) -> int:
    """Forget documents that were sent long ago; payment keeps its own. Returns how many."""
    return await store.mails.forget_attachments(
        tx, settled_before=now - timedelta(days=_ATTACHMENT_DAYS), limit=_ATTACHMENTS_AT_ONCE
    )


async def copy_programmes(tx: Connection, told: Sequence[ProgrammeDescribed]) -> None:
    """Keep the copies of programmes."""
    await store.helping.save_programmes(tx, told)


async def ask_for_help(
    tx: Connection, question: Question, *, account_id: UUID, institution: str, now: datetime
) -> HelpRequest:
    """Keep a question, send it to whoever answers it, and a receipt to whoever asks.

    Raises:
        Refusal: something that it must carry is missing, or whoever asks has been forgotten.
    """
    if await store.helping.is_erased(tx, account_id):
        raise NOT_FOUND()
    programme = offering = None
    if question.programme is not None:
        programme = await store.helping.get_programme(tx, question.programme)
    if question.offering_id is not None:
        known = await store.copies.get_offerings(tx, [question.offering_id])
        offering = known.get(question.offering_id)
    request = helping.ask_for_help(
        question,
        programme,
        offering,
        institution=institution,
        account_id=account_id,
        help_request_id=new_id(),
        now=now,
    )
    await store.helping.insert_request(tx, request)
    await store.mails.insert_mails(tx, plan_help(request, new_id))
    return request


async def forget_person(tx: Connection, told: AccountErased, *, now: datetime) -> None:
    """Forget where somebody's mails went and what was in them. Whatever comes to be planned later is not sent."""
    await store.copies.forget_person(tx, told.account_id, now)
    await store.mails.forget_mails(tx, told.account_id, now)
    await store.helping.forget_requests(tx, told.account_id, now)
    await forget_answers(tx, told.account_id)
    fact = NotificationErasedPersonalData(
        account_id=told.account_id,
        retained=(Retained(what="mail_ledger", because="names_nobody", until=None),),
        erased_at=now,
    )
    await tell(tx, fact, now=now)
