"""Why enrolment says no, and what the person can do about it."""

from chassis.refusals import Kind, Problem
from contracts.fact import Translated

NO_SUCH_OFFERING = Problem(
    "no-such-offering",
    Kind.NOT_FOUND,
    title=Translated(nl="Deze cursus is er niet", en="There is no such course"),
    detail=Translated(
        nl="Controleer het nummer. Een cursus die net is gepubliceerd, is binnen een minuut beschikbaar.",
        en="Check the number. A course that was published just now is available within a minute.",
    ),
)
REGISTERED_ELSEWHERE = Problem(
    "registered-elsewhere",
    Kind.CONFLICT,
    title=Translated(
        nl="Inschrijven gaat via een andere instelling", en="Another institution registers for this"
    ),
    detail=Translated(
        nl="Schrijf je in bij {system} met code {foreign_code}: {url}",
        en="Register in {system} with code {foreign_code}: {url}",
    ),
)
NOT_YET_OPEN = Problem(
    "not-yet-open",
    Kind.CONFLICT,
    title=Translated(nl="De inschrijving is nog niet open", en="Enrolment has not opened yet"),
    detail=Translated(
        nl="De inschrijving opent op {opens_at}.", en="Enrolment opens on {opens_at}."
    ),
)
WINDOW_CLOSED = Problem(
    "window-closed",
    Kind.CONFLICT,
    title=Translated(nl="De inschrijving is gesloten", en="Enrolment has closed"),
    detail=Translated(
        nl="De inschrijving sloot op {closed_at}. Vraag {contact} of er nog iets mogelijk is.",
        en="Enrolment closed on {closed_at}. Ask {contact} whether something is still possible.",
    ),
)
OFFERING_CANCELLED = Problem(
    "offering-cancelled",
    Kind.CONFLICT,
    title=Translated(nl="Deze cursus gaat niet door", en="This course does not take place"),
    detail=Translated(
        nl="De organisator heeft de cursus geannuleerd. Zoek een andere datum in het overzicht.",
        en="The organiser has cancelled the course. Look for another date in the overview.",
    ),
)
ALREADY_ENROLLED = Problem(
    "already-enrolled",
    Kind.CONFLICT,
    title=Translated(
        nl="Je bent al ingeschreven of wacht al", en="You are enrolled or waiting already"
    ),
    detail=Translated(
        nl="Je inschrijving {enrolment_id} bestaat al; bekijk die bij Mijn cursussen.",
        en="Your enrolment {enrolment_id} exists already; see it in My learning.",
    ),
)
CONDITIONS_NOT_ACCEPTED = Problem(
    "conditions-not-accepted",
    Kind.CONFLICT,
    title=Translated(
        nl="Accepteer de huidige annuleringsregeling en voorwaarden",
        en="Accept the current cancellation policy and terms",
    ),
    detail=Translated(
        nl="Nu gelden annuleringsregeling versie {policy_version} en voorwaarden versie {terms_version}. "
        "Lees ze en stuur deze versies mee.",
        en="Cancellation policy version {policy_version} and terms version {terms_version} hold now. "
        "Read them and send these versions along.",
    ),
)
NO_OFFER = Problem(
    "no-offer",
    Kind.CONFLICT,
    title=Translated(nl="Er is geen plaats voor je vastgehouden", en="No place is kept for you"),
    detail=Translated(
        nl="Je inschrijving is nu: {state}. Een plaats aannemen kan alleen zolang die wordt aangeboden.",
        en="Your enrolment is now: {state}. You can take a place only while it is offered to you.",
    ),
)
NOT_ENROLLED = Problem(
    "not-enrolled",
    Kind.CONFLICT,
    title=Translated(nl="Je bent niet (meer) ingeschreven", en="You are not enrolled (any more)"),
    detail=Translated(
        nl="Deze inschrijving is beëindigd: {state}. Er is niets om je voor uit te schrijven.",
        en="This enrolment has ended: {state}. There is nothing to withdraw from.",
    ),
)
COURSE_OVER = Problem(
    "course-over",
    Kind.CONFLICT,
    title=Translated(nl="De cursus is afgelopen", en="The course is over"),
    detail=Translated(
        nl="De cursus eindigde op {ended_at}; uitschrijven kan niet meer.",
        en="The course ended on {ended_at}; it is too late to withdraw.",
    ),
)
ALREADY_REVIEWED = Problem(
    "already-reviewed",
    Kind.CONFLICT,
    title=Translated(
        nl="Deze uitschrijving is al beoordeeld", en="This withdrawal has been reviewed"
    ),
    detail=Translated(
        nl="Een collega heeft op {reviewed_at} beslist. Er is niets gewijzigd.",
        en="A colleague decided on {reviewed_at}. Nothing was changed.",
    ),
)
REFUND_TOO_HIGH = Problem(
    "refund-too-high",
    Kind.INVALID,
    title=Translated(nl="Dat is meer dan er betaald is", en="That is more than was paid"),
    detail=Translated(
        nl="Geef hoogstens {fee} terug.",
        en="Give back {fee} at most.",
    ),
)
EXPLANATION_MISSING = Problem(
    "explanation-missing",
    Kind.INVALID,
    title=Translated(nl="Er ontbreekt een toelichting", en="An explanation is missing"),
    detail=Translated(
        nl="De annuleringsregeling geeft {refund} terug. Leg uit waarom je afwijkt: `explanation` komt in de mail.",
        en="The policy gives back {refund}. Explain why you depart from it: `explanation` is quoted in the mail.",
    ),
)
LEAVING_FOR_GOOD = Problem(
    "leaving-for-good",
    Kind.CONFLICT,
    title=Translated(nl="Je gegevens worden gewist", en="Your data are being erased"),
    detail=Translated(
        nl="Daarom kun je je niet meer inschrijven. Trek het verzoek in zolang dat kan, of maak een nieuw account.",
        en="So you cannot enrol any more. Take the request back while that is possible, or make a new account.",
    ),
)
