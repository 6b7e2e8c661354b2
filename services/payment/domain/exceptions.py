"""What finance has to look at, because no rule can decide it."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from contracts.fact import Translated

Kind = Literal["unknown_reference", "wrong_amount", "refund_refused", "nothing_to_refund"]

EXPLAINED: dict[Kind, Translated] = {
    "unknown_reference": Translated(
        nl="Deze overboeking noemt geen factuur die wij kennen. Koppel haar aan een factuur of stort haar terug.",
        en="This transfer names no invoice that we know. Match it to an invoice, or send it back.",
    ),
    "wrong_amount": Translated(
        nl="Deze overboeking is niet het hele bedrag van de factuur. Stort haar terug en vraag om het hele bedrag.",
        en="This transfer is not the whole amount of the invoice. Send it back and ask for the whole amount.",
    ),
    "refund_refused": Translated(
        nl="De betaaldienst voert deze terugbetaling niet uit. Probeer het opnieuw of maak het geld zelf over.",
        en="The payment provider does not carry out this refund. Try it again, or transfer the money yourself.",
    ),
    "nothing_to_refund": Translated(
        nl="Er moet geld terug, maar er is nog geen betaling ontvangen. Zodra die er is, gaat het vanzelf terug.",
        en="Money has to go back, but no payment has come yet. As soon as there is one, it goes back by itself.",
    ),
}
"""What finance is told about each kind of exception, and what they can do."""


class FinanceException(msgspec.Struct, frozen=True, kw_only=True):
    """Something that waits for a person."""

    exception_id: UUID
    kind: Kind
    subject_id: UUID
    """The transfer, the refund, or the enrolment."""
    order_id: UUID | None
    raised_at: datetime
    settled_at: datetime | None = None
