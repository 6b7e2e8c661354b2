"""Three ways to put load on an edge: as fast as it answers, at a rate, all at once.

Where people come by themselves (at a rate, all at once), latency counts from the instant at which
a request should have gone out, not from when a connection was free for it: waiting in line at the
client is waiting ("coordinated omission").
"""

import asyncio
import gc
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from time import perf_counter

from tests.load.client import Answer, Answered, Fleet
from tests.load.percentiles import percentile

ACCEPTED = frozenset({200, 201, 202})
_PATIENCE_S = 60.0
"""For the last answers, after the last request went out."""


@dataclass
class Tally:
    """What became of the requests of one run."""

    began: float
    answers: dict[int, Answer] = field(default_factory=dict)
    """By the number of the request."""
    latencies_s: list[float] = field(default_factory=list)
    ended: float = 0.0
    """The last answer."""

    def note(self, number: int, due_at: float, answer: Answer) -> None:
        self.answers[number] = answer
        self.latencies_s.append(answer.answered_at - due_at)
        self.ended = answer.answered_at

    @property
    def accepted(self) -> int:
        return sum(answer.status in ACCEPTED for answer in self.answers.values())

    @property
    def refused(self) -> dict[int, int]:
        """How many answers had another status, by status; 0 is no answer at all."""
        statuses = Counter(answer.status for answer in self.answers.values())
        return {status: count for status, count in statuses.items() if status not in ACCEPTED}

    def accepted_per_s(self, seconds: float) -> float:
        """Accepted answers that came within the first `seconds`, per second."""
        until = self.began + seconds
        within = (each for each in self.answers.values() if each.answered_at <= until)
        return sum(each.status in ACCEPTED for each in within) / seconds

    def latency_ms(self, percent: float) -> float:
        return percentile(self.latencies_s, percent) * 1000


def due_times(rate: float, seconds: float) -> list[float]:
    """When requests go out at an even rate, in seconds from the beginning."""
    return [number / rate for number in range(int(rate * seconds))]


async def as_fast_as_answered(fleet: Fleet, requests: Iterator[bytes], seconds: float) -> Tally:
    """Keep every connection busy for this long: the next request goes out with the answer to the last.

    Raises:
        ValueError: there were not enough requests.
    """
    with undisturbed():
        tally = Tally(began=perf_counter())
        until, numbers, all_answered = tally.began + seconds, count(), _Countdown(fleet.size)
        ran_out = False

        def send_next() -> None:
            nonlocal ran_out
            request = next(requests, None)
            if request is None:
                ran_out = True
                all_answered.take_one()
            else:
                fleet.ask(request, partial(go_on, next(numbers)))

        def go_on(number: int, answer: Answer) -> None:
            tally.note(number, answer.sent_at, answer)
            if answer.answered_at < until:
                send_next()
            else:
                all_answered.take_one()

        for _ in range(fleet.size):
            send_next()
        await asyncio.wait_for(all_answered.wait(), seconds + _PATIENCE_S)
    if ran_out:
        raise ValueError(f"{len(tally.answers)} requests are not enough for {seconds} s.")
    return tally


async def at_a_rate(fleet: Fleet, requests: Iterator[bytes], rate: float, seconds: float) -> Tally:
    """Send at an even rate, whatever the edge does."""
    with undisturbed():
        tally = Tally(began=perf_counter())
        all_answered = _Countdown(len(due_times(rate, seconds)))
        async for number, due_at in evenly(rate, seconds):
            fleet.ask(next(requests), _noting(tally, number, due_at, all_answered))
        await asyncio.wait_for(all_answered.wait(), _PATIENCE_S)
    return tally


async def evenly(rate: float, seconds: float) -> AsyncIterator[tuple[int, float]]:
    """Count at an even rate; gives each number when it is due, with the instant at which it was due."""
    began = perf_counter()
    for number, after in enumerate(due_times(rate, seconds)):
        due_at = began + after
        while (early := due_at - perf_counter()) > 0:  # noqa: ASYNC110 - a clock has no Event.
            await asyncio.sleep(early)
        yield number, due_at


async def all_at_once(fleet: Fleet, requests: Sequence[bytes]) -> Tally:
    """Everybody presses the button at the same instant; the connections carry what they can."""
    with undisturbed():
        tally = Tally(began=perf_counter())
        all_answered = _Countdown(len(requests))
        for number, request in enumerate(requests):
            fleet.ask(request, _noting(tally, number, tally.began, all_answered))
        await asyncio.wait_for(all_answered.wait(), _PATIENCE_S)
    return tally


@contextmanager
def undisturbed() -> Iterator[None]:
    """No garbage collection of ours in the middle of a measurement."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


class _Countdown(asyncio.Event):
    """Set when it has been taken down to nothing."""

    def __init__(self, left: int) -> None:
        super().__init__()
        self._left = left

    def take_one(self) -> None:
        self._left -= 1
        if not self._left:
            self.set()


def _noting(tally: Tally, number: int, due_at: float, countdown: _Countdown) -> Answered:
    def note(answer: Answer) -> None:
        tally.note(number, due_at, answer)
        countdown.take_one()

    return note
