"""VAT that is inside a fee."""

import msgspec

from contracts.catalogue import VatRate

_PERCENT: dict[VatRate, int] = {"exempt": 0, "9": 9, "21": 21}


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """An amount and the VAT that it includes, in minor units."""

    gross_minor: int
    vat_minor: int

    @property
    def net_minor(self) -> int:
        return self.gross_minor - self.vat_minor

    def __sub__(self, other: "Split") -> "Split":
        return Split(
            gross_minor=self.gross_minor - other.gross_minor,
            vat_minor=self.vat_minor - other.vat_minor,
        )


def split_vat(gross_minor: int, rate: VatRate | None) -> Split:
    """Take the VAT out of an amount that includes it, rounded half up. Without a known rate there is none."""
    percent = _PERCENT[rate] if rate is not None else 0
    whole = 100 + percent
    return Split(
        gross_minor=gross_minor, vat_minor=(2 * gross_minor * percent + whole) // (2 * whole)
    )


def split_part(
    amount_minor: int, *, of_minor: int, taken_minor: int, rate: VatRate | None
) -> Split:
    """The VAT in a part of an amount from which other parts were taken before.

    It is the difference in what remains, so that the VAT of all parts is the VAT of the whole.
    """
    left = of_minor - taken_minor
    return split_vat(left, rate) - split_vat(left - amount_minor, rate)
