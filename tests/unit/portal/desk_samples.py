"""What the pages of the desk are rendered with in tests."""

from typing import Any
from uuid import UUID

import msgspec

from clients.portal.api.asking import Missing
from clients.portal.api.catalogue import Offering
from clients.portal.api.enrolment import Enrolled, HeadCount, WithdrawalToReview
from clients.portal.api.identity import Somebody
from clients.portal.api.paging import Page
from clients.portal.api.records import Dossier, DossierDocument, DossierResult, History, Result
from clients.portal.forms import Form, empty_form
from clients.portal.views.desk_enrolling import behalf_page, choose, read_behalf
from clients.portal.views.desk_people import offerings_page, people_page
from clients.portal.views.desk_results import history_page, results_page
from clients.portal.views.desk_withdrawals import queue_page, review_page
from contracts.fact import Language
from tests.unit.portal import samples
from tests.unit.portal.samples import FOUND, NOOR, NOW, OFFERING, OFFERING_ID, ZONE, words

MARIT = msgspec.structs.replace(NOOR, name="Marit Hoekstra", roles=frozenset({"learner", "office"}))
BRAM_ID = UUID("0199a000-0000-7000-8000-00000000b001")
ENROLMENT_ID = UUID("0199a000-0000-7000-8000-00000000e001")
OTHER_ID = UUID("0199a000-0000-7000-8000-00000000e002")
NAMES = {BRAM_ID: Somebody(BRAM_ID, "=Bram Kuipers", "student")}
WITHDRAWAL = WithdrawalToReview(
    withdrawal_id=UUID("0199a000-0000-7000-8000-00000000d001"),
    offering_id=OFFERING_ID,
    title="Academic writing in English",
    learner_id=BRAM_ID,
    reason="work",
    note="My internship <moved>.",
    submitted_at=NOW,
    state="to_review",
    policy_version=3,
    accepted_at=NOW,
    fee_minor=19500,
    kept_minor=2925,
    refund_by_policy_minor=16575,
    currency="EUR",
    reviewed_at=None,
    ground=None,
    refund_minor=None,
    explanation=None,
)
REVIEWED = msgspec.structs.replace(
    WITHDRAWAL,
    state="reviewed",
    note=None,
    reviewed_at=NOW,
    ground="goodwill",
    refund_minor=19500,
    explanation="The faculty changed it.",
)
COUNT = HeadCount(18, 10, 1, 1, 2)
TWO = (*NAMES.values(), Somebody(OTHER_ID, "Bram <Kuipers>", "guest"))
STATES = ("confirmed", "held", "offered", "waitlisted")
ENROLLED = tuple(
    Enrolled(ENROLMENT_ID, BRAM_ID, state, "self", NOW, NOW, NOW, 3, enrolled_by=BRAM_ID)  # type: ignore[arg-type] # All of them.
    for state in STATES
)
DOSSIERS = (
    Dossier(ENROLMENT_ID, BRAM_ID, "Bram Kuipers", "open", None, None),
    Dossier(
        OTHER_ID, BRAM_ID, None, "open", DossierResult("passed", "7.5"), DossierDocument("issued")
    ),
    Dossier(BRAM_ID, BRAM_ID, "Gone", "closed", None, None),
)
RESULT = Result("passed", "7.5", None, NOW, BRAM_ID)
HISTORY = History(RESULT, (msgspec.structs.replace(RESULT, outcome="failed", reason="Mixed up."),))


def review(language: Language, withdrawal: WithdrawalToReview = WITHDRAWAL, **changes: Any) -> Any:
    given: dict[str, Any] = {"names": NAMES, "offering": OFFERING, **changes}
    return review_page(
        withdrawal, given["names"], given["offering"], words=words(language), zone=ZONE
    )


def people(language: Language, names: Any = NAMES, enrolled: Any = ENROLLED) -> Any:
    listed = Page(tuple(enrolled), "https://enrolment.example/v1/x?cursor=a%2Bb")
    return people_page(OFFERING, COUNT, listed, names, words=words(language), now=NOW)


def enrolling(language: Language, *found: Somebody, **typed: str) -> dict[str, Any]:
    """The form to enrol somebody, as it comes back."""
    form = empty_form(words(language), policy_version="3", terms_version="2", **typed)
    if typed:
        read_behalf(form)
        choose(form, found)
    return {"page": behalf_page(OFFERING, words(language), found), "form": form}


