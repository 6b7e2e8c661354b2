"""Every page that is reached by an address alone: the walk in test_every_page.py looks at each.

To add one, write a line. A page that is the answer to a form, or in a state that somebody must have
brought about, is looked at in the test that brings it about: `await look(page, "name")`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """One page, as somebody in particular sees it."""

    name: str
    """Of its pictures."""
    path: str
    """Behind the language; `{course:Title}` is the offering with this English title."""
    who: str = ""
    """A person of deploy/demo/people.toml, by the first part of their mail address; empty: a stranger."""
    at_identity: bool = False
    """Whether it is a page of the issuer, whose addresses have no language."""


WRITING = "{course:Academic writing in English}"
ELSEWHERE = "{course:Minor Advanced Life Science and Technology}"

PLACES = (
    Place("overview", ""),
    Place("courses-found", "/courses?q=data"),
    Place("courses-narrowed", "/courses?taught_in=en&price=25000&free=1&sort=price"),
    Place("courses-none", "/courses?q=xyzzy"),
    Place("courses-mistaken", "/courses?q=data&price=abc&from=2027-13"),
    Place("course", f"/courses/{WRITING}"),
    Place("course-elsewhere", f"/courses/{ELSEWHERE}"),
    Place("help", "/help"),
    Place("cookies", "/cookies"),
    Place("policies", "/cancellation"),
    Place("terms", "/terms"),
    Place("not-found", "/nowhere"),
    Place("overview-as-noor", "", who="noor"),
    Place("course-as-noor", f"/courses/{WRITING}", who="noor"),
    Place("account", "/account", who="noor"),
    Place("account-saved", "/account?saved", who="noor"),
    Place("my-courses-none", "/my/courses", who="noor"),
    Place("desk-mails-failed", "/desk/mails", who="office"),
    Place("desk-mails-planned", "/desk/mails?state=planned", who="office"),
    Place("desk-payments", "/desk/payments", who="finance"),
    Place("desk-exceptions", "/desk/exceptions", who="finance"),
    Place("desk-refunds", "/desk/refunds", who="finance"),
    Place("desk-transfers", "/desk/transfers", who="finance"),
    Place("desk-credit", "/desk/transfers/new", who="finance"),
    Place("desk-ledger", "/desk/ledger", who="finance"),
    Place("my-records-none", "/my/records", who="noor"),
    Place("help-ask", f"/help/ask?course={WRITING}", who="noor"),
    Place("erase", "/account/erase", who="noor"),
    Place("desk-offerings", "/desk/offerings", who="office"),
    Place("desk-offering-new", "/desk/offerings/new", who="office"),
    Place("desk-offering-copied", f"/desk/offerings/new?from={WRITING}", who="office"),
    Place("desk-offering", f"/desk/offerings/{WRITING}/plan", who="office"),
    Place("desk-enrol", f"/desk/offerings/{WRITING}/enrol", who="office"),
    Place("desk-rescheduling", f"/desk/offerings/{WRITING}/rescheduling", who="office"),
    Place("desk-cancellation", f"/desk/offerings/{WRITING}/cancellation", who="office"),
    Place("desk-courses", "/desk/courses", who="office"),
    Place("desk-course-new", "/desk/courses/new", who="office"),
    Place("desk-course", "/desk/courses/LC-EN-AW-C1", who="office"),
    Place("desk-import", "/desk/import", who="office"),
    Place("login", "/login", at_identity=True),
    Place("forgot", "/forgot", at_identity=True),
    Place("reset-sent", "/reset-sent", at_identity=True),
    Place("check-your-mail", "/check-your-mail", at_identity=True),
    Place("verified", "/verified", at_identity=True),
    Place("password-changed", "/password-changed", at_identity=True),
    Place("terms-of-use", "/terms", at_identity=True),
    Place("logged-out", "/logged-out", at_identity=True),
    Place("identity-problem", "/verify?token=used", at_identity=True),
)
