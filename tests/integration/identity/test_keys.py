"""The issuer's keys: made at first need, shared, locked, taken over."""

import argparse
import asyncio
import base64
from typing import Any

import pytest

from chassis.settings import Secret, SettingsError
from services.identity.app import SERVICE
from services.identity.keyring import KeyRing
from services.identity.parts import gatekeeper
from services.identity.settings import Settings
from tests.integration.identity.steps import Identity
from tests.support.running import Running

SEALING_KEY = b"0123456789abcdef0123456789abcdef"


def another_process(identity: Running, sealing_key: bytes = SEALING_KEY) -> KeyRing:
    return KeyRing(identity.parts.db, identity.clock, sealing_key)


async def published(ring: KeyRing) -> list[str]:
    return sorted(key["kid"] for key in (await ring.published())["keys"])


async def rotate(identity: Identity, *, leaked: bool = False) -> None:
    await SERVICE.verbs["rotate-keys"].run(identity.parts, argparse.Namespace(leaked=leaked))


async def test_processes_that_need_the_first_key_at_once_share_one(identity: Identity) -> None:
    rings = [another_process(identity) for _ in range(3)]

    seen = await asyncio.gather(*(published(ring) for ring in rings))

    assert seen[0] == seen[1] == seen[2]
    assert len(seen[0]) == 1


async def test_the_private_half_is_locked_and_bound_to_its_row(identity: Identity) -> None:
    signer = await identity.parts.keys.signer()
    await rotate(identity)
    identity.clock.move(minutes=6)

    locked = await identity.fetch("SELECT kid, locked_private_key FROM signing_key")
    assert not [row for row in locked if b"RSA" in row["locked_private_key"]]
    async with identity.parts.db.transaction() as tx:  # Somebody exchanges the two rows.
        first, second = (row["kid"] for row in locked)
        await tx.execute(
            "UPDATE signing_key SET locked_private_key = CASE kid WHEN $1 THEN $3::bytea ELSE $4 END"
            " WHERE kid IN ($1, $2)",
            first,
            second,
            locked[1]["locked_private_key"],
            locked[0]["locked_private_key"],
        )

    fresh = await another_process(identity).signer()

    assert fresh._key.kid not in (first, second, signer._key.kid)  # noqa: SLF001


async def test_a_new_key_is_published_before_it_signs_and_the_old_one_while_its_tokens_live(
    identity: Identity,
) -> None:
    await identity.register()
    old_token = await token(identity)
    (old,) = await published(another_process(identity))

    await rotate(identity)

    both = await published(another_process(identity))
    assert len(both) == 2
    assert await signs(identity) == old
    identity.clock.move(minutes=5)
    (new,) = set(both) - {old}
    assert await signs(identity) == new
    identity.clock.move(minutes=4)
    assert (await admits(identity, old_token)) is True
    identity.clock.move(minutes=7)
    assert await published(another_process(identity)) == [new]


async def test_a_leaked_key_goes_at_once_and_its_tokens_with_it(identity: Identity) -> None:
    await identity.register()
    old_token = await token(identity)
    (old,) = await published(another_process(identity))

    await rotate(identity, leaked=True)

    (new,) = await published(another_process(identity))
    assert new != old
    assert await signs(identity) == new
    assert (await admits(identity, old_token)) is False


async def test_with_another_encryption_key_a_new_key_signs_and_old_tokens_stay_good(
    identity: Identity,
) -> None:
    await identity.register()
    old_token = await token(identity)
    (old,) = await published(another_process(identity))

    other = another_process(identity, b"another key, also of 32 bytes...")

    assert old in await published(other)
    assert (await other.signer())._key.kid != old  # noqa: SLF001
    assert (await admits(identity, old_token)) is True


@pytest.mark.parametrize(
    "bad", ["", "c2hvcnQ=", "not base64!", base64.b64encode(b"x" * 33).decode()]
)
def test_a_bad_encryption_key_is_named_and_not_shown(bad: str) -> None:
    required: Any = {
        "database_url": Secret(""),
        "amqp_url": Secret(""),
        "issuer_url": "",
        "jwks_url": "",
        "http_port": 0,
    }
    settings = Settings(**required, key_encryption_key=Secret(bad))

    with pytest.raises(
        SettingsError, match="KEY_ENCRYPTION_KEY is bad: it must be 32 random bytes"
    ):
        _ = settings.sealing_key


async def token(identity: Identity) -> str:
    tokens = await identity.browser().log_in_to_app("ada@example.org")
    return str(tokens["access_token"])


async def signs(identity: Identity) -> str:
    return str((await another_process(identity).signer())._key.kid)  # noqa: SLF001


async def admits(identity: Identity, access_token: str) -> bool:
    parts = identity.parts
    fresh = gatekeeper(parts)
    fresh._keys = another_process(identity)  # noqa: SLF001
    try:
        await fresh.admit(access_token)
    except Exception:  # noqa: BLE001 - any no is a no.
        return False
    return True
