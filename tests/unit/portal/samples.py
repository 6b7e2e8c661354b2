"""What every page is rendered with in tests: at least one sample for each template, in every state that matters."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar.datastructures import MultiDict

from clients.portal.api.asking import Away, FieldError, Missing, Refused
from clients.portal.api.catalogue import (
    Conditions,
    Course,
    Elsewhere,
    Facets,
    FacetValue,
    Meeting,
    Moment,
    Offering,
    OfferingItem,
    Places,
    Policy,
    PolicyStep,
    Price,
    SearchPage,
    Subject,
    Terms,
    Vat,
)
from clients.portal.api.enrolment import Enrolment, LeavingCost, LeavingCosts, Withdrawal
from clients.portal.api.identity import Me
from clients.portal.api.payment import Invoice, Invoiced, Order, Payment
from clients.portal.errors import ErrorPage
from clients.portal.forms import Form, empty_form, sent_form
from clients.portal.sessions.domain import Person
from clients.portal.templating import compiled
from clients.portal.views.catalogue import catalogue_page, read_search
from clients.portal.views.conditions import policies_page, terms_page
from clients.portal.views.course import Reader, course_page
from clients.portal.views.enrolling import (
    Kind,
    check_page,
    payer_page,
    paying_page,
    read_wish,
)
from clients.portal.views.learning import my_courses_page
from clients.portal.views.managing import back_of, manage_page
from clients.portal.views.outcome import Outcome, outcome_of
from clients.portal.views.withdrawing import withdraw_page, withdrawn_page
from clients.portal.visit import Frame
from clients.portal.words import Words
from contracts.fact import Language

ZONE = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2027, 3, 10, 13, 0, tzinfo=UTC)
STARTS = datetime(2027, 4, 13, 16, 30, tzinfo=UTC)
OFFERING_ID = UUID("0199a000-0000-7000-8000-00000000a001")
LANGUAGES = Subject("languages", "Languages")
PRICES = (Price(None, 42000), Price("staff", 0), Price("student", 19500))
TEMPLATES = compiled()

NOOR = Person(
    account_id=UUID("0199a000-0000-7000-8000-000000000006"),
    name="<b>Noor</b> de Vries",
    mail_address="noor@example.org",
    language="nl",
    affiliation="student",
    roles=frozenset({"learner"}),
)

OFFERING = Offering(
    offering_id=OFFERING_ID,
    class_number="4218",
    academic_year="2026-2027",
    course=Course("LC-EN-AW-C1", "From question to text.", LANGUAGES, "C1"),
    title="Academic writing in English",
    description="You bring a text.\n\nYou need English at level B2.",
    learning_goals=("state your contribution",),
    activity="course",
    taught_in="en",
    practical="Bring a laptop.",
    organiser="Language Centre",
    contact="languages@university.example",
    starts_at=STARTS,
    ends_at=STARTS + timedelta(days=56),
    sessions=(
        Meeting(STARTS, STARTS + timedelta(hours=2), "Room 0.12", False, ("F. McAllister",)),
        Meeting(STARTS, STARTS + timedelta(hours=2), None, True, ()),
    ),
    standing="open",
    cancelled_at=None,
    cancelled_why=None,
    enrolment_opens_at=NOW - timedelta(days=30),
    enrolment_closes_at=datetime(2027, 4, 6, 22, 0, tzinfo=UTC),
    places=Places(18, 6, 0),
    currency="EUR",
    fee_minor=42000,
    prices=PRICES,
    vat=Vat("exempt", "VAT exempt: education."),
    conditions=Conditions(OFFERING_ID, 3, OFFERING_ID, 1),
    elsewhere=None,
    document="certificate",
)
ITEM = OfferingItem(
    offering_id=OFFERING_ID,
    class_number="4218",
    course_code="LC-EN-AW-C1",
    title="Academic writing in English",
    summary="From question to text.",
    subject=LANGUAGES,
    activity="course",
    level="C1",
    taught_in="en",
    starts_at=STARTS,
    sessions=8,
    on_campus=True,
    online=True,
    standing="open",
    enrolment_opens_at=NOW,
    currency="EUR",
    fee_minor=42000,
    prices=PRICES,
    places=Places(18, 6, 5),
    elsewhere=None,
)
FOUND = SearchPage(
    items=(
        ITEM,
        msgspec.structs.replace(ITEM, standing="full", fee_minor=0, activity="exam", level=None),
        msgspec.structs.replace(ITEM, sessions=0, starts_at=NOW - timedelta(days=100)),
        msgspec.structs.replace(ITEM, standing="elsewhere", fee_minor=None),
    ),
    next="https://catalogue.example/v1/offerings?cursor=abc",
    similar={"sanskirt": "sanskrit"},
    total=49,
    facets=Facets(
        (FacetValue("languages", "Languages", 31),),
        (FacetValue("C1", "C1", 8), FacetValue("phd", "phd", 1)),
        (FacetValue("en", "en", 38),),
        (FacetValue("research_project", "research_project", 2),),
    ),
)
NOTHING_FOUND = msgspec.structs.replace(FOUND, items=(), total=0)
COSTS = LeavingCosts(
    3,
    19500,
    "EUR",
    (
        LeavingCost(datetime(2027, 3, 30, 22, 0, tzinfo=UTC), 2925),
        LeavingCost(STARTS, 9750),
        LeavingCost(None, 19500),
    ),
)
ENROLMENT = Enrolment(
    enrolment_id=UUID("0199a000-0000-7000-8000-00000000e001"),
    offering_id=OFFERING_ID,
    title="Academic writing in English",
    starts_at=STARTS,
    ends_at=STARTS + timedelta(days=56),
    state="confirmed",
    payer="self",
    fee_minor=19500,
    currency="EUR",
    requested_at=NOW,
    accepted_at=NOW,
    policy_version=3,
    terms_version=1,
    held_until=NOW + timedelta(minutes=30),
    offered_until=NOW + timedelta(days=1),
    confirmed_at=NOW,
    ended_at=None,
    position=3,
)


def words(language: Language) -> Words:
    return Words(language, ZONE)


def frame(language: Language, person: Person | None = None) -> Frame:
    return Frame(
        language=language,
        here=f"/{language}/courses?q=a&b",
        in_other_language="/en",
        section="courses",
        path="/courses",
        is_page=True,
        person=person,
        origin="https://portal.example",
        request_number="req-7f3a91c2",
        verify_url="https://records.example/verify",
    )


def render(
    template: str, language: Language, page: object, person: Person | None = None, **names: Any
) -> str:
    return TEMPLATES.render(
        template,
        words(language),
        page=page,
        frame=frame(language, person),
        form_token=lambda: "1.token",
        **names,
    )


def query_form(language: Language, query: str = "") -> Form:
    """A search as it was sent, and read."""
    asked = sent_form(words(language), MultiDict(parse_qsl(query)))
    read_search(asked)
    return asked


def overview(
    language: Language, found: SearchPage = FOUND, query: str = "", who: str | None = None
) -> Any:
    return catalogue_page(
        read_search(query_form(language, query)),
        found,
        found,
        words=words(language),
        language=language,
        affiliation=who,
        zone=ZONE,
        now=NOW,
    )


def searched(
    language: Language, query: str = "", found: SearchPage = FOUND, who: str | None = None
) -> dict[str, Any]:
    """The overview of what was found, with the search that it was."""
    return {
        "page": overview(language, found, query, who),
        "form": query_form(language, query),
    }


def reader(language: Language, person: Person | None = None) -> Reader:
    return Reader(
        words=words(language),
        person=person,
        zone=ZONE,
        now=NOW,
        home=f"/{language}",
    )


def course(
    language: Language, *, mine: str = "", person: Person | None = None, **changes: Any
) -> Any:
    enrolments = (msgspec.structs.replace(ENROLMENT, state=mine),) if mine else ()
    offering = msgspec.structs.replace(OFFERING, **changes)
    return course_page(offering, Places(18, 6, 0), COSTS, enrolments, reader(language, person))


def form(reads: Language, **wrongs: str) -> Form:
    filled = empty_form(words(reads), name='"Noor" <x>', language="nl", tag='"abc"')
    for name, key in wrongs.items():
        filled.wrong(name, key, count=120)
    return filled


def refused_form(language: Language) -> Form:
    filled = form(language)
    filled.take(refusal(409, FieldError("Vul iets in", "/name")), {"/name": "name"})
    filled.take(refusal(412), {})
    return filled


def refusal(status: int, *errors: FieldError) -> Refused:
    class Document(msgspec.Struct):
        code: str = "stale"
        title: str = "Somebody else was first"
        detail: str = "Read it again."
        errors: tuple[FieldError, ...] = ()

    return Refused("identity", status, Document(errors=errors))  # type: ignore[arg-type] # As decoded.


def error(status: int, **facts: Any) -> ErrorPage:
    return ErrorPage(status=status, now_at=NOW, again="/en/courses", **facts)


POLICY = Policy(
    OFFERING_ID,
    3,
    "For courses",
    "One.\n\nTwo.",
    (PolicyStep(Moment("start")), PolicyStep(None)),
)
BILLED = Invoiced("Rijnland Ziekenhuis", "invoices@example.nl")
INVOICE = Invoice("invoice", "2027-00017", NOW + timedelta(days=30), None)
ORDER = Order(
    order_id=UUID("0199a000-0000-7000-8000-00000000d001"),
    enrolment_id=ENROLMENT.enrolment_id,
    state="open",
    payer="self",
    owed_minor=19500,
    currency="EUR",
    pay_before=NOW + timedelta(minutes=30),
    paid_at=None,
    billing=None,
    payments=(),
    invoices=(),
)
WITHDRAWAL = Withdrawal(
    withdrawal_id=UUID("0199a000-0000-7000-8000-00000000f001"),
    reason="work",
    submitted_at=NOW,
    state="to_review",
    fee_minor=19500,
    refund_minor=16575,
    currency="EUR",
)
ANSWERS = {
    "payer": "employer",
    "method": "ideal",
    "org": '"Rijnland" <Ziekenhuis>',
    "street": "Simon Smitweg 1",
    "postcode": "2353 GA",
    "city": "Leiderdorp",
    "vat": "NL001234567B01",
    "po": "PO-1",
    "mail": "invoices@example.nl",
}


def payment(state: Any, *, paid_at: datetime | None = None) -> Payment:
    return Payment("ideal", state, 19500, NOW, "https://pay.example/1", paid_at)


PAID = msgspec.structs.replace(
    ORDER, state="paid", owed_minor=0, paid_at=NOW, payments=(payment("paid", paid_at=NOW),)
)
INVOICED = msgspec.structs.replace(ORDER, payer="employer", billing=BILLED, invoices=(INVOICE,))


def mine(state: Any = "confirmed", **changes: Any) -> Enrolment:
    return msgspec.structs.replace(ENROLMENT, state=state, **changes)


def paying(language: Language, answers: dict[str, str], *, is_held: bool = False) -> dict[str, Any]:
    """The page that asks who pays, with answers read."""
    answered = empty_form(words(language), **answers)
    if answers.get("sent"):
        read_wish(answered, language)
    home = f"/{language}"
    page = (
        paying_page(
            mine("held"),
            Missing("catalogue"),
            words=words(language),
            home=home,
            now=NOW,
            zone=ZONE,
            missing=("payment",),
        )
        if is_held
        else payer_page(
            msgspec.structs.replace(OFFERING, fee_minor=19500),
            NOOR,
            words=words(language),
            home=home,
        )
    )
    return {"page": page, "form": answered, "person": NOOR}


def check(
    language: Language,
    kind: Kind = "pay",
    *,
    fee_minor: int = 19500,
    is_right: bool = True,
    answers: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Any]:
    """The page on which to accept, for what was answered before."""
    answered = empty_form(words(language), **answers)
    wish = read_wish(answered, language) if kind == "pay" else None
    if not is_right:
        answered.tick("accept", needed="enrol.accept_needed")
    page = check_page(
        msgspec.structs.replace(OFFERING, fee_minor=fee_minor),
        COSTS,
        NOOR,
        answered,
        wish,
        kind=kind,
        words=words(language),
        home=f"/{language}",
        now=NOW,
        zone=ZONE,
    )
    return {"page": page, "form": answered, "person": NOOR}


def outcome(language: Language, state: Any, order: Order | Missing | None = None) -> Outcome:
    return outcome_of(mine(state), order, OFFERING, words=words(language), zone=ZONE, now=NOW)


def back(language: Language, enrolment: Enrolment = ENROLMENT, costs: Any = COSTS) -> Any:
    return back_of(enrolment, costs, words=words(language), zone=ZONE, now=NOW)


def managing(
    language: Language, enrolment: Enrolment, order: Order | Missing | None = PAID, **without: Any
) -> dict[str, Any]:
    page = manage_page(
        enrolment,
        without.get("offering", OFFERING),
        order,
        back(language, enrolment, without.get("costs", COSTS)),
        without.get("achieved"),
        words=words(language),
        zone=ZONE,
        now=NOW,
    )
    return {"page": page, "person": NOOR, "form": empty_form(words(language))}


def withdrawing(
    language: Language, enrolment: Enrolment, costs: Any = COSTS, **wrongs: str
) -> dict[str, Any]:
    answered = empty_form(words(language), more="<b>", reason="ill")
    for name, key in wrongs.items():
        answered.wrong(name, key, count=2000)
    back_then = back(language, enrolment, costs)
    page = withdraw_page(enrolment, OFFERING, back_then, words=words(language))
    return {"page": page, "person": NOOR, "form": answered}


def withdrawn(language: Language, state: Any) -> dict[str, Any]:
    told = msgspec.structs.replace(WITHDRAWAL, state=state)
    page = withdrawn_page(mine("withdrawn", ended_at=NOW), told, words=words(language))
    return {"page": page, "person": NOOR}


def learning(
    language: Language, *enrolments: Enrolment, orders: Any = (), evaluations: Any = ()
) -> Any:
    return my_courses_page(
        enrolments, orders, evaluations, words=words(language), zone=ZONE, now=NOW
    )


def account(filled: Form, *, saved: bool = False) -> dict[str, Any]:
    ways = {name: f"https://issuer.example/{name}" for name in ("logins", "second_step")}
    return {"page": ME, "form": filled, "saved": saved, **ways}


ME = Me("Noor de Vries", "noor@example.org", "nl", "student")
STANDINGS = ("open", "full", "not_yet_open", "closed", "over")
STATES = ("waitlisted", "offered", "held", "confirmed")


def pages(language: Language) -> dict[str, list[dict[str, Any]]]:
    """The pages of those who learn, with what they are rendered with; all pages are in `every_sample`."""
    from tests.unit.portal import record_samples  # noqa: PLC0415 - it builds on this module.

    down = course_page(
        OFFERING, Missing("enrolment"), Missing("enrolment"), Missing("enrolment"), reader(language)
    )
    there = Elsewhere("Osiris (TU Delft)", "TA-MI-192-17", "https://osiris.example")
    filters = (
        "q=writing&subject=languages&level=C1&from=2027-04&to=2027-05&price=25000&free=1&sort=price"
    )
    mistakes = "level=Z9&taught_in=fr&activity=party&from=2027-13&to=x&price=abc&sort=luck"
    return {
        "account.html": [
            account(form(language), saved=True),
            account(form(language, name="account.name_needed")),
            account(
                form(language, name="account.name_too_long", language="account.language_needed")
            ),
            account(refused_form(language)),
        ],
        "catalogue.html": [
            searched(language),
            searched(language, filters, who="student"),
            searched(language, who="guest"),
            searched(language, mistakes),
            searched(
                language,
                f"{mistakes}&q={'long ' * 50}",
                msgspec.structs.replace(FOUND, facets=Facets((), (), (), ())),
            ),
            searched(language, "from=2027-05&to=2027-04"),
        ],
        "catalogue_empty.html": [
            searched(language, "q=x&price=0", NOTHING_FOUND),
            searched(language, "", NOTHING_FOUND),
            searched(language, mistakes, NOTHING_FOUND),
        ],
        "conditions.html": [
            {"page": policies_page([POLICY], words(language))},
            {"page": terms_page([Terms(OFFERING_ID, 1, "1. One.\n2. Two.")] * 2, words(language))},
        ],
        "cookies.html": [{"page": 12}],
        "course.html": [
            *({"page": course(language, standing=each)} for each in STANDINGS),
            *(
                {"page": course(language, mine=each, person=NOOR), "person": NOOR}
                for each in STATES
            ),
            {"page": course(language, standing="cancelled", cancelled_why="Too few people.")},
            {
                "page": course(
                    language, standing="elsewhere", elsewhere=there, fee_minor=None, prices=()
                )
            },
            {"page": course(language, person=NOOR, prices=(Price(None, 0),), fee_minor=0)},
            {
                "page": course(
                    language, learning_goals=(), sessions=(), practical=None, document="none"
                )
            },
            {"page": down},
        ],
        "error.html": [
            *({"page": error(each)} for each in (403, 404, 429, 500, 503)),
            *(
                {"page": error(503, part=part)}
                for part in Away.__init__.__annotations__["part"].__args__
            ),
            {
                "page": error(
                    409, title="You are not logged in", detail="Try again.", offers_login=True
                )
            },
        ],
        "help.html": [{"page": None}, {"page": OFFERING_ID}],
        "confirmation.html": [
            {"page": outcome(language, "confirmed", PAID), "person": NOOR},
            {"page": outcome(language, "confirmed", Missing("payment")), "person": NOOR},
        ],
        "enrol.html": [
            paying(language, {"payer": "self", "method": "ideal"}),
            paying(language, {"payer": "employer", "sent": "yes"}),
            paying(language, {"sent": "yes"}),
            paying(language, {"payer": "self", "sent": "yes"}),
            paying(language, ANSWERS, is_held=True),
        ],
        "enrol_check.html": [
            check(language, answers={"payer": "self", "method": "creditcard"}),
            check(language, is_right=False, answers=ANSWERS),
            check(
                language,
                answers={
                    "payer": "self",
                    "method": "ideal",
                    "policy_version": "2",
                    "terms_version": "1",
                },
            ),
            check(language, "free", fee_minor=0),
            check(language, "wait"),
        ],
        "my_course.html": [
            managing(language, mine()),
            managing(language, mine(fee_minor=0)),
            managing(language, mine(policy_version=2), costs=Missing("enrolment")),
            managing(language, mine("held"), ORDER),
            managing(language, mine("held", payer="employer"), INVOICED),
            managing(language, mine("offered"), None),
            managing(language, mine("waitlisted"), None, offering=Missing("catalogue")),
            managing(language, mine("withdrawn", ended_at=NOW), Missing("payment")),
            managing(language, mine(), achieved=record_samples.achieved(language)),
            managing(language, mine(), achieved=Missing("records")),
        ],
        "my_courses.html": [
            {"page": learning(language, orders=Missing("payment"))},
            {
                "page": learning(
                    language,
                    *(mine(each) for each in STATES),
                    *(mine(each, ended_at=NOW) for each in ("lapsed", "withdrawn", "cancelled")),
                    orders=(ORDER,),
                    evaluations=(record_samples.EVALUATION,),
                )
            },
        ],
        "outcome.html": [
            {"page": outcome(language, "held"), "person": NOOR},
            {"page": outcome(language, "held", Missing("payment")), "person": NOOR},
            {"page": outcome(language, "held", INVOICED), "person": NOOR},
            {
                "page": outcome(
                    language, "held", msgspec.structs.replace(ORDER, payments=(payment("failed"),))
                ),
                "person": NOOR,
            },
            *(
                {"page": outcome(language, each), "person": NOOR}
                for each in ("waitlisted", "offered", "lapsed")
            ),
        ],
        "payment_pending.html": [
            {
                "page": outcome(
                    language, "held", msgspec.structs.replace(ORDER, payments=(payment("open"),))
                ),
                "person": NOOR,
            }
        ],
        "withdraw.html": [
            withdrawing(language, mine()),
            withdrawing(
                language,
                mine("waitlisted"),
                reason="withdraw.reason_needed",
                more="withdraw.more_too_long",
            ),
            withdrawing(language, mine(policy_version=2), Missing("enrolment")),
            withdrawing(language, mine(fee_minor=0)),
        ],
        "withdrawn.html": [
            withdrawn(language, each) for each in ("to_review", "reviewed", "nothing_to_review")
        ],
    }
