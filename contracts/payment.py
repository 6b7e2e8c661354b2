"""What payment tells: money that came, failed to come, or went back."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from msgspec import Meta

from contracts.erasure import AnsweredErasure, ErasedPersonalData
from contracts.fact import Currency, Fact, Language, UtcTime

PositiveMinor = Annotated[int, Meta(ge=1)]

Method = Literal["ideal", "creditcard", "banktransfer"]


class PaymentFact(Fact, frozen=True, kw_only=True):
    """What all facts about one order carry. An order is what one enrolment has to pay."""

    about: ClassVar[str] = "order_id"

    order_id: UUID
    enrolment_id: UUID
    learner_id: UUID


class PaymentReceived(PaymentFact, frozen=True, kw_only=True):
    """The fee of an order has been captured, in full, once."""

    topic: ClassVar[str] = "payment.received.v1"

    payment_id: UUID
    method: Method
    amount_minor: PositiveMinor
    currency: Currency
    paid_at: UtcTime
    """The value date decides whether it was in time, not the day that we heard of it."""


class PaymentFailed(PaymentFact, frozen=True, kw_only=True):
    """An attempt to pay came to nothing. The order stays open while the seat is held."""

    topic: ClassVar[str] = "payment.failed.v1"

    payment_id: UUID
    method: Method
    why: Literal["failed", "canceled", "expired"]


class InvoiceFact(PaymentFact, frozen=True, kw_only=True):
    """A document for an employer, with everything that its mail needs.

    Not kept in the stream: the billing address can name a person.
    """

    kept: ClassVar[bool] = False

    invoice_id: UUID
    number: str
    """Gap-free in its series and year."""
    organisation: str
    billing_mail_address: str
    language: Language
    amount_minor: PositiveMinor
    currency: Currency
    pdf: bytes
    """The document itself, base64 in JSON (about 30 kB): notification must not have to call back."""


class InvoiceIssued(InvoiceFact, frozen=True, kw_only=True):
    """An employer has been invoiced. Enrolment holds the seat until the due date."""

    topic: ClassVar[str] = "payment.invoice_issued.v1"

    issued_at: UtcTime
    due_at: UtcTime


class InvoiceCredited(InvoiceFact, frozen=True, kw_only=True):
    """An invoice that will not be paid, or has to be given back, is credited by a document of its own."""

    topic: ClassVar[str] = "payment.invoice_credited.v1"

    credited_number: str
    """The number of the invoice that this credits."""
    credited_at: UtcTime


class RefundIssued(PaymentFact, frozen=True, kw_only=True):
    """Money went back to where it came from."""

    topic: ClassVar[str] = "payment.refund_issued.v1"

    refund_id: UUID
    payment_id: UUID
    sequence: Annotated[int, Meta(ge=1)]
    """With `payment_id` the key of a refund: no retry refunds twice."""
    amount_minor: PositiveMinor
    currency: Currency
    why: Literal["withdrawal", "late_payment", "double_payment", "cancelled", "dropped_session"]
    issued_at: UtcTime


class PaymentAnsweredErasure(AnsweredErasure, frozen=True, kw_only=True):
    """Payment has nothing against forgetting somebody, or says everything that stands in the way."""

    topic: ClassVar[str] = "payment.answered_erasure.v1"


class PaymentErasedPersonalData(ErasedPersonalData, frozen=True, kw_only=True):
    """Payment has forgotten who somebody was."""

    topic: ClassVar[str] = "payment.erased_personal_data.v1"
