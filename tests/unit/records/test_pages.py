"""The page that anyone can check a document on, in all its states and both languages."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import services.records
from chassis.pages import SHARED, Pages
from contracts.fact import Language
from services.records.store.documents import Verified
from tests.unit.records.cases import AMSTERDAM
from tests.unit.records.test_documents import printed

TEMPLATES = Path(services.records.__file__).parent / "pages"
PAGES = Pages(
    TEMPLATES, AMSTERDAM, own_url="https://records.test", portal_url="https://portal.test"
)
DOCUMENT = printed(name="<b>Noor</b> & co")

REVOKED = Verified(
    state="revoked",
    kind=DOCUMENT.kind,
    number=DOCUMENT.number,
    issued_at=DOCUMENT.issued_at,
    printed=DOCUMENT,
    revoked_at=datetime(2027, 7, 1, 10, 0, tzinfo=UTC),
    erased_at=None,
    replaced_by="D-2027-011900",
)
ERASED = replace(REVOKED, printed=None, erased_at=datetime(2027, 8, 1, 10, 0, tzinfo=UTC))

STATES: dict[str, dict[str, Any]] = {
    "asks": {},
    "not_a_code": {},
    "real": {"printed": DOCUMENT},
    "revoked": {"printed": DOCUMENT, "verified": REVOKED},
    "erased": {"verified": ERASED},
    "unknown": {},
    "too_many": {"seconds": 7},
    "away": {"request_number": "0195c9a4"},
}


def render(state: str, language: Language, **names: Any) -> str:
    return PAGES.render(
        "verify.html", language, state=state, written="4K9T-7WQD-2MXR", where="/verify", **names
    )


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("state", list(STATES))
def test_every_state_is_said_in_both_languages(state: str, language: Language) -> None:
    html = render(state, language, **STATES[state])

    assert f'<html lang="{language}">' in html
    assert 'value="4K9T-7WQD-2MXR"' in html
    other = {"en": "Nederlands", "nl": "English"}[language]
    assert other in html


def test_what_people_wrote_is_shown_and_never_run() -> None:
    html = render("real", "en", **STATES["real"])

    assert "&lt;b&gt;Noor&lt;/b&gt; &amp; co" in html
    assert "<b>" not in html


def test_a_document_that_was_replaced_leads_to_the_new_number() -> None:
    html = render("revoked", "nl", **STATES["revoked"])

    assert "Dit certificaat is niet meer geldig." in html
    assert "Document <code>D-2027-011900</code> vervangt het" in html


def test_every_class_of_the_page_is_in_the_stylesheet() -> None:
    sheet = (SHARED / "static" / "portal.css").read_text()
    used = {
        name
        for state, names in STATES.items()
        for part in render(state, "en", **names).split('class="')[1:]
        for name in part.partition('"')[0].split()
    }

    missing = {name for name in used if f".{name}" not in sheet}
    assert missing == set()
