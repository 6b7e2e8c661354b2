"""Who is invoiced (A14, A15)."""

import msgspec
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError

from contracts.fact import Language, Translated

_OTHER_PREFIX = {"GR": "EL"}
"""VAT numbers of Greece begin with another code than its addresses end with."""


class Billing(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation as it wants to stand on an invoice."""

    organisation: str
    address: tuple[str, ...]
    """Street and number, and what comes above it."""
    postcode: str
    city: str
    country: str
    """ISO 3166-1, two letters."""
    vat_number: str | None
    purchase_order_reference: str | None
    mail_address: str
    """Where invoices go."""
    language: Language


VAT_NUMBER_WRONG = Translated(
    nl="Vul een btw-nummer in zoals NL123456789B13, of laat het leeg",
    en="Enter a VAT number such as NL123456789B13, or leave it empty",
)


def clean_vat_number(number: str, country: str) -> str | None:
    """A VAT number in its compact form with its prefix; None where it cannot be right.

    Numbers of the European Union are checked by their country's rules, check digits included. Those
    of other countries are taken as they are.
    """
    compact = "".join(each for each in number.upper() if each.isalnum())
    if country.lower() not in eu_vat.MEMBER_STATES:
        return compact or None
    prefix = _OTHER_PREFIX.get(country, country)
    try:
        return prefix + str(eu_vat.validate(prefix + compact.removeprefix(prefix))).removeprefix(
            prefix
        )
    except ValidationError:
        return None
