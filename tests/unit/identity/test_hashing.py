"""Hashing: the parameters, and a storm that stays beside the loop."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from chassis.refusals import Refusal
from services.identity import hashing
from services.identity.hashing import Fit, Passwords


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords(threads=1)
    yield made
    made.close()


async def test_a_hash_is_argon2id_and_fits_its_password_only(passwords: Passwords) -> None:
    hashed = await passwords.hash("a goose crossed the canal")

    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.check("a goose crossed the canal", hashed) == Fit(True, None)
    assert await passwords.check("a goose crossed the road", hashed) == Fit(False, None)


async def test_nobodys_password_fits_never_not_even_the_one_that_is_compared_with(
    passwords: Passwords,
) -> None:
    assert await passwords.check("nobody has this password", None) == Fit(False, None)


async def test_a_storm_waits_beside_the_loop_and_is_bounded(
    passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashing, "_MOST_WAITING", 2)
    working, go_on = threading.Event(), threading.Event()

    def slowly(password: str) -> str:
        working.set()
        go_on.wait()
        return password

    monkeypatch.setattr(passwords, "_hash", slowly)
    first, second = (asyncio.create_task(passwords.hash(each)) for each in ("first", "second"))
    await asyncio.to_thread(working.wait)

    with pytest.raises(Refusal) as refused:  # The loop is free to say so while the thread works.
        await passwords.hash("third")

    assert refused.value.problem.code == "unavailable"
    assert refused.value.retry_after_s == 5
    go_on.set()
    assert [await first, await second] == ["first", "second"]
