"""What the portal reads of identity, besides logging in."""

import msgspec

from clients.portal.api.asking import Asking
from contracts.fact import Language


class Me(msgspec.Struct, frozen=True):
    """What is known of the reader."""

    name: str
    mail_address: str
    language: Language
    affiliation: str


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be known of the reader from now on."""

    name: str
    language: Language


async def get_me(ask: Asking) -> tuple[Me, str]:
    """The reader as identity knows them, and the ETag to correct it with."""
    return await ask.get_with_tag("identity", "/v1/me", Me)


async def correct_me(ask: Asking, correction: Correction, *, tag: str) -> Me:
    """Correct name and language."""
    return await ask.patch("identity", "/v1/me", correction, Me, tag=tag)
