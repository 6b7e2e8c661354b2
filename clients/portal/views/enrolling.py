"""On the way to a place: who pays, what is accepted, and what the form about it means."""

import re
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec
from markupsafe import Markup

from clients.portal.api.asking import Missing, Part, found, the_missing
from clients.portal.api.catalogue import Offering
from clients.portal.api.enrolment import Enrolment, LeavingCosts, Payer
from clients.portal.api.payment import Billing, Method, Order
from clients.portal.forms import Form
from clients.portal.sessions.domain import Person
from clients.portal.views.course import until_when
from clients.portal.views.leaving import Leaving, leaving_of
from clients.portal.views.offers import State, list_price, price_in_list
from clients.portal.words import Words
from contracts.fact import Language

PAYERS: tuple[Payer, ...] = ("self", "employer")
METHODS: tuple[Method, ...] = ("ideal", "creditcard")
FIELDS = ("payer", "method", "org", "street", "postcode", "city", "vat", "po", "mail")
"""Of the form that says who pays, in the order of the page."""
BILLING_FIELDS = {
    "/organisation": "org",
    "/address/0": "street",
    "/postcode": "postcode",
    "/city": "city",
    "/vat_number": "vat",
    "/purchase_order_reference": "po",
    "/mail_address": "mail",
}
CONDITIONS = ("policy_version", "terms_version")
"""What the reader saw when they accepted."""

_POSTCODE = re.compile(r"[1-9]\d{3} ?[A-Za-z]{2}")
_VAT_NUMBER = re.compile(r"NL\d{9}B\d{2}|(?!NL)[A-Z]{2}[0-9A-Z]{2,13}")
_MAIL_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_LONGEST_LINE, _LONGEST_PO, _LONGEST_MAIL = 100, 40, 254

Kind = Literal["pay", "free", "wait"]
"""What comes of enrolling: something to pay, a place at once, or standing in line."""


class PayingWish(msgspec.Struct, frozen=True, kw_only=True):
    """Who pays, and how."""

    payer: Payer
    method: Method
    billing: Billing | None
    """None where the reader pays."""


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """The panel beside the form: for what, how much, how long the place is held."""

    title: str
    starts_at: datetime
    lines: tuple[tuple[str, str], ...]
    total: str
    vat: str
    held: State | None


class PayerPage(msgspec.Struct, frozen=True, kw_only=True):
    """Who pays? For a place that one wants, or one that is held."""

    title: str
    bill: Bill
    enrolment: Enrolment | None
    action: str
    back: str
    back_text: str
    missing: tuple[Part, ...]


