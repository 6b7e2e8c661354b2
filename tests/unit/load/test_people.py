"""People have tokens that edges accept, and the same number everywhere."""

import json
import time
from pathlib import Path
from uuid import UUID

import pytest

from chassis.clock import RealClock
from chassis.http.access import Gatekeeper, OwnKeys
from tests.load.people import ISSUER, Crowd, account_of, number_of


def test_a_person_is_known_by_number() -> None:
    assert account_of(255) == UUID("00000000-0000-4000-8000-0000000000ff")
    assert number_of("learner-255@people.example") == 255


async def test_everybody_has_a_token_of_their_own_that_an_edge_accepts(tmp_path: Path) -> None:
    crowd = Crowd(tmp_path)
    people = list(await crowd.people(3))
    gatekeeper = Gatekeeper(ISSUER, OwnKeys(crowd.public_keys), RealClock())
    callers = [await gatekeeper.admit(person.token) for person in people]
    assert [caller.account_id for caller in callers] == [account_of(number) for number in range(3)]
    assert len({person.token for person in people}) == 3


async def test_a_colleague_has_roles(tmp_path: Path) -> None:
    crowd = Crowd(tmp_path)
    gatekeeper = Gatekeeper(ISSUER, OwnKeys(crowd.public_keys), RealClock())
    caller = await gatekeeper.admit(crowd.colleague("office").token)
    assert caller.has("office")


async def test_tokens_are_kept_for_the_next_run(tmp_path: Path) -> None:
    first = list(await Crowd(tmp_path).people(2))
    assert list(await Crowd(tmp_path).people(2)) == first


@pytest.mark.parametrize("left_s", [-60, 3600])
async def test_tokens_that_could_expire_meanwhile_are_made_anew(
    tmp_path: Path, left_s: int
) -> None:
    first = list(await Crowd(tmp_path).people(1))
    kept = json.loads((tmp_path / "key.json").read_text())
    (tmp_path / "key.json").write_text(json.dumps(kept | {"expires_at": time.time() + left_s}))
    assert list(await Crowd(tmp_path).people(1)) != first
