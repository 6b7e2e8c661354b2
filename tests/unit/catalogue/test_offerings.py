"""Publishing, moving and calling off offerings."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

from chassis.refusals import Refusal
from contracts.catalogue import Elsewhere, OfferingPublished, OfferingRescheduled, Price
from contracts.fact import Translated
from services.catalogue.domain.faults import Faulty
from services.catalogue.domain.offerings import (
    Move,
    Places,
    Window,
    cancel_offering,
    fee_for,
    reschedule_offering,
    standing_of,
)
from tests.support.examples import both
from tests.unit.catalogue.samples import (
    AMSTERDAM,
    COURSE,
    STARTS_AT,
    plan,
    publish,
    published,
    session,
)

NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)


def test_a_new_offering_is_told_whole_in_version_1() -> None:
    told = publish(plan())

    assert told is not None
    offering, fact = told
    assert isinstance(fact, OfferingPublished)
    assert (fact.version, fact.class_number, fact.title.en) == (1, "4218", "Academic writing")
    assert fact.starts_at == datetime(2027, 3, 23, 17, 30, tzinfo=UTC)
    assert fact.ends_at == datetime(2027, 4, 6, 19, 30, tzinfo=UTC)
    assert fact.enrolment_closes_at == fact.starts_at
    assert fact.offering_id == offering.offering_id


def test_the_same_class_number_and_year_is_the_same_offering_wherever_it_comes_from() -> None:
    assert published().offering_id == UUID("874e6439-f352-50f2-ab85-ac1315b37c6d")


def test_publishing_what_is_there_tells_nothing() -> None:
    assert publish(plan(), known=published()) is None


def test_sessions_and_prices_in_another_order_are_nothing_new() -> None:
    prices = (
        Price(affiliation=None, fee_minor=42000),
        Price(affiliation="student", fee_minor=19500),
    )
    known = published(prices=prices)
    again = plan(prices=prices[::-1], sessions=(session(3), session(1), session(2)))

    assert publish(again, known=known) is None


def test_another_capacity_is_the_next_version() -> None:
    told = publish(plan(capacity=20), known=published())

    assert told is not None
    assert isinstance(told[1], OfferingPublished)
    assert (told[1].version, told[1].capacity) == (2, 20)


def test_another_title_of_its_course_is_the_next_version() -> None:
    told = publish(plan(), known=published(), course=replace(COURSE, title=both("Writing")))

    assert told is not None
    assert told[1].title.en == "Writing"


def test_another_description_of_its_course_is_nothing_that_others_need() -> None:
    course = replace(COURSE, description=both("New words."))

    assert publish(plan(), known=published(), course=course) is None


@pytest.mark.parametrize(
    ("sessions", "moved"),
    [
        ((session(1), session(2, place="Room 1.04"), session(3)), [2]),
        ((session(1, starts_at=STARTS_AT - timedelta(hours=1)), session(2), session(3)), [1]),
        ((session(1), session(2, online_url="https://meet.test/2"), session(3)), [2]),
        ((session(1), session(3)), [2]),
        ((session(1), session(2), session(3), session(4)), [4]),
    ],
    ids=["another room", "an hour earlier", "online as well", "dropped", "added"],
)
def test_a_session_that_is_not_when_and_where_it_was_reschedules(
    sessions: Any, moved: list[int]
) -> None:
    told = publish(plan(sessions=sessions), known=published())

    assert told is not None
    assert isinstance(told[1], OfferingRescheduled)
    assert told[1].moved_session_ids == tuple(UUID(int=number) for number in moved)


def test_another_lecturer_moves_nobody() -> None:
    sessions = (session(1, lecturers=("J. Wubben",)), session(2), session(3))

    told = publish(plan(sessions=sessions), known=published())

    assert told is not None
    assert isinstance(told[1], OfferingPublished)


def test_enrolment_for_a_moved_exam_closes_ten_days_before_its_new_date() -> None:
    known = published(activity="exam", sessions=(session(1),))
    later = STARTS_AT + timedelta(days=9)
    move = Move(
        session_id=UUID(int=1),
        starts_at=later,
        ends_at=later + timedelta(hours=3),
        place="Hall 1",
        online_url=None,
    )

    told = reschedule_offering(known, [move], zone=AMSTERDAM, now=NOW)

    assert known.enrolment_closes_at == datetime(2027, 3, 13, 23, 0, tzinfo=UTC)
    assert told is not None
    assert told[1].enrolment_closes_at == datetime(2027, 3, 22, 23, 0, tzinfo=UTC)


def test_a_session_that_is_not_there_cannot_be_moved() -> None:
    move = Move(
        session_id=UUID(int=9),
        starts_at=STARTS_AT,
        ends_at=STARTS_AT + timedelta(hours=1),
        place=None,
        online_url=None,
    )

    with pytest.raises(Faulty) as faulty:
        reschedule_offering(published(), [move], zone=AMSTERDAM, now=NOW)

    assert [fault.path for fault in faulty.value.faults] == [("sessions", 0, "session_id")]


def test_what_is_cancelled_is_told_once_with_its_reason() -> None:
    cancelled, fact = cancel_offering(published(), both("The lecturer is ill."), now=NOW)

    assert (fact.version, fact.reason.en) == (2, "The lecturer is ill.")
    with pytest.raises(Refusal, match="already-cancelled"):
        cancel_offering(cancelled, both("Again."), now=NOW)
    with pytest.raises(Refusal, match="already-cancelled"):
        publish(plan(capacity=13), known=cancelled)


def test_what_is_over_is_not_cancelled() -> None:
    with pytest.raises(Refusal, match="offering-over"):
        cancel_offering(published(), both("Too late."), now=datetime(2027, 5, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"academic_year": "2026-2028"}, ("academic_year",)),
        ({"minimum": 13}, ("minimum",)),
        ({"sessions": ()}, ("sessions",)),
        ({"starts_at": STARTS_AT}, ("starts_at",)),
        ({"sessions": (session(1, ends_at=STARTS_AT),)}, ("sessions", 0, "ends_at")),
        ({"sessions": (session(1), session(1))}, ("sessions", 0, "session_id")),
        (
            {"sessions": (session(1, online_url="javascript:alert(1)"),)},
            ("sessions", 0, "online_url"),
        ),
        ({"prices": ()}, ("prices",)),
        (
            {"prices": (Price(affiliation=None, fee_minor=10_000_001),)},
            ("prices", 0, "fee_minor"),
        ),
        (
            {"enrolment_closes_at": datetime(9999, 12, 31, 23, tzinfo=UTC)},
            ("enrolment_closes_at",),
        ),
        (
            {"sessions": (session(1, starts_at=datetime(1, 1, 1, tzinfo=UTC)),)},
            ("sessions", 0, "starts_at"),
        ),
        ({"prices": (Price(affiliation="student", fee_minor=1),)}, ("prices",)),
        ({"organiser": Translated(nl="Talencentrum", en=" ")}, ("organiser", "en")),
        ({"enrolment_opens_at": STARTS_AT}, ("enrolment_opens_at",)),
        ({"enrolment_closes_at": datetime(2028, 1, 1, tzinfo=UTC)}, ("enrolment_closes_at",)),
        (
            {"elsewhere": Elsewhere(system="Osiris", foreign_code="X", url="https://osiris.test")},
            ("prices",),
        ),
    ],
)
def test_a_plan_that_is_not_sound_is_refused_where_it_is_wrong(
    changes: dict[str, Any], path: tuple[str | int, ...]
) -> None:
    with pytest.raises(Faulty) as faulty:
        publish(plan(**changes))

    assert faulty.value.faults[0].path == path


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(Faulty) as faulty:
        publish(plan(minimum=13, prices=(), academic_year="2026-2026"))

    assert [fault.path for fault in faulty.value.faults] == [
        ("academic_year",),
        ("prices",),
        ("minimum",),
    ]


@pytest.mark.parametrize(
    "changes", [{"class_number": "4219"}, {"academic_year": "2027-2028"}, {"course_code": "X"}]
)
def test_an_offering_does_not_become_another_one(changes: dict[str, Any]) -> None:
    with pytest.raises(Faulty) as faulty:
        publish(plan(**changes), known=published())

    assert faulty.value.faults[0].path == tuple(changes)


def test_whoever_has_no_price_of_their_own_pays_the_list_price() -> None:
    prices = (Price(affiliation=None, fee_minor=42000), Price(affiliation="staff", fee_minor=0))

    assert fee_for(prices, "staff") == 0
    assert fee_for(prices, "student") == 42000
    assert fee_for(prices, None) == 42000
    assert fee_for((), "student") is None


@pytest.mark.parametrize(
    ("day", "changes", "taken", "standing"),
    [
        (9, {}, 0, "not_yet_open"),
        (10, {}, 0, "open"),
        (10, {}, 12, "full"),
        (10, {}, 13, "full"),
        (10, {"elsewhere": True}, 0, "elsewhere"),
        (20, {}, 0, "closed"),
        (30, {}, 0, "over"),
        (30, {"elsewhere": True}, 0, "over"),
        (10, {"cancelled": True}, 0, "cancelled"),
    ],
)
def test_what_can_be_done_with_an_offering(
    day: int, changes: dict[str, bool], taken: int, standing: str
) -> None:
    """Opens on 10 March, closes on the 20th, is over on the 30th; twelve places."""
    window = Window(
        opens_at=datetime(2027, 3, 10, tzinfo=UTC),
        closes_at=datetime(2027, 3, 20, tzinfo=UTC),
        ends_at=datetime(2027, 3, 30, tzinfo=UTC),
        **{"elsewhere": False, "cancelled": False} | changes,
    )

    now = datetime(2027, 3, day, tzinfo=UTC)
    assert standing_of(window, Places(12, taken, 0), now=now) == standing


@given(
    some.lists(
        some.sampled_from([session(1), session(2), session(3), session(4)]), min_size=1, unique=True
    ),
    some.integers(4, 50),
)
def test_publishing_twice_is_publishing_once(sessions: list[Any], capacity: int) -> None:
    wanted = plan(sessions=tuple(sessions), capacity=capacity)
    first = publish(wanted, known=published())
    offering = first[0] if first else published()

    assert publish(wanted, known=offering) is None
