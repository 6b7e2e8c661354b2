"""Why payment says no, and what the person can do about it."""

from chassis.refusals import Kind, Problem
from contracts.fact import Translated

ALREADY_PAID = Problem(
    "already-paid",
    Kind.CONFLICT,
    title=Translated(nl="Dit is al betaald", en="This has been paid"),
    detail=Translated(
        nl="We ontvingen de betaling op {paid_at}. Je hoeft niets meer te doen.",
        en="We received the payment on {paid_at}. There is nothing left to do.",
    ),
)
ORDER_CLOSED = Problem(
    "order-closed",
    Kind.CONFLICT,
    title=Translated(
        nl="Hier hoeft niet meer voor betaald te worden", en="Nothing is asked for this any more"
    ),
    detail=Translated(
        nl="De inschrijving is op {closed_at} beëindigd. Schrijf je opnieuw in als er plaats is.",
        en="The enrolment ended on {closed_at}. Enrol again if there is a place.",
    ),
)
HOLD_ENDED = Problem(
    "hold-ended",
    Kind.CONFLICT,
    title=Translated(
        nl="Je plaats wordt niet meer vastgehouden", en="Your place is not held any more"
    ),
    detail=Translated(
        nl="Je kon betalen tot {held_until}. Er is niets afgeschreven. Schrijf je opnieuw in als er plaats is.",
        en="You could pay until {held_until}. Nothing was charged. Enrol again if there is a place.",
    ),
)
PROVIDER_AWAY = Problem(
    "provider-away",
    Kind.UNAVAILABLE,
    title=Translated(
        nl="De betaaldienst antwoordt niet", en="The payment provider does not answer"
    ),
    detail=Translated(
        nl="Er is niets afgeschreven en je plaats blijft vastgehouden. Probeer het zo dadelijk opnieuw.",
        en="Nothing was charged and your place stays held. Try again in a moment.",
    ),
)
PROVIDER_REFUSED = Problem(
    "provider-refused",
    Kind.CONFLICT,
    title=Translated(
        nl="De betaaldienst neemt deze betaling niet aan",
        en="The payment provider does not take this payment",
    ),
    detail=Translated(
        nl="Er is niets afgeschreven. Kies een andere manier van betalen.",
        en="Nothing was charged. Choose another way to pay.",
    ),
)
NOT_TOLD_YET = Problem(
    "not-told-yet",
    Kind.UNAVAILABLE,
    title=Translated(nl="De factuur kan nog niet", en="The invoice cannot be made yet"),
    detail=Translated(
        nl="De gegevens van de cursus zijn nog onderweg. Je plaats blijft vastgehouden; probeer het zo weer.",
        en="The course's details are still on their way. Your place stays held; try again in a moment.",
    ),
)
DOCUMENT_NOT_READY = Problem(
    "document-not-ready",
    Kind.UNAVAILABLE,
    title=Translated(nl="Het document wordt gemaakt", en="The document is being made"),
    detail=Translated(
        nl="Het is er over een paar seconden.", en="It will be here in a few seconds."
    ),
)
REFUND_NOT_REFUSED = Problem(
    "refund-not-refused",
    Kind.CONFLICT,
    title=Translated(
        nl="Deze terugbetaling is niet geweigerd", en="This refund has not been refused"
    ),
    detail=Translated(
        nl="De terugbetaling is nu: {state}. Opnieuw proberen kan alleen na een weigering.",
        en="The refund is now: {state}. It can be tried again only after a refusal.",
    ),
)
NOTHING_TO_TRANSFER = Problem(
    "nothing-to-transfer",
    Kind.CONFLICT,
    title=Translated(
        nl="Deze terugbetaling wacht niet op een overboeking",
        en="This refund does not wait for a transfer",
    ),
    detail=Translated(
        nl="De terugbetaling is nu: {state}. Maak niets over.",
        en="The refund is now: {state}. Transfer nothing.",
    ),
)
TRANSFER_DECIDED = Problem(
    "transfer-decided",
    Kind.CONFLICT,
    title=Translated(
        nl="Over deze overboeking is al besloten", en="This transfer has been decided about"
    ),
    detail=Translated(
        nl="De overboeking is nu: {state}. Er is niets gewijzigd.",
        en="The transfer is now: {state}. Nothing was changed.",
    ),
)
NO_MATCH = Problem(
    "no-match",
    Kind.CONFLICT,
    title=Translated(
        nl="Deze overboeking past niet bij die factuur",
        en="This transfer does not fit that invoice",
    ),
    detail=Translated(
        nl="Noem een bestaande factuur waarvan het hele bedrag {amount} is, of stort de overboeking terug.",
        en="Name an invoice that exists and whose whole amount is {amount}, or send the transfer back.",
    ),
)
BANK_REFERENCE_USED = Problem(
    "bank-reference-used",
    Kind.CONFLICT,
    title=Translated(
        nl="Deze bankreferentie is al verwerkt", en="This bank reference has been processed"
    ),
    detail=Translated(
        nl="Overboeking {transfer_id} heeft dezelfde bankreferentie en andere gegevens. Controleer het afschrift.",
        en="Transfer {transfer_id} has the same bank reference and other details. Check the statement.",
    ),
)
