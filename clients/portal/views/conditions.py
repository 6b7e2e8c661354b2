"""Cancellation policies and terms, as people accept them."""

import re

import msgspec

from clients.portal.api.catalogue import Policy, Terms
from clients.portal.words import Words

_NUMBERED = re.compile(r"\d+\.\s+(.*)")


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """One version of one text."""

    title: str
    version: int
    paragraphs: tuple[str, ...]
    points: tuple[str, ...]
    """Numbered from 1."""


class ConditionsPage(msgspec.Struct, frozen=True, kw_only=True):
    """One or more texts below a title."""

    title: str
    lead: str
    texts: tuple[Text, ...]


def policies_page(policies: list[Policy], words: Words) -> ConditionsPage:
    """Cancellation policies."""
    texts = tuple(_text(each.name, each.version, each.text) for each in policies)
    return ConditionsPage(
        title=words.say("conditions.policy"), lead=words.say("conditions.policy_lead"), texts=texts
    )


def terms_page(terms: list[Terms], words: Words) -> ConditionsPage:
    """General terms."""
    one = len(terms) == 1
    texts = tuple(
        _text(
            "" if one else words.say("conditions.terms_number", count=number),
            each.version,
            each.text,
        )
        for number, each in enumerate(terms, start=1)
    )
    return ConditionsPage(
        title=words.say("conditions.terms"), lead=words.say("conditions.terms_lead"), texts=texts
    )


def _text(title: str, version: int, text: str) -> Text:
    """Take a text apart; one that begins with a heading has it as its title."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    if len(lines) > 1 and not lines[0].endswith(".") and not _NUMBERED.fullmatch(lines[0]):
        title, *lines = lines
    points = [found.group(1) for line in lines if (found := _NUMBERED.fullmatch(line))]
    return Text(
        title=title,
        version=version,
        paragraphs=tuple(line for line in lines if not _NUMBERED.fullmatch(line)),
        points=tuple(points),
    )
