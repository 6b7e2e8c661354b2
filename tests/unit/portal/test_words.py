"""Every sentence is there in both languages, says the same, and is said somewhere."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter

import jinja2
import pytest
from jinja2 import nodes

from clients.portal import words
from clients.portal.templating import TEMPLATES
from clients.portal.words import LOCALES, messages
from tests.unit.portal import samples

ROOT = Path(words.__file__).parent
EN, NL = messages("en"), messages("nl")
AREAS = {file.stem for file in (LOCALES / "en").glob("*.toml")}
_KEY = re.compile(rf"(?:{'|'.join(sorted(AREAS))})\.[A-Za-z0-9_.]*")


def said() -> Iterator[str]:
    """Every key that code or a template says, whole or up to the dot where a value follows."""
    for file in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
    environment = jinja2.Environment(autoescape=True)
    for file in TEMPLATES.rglob("*.html"):
        for constant in environment.parse(file.read_text()).find_all(nodes.Const):
            if isinstance(constant.value, str):
                yield constant.value


def keys_said() -> set[str]:
    return {each for each in said() if _KEY.fullmatch(each) and not each.endswith(".html")}


def facts_of(message: words.Message) -> set[str]:
    texts = message.values() if isinstance(message, dict) else [message]
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}


def tags_of(message: words.Message) -> list[str]:
    found: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append(f"{tag} {dict(attrs)}")

    for text in message.values() if isinstance(message, dict) else [message]:
        Reader().feed(text)
    return sorted(found)


def test_both_languages_have_the_same_sentences() -> None:
    assert EN.keys() - NL.keys() == set(), "not in Dutch"
    assert NL.keys() - EN.keys() == set(), "not in English"


@pytest.mark.parametrize("key", sorted(EN))
def test_a_sentence_has_the_same_facts_and_the_same_markup_in_both(key: str) -> None:
    assert facts_of(EN[key]) == facts_of(NL[key])
    assert tags_of(EN[key]) == tags_of(NL[key])


def test_every_sentence_that_is_said_is_there() -> None:
    missing = {
        key
        for key in keys_said()
        if key not in EN and not (key.endswith(".") and any(each.startswith(key) for each in EN))
    }

    assert missing == set()


def test_no_sentence_is_there_that_nobody_says() -> None:
    used = keys_said()
    families = tuple(key for key in used if key.endswith("."))

    assert {key for key in EN if key not in used and not key.startswith(families)} == set()


def test_a_number_chooses_the_sentence() -> None:
    assert samples.words("en").say("offers.places_left", count=1) == "1 place left"
    assert samples.words("nl").say("offers.places_left", count=0) == "0 plaatsen vrij"


def test_facts_are_escaped_and_markup_of_ours_is_not() -> None:
    said_with_markup = samples.words("en").say("down.number", number="<b>")

    assert (
        said_with_markup == 'If you ask for help, mention <code class="reference">&lt;b&gt;</code>.'
    )


def test_a_sentence_that_is_not_there_or_lacks_a_fact_is_an_error() -> None:
    with pytest.raises(KeyError):
        samples.words("en").say("offers.nothing")
    with pytest.raises(KeyError):
        samples.words("en").say("offers.places_left")
    with pytest.raises(KeyError):
        samples.words("en").say("offers.opens")
