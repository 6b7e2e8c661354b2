"""Every fact by topic. A fact that is not here is not published."""

from contracts import catalogue, enrolment, identity, notification, payment, records
from contracts.fact import Fact


def _all_facts() -> dict[str, type[Fact]]:
    publishers = (catalogue, enrolment, payment, notification, records, identity)
    facts = [
        found
        for publisher in publishers
        for found in vars(publisher).values()
        if isinstance(found, type)
        and issubclass(found, Fact)
        and found.__module__ == publisher.__name__
        and "topic" in vars(found)
    ]
    return {fact.topic: fact for fact in facts}


FACTS: dict[str, type[Fact]] = _all_facts()
