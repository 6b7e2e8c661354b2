"""Why notification says no, and what the person can do about it."""

from chassis.refusals import Kind, Problem
from contracts.fact import Translated

MAIL_ON_ITS_WAY = Problem(
    "mail-on-its-way",
    Kind.CONFLICT,
    title=Translated(nl="Deze mail wordt nog verstuurd", en="This mail is still to be sent"),
    detail=Translated(
        nl="Hij staat gepland voor {due_at}. Opnieuw versturen kan als hij verstuurd of mislukt is.",
        en="It is planned for {due_at}. It can be sent again once it was sent or has failed.",
    ),
)
ONLY_ONCE = Problem(
    "only-once",
    Kind.CONFLICT,
    title=Translated(nl="Deze mail kan niet nog eens", en="This mail cannot be sent again"),
    detail=Translated(
        nl="Er stond een link in die één keer werkt. Vraag bij het inloggen een nieuwe aan.",
        en="It held a link that works once. Ask for a new one where you log in.",
    ),
)
DOCUMENT_FORGOTTEN = Problem(
    "document-forgotten",
    Kind.CONFLICT,
    title=Translated(nl="De bijlage is er niet meer", en="The attachment is gone"),
    detail=Translated(
        nl="Bijlagen blijven hier 90 dagen na het versturen. Download de factuur bij betalingen.",
        en="Attachments stay here for 90 days after they were sent. Download the invoice from payments.",
    ),
)
NOT_WRITTEN_YET = Problem(
    "not-written-yet",
    Kind.CONFLICT,
    title=Translated(
        nl="Deze mail kan nog niet getoond worden", en="This mail cannot be shown yet"
    ),
    detail=Translated(
        nl="Hij wacht op gegevens die onderweg zijn. Probeer het over een minuut opnieuw.",
        en="It waits for facts that are on their way. Try again in a minute.",
    ),
)
QUESTION_INCOMPLETE = Problem(
    "question-incomplete",
    Kind.INVALID,
    title=Translated(nl="Er ontbreekt iets aan je vraag", en="Your question is not complete"),
    detail=Translated(
        nl="Vul `{field}` in: zonder kan niemand je helpen.",
        en="Fill in `{field}`: nobody can help you without it.",
    ),
)
STUDENT_NUMBER_MISSING = Problem(
    "student-number-missing",
    Kind.INVALID,
    title=Translated(nl="Je studentnummer ontbreekt", en="Your student number is missing"),
    detail=Translated(
        nl="Wie een opleiding volgt, heeft een studentnummer. Vul het in, of laat de opleiding weg.",
        en="Whoever studies in a programme has a student number. Enter it, or leave the programme out.",
    ),
)
LINK_NOT_OURS = Problem(
    "link-not-ours",
    Kind.NOT_FOUND,
    title=Translated(nl="Deze link werkt niet", en="This link does not work"),
    detail=Translated(
        nl="Neem de hele link uit de mail, tot en met het laatste teken.",
        en="Take the whole link from the mail, up to its last character.",
    ),
)
