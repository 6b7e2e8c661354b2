"""Whether people were served in the order in which they came."""

from collections.abc import Sequence
from typing import NamedTuple


class Place(NamedTuple):
    """What somebody got, and when they asked."""

    position: int | None
    """In the waiting line; None for who got a place."""
    sent_at: float
    answered_at: float


def out_of_order(arrivals: Sequence[Place], places: int) -> int:
    """How many people were served out of turn.

    Args:
        arrivals: everybody, in the order of arrival that the service has written down.
        places: how many there were to give away.

    Three things are looked at: who came first got the places, and nobody after them; positions in
    the line are 1, 2, 3 … in order of arrival; and whoever was answered before somebody else even
    asked has come before them. More order than that cannot be seen from outside: of two requests
    that are under way at the same time either may come first.
    """
    wrong = 0
    for number, place in enumerate(arrivals):
        expected = None if number < places else number - places + 1
        wrong += place.position != expected
    return wrong + _overtaken(arrivals)


def _overtaken(arrivals: Sequence[Place]) -> int:
    """How many were answered before somebody asked who stands before them.

    Read from the end: somebody is overtaken if anybody before them asked after their answer, so
    it is enough to know the latest question of all who stand before.
    """
    latest_question, overtaken = float("-inf"), 0
    for place in arrivals:
        overtaken += place.answered_at < latest_question
        latest_question = max(latest_question, place.sent_at)
    return overtaken
