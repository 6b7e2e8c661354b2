"""People without number, each with an access token that no edge has seen before.

The gatekeeper of an edge remembers tokens that it has checked, so a token used twice would be
checked once. Every measurement begins with freshly started edges and uses each token once.
"""

import asyncio
import json
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TypeAlias
from uuid import UUID

from joserfc import jwt
from joserfc.jwk import KeySet, KeySetSerialization, RSAKey

from chassis.http.access import ALGORITHM, AUDIENCE

ISSUER = "http://issuer.bench"
ID_IN_SQL = "('00000000-0000-4000-8000-' || lpad(to_hex(number), 12, '0'))::uuid"
"""The account of person `number`, as `account_of` makes it."""
ADDRESS_IN_SQL = "'learner-' || number || '@people.example'"

_KEY_ID = "bench"
_LIFE_S = 12 * 3600
_LEFT_S = 2 * 3600
"""Tokens that are kept from an earlier run are used while they are good for this much longer."""
_PORTION = 500
_Jwk: TypeAlias = dict[str, str | list[str]]


@dataclass(frozen=True)
class Person:
    """Somebody who enrols."""

    number: int
    account_id: UUID
    token: str


def account_of(number: int) -> UUID:
    """The account of the person with this number."""
    return UUID(f"00000000-0000-4000-8000-{number:012x}")


def number_of(mail_address: str) -> int:
    """Whose mail address this is."""
    return int(mail_address.partition("@")[0].rpartition("-")[2])


class Crowd:
    """Signs tokens, on all cores, and keeps them for the next run while they are good."""

    def __init__(self, folder: Path) -> None:
        self._tokens_file = folder / "tokens.txt"
        self._key_file = folder / "key.json"
        folder.mkdir(parents=True, exist_ok=True)
        if not self._is_good():
            self._tokens_file.write_text("")
            key = RSAKey.generate_key(2048, {"kid": _KEY_ID, "use": "sig", "alg": ALGORITHM})
            kept = {"key": key.as_dict(private=True), "expires_at": int(time.time()) + _LIFE_S}
            self._key_file.touch(mode=0o600)
            self._key_file.write_text(json.dumps(kept))
        kept = json.loads(self._key_file.read_text())
        self._key = RSAKey.import_key(kept["key"])
        self._expires_at: int = kept["expires_at"]
        self._tokens = self._tokens_file.read_text().splitlines()

    @property
    def public_keys(self) -> KeySetSerialization:
        return KeySet([self._key]).as_dict(private=False)

    async def people(self, count: int) -> Iterator[Person]:
        """The first `count` people, each once."""
        await asyncio.to_thread(self._sign_up_to, count)
        return (Person(number, account_of(number), self._tokens[number]) for number in range(count))

    def colleague(self, *roles: str) -> Person:
        """Somebody of the staff, with these roles."""
        account_id = uuid.uuid4()
        token = _sign(self._key, account_id, self._expires_at, "staff", *roles)
        return Person(-1, account_id, token)

    def _is_good(self) -> bool:
        if not (self._key_file.exists() and self._tokens_file.exists()):
            return False
        expires_at: int = json.loads(self._key_file.read_text())["expires_at"]
        return expires_at > time.time() + _LEFT_S

    def _sign_up_to(self, count: int) -> None:
        missing = range(len(self._tokens), count)
        if not missing:
            return
        key = self._key.as_dict(private=True)
        portions = [missing[at : at + _PORTION] for at in range(0, len(missing), _PORTION)]
        if len(portions) == 1:
            signed = _sign_portion(key, missing, self._expires_at)
        else:
            with ProcessPoolExecutor(mp_context=get_context("spawn")) as cores:
                signing = [
                    cores.submit(_sign_portion, key, portion, self._expires_at)
                    for portion in portions
                ]
                signed = [token for portion in signing for token in portion.result()]
        with self._tokens_file.open("a") as kept:
            kept.writelines(f"{token}\n" for token in signed)
        self._tokens += signed


def _sign_portion(key: _Jwk, numbers: range, expires_at: int) -> list[str]:
    signing_key = RSAKey.import_key(key)
    return [_sign(signing_key, account_of(number), expires_at, "student") for number in numbers]


def _sign(key: RSAKey, account_id: UUID, expires_at: int, affiliation: str, *roles: str) -> str:
    """An access token with the claims that identity puts into one (RFC 9068)."""
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(account_id),
        "client_id": "portal",
        "iat": expires_at - _LIFE_S,
        "exp": expires_at,
        "jti": uuid.uuid4().hex,
        "scope": "openid profile email",
        "roles": ["learner", *roles],
        "affiliation": affiliation,
    }
    header = {"alg": ALGORITHM, "typ": "at+jwt", "kid": _KEY_ID}
    return jwt.encode(header, claims, key, algorithms=[ALGORITHM])
