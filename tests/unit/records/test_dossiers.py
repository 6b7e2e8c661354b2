"""What enrolment's facts say about a dossier, in any order."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import permutations
from uuid import UUID

from contracts.enrolment import EnrolmentCancelled, EnrolmentConfirmed, WithdrawalSubmitted
from contracts.envelope import Envelope, wrap
from contracts.fact import Fact
from services.records.domain.dossiers import openings

AT = datetime(2027, 3, 10, 13, 0, tzinfo=UTC)
ABOUT = {"enrolment_id": UUID(int=1), "learner_id": UUID(int=2), "offering_id": UUID(int=3)}

CONFIRMED = EnrolmentConfirmed(
    **ABOUT,
    version=2,
    fee_minor=0,
    currency="EUR",
    confirmed_at=AT,
    policy_version=1,
    accepted_at=AT,
    leaving_costs=(),
)
WITHDRAWN = WithdrawalSubmitted(
    **ABOUT,
    version=3,
    withdrawal_id=UUID(int=4),
    reason="work",
    submitted_at=AT,
    was_confirmed=True,
    fee_minor=0,
    kept_minor=0,
    currency="EUR",
)
NEVER_HAD_A_PLACE = EnrolmentCancelled(
    **ABOUT | {"enrolment_id": UUID(int=5)},
    version=2,
    was_confirmed=False,
    refund_minor=0,
    currency="EUR",
)


def envelopes(facts: Sequence[Fact]) -> list[Envelope[Fact]]:
    return [wrap(fact, event_id=UUID(int=9), occurred_at=AT, correlation_id="c") for fact in facts]


def test_the_highest_version_rules_in_whatever_order_and_however_often() -> None:
    for order in permutations([CONFIRMED, CONFIRMED, WITHDRAWN]):
        (opening,) = openings(envelopes(order))  # type: ignore[arg-type] # Envelopes of these three kinds.

        assert (opening.version, opening.state, opening.closed_why) == (3, "closed", "withdrawn")


def test_a_confirmed_enrolment_opens_a_dossier() -> None:
    (opening,) = openings(envelopes([CONFIRMED]))  # type: ignore[arg-type] # As above.

    assert (opening.state, opening.since, opening.closed_why) == ("open", AT, None)


def test_who_never_had_a_place_gets_no_dossier() -> None:
    assert openings(envelopes([NEVER_HAD_A_PLACE])) == []  # type: ignore[arg-type] # As above.