def results(language: Language, dossiers: Any = DOSSIERS, *, may_record: bool = True) -> Any:
    listed = Page(tuple(dossiers), None if may_record else "https://records.example/v1/x?cursor=a")
    return results_page(OFFERING, listed, NAMES, may_record=may_record, words=words(language))


def history(language: Language, told: History = HISTORY, *, may_correct: bool = True) -> Any:
    return history_page(
        OFFERING,
        DOSSIERS[1],
        (told, '"2"'),
        NAMES,
        may_correct=may_correct,
        words=words(language),
    )


def wrong(language: Language, **wrongs: str) -> Form:
    filled = empty_form(words(language), decision="other", amount="9999", outcome="passed")
    for name, key in wrongs.items():
        filled.wrong(name.replace("__", "-"), key, count=1000, most="€195.00", who="B", what="C")
    return filled


def pages(language: Language) -> dict[str, list[dict[str, Any]]]:
    """Every template of the desk."""
    form = empty_form(words(language))
    stale = empty_form(words(language))
    stale.take(samples.refusal(409), {})
    away = Missing("identity")
    queue = Page((WITHDRAWAL,), "https://enrolment.example/v1/withdrawals?cursor=a%2Bb")
    early = msgspec.structs.replace(OFFERING, starts_at=NOW.replace(day=1), course=OFFERING.course)
    free = msgspec.structs.replace(WITHDRAWAL, fee_minor=0, kept_minor=0)
    line = f"outcome-{ENROLMENT_ID}".replace("-", "__")
    grade = f"grade-{ENROLMENT_ID}".replace("-", "__")

    def at_desk(**names: Any) -> dict[str, Any]:
        return {"person": MARIT, **names}

    def asked(state: Any, page: Page[WithdrawalToReview], names: Any, cursor: str = "") -> Any:
        return queue_page(state, page, names, cursor=cursor, words=words(language))

    offerings: list[Offering | Missing | None] = [OFFERING, early, None, Missing("catalogue")]
    return {
        "desk_enrol.html": [
            at_desk(**enrolling(language)),
            at_desk(**enrolling(language, mail="n@example.org", why="x" * 501)),
            at_desk(**enrolling(language, *TWO, mail="b@example.org", payer="self")),
        ],
        "desk_withdrawals.html": [
            at_desk(page=asked("to_review", queue, NAMES), decided=True),
            at_desk(page=asked("reviewed", Page((REVIEWED,)), away, "x"), decided=False),
            at_desk(page=asked("to_review", Page(()), {}), decided=False),
        ],
        "desk_withdrawal.html": [
            *(at_desk(page=review(language, offering=each), form=form) for each in offerings),
            at_desk(
                page=review(language, free), form=wrong(language, decision="desk.decision_needed")
            ),
            at_desk(
                page=review(language),
                form=wrong(
                    language,
                    amount="desk.amount_needed",
                    ground="desk.ground_needed",
                    why="desk.why_needed",
                ),
            ),
            at_desk(page=review(language, REVIEWED), form=stale),
        ],
        "desk_offerings.html": [
            at_desk(page=offerings_page("writing", FOUND)),
            at_desk(page=offerings_page("", msgspec.structs.replace(FOUND, items=(), next=None))),
        ],
        "desk_people.html": [
            at_desk(page=people(language)),
            at_desk(page=people(language, away)),
            at_desk(page=people(language, NAMES, ())),
        ],
        "desk_results.html": [
            at_desk(page=results(language), form=form, recorded=True),
            at_desk(
                page=results(language),
                form=wrong(language, **{line: "desk.line_wrong", grade: "desk.line_wrong"}),
                recorded=False,
            ),
            at_desk(page=results(language, may_record=False), form=form, recorded=False),
            at_desk(page=results(language, ()), form=form, recorded=False),
        ],
        "desk_result.html": [
            at_desk(page=history(language), form=form),
            at_desk(page=history(language), form=stale),
            at_desk(page=history(language), form=wrong(language, reason="desk.reason_needed")),
            at_desk(page=history(language, History(None, ()), may_correct=False), form=form),
        ],
    }