class CheckPage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything once more, to accept and confirm."""

    offering: Offering
    bill: Bill
    kind: Kind
    leaving: Leaving
    payer: str
    """In words; empty where nothing is to be paid now."""
    invoice_to: str
    button: str
    then: str
    carried: tuple[tuple[str, str], ...]
    """Name and value of what was answered before."""
    accept: Markup
    conditions_changed: bool


def kind_of(offering: Offering, free: int) -> Kind:
    """What comes of enrolling now; enrolment has the last word."""
    if free <= 0:
        return "wait"
    return "pay" if offering.fee_minor else "free"


def read_wish(form: Form, language: Language) -> PayingWish | None:
    """Who pays; None where something has to be corrected first. What belongs to the other choice is ignored."""
    payer = form.choice("payer", PAYERS, needed="enrol.payer_needed")
    if payer == "employer":
        billing = _read_billing(form, language)
        if not form.is_right:
            return None
        return PayingWish(payer=payer, method="ideal", billing=billing)
    if payer == "self":
        method = form.choice("method", METHODS, needed="enrol.method_needed")
        if method is not None:
            return PayingWish(payer=payer, method=method, billing=None)
    return None


def _read_billing(form: Form, language: Language) -> Billing:
    def line(name: str, needed: str | None, longest: int = _LONGEST_LINE) -> str:
        return form.text(name, needed=needed, longest=longest, too_long="enrol.too_long")

    organisation = line("org", "enrol.org_needed")
    street = line("street", "enrol.street_needed")
    postcode = form.typed("postcode").strip().upper()
    if not _POSTCODE.fullmatch(postcode):
        form.wrong("postcode", "enrol.postcode_needed")
    city = line("city", "enrol.city_needed")
    vat = re.sub(r"[\s.]", "", form.typed("vat")).upper()
    if vat and not _VAT_NUMBER.fullmatch(vat):
        form.wrong("vat", "enrol.vat_needed")
    reference = line("po", None, _LONGEST_PO)
    mail_address = line("mail", "enrol.mail_needed", _LONGEST_MAIL)
    if not _MAIL_ADDRESS.fullmatch(mail_address):
        form.wrong("mail", "enrol.mail_needed")
    return Billing(
        organisation=organisation,
        address=(street,),
        postcode=postcode,
        city=city,
        mail_address=mail_address,
        language=language,
        vat_number=vat or None,
        purchase_order_reference=reference or None,
    )


def payer_page(offering: Offering, person: Person, *, words: Words, home: str) -> PayerPage:
    """For a place that one wants."""
    course = f"{home}/courses/{offering.offering_id}"
    return PayerPage(
        title=words.say("enrol.who_pays"),
        bill=bill_of(offering, person, words),
        enrolment=None,
        action=f"{course}/enrol",
        back=course,
        back_text=words.say("enrol.back_to_course"),
        missing=(),
    )


def paying_page(
    mine: Enrolment,
    offering: Offering | Missing,
    *,
    words: Words,
    home: str,
    now: datetime,
    zone: ZoneInfo,
    missing: tuple[Part, ...] = (),
) -> PayerPage:
    """For a place that is held."""
    here = f"{home}/my/courses/{mine.enrolment_id}"
    told = found(offering)
    held = None
    if mine.held_until is not None:
        until = until_when(mine.held_until, words, now=now, zone=zone)
        held = State("warn", words.say("enrol.held_until", until=until))
    bill = Bill(
        title=mine.title,
        starts_at=mine.starts_at,
        lines=(),
        total=words.money(mine.fee_minor, mine.currency),
        vat=words.say(f"course.vat.{told.vat.rate}") if told else "",
        held=held,
    )
    return PayerPage(
        title=words.say("enrol.pay_for", title=mine.title),
        bill=bill,
        enrolment=mine,
        action=f"{here}/pay",
        back=here,
        back_text=words.say("enrol.back_to_enrolment"),
        missing=tuple(dict.fromkeys((*missing, *the_missing(offering)))),
    )


def check_page(
    offering: Offering,
    costs: LeavingCosts,
    person: Person,
    form: Form,
    wish: PayingWish | None,
    *,
    kind: Kind,
    words: Words,
    home: str,
    now: datetime,
    zone: ZoneInfo,
) -> CheckPage:
    """Make the page. Without a wish nothing is paid now, and nothing was asked about it."""
    conditions = offering.conditions
    bill = bill_of(offering, person, words)
    shown = {
        "policy_version": str(conditions.policy_version),
        "terms_version": str(conditions.terms_version),
    }
    seen = {name: form.typed(name) for name in CONDITIONS if form.typed(name)}
    how: str = kind
    if wish is not None:
        how = wish.method if wish.billing is None else "employer"
    return CheckPage(
        offering=offering,
        bill=bill,
        kind=kind,
        leaving=leaving_of(costs, starts_at=offering.starts_at, words=words, zone=zone, now=now),
        payer=_who_pays(wish, words),
        invoice_to=_invoice_to(wish),
        button=words.say(f"enrol.button.{how}", price=bill.total),
        then=words.say(f"enrol.then.{how}"),
        carried=(
            ("kind", kind),
            *((name, form.typed(name)) for name in FIELDS if wish and form.typed(name)),
            *shown.items(),
        ),
        accept=words.say(
            "enrol.accept",
            policy=f"{home}/cancellation/{conditions.policy_id}/{conditions.policy_version}",
            terms=f"{home}/terms/{conditions.terms_id}/{conditions.terms_version}",
            **shown,
        ),
        conditions_changed=bool(seen) and seen != shown,
    )


def _who_pays(wish: PayingWish | None, words: Words) -> str:
    if wish is None:
        return ""
    if wish.billing is not None:
        return words.say("enrol.payer.employer")
    return words.say(f"enrol.you_pay.{wish.method}")


def _invoice_to(wish: PayingWish | None) -> str:
    if wish is None or wish.billing is None:
        return ""
    to = wish.billing
    return ", ".join((to.organisation, *to.address, f"{to.postcode} {to.city}", to.mail_address))


def bill_of(offering: Offering, person: Person, words: Words) -> Bill:
    """List price, what is less for this reader, total."""
    fee, currency = offering.fee_minor or 0, offering.currency
    everybody = list_price(offering.prices)
    lines: tuple[tuple[str, str], ...] = ()
    if everybody is not None and everybody != fee:
        lines = (
            (words.say("enrol.list_price"), words.money(everybody, currency)),
            (
                words.say(f"enrol.price_of.{person.affiliation}"),
                words.money(fee - everybody, currency),
            ),
        )
    is_study = offering.activity != "course"
    return Bill(
        title=offering.title,
        starts_at=offering.starts_at,
        lines=lines,
        total=words.money(fee, currency)
        if fee
        else price_in_list(0, currency, words, is_study=is_study),
        vat=words.say(f"course.vat.{offering.vat.rate}") if fee else "",
        held=None,
    )


def can_be_paid(mine: Enrolment, order: Order | None) -> bool:
    """Whether the reader can still pay for a place, or have it invoiced."""
    is_invoiced = order is not None and order.billing is not None
    return mine.state == "held" and mine.fee_minor > 0 and not is_invoiced
