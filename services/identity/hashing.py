"""Passwords are hashed beside the event loop, a few at a time, so that a storm of logins slows only logins."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from prometheus_client import Counter

from chassis.http.problems import unavailable
from services.identity.domain import passwords

T = TypeVar("T")

PASSWORDS_CHECKED = Counter(
    "passwords_checked", "Passwords compared with somebody's hash or nobody's.", ["fits"]
)

_MEMORY_KIB, _PASSES, _LANES = 19_456, 2, 1
"""argon2id as the OWASP Password Storage Cheat Sheet has it: about 30 ms of one core."""
_MOST_WAITING = 200
"""Beyond it people are told to come back: that is some seconds of work."""


class Fit(NamedTuple):
    """Whether a password is the one, and its hash by today's parameters if it was made by older ones."""

    fits: bool
    newer_hash: str | None


class Passwords:
    """Makes and checks hashes (argon2id)."""

    def __init__(self, *, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="passwords")
        self._hasher = PasswordHasher(
            time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=_LANES
        )
        self._nobodys = self._hasher.hash("nobody has this password")
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """Hash a new password.

        Raises:
            Refusal: too many are waiting.
        """
        return await self._beside(self._hash, password)

    async def check(self, password: str, password_hash: str | None) -> Fit:
        """Compare a password with a hash; without one with nobody's, so that it takes as long.

        Raises:
            Refusal: too many are waiting.
        """
        fit = await self._beside(self._check, password, password_hash)
        PASSWORDS_CHECKED.labels("yes" if fit.fits else "no").inc()
        return fit

    def close(self) -> None:
        """Let what runs finish, and take nothing new."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def _beside(self, work: Callable[..., T], *arguments: object) -> T:
        if self._waiting >= _MOST_WAITING:
            raise unavailable(retry_after_s=5)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        finally:
            self._waiting -= 1

    def _hash(self, password: str) -> str:
        return self._hasher.hash(passwords.normalized(password))

    def _check(self, password: str, password_hash: str | None) -> Fit:
        try:
            self._hasher.verify(password_hash or self._nobodys, passwords.normalized(password))
        except (VerifyMismatchError, InvalidHashError):
            return Fit(fits=False, newer_hash=None)
        if password_hash is None:
            return Fit(fits=False, newer_hash=None)
        is_older = self._hasher.check_needs_rehash(password_hash)
        return Fit(fits=True, newer_hash=self._hash(password) if is_older else None)
