"""Policies and terms: their words, their hash, their versions."""

import hashlib

from msgspec.structs import replace

from contracts.catalogue import Kept, Moment, PolicyStep
from contracts.fact import Translated
from services.catalogue.domain.conditions import faults_of_policy, faults_of_version, text_hash
from tests.support.examples import POLICY, TERMS


def test_the_hash_is_of_both_texts_with_a_zero_byte_between_them() -> None:
    text = Translated(nl="één", en="one")

    assert text_hash(text) == hashlib.sha256(b"\xc3\xa9\xc3\xa9n\x00one").hexdigest()
    assert text_hash(Translated(nl="ab", en="c")) != text_hash(Translated(nl="a", en="bc"))


def test_a_version_that_is_published_already_is_no_fault() -> None:
    assert faults_of_version({3: POLICY}, POLICY) == []


def test_other_words_need_the_next_version() -> None:
    other = replace(TERMS, text=Translated(nl="Anders.", en="Different."))

    [fault] = faults_of_version({1: TERMS}, other)

    assert fault.path == ("version",)
    assert "Give this version 2." in fault.reason.en
    assert faults_of_version({1: TERMS}, replace(other, version=2)) == []


def test_no_version_is_skipped() -> None:
    [fault] = faults_of_version({1: TERMS}, replace(TERMS, version=3))

    assert "The next version is 2." in fault.reason.en


def test_only_the_last_step_of_a_policy_has_no_end() -> None:
    for_good = PolicyStep(until=None, kept=Kept(percent=50))
    ends = PolicyStep(until=Moment(anchor="start", unit="exactly"), kept=Kept())

    assert faults_of_policy(replace(POLICY, steps=(ends, for_good))) == []
    assert [each.path for each in faults_of_policy(replace(POLICY, steps=(for_good, ends)))] == [
        ("steps", 0, "until"),
        ("steps", 1, "until"),
    ]
