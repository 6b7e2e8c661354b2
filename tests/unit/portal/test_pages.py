"""Every template in both languages: nothing undefined, nothing unsaid, nothing that the design does not know."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from clients.portal.forms import empty_form
from clients.portal.templating import STATIC, TEMPLATES
from contracts.fact import Language
from tests.unit.portal import every_sample, samples

TEMPLATES_THAT_ARE_PAGES = sorted(
    file.name for file in TEMPLATES.glob("*.html") if file.name != "base.html"
)
VOID = {"meta", "link", "input", "br", "rect", "line", "path", "circle"}


class Reader(HTMLParser):
    """Collects what is looked at: classes, ids, what is pointed at; and that every tag is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.classes: set[str] = set()
        self.ids: list[str] = []
        self.wanted: set[str] = set()
        self.inline: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.classes |= set(given.get("class", "").split())
        self.ids += [given["id"]] if "id" in given else []
        for name in ("for", "popovertarget", "aria-labelledby", "aria-describedby", "form"):
            self.wanted |= set(given.get(name, "").split())
        if given.get("href", "").startswith("#"):
            self.wanted.add(given["href"][1:])
        self.inline += [name for name in given if name == "style" or name.startswith("on")]
        self.inline += [tag] if tag == "style" or (tag == "script" and "src" not in given) else []
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop() == tag

    def close(self) -> None:
        super().close()
        assert self._open == []


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


def rendered(language: Language) -> list[tuple[str, str]]:
    """Name and HTML of every sample."""
    return [
        (name, samples.render(name, language, **names))
        for name, every in every_sample.pages(language).items()
        for names in every
    ]


@pytest.mark.parametrize("name", TEMPLATES_THAT_ARE_PAGES)
def test_every_page_has_a_sample(name: str) -> None:
    assert every_sample.pages("en").get(name), (
        f"add one to samples.py: {name} is rendered by no test"
    )


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_sample_is_whole_html_and_points_at_what_is_there(language: Language) -> None:
    for name, html in rendered(language):
        reader = read(html)

        assert f'<html lang="{language}">' in html, name
        assert len(reader.ids) == len(set(reader.ids)), name
        assert reader.wanted <= set(reader.ids), (name, reader.wanted - set(reader.ids))


@pytest.mark.parametrize("language", ["en", "nl"])
def test_nothing_on_a_page_needs_an_exception_from_the_content_security_policy(
    language: Language,
) -> None:
    for name, html in rendered(language):
        assert read(html).inline == [], name


def test_every_class_that_is_used_is_in_the_stylesheet() -> None:
    sheet = (STATIC / "portal.css").read_text()
    known = set(re.findall(r"\.([a-z][a-z0-9_-]*)", sheet))
    # Only a hook: pages need no rule of their own for the wide column.
    used = {each for _, html in rendered("en") for each in read(html).classes} - {
        "split__main",
        "state--info",
    }

    assert used <= known, used - known


def test_what_people_wrote_is_shown_and_never_run() -> None:
    html = samples.render("help.html", "en", None, person=samples.NOOR)

    assert "&lt;b&gt;Noor&lt;/b&gt; de Vries" in html
    assert "<b>" not in html


@pytest.mark.parametrize("language", ["en", "nl"])
def test_no_page_is_larger_than_the_design_allows(language: Language) -> None:
    for name, html in rendered(language):
        assert len(html.encode()) < 60_000, name


EVERY_FIELD = """
{% from "parts/forms.html" import area, field, once, select, tick with context %}
{{ once(form) }}
{{ field(form, "secret", "Password", type="password", optional=true, short=true) }}
{{ area(form, "note", "Note", hint="In a few words") }}
{{ select(form, "language", "Language", [("en", "English"), ("nl", "Nederlands")]) }}
{{ tick(form, "terms", "I accept", required=true) }}
"""


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_kind_of_field_keeps_what_was_typed_and_says_what_is_wrong(
    language: Language,
) -> None:
    typed = {"secret": "hush", "note": "<b>", "language": "nl", "idempotency_key": "kept"}
    form = empty_form(samples.words(language), **typed)
    form.wrong("note", "account.name_needed")
    form.wrong("terms", "account.language_needed")
    environment = samples.TEMPLATES._environment  # noqa: SLF001 - the very one that pages are made with.
    functions = samples.words(language).functions()

    html = environment.from_string(EVERY_FIELD).render(functions, form=form)

    reader = read(html)
    assert reader.wanted <= set(reader.ids)
    assert "hush" not in html
    assert 'name="idempotency_key" value="kept"' in html
    assert 'aria-describedby="note-hint note-error">&lt;b&gt;</textarea>' in html
    assert '<option value="nl" selected>' in html
    assert html.count('class="field__error"') == 2


def test_what_was_typed_and_what_is_wrong_stand_at_the_field_and_above() -> None:
    names: dict[str, Any] = samples.pages("nl")["account.html"][2]

    html = samples.render("account.html", "nl", **names)

    assert "<title>Fout: Mijn account" in html
    assert "2 antwoorden kloppen nog niet" in html
    assert '<a href="#name">Vul een naam van hoogstens 120 tekens in</a>' in html
    assert 'value="&#34;Noor&#34; &lt;x&gt;"' in html
    assert 'aria-invalid="true" aria-describedby="name-hint name-error"' in html
