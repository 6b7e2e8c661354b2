"""Bank transfers: what was booked, what it paid, and what has no place."""

import msgspec

from clients.portal.api.paging import Page
from clients.portal.api.payment import Transfer, TransferState
from clients.portal.views.offers import State, Tone
from clients.portal.views.paging import Paging, paging_of
from clients.portal.words import Words

_TONES: dict[TransferState, Tone] = {"matched": "ok", "kept": "warn"}


class TransferRow(msgspec.Struct, frozen=True, kw_only=True):
    """One transfer."""

    it: Transfer
    state: State


class TransfersPage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of all transfers."""

    rows: tuple[TransferRow, ...]
    paging: Paging


def transfers_page(found_here: Page[Transfer], *, cursor: str, words: Words) -> TransfersPage:
    """Make the list, the latest first."""
    return TransfersPage(
        rows=tuple(transfer_row(each, words=words) for each in found_here.items),
        paging=paging_of(found_here, cursor),
    )


def transfer_row(transfer: Transfer, *, words: Words) -> TransferRow:
    """One transfer, with its state in a word."""
    said = words.say(f"finance.transfer.{transfer.state}")
    return TransferRow(it=transfer, state=State(_TONES.get(transfer.state, ""), said))
