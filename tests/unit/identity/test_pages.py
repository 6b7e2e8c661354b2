"""Every page in both languages: complete, with classes that exist, and nothing that a strict policy forbids."""

import re
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chassis.pages import SHARED, Pages
from contracts.fact import Language, Translated
from services.identity.domain.accounts import Wish
from services.identity.parts import PAGES

NOW = datetime(2027, 3, 10, 13, 0, tzinfo=UTC)
SOMEBODY = SimpleNamespace(name="Łucja <b>", mail_address="lucja@example.org")
REFUSAL = {"code": "link-used", "title": "This link has been used", "detail": "Log in."}
WISH = Wish(
    name="Łucja <b>", mail_address="x", password="secret!", language="nl", accepts_terms=True
)
ALL_WRONG = {
    "name": "Enter a name",
    "mail_address": "Enter a mail address",
    "password": "Enter a password",
    "accepts_terms": "Accept the terms",
}
PROVIDERS = [
    SimpleNamespace(key="surfconext", kind="institution", title=Translated(nl="<b>", en="<b>")),
    SimpleNamespace(key="eduid", kind="eduid", title=Translated(nl="eduID", en="eduID")),
]
NEWCOMER = SimpleNamespace(proof=SimpleNamespace(organization="<b>"))
LOGINS: dict[str, Any] = {
    "logins": [
        SimpleNamespace(
            login_id="own", title="<b>", mail_address="<b>", organization=None, used_at=None
        ),
        SimpleNamespace(
            login_id="1", title="eduID", mail_address=None, organization="<b>", used_at=NOW
        ),
    ],
    "has_own": False,
    "providers": PROVIDERS,
    "is_fresh": True,
    "with_passkeys": True,
    "mail_address": "<b>",
    "wrongs": {},
}
STEP: dict[str, Any] = {
    "has_own": True,
    "on_since": None,
    "codes_left": 10,
    "secret": "",
    "picture": "",
    "wrongs": {},
}
PASSKEYS: dict[str, Any] = {
    "has_own": True,
    "is_offered": True,
    "passkeys": [
        SimpleNamespace(passkey_id="1", name="<b>", added_at=NOW, used_at=None, doubted_at=None),
        SimpleNamespace(passkey_id="2", name="<b>", added_at=NOW, used_at=NOW, doubted_at=NOW),
    ],
    "name": "",
    "wrongs": {},
}
STATES: list[tuple[str, dict[str, Any]]] = [
    (
        "login.html",
        {
            "query": "",
            "mail_address": "",
            "login_wrongs": {},
            "wish": WISH,
            "wish_wrongs": {},
            "providers": [],
            "with_passkeys": False,
        },
    ),
    (
        "login.html",
        {
            "query": "?client_id=demo&state=%22",
            "mail_address": '"><script>',
            "login_wrongs": {"password": "Enter your password"},
            "wish": WISH,
            "wish_wrongs": ALL_WRONG,
            "refusal": REFUSAL,
            "providers": PROVIDERS,
            "with_passkeys": True,
        },
    ),
    ("welcome.html", {"newcomer": NEWCOMER, "introduction": WISH, "wrongs": {}}),
    (
        "welcome.html",
        {
            "newcomer": NEWCOMER,
            "introduction": WISH,
            "wrongs": {key: ALL_WRONG[key] for key in ("name", "mail_address", "accepts_terms")},
        },
    ),
    ("logins.html", LOGINS),
    ("logins.html", LOGINS | {"is_fresh": False, "has_own": True}),
    (
        "logins.html",
        LOGINS | {"wrongs": {key: ALL_WRONG[key] for key in ("mail_address", "password")}},
    ),
    ("login_code.html", {"query": "?client_id=demo", "wrongs": {}}),
    ("login_code.html", {"query": "", "wrongs": {"code": "Enter one"}, "refusal": REFUSAL}),
    ("second_step.html", STEP),
    ("second_step.html", STEP | {"has_own": False}),
    ("second_step.html", STEP | {"on_since": NOW}),
    ("second_step.html", STEP | {"secret": "ABC", "picture": "data:", "wrongs": {"code": "No"}}),
    ("recovery_codes.html", {"codes": ["abcd-efgh"]}),
    ("passkeys.html", PASSKEYS),
    ("passkeys.html", PASSKEYS | {"passkeys": [], "wrongs": {"name": "Enter one"}}),
    ("passkeys.html", PASSKEYS | {"has_own": False, "passkeys": []}),
    ("passkeys.html", PASSKEYS | {"is_offered": False}),
    ("passkeys.html", PASSKEYS | {"refusal": REFUSAL}),
    ("logged_in.html", {"account": SOMEBODY, "ends_at": NOW}),
    ("log_out.html", {"query": "?client_id=demo"}),
    ("logged_out.html", {}),
    ("terms.html", {"version": "2026-11"}),
    ("check_mail.html", {"hours": 48}),
    ("verify.html", {"signed_up": SOMEBODY, "token": "t"}),
    ("verified.html", {}),
    ("forgot.html", {"mail_address": "", "wrongs": {}}),
    ("forgot.html", {"mail_address": "x", "wrongs": {"mail_address": "Enter one"}}),
    ("reset_sent.html", {"minutes": 60}),
    ("reset.html", {"account": SOMEBODY, "token": "t", "wrongs": {}}),
    ("reset.html", {"account": SOMEBODY, "token": "t", "wrongs": {"password": "Enter one"}}),
    ("password_changed.html", {}),
    ("problem.html", {"refusal": REFUSAL, "request_number": "req-42"}),
]


