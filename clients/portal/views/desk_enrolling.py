"""Enrolling somebody on their behalf: whom, who pays, and by what."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

import msgspec

from clients.portal.api.catalogue import Offering
from clients.portal.api.enrolment import Behalf
from clients.portal.api.identity import Somebody
from clients.portal.forms import Form
from clients.portal.words import Words

_PAYERS: tuple[Literal["self", "employer"], ...] = ("self", "employer")
_LONGEST_WHY, _LONGEST_MAIL = 500, 320


class BehalfPage(msgspec.Struct, frozen=True, kw_only=True):
    """The form, for one offering."""

    offering: Offering
    namesakes: tuple[tuple[str, str], ...]
    """Account id and description of those among whom the office has to choose; empty where there is no doubt."""


class BehalfRead(msgspec.Struct, frozen=True, kw_only=True):
    """What was filled in."""

    mail_address: str
    payer: Literal["self", "employer"]
    why: str
    policy_version: int
    terms_version: int

    def behalf_of(self, somebody: Somebody) -> Behalf:
        """The wish, at the price of whoever it is for."""
        return Behalf(
            learner_id=somebody.account_id,
            affiliation=somebody.affiliation,
            accepted_policy_version=self.policy_version,
            accepted_terms_version=self.terms_version,
            why=self.why,
            payer=self.payer,
        )


def behalf_page(offering: Offering, words: Words, found: Sequence[Somebody] = ()) -> BehalfPage:
    """Make the page."""
    among = found if len(found) > 1 else ()
    return BehalfPage(
        offering=offering,
        namesakes=tuple((str(each.account_id), _described(each, words)) for each in among),
    )


def read_behalf(form: Form) -> BehalfRead:
    """What was filled in, as far as it can be read; what has to be corrected is noted in the form."""
    return BehalfRead(
        mail_address=form.text(
            "mail", needed="behalf.mail_needed", longest=_LONGEST_MAIL, too_long="behalf.too_long"
        ),
        payer=form.choice("payer", _PAYERS, needed="behalf.payer_needed") or "self",
        why=form.text(
            "why", needed="behalf.why_needed", longest=_LONGEST_WHY, too_long="behalf.too_long"
        ),
        policy_version=_version(form, "policy_version"),
        terms_version=_version(form, "terms_version"),
    )


def choose(form: Form, found: Sequence[Somebody]) -> Somebody | None:
    """The one who is meant. Also whether the learner has agreed, which stands last on the page."""
    somebody = _chosen(form, found)
    form.tick("agreed", needed="behalf.agreed_needed")
    return somebody


def _chosen(form: Form, found: Sequence[Somebody]) -> Somebody | None:
    if not found:
        form.wrong("mail", "behalf.nobody")
        return None
    if len(found) == 1:
        return found[0]
    chosen = form.choice(
        "learner", [str(each.account_id) for each in found], needed="behalf.which_needed"
    )
    return next((each for each in found if each.account_id == _uuid(chosen)), None)


def _described(somebody: Somebody, words: Words) -> str:
    who = words.say(f"desk.who.{somebody.affiliation}")
    number = str(somebody.account_id)[-6:]
    return words.say("behalf.one_of", name=somebody.name, who=who, number=number)


def _uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def _version(form: Form, name: str) -> int:
    typed = form.typed(name)
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 9 else 0  # noqa: PLR2004 - fits any.
