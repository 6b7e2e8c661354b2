"""Requests that come together are decided together: one transaction, one lock, one round trip, an answer each."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

from chassis.http.problems import unavailable
from chassis.refusals import Refusal

A = TypeVar("A")
R = TypeVar("R")

Decide = Callable[[Sequence[A]], Awaitable[Sequence[R | Refusal]]]
"""Decides asks in order of arrival, all or none; answers in the same order."""


class Batcher(Generic[A, R]):
    """Collects asks while the batch before them is being decided. Nobody waits for a batch to fill.

    Asks of one key are always in the same lane, so they are decided in order of arrival. Several
    lanes use several connections. The queue is bounded: beyond it people are told to come back.
    """

    def __init__(
        self,
        decide: Decide[A, R],
        *,
        lanes: int = 2,
        largest: int = 256,
        most_waiting: int = 40_000,
    ) -> None:
        self._decide = decide
        self._lanes: list[deque[tuple[A, asyncio.Future[R]]]] = [deque() for _ in range(lanes)]
        self._deciding: list[asyncio.Task[None] | None] = [None] * lanes
        self._largest = largest
        self._most_waiting = most_waiting
        self._waiting = 0

    async def ask(self, key: Hashable, ask: A) -> R:
        """Wait for the decision on this ask.

        Raises:
            Refusal: the decision is no, or too many are waiting already.
        """
        if self._waiting >= self._most_waiting:
            raise unavailable(retry_after_s=2)
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        number = hash(key) % len(self._lanes)
        self._lanes[number].append((ask, answer))
        self._waiting += 1
        if self._deciding[number] is None:
            self._deciding[number] = asyncio.create_task(self._work_off(number))
        return await answer

    async def _work_off(self, number: int) -> None:
        lane = self._lanes[number]
        while lane:
            batch = [lane.popleft() for _ in range(min(len(lane), self._largest))]
            self._waiting -= len(batch)
            try:
                decisions = await self._decide([ask for ask, _ in batch])
            except Exception as error:  # noqa: BLE001 - each of them hears what went wrong.
                for _, answer in batch:
                    if not answer.done():
                        answer.set_exception(error)
                continue
            for (_, answer), decision in zip(batch, decisions, strict=True):
                if answer.done():
                    continue  # Whoever asked has hung up; the decision stands.
                if isinstance(decision, Refusal):
                    answer.set_exception(decision)
                else:
                    answer.set_result(decision)
        self._deciding[number] = None
