"""Why records says no, and what the person can do about it."""

from chassis.refusals import Kind, Problem
from contracts.fact import Translated

NOT_STARTED = Problem(
    "not-started",
    Kind.CONFLICT,
    title=Translated(nl="De cursus is nog niet begonnen", en="The course has not started yet"),
    detail=Translated(
        nl="De cursus begint op {starts_at}. Leg resultaten daarna vast.",
        en="The course starts on {starts_at}. Record results after that.",
    ),
)
HAS_LEFT = Problem(
    "has-left",
    Kind.CONFLICT,
    title=Translated(nl="Deze deelnemer is vertrokken", en="This participant has left"),
    detail=Translated(
        nl="De inschrijving is beëindigd, dus er is geen resultaat vast te leggen.",
        en="The enrolment has ended, so there is no result to record.",
    ),
)
ALREADY_RECORDED = Problem(
    "already-recorded",
    Kind.CONFLICT,
    title=Translated(nl="Er is al een resultaat", en="There is a result already"),
    detail=Translated(
        nl="Versie {version} is vastgelegd. Verbeter die met PUT, en zeg waarom.",
        en="Version {version} has been recorded. Correct it with PUT, and say why.",
    ),
)
NOT_A_GRADE = Problem(
    "not-a-grade",
    Kind.INVALID,
    title=Translated(nl="Dit is geen cijfer", en="This is not a grade"),
    detail=Translated(
        nl="Geef een cijfer van 1 tot en met 10 in halve punten, zoals 7,5, of laat het weg.",
        en="Give a grade from 1 to 10 in half points such as 7.5, or leave it out.",
    ),
)
GRADE_DOES_NOT_FIT = Problem(
    "grade-does-not-fit",
    Kind.INVALID,
    title=Translated(
        nl="Cijfer en uitkomst passen niet bij elkaar", en="Grade and outcome do not fit"
    ),
    detail=Translated(
        nl="Een 5,5 of hoger hoort bij `passed`, een lager cijfer bij `failed`. Aanwezigheid heeft geen cijfer.",
        en="5.5 and higher goes with `passed`, a lower grade with `failed`. Attendance has no grade.",
    ),
)
REASON_MISSING = Problem(
    "reason-missing",
    Kind.INVALID,
    title=Translated(nl="Er ontbreekt een reden", en="A reason is missing"),
    detail=Translated(
        nl="Dit verbetert versie {version} van het resultaat. Zeg in `reason` waarom; die wordt bewaard.",
        en="This corrects version {version} of the result. Say why in `reason`; it is kept.",
    ),
)
VERSION_MISSING = Problem(
    "version-missing",
    Kind.PRECONDITION_MISSING,
    title=Translated(nl="Zeg welk resultaat je verbetert", en="Say which result you correct"),
    detail=Translated(
        nl='Er is al een resultaat, versie {version}. Lees het en stuur `If-Match: "{version}"` mee, '
        "in een lijst `version`.",
        en='There is a result, version {version}. Read it and send `If-Match: "{version}"` along, '
        "in a list `version`.",
    ),
)
RESULT_CORRECTED_MEANWHILE = Problem(
    "result-corrected-meanwhile",
    Kind.STALE,
    title=Translated(nl="Iemand anders was je voor", en="Somebody else was first"),
    detail=Translated(
        nl="Er is intussen versie {version}. Lees die en verbeter die, als dat nog nodig is.",
        en="There is a version {version} by now. Read it and correct that one, if it still has to be.",
    ),
)
NOT_IN_THIS_COURSE = Problem(
    "not-in-this-course",
    Kind.NOT_FOUND,
    title=Translated(
        nl="Deze deelnemer staat niet in deze lijst", en="This participant is not in this list"
    ),
    detail=Translated(
        nl="Neem de inschrijving uit de lijst van deze cursus.",
        en="Take the enrolment from the list of this course.",
    ),
)
TWICE_IN_THE_LIST = Problem(
    "twice-in-the-list",
    Kind.INVALID,
    title=Translated(
        nl="Deze deelnemer staat er twee keer in", en="This participant stands there twice"
    ),
    detail=Translated(
        nl="Laat één regel per deelnemer staan.", en="Leave one line for each participant."
    ),
)
RESULTS_NOT_RECORDED = Problem(
    "results-not-recorded",
    Kind.INVALID,
    title=Translated(nl="De lijst is niet vastgelegd", en="The list has not been recorded"),
    detail=Translated(
        nl="Regels om te verbeteren: {count}. Ze staan bij `errors`. Stuur daarna de hele lijst opnieuw.",
        en="Lines to correct: {count}. `errors` names them. Then send the whole list again.",
    ),
)
DOCUMENT_BEING_MADE = Problem(
    "document-being-made",
    Kind.CONFLICT,
    title=Translated(nl="Het document wordt nog gemaakt", en="The document is still being made"),
    detail=Translated(
        nl="Het ligt meestal binnen een minuut bij Mijn documenten.",
        en="It lies in My Records within a minute, as a rule.",
    ),
)
DOCUMENT_REVOKED = Problem(
    "document-revoked",
    Kind.CONFLICT,
    title=Translated(nl="Dit document is ingetrokken", en="This document has been withdrawn"),
    detail=Translated(
        nl="Het is sinds {revoked_at} niet meer geldig. Kijk bij Mijn documenten of er een nieuw is.",
        en="It has not been valid since {revoked_at}. See in My Records whether there is a new one.",
    ),
)
NOT_A_CODE = Problem(
    "not-a-code",
    Kind.INVALID,
    title=Translated(nl="Dit is geen code van een document", en="This is not a document's code"),
    detail=Translated(
        nl="Vul een code van twaalf tekens in zoals 4K9T-7WQD-2MXR. Hij staat onderaan het document.",
        en="Enter a code of twelve characters such as 4K9T-7WQD-2MXR. It stands at the foot of the document.",
    ),
)
EVALUATION_NOT_OPEN = Problem(
    "evaluation-not-open",
    Kind.CONFLICT,
    title=Translated(nl="De evaluatie is nog niet open", en="The evaluation is not open yet"),
    detail=Translated(
        nl="De evaluatie opent op {opens_at}.", en="The evaluation opens on {opens_at}."
    ),
)
EVALUATION_OVER = Problem(
    "evaluation-over",
    Kind.CONFLICT,
    title=Translated(nl="De evaluatie is gesloten", en="The evaluation has closed"),
    detail=Translated(
        nl="Je kon antwoorden tot en met {open_until}.",
        en="You could answer until and including {open_until}.",
    ),
)
ALREADY_EVALUATED = Problem(
    "already-evaluated",
    Kind.CONFLICT,
    title=Translated(nl="Je hebt al geantwoord", en="You have answered already"),
    detail=Translated(
        nl="Je antwoorden zijn binnen sinds {submitted_at}. Iedereen antwoordt één keer.",
        en="We have had your answers since {submitted_at}. Everybody answers once.",
    ),
)
NOT_TAKING_PART = Problem(
    "not-taking-part",
    Kind.CONFLICT,
    title=Translated(nl="Alleen deelnemers evalueren", en="Only those who took part evaluate"),
    detail=Translated(
        nl="Je inschrijving voor deze cursus is beëindigd, of de cursus gaat niet door.",
        en="Your enrolment in this course has ended, or the course does not take place.",
    ),
)
