"""A token bucket per caller: whoever asks too often waits, nobody else does."""

import math
from collections import OrderedDict

from chassis.clock import Clock
from chassis.http.problems import TOO_MANY_REQUESTS


class RateLimit:
    """Allows `burst` at once and `per_minute` in the long run, for each key; remembers a bounded number of keys.

    Per process: several edges together allow as many times more.
    """

    _REMEMBERED = 100_000

    def __init__(self, *, per_minute: float, burst: int, clock: Clock) -> None:
        self._per_s = per_minute / 60
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> None:
        """Take one token.

        Raises:
            Refusal: there is none left; says when there will be.
        """
        now = self._clock.now().timestamp()
        tokens, at = self._buckets.pop(key, (float(self._burst), now))
        tokens = min(self._burst, tokens + max(0.0, now - at) * self._per_s)
        if tokens < 1:
            self._buckets[key] = (tokens, now)
            wait_s = math.ceil((1 - tokens) / self._per_s)
            refusal = TOO_MANY_REQUESTS(seconds=wait_s)
            refusal.retry_after_s = wait_s
            raise refusal
        self._buckets[key] = (tokens - 1, now)
        if len(self._buckets) > self._REMEMBERED:
            self._buckets.popitem(last=False)
