"""Withdraw: why, what comes back, and the receipt (A22-A25)."""

import msgspec

from clients.portal.api.asking import Missing
from clients.portal.api.catalogue import Offering
from clients.portal.api.enrolment import Enrolment, Leave, Reason, Withdrawal
from clients.portal.forms import Form
from clients.portal.views.managing import Back, has_paid_nothing, policy_path
from clients.portal.views.offers import State
from clients.portal.views.outcome import Happening
from clients.portal.words import Words

REASONS: tuple[Reason, ...] = ("time", "ill", "wrong", "work", "other")

_LONGEST_NOTE = 2000


class WithdrawPage(msgspec.Struct, frozen=True, kw_only=True):
    """What one leaves, and what that means."""

    enrolment: Enrolment
    reasons: tuple[tuple[Reason, str], ...]
    nothing_paid: bool
    has_place: bool
    back: Back | None
    policy: str


class WithdrawnPage(msgspec.Struct, frozen=True, kw_only=True):
    """The receipt."""

    enrolment: Enrolment
    withdrawal: Withdrawal
    reason: str
    refund: str
    fee: str
    state: State
    next: tuple[Happening, ...]


def read_leave(form: Form) -> Leave | None:
    """Why somebody leaves; None where something has to be corrected first."""
    reason = form.choice("reason", REASONS, needed="withdraw.reason_needed")
    note = form.text("more", longest=_LONGEST_NOTE, too_long="withdraw.more_too_long")
    if reason is None or not form.is_right:
        return None
    return Leave(reason=reason, note=note or None)


def withdraw_page(
    mine: Enrolment, offering: Offering | Missing | None, back: Back | None, *, words: Words
) -> WithdrawPage:
    """Make the page with the form."""
    told = offering if isinstance(offering, Offering) else None
    return WithdrawPage(
        enrolment=mine,
        reasons=tuple((each, words.say(f"withdraw.reason.{each}")) for each in REASONS),
        nothing_paid=has_paid_nothing(mine),
        has_place=mine.state != "waitlisted",
        back=back,
        policy=policy_path(mine, told),
    )


def withdrawn_page(mine: Enrolment, withdrawal: Withdrawal, *, words: Words) -> WithdrawnPage:
    """Make the receipt: what, when, and what happens about the money."""
    state = withdrawal.state
    happenings = [
        Happening(
            title=words.say("withdraw.next.receipt"),
            text=words.say("withdraw.next_text.receipt"),
            at=withdrawal.submitted_at,
            is_done=True,
        )
    ]
    if state != "nothing_to_review":
        is_decided = state == "reviewed"
        happenings += [
            Happening(
                title=words.say("withdraw.next.decision"),
                text=words.say("withdraw.next_text.decision"),
                at=None,
                is_done=is_decided,
            ),
            Happening(
                title=words.say("withdraw.next.money"),
                text=words.say("withdraw.next_text.money"),
                at=None,
            ),
        ]
    return WithdrawnPage(
        enrolment=mine,
        withdrawal=withdrawal,
        reason=words.say(f"withdraw.reason.{withdrawal.reason}"),
        refund=words.money(withdrawal.refund_minor, withdrawal.currency),
        fee=words.money(withdrawal.fee_minor, withdrawal.currency),
        state=State("ok" if state == "reviewed" else "info", words.say(f"withdraw.state.{state}")),
        next=tuple(happenings),
    )
