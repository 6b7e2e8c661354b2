"""Cancellation policies and general terms. Their words never change under somebody who accepted them."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import TypeVar

from contracts.catalogue import CancellationPolicy, PolicyStep, Terms
from contracts.fact import Translated
from services.catalogue.domain.faults import Fault, untranslated

C = TypeVar("C", CancellationPolicy, Terms)


def text_hash(text: Translated) -> str:
    """SHA-256, in hex, of the Dutch text, a zero byte and the English text, in UTF-8.

    Source: PRODUCT.md A21. Whoever kept the text can prove what was accepted.
    """
    return hashlib.sha256(f"{text.nl}\0{text.en}".encode()).hexdigest()


def faults_of_policy(policy: CancellationPolicy) -> list[Fault]:
    """What is wrong with a policy in itself."""
    faults = [*untranslated(("name",), policy.name), *untranslated(("text",), policy.text)]
    return faults + _faults_of_steps(policy.steps)


def faults_of_terms(terms: Terms) -> list[Fault]:
    """What is wrong with terms in themselves."""
    return untranslated(("text",), terms.text)


def faults_of_version(published: Mapping[int, C], wanted: C) -> list[Fault]:
    """A published version stays as it is; a new one is the next one."""
    known = published.get(wanted.version)
    if known == wanted:
        return []
    following = max(published, default=0) + 1
    if known is not None:
        return [Fault(("version",), _other_words(wanted.version, following))]
    if wanted.version != following:
        return [Fault(("version",), _not_the_next(following))]
    return []


def latest(versions: Iterable[C]) -> C:
    """Of one or more versions, the one that holds for whoever enrols from now on."""
    return max(versions, key=lambda each: each.version)


def _faults_of_steps(steps: tuple[PolicyStep, ...]) -> list[Fault]:
    return [
        Fault(("steps", number, "until"), _ONLY_THE_LAST_HAS_NO_END)
        for number, step in enumerate(steps)
        if (step.until is None) != (number == len(steps) - 1)
    ]


def _other_words(version: int, following: int) -> Translated:
    return Translated(
        nl=f"Versie {version} is al anders gepubliceerd en blijft zo. Geef dit versie {following}.",
        en=f"Version {version} was published differently and stays so. Give this version {following}.",
    )


def _not_the_next(following: int) -> Translated:
    return Translated(
        nl=f"De volgende versie is {following}. Zet die hier.",
        en=f"The next version is {following}. Put that here.",
    )


_ONLY_THE_LAST_HAS_NO_END = Translated(
    nl="Laat `until` weg bij de laatste stap, en alleen daar.",
    en="Leave `until` out at the last step, and only there.",
)
