"""A provider that the OpenID Foundation certified, in the place of SURFconext and of eduID behind it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from joserfc.jwk import RSAKey

from deploy.local.ports import free_block
from deploy.local.standins.openid import register

_PROGRAM = Path(__file__).parent / "certified_provider.mjs"
_PATIENCE_S = 30


@asynccontextmanager
async def certified_provider(
    node: str, packages: Path, folder: Path, *, identity_url: str
) -> AsyncIterator[Path]:
    """Emma Jansen by her institution and Sofie Peters by eduID, both without a word; gives the file of providers.

    Args:
        node: the program.
        packages: where oidc-provider is installed.
        folder: for the portal's key and the file.
        identity_url: where people reach identity.
    """
    url = f"http://127.0.0.1:{free_block()}"
    key = register(folder, issuer=url, inside_url=url)
    file = folder / "login-providers.toml"
    # It tells an acr only to whoever asks for one; SURFconext always does.
    asks = 'parameters = { acr_values = "http://test.surfconext.nl/assurance/loa1" }\naccepted_acr'
    file.write_text(file.read_text().replace("accepted_acr", asks, 1))
    backs = " ".join(f"{identity_url}/login/back/{each}" for each in ("surfconext", "eduid"))
    provider = await asyncio.create_subprocess_exec(
        node,
        str(_PROGRAM),
        str(packages),
        url.rpartition(":")[2],
        backs,
        _public_half(key),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert provider.stdout is not None
        assert b"ready" in await asyncio.wait_for(provider.stdout.readline(), _PATIENCE_S)
        yield file
    finally:
        provider.kill()
        await provider.wait()


def _public_half(key: RSAKey) -> str:
    return msgspec.json.encode(key.as_dict(private=False)).decode()
