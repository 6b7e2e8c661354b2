"""What services answer when somebody wants to be forgotten: what stands in the way, and what they keep by law.

Codes and not prose: whoever shows them says it in the reader's language. Nothing here names a person.
"""

from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from contracts.fact import Fact, UtcTime, Version

Obstacle = Literal[
    "place_asked_for",
    "course_not_over",
    "withdrawal_under_review",
    "order_open",
    "payment_under_way",
    "refund_under_way",
]
"""Something that is owed to the person or by them. `course_not_over`: withdraw first, or come back afterwards."""

What = Literal["enrolments", "invoices", "payments", "mail_ledger", "results", "documents"]

Ground = Literal["names_nobody", "tax_law", "diploma_register"]
"""`names_nobody`: only an id is left, and it leads to nobody. `tax_law`: article 52 of the Dutch AWR.
`diploma_register`: the institution has decided to keep what it issued."""


class Objection(msgspec.Struct, frozen=True, kw_only=True):
    """One reason why somebody cannot be forgotten yet."""

    why: Obstacle
    regarding: UUID
    """The enrolment that it is about."""


class Retained(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of thing that stays."""

    what: What
    because: Ground
    until: UtcTime | None
    """When it goes too; None for what stays."""


class AnsweredErasure(Fact, frozen=True, kw_only=True):
    """A service has nothing against forgetting somebody, or says everything that stands in the way."""

    about: ClassVar[str] = "account_id"

    account_id: UUID
    version: Version
    """Of the request that this answers."""
    objections: tuple[Objection, ...]


class ErasedPersonalData(Fact, frozen=True, kw_only=True):
    """A service has forgotten who somebody was."""

    about: ClassVar[str] = "account_id"

    account_id: UUID
    retained: tuple[Retained, ...]
    erased_at: UtcTime
