"""Who is served out of turn is found."""

from tests.load.order import Place, out_of_order


def in_order(*positions: int | None) -> list[Place]:
    """People who all asked at once, so that nobody can be said to have come first."""
    return [Place(position, sent_at=0.0, answered_at=1.0) for position in positions]


def test_places_first_and_then_the_line() -> None:
    assert out_of_order(in_order(None, None, 1, 2), places=2) == 0


def test_a_place_that_went_to_somebody_in_the_line() -> None:
    assert out_of_order(in_order(None, 1, None, 2), places=2) == 2


def test_a_position_that_was_given_twice() -> None:
    assert out_of_order(in_order(None, 1, 1), places=1) == 1


def test_a_place_too_many() -> None:
    assert out_of_order(in_order(None, None), places=1) == 1


def test_whoever_was_answered_before_another_asked_has_come_before_them() -> None:
    early, late = Place(None, 0.0, 1.0), Place(None, 2.0, 3.0)
    assert out_of_order([early, late], places=2) == 0
    assert out_of_order([late, early], places=2) == 1


def test_everybody_who_was_overtaken_counts() -> None:
    late = Place(None, 10.0, 11.0)
    early = [Place(None, 0.0, 1.0), Place(None, 0.0, 2.0)]
    assert out_of_order([late, *early], places=3) == 2