def rendered(template: str, language: Language, names: dict[str, Any]) -> str:
    pages = Pages(
        PAGES,
        ZoneInfo("Europe/Amsterdam"),
        own_url="/identity",
        portal_url="https://portal.example",
        terms_page="https://portal.example/terms",
    )
    everywhere = {
        "other_language_link": "/identity/login?a=1&b=2",
        "form_token": "f",
        "refusal": None,
    }
    return pages.render(template, language, **(everywhere | names))


def test_every_template_is_looked_at() -> None:
    templates = {file.name for file in PAGES.glob("*.html")}

    assert templates == {template for template, _ in STATES} | {"frame.html", "forms.html"}


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize(("template", "names"), STATES)
def test_a_page_is_complete_and_keeps_to_the_design(
    template: str, names: dict[str, Any], language: Language
) -> None:
    page = rendered(template, language, names)

    assert f'<html lang="{language}">' in page
    assert page.count("<h1>") == 1
    scripts = re.findall(r"<script[^>]*>", page)
    assert scripts in ([], ['<script src="/identity/static/passkeys.js" defer>'])
    assert bool(scripts) == ("data-passkey=" in page)
    assert " style=" not in page
    assert "<b>" not in page
    assert "secret!" not in page
    stylesheet = (SHARED / "static" / "portal.css").read_text()
    for name in {each for found in re.findall(r'class="([^"]+)"', page) for each in found.split()}:
        assert f".{name}" in stylesheet, name


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize(("template", "names"), STATES)
def test_every_field_is_labelled_and_every_reference_leads_somewhere(
    template: str, names: dict[str, Any], language: Language
) -> None:
    page = rendered(template, language, names)

    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    for described_by in re.findall(r'aria-describedby="([^"]+)"', page):
        assert set(described_by.split()) <= set(ids)
    for reference in re.findall(r'(?:for|aria-labelledby)="([^"]+)"', page):
        assert reference in ids
    for link in re.findall(r'href="#([^"]+)"', page):
        assert link in ids
    for form in re.findall(r"<form.*?</form>", page, re.DOTALL):
        assert 'method="post"' in form
        assert 'name="form_token" value="f"' in form


@pytest.mark.parametrize(("template", "names"), STATES)
def test_a_title_begins_with_error_where_something_is_wrong(
    template: str, names: dict[str, Any]
) -> None:
    has_error = bool(names.get("refusal") or names.get("wrongs") or names.get("wish_wrongs"))

    for language, prefix in (("en", "Error: "), ("nl", "Fout: ")):
        page = rendered(template, "nl" if language == "nl" else "en", names)
        assert (f"<title>{prefix}" in page) == has_error
