"""The issuer's keys: locked in the database, unlocked here, remembered for half a minute."""

import asyncio
import os
import time
from datetime import datetime
from typing import Any

import msgspec
import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from chassis.clock import Clock
from chassis.database import Database
from chassis.http.access import ALGORITHM
from services.identity import commands, store
from services.identity.domain import keys
from services.identity.domain.keys import SigningKey

log = structlog.get_logger()

ACCESS_TOKEN, ID_TOKEN = "at+jwt", "JWT"
"""The `typ` of each sort, so that one can never pass for the other (RFC 8725, 3.11)."""

_BITS = 2048
_NONCE_BYTES = 12
_REMEMBERED_S = 30.0
_ASKED_AGAIN_S = 1.0
"""For a key id that is not known: another process may have made it a moment ago."""


class Signer:
    """The key that signs now."""

    def __init__(self, key: RSAKey) -> None:
        self._key = key

    def sign(self, claims: dict[str, Any], *, kind: str) -> str:
        """A signed token; `kind` is its `typ`."""
        header = {"alg": ALGORITHM, "typ": kind, "kid": self._key.kid}
        return jwt.encode(header, claims, self._key, algorithms=[ALGORITHM])


class _Known(msgspec.Struct, frozen=True):
    """What the database held when it was asked last."""

    keys: tuple[SigningKey, ...]
    unlocked: dict[str, RSAKey]
    asked_at: float


class KeyRing:
    """Signs with the latest key and checks with all that are published; a chassis' KeySource."""

    def __init__(self, db: Database, clock: Clock, sealing_key: bytes) -> None:
        self._db = db
        self._clock = clock
        self._lock = AESGCM(sealing_key)
        self._known = _Known((), {}, float("-inf"))
        self._asking = asyncio.Lock()

    async def keys(self, kid: str | None) -> KeySet:
        """The public keys that tokens are checked with."""
        known = await self._ask(unless_knows=kid)
        published = keys.published(known.keys, now=self._clock.now())
        return KeySet([RSAKey.import_key(key.public_jwk) for key in published])

    async def published(self) -> dict[str, Any]:
        """The same as a JWK Set (RFC 7517, 5); with at least one key in it."""
        await self.signer()
        known = await self._ask()
        return {
            "keys": [key.public_jwk for key in keys.published(known.keys, now=self._clock.now())]
        }

    async def signer(self) -> Signer:
        """The key that signs now; makes one at first need."""
        now = self._clock.now()
        known = await self._ask()
        current = _signing(known, now)
        if current is None:
            fresh = await self.make_key(signs_from=now)
            async with self._db.transaction() as tx:
                await commands.keys.add_first_key(
                    tx, fresh, is_readable=lambda key: self._unlock(key) is not None, now=now
                )
            known = await self._ask(anew=True)
            current = _signing(known, now)
        if current is None:
            raise RuntimeError("a signing key was added and is not there")
        return Signer(known.unlocked[current.kid])

    async def read_id_token(self, token: str) -> dict[str, Any] | None:
        """The claims of an ID token of this issuer, however old it is; None for anything else."""
        try:
            header = jws.extract_compact(token.encode()).headers()
            if header.get("typ") != ID_TOKEN:
                return None
            public = await self.keys(header.get("kid"))
            return jwt.decode(token, public, algorithms=[ALGORITHM]).claims
        except (JoseError, ValueError, TypeError, KeyError):
            return None

    async def make_key(self, *, signs_from: datetime) -> SigningKey:
        """A fresh key pair, its private half locked. Takes a tenth of a second, in a thread."""
        key = await asyncio.to_thread(
            RSAKey.generate_key, _BITS, {"use": "sig", "alg": ALGORITHM}, auto_kid=True
        )
        kid = str(key.kid)
        nonce = os.urandom(_NONCE_BYTES)
        # The key id is locked in with it: rows cannot be exchanged for one another.
        locked = nonce + self._lock.encrypt(nonce, key.as_der(private=True), kid.encode())
        return SigningKey(
            kid=kid,
            public_jwk=dict(key.as_dict(private=False)),
            locked_private_key=locked,
            signs_from=signs_from,
        )

    def _unlock(self, key: SigningKey) -> RSAKey | None:
        nonce, locked = (
            key.locked_private_key[:_NONCE_BYTES],
            key.locked_private_key[_NONCE_BYTES:],
        )
        try:
            private = self._lock.decrypt(nonce, locked, key.kid.encode())
        except InvalidTag:
            log.warning("identity.signing_key_unreadable", kid=key.kid)
            return None
        return RSAKey.import_key(private, {"kid": key.kid, "use": "sig", "alg": ALGORITHM})

    async def _ask(self, *, unless_knows: str | None = None, anew: bool = False) -> _Known:
        """What the database holds; asked again when that is old, or does not hold what is looked for."""
        if not anew and not self._is_old(unless_knows):
            return self._known
        async with self._asking:
            if anew or self._is_old(unless_knows):
                async with self._db.reading() as connection:
                    found = await store.keys.get_keys(connection)
                unlocked = {
                    key.kid: private for key in found if (private := self._unlock(key)) is not None
                }
                self._known = _Known(tuple(found), unlocked, time.monotonic())
        return self._known

    def _is_old(self, kid: str | None) -> bool:
        age = time.monotonic() - self._known.asked_at
        knows = kid is None or any(key.kid == kid for key in self._known.keys)
        return age > (_REMEMBERED_S if knows else _ASKED_AGAIN_S)


def _signing(known: _Known, now: datetime) -> SigningKey | None:
    return keys.signing((key for key in known.keys if key.kid in known.unlocked), now=now)
