"""What was joined to one message comes out of it as it was."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.message import ALONE, TOGETHER, join, split

_objects = st.dictionaries(st.text(max_size=8), st.text(max_size=8) | st.integers() | st.none())


@given(st.lists(_objects, min_size=1, max_size=10))
def test_splitting_undoes_joining(objects: list[dict[str, object]]) -> None:
    bodies = [msgspec.json.encode(each) for each in objects]

    body, content_type = join(bodies)

    assert split(body) == bodies
    assert content_type == (ALONE if len(bodies) == 1 else TOGETHER)


def test_others_may_write_a_batch_with_spaces() -> None:
    assert split(b' [ {"id": "1"} ,\n{}]') == [b'{"id": "1"}', b"{}"]


@given(st.binary(max_size=50))
def test_what_is_no_batch_stays_whole(body: bytes) -> None:
    parts = split(body)

    assert parts == [body] or msgspec.json.decode(body) == list(map(msgspec.json.decode, parts))


@pytest.mark.parametrize("body", [b"[]", b"[{}", b"[\xff]", b" []", b""])
def test_a_broken_batch_is_left_to_its_reader(body: bytes) -> None:
    assert split(body) == [body]
