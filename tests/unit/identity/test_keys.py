"""Which key signs, and which are published."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain.keys import LEAD, SigningKey, published, rotate, signing

NOW = datetime(2027, 3, 10, 13, 0, tzinfo=UTC)
LONGEST = timedelta(minutes=10)


def key(kid: str) -> SigningKey:
    return SigningKey(kid=kid, public_jwk={}, locked_private_key=b"", signs_from=NOW)


def kids(keys: list[SigningKey]) -> list[str]:
    return [each.kid for each in keys]


def test_the_first_key_signs_at_once() -> None:
    keys = rotate([], key("a"), longest=LONGEST, leaked=False, now=NOW)

    assert signing(keys, now=NOW) == keys[0]


def test_the_old_key_signs_until_everybody_can_know_the_new_one() -> None:
    keys = rotate([key("a")], key("b"), longest=LONGEST, leaked=False, now=NOW)

    before, at = signing(keys, now=NOW + LEAD - timedelta(seconds=1)), signing(keys, now=NOW + LEAD)
    assert (before and before.kid, at and at.kid) == ("a", "b")
    assert kids(published(keys, now=NOW + LEAD + LONGEST)) == ["a", "b"]
    assert kids(published(keys, now=NOW + LEAD + LONGEST + timedelta(minutes=1))) == ["b"]


def test_a_leaked_key_is_gone_at_once() -> None:
    keys = rotate([key("a")], key("b"), longest=LONGEST, leaked=True, now=NOW)

    assert kids(published(keys, now=NOW)) == ["b"]
    assert signing(keys, now=NOW) == keys[-1]


@given(st.lists(st.tuples(st.integers(0, 3600), st.booleans()), min_size=1, max_size=8))
def test_whatever_is_rotated_when_there_is_a_key_that_signs_and_its_tokens_can_be_checked(
    rotations: list[tuple[int, bool]],
) -> None:
    now, keys = NOW, rotate([], key("0"), longest=LONGEST, leaked=False, now=NOW)
    for number, (pause_s, leaked) in enumerate(rotations, start=1):
        now += timedelta(seconds=pause_s)
        current = signing(keys, now=now)
        assert current is not None
        keys = rotate(keys, key(str(number)), longest=LONGEST, leaked=leaked, now=now)
        assert signing(keys, now=now) is not None
        if not leaked:
            assert current.kid in kids(published(keys, now=now + LONGEST))
