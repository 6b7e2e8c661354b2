"""Published facts: readable by whoever reads them, and never changed."""

import msgspec
import pytest
from jsonschema import Draft202012Validator

from contracts.envelope import Envelope
from contracts.fact import Fact, publisher_of
from contracts.registry import FACTS
from deploy.generate.documents import as_json, changed_topics, example_file, schema_file
from deploy.generate.schemas import example_of, schema_of, without_descriptions
from deploy.services import NAMES

TOPICS = sorted(FACTS)


def envelope_of(fact: type[Fact]) -> type[Envelope[Fact]]:
    return Envelope[fact]  # type: ignore[valid-type] # A type made at run time.


@pytest.mark.parametrize("topic", TOPICS)
def test_a_published_schema_has_not_changed(topic: str) -> None:
    assert schema_file(topic).exists(), f"{topic} is not published yet: run `make contracts`"
    assert topic not in changed_topics(), (
        f"{topic} says something else than its published schema. Make it a new version; "
        "`make contracts` tells how"
    )


@pytest.mark.parametrize("topic", TOPICS)
def test_the_golden_example_is_read_and_written_back_the_same(topic: str) -> None:
    golden = example_file(topic).read_text()

    read = msgspec.json.decode(golden, type=envelope_of(FACTS[topic]))

    assert read.topic == topic
    assert as_json(read) == golden


@pytest.mark.parametrize("topic", TOPICS)
def test_the_golden_example_keeps_to_the_schema(topic: str) -> None:
    schema = msgspec.json.decode(schema_file(topic).read_bytes())
    Draft202012Validator.check_schema(schema)

    Draft202012Validator(schema).validate(msgspec.json.decode(example_file(topic).read_bytes()))


@pytest.mark.parametrize("topic", TOPICS)
def test_readers_ignore_what_a_newer_writer_adds(topic: str) -> None:
    newer = msgspec.json.decode(example_file(topic).read_bytes())
    newer["data"]["added_later"] = 1
    newer["addedlater"] = "x"

    msgspec.json.decode(msgspec.json.encode(newer), type=envelope_of(FACTS[topic]))


def test_a_field_of_another_type_is_a_changed_schema() -> None:
    class Requested(Fact, frozen=True, kw_only=True):
        topic = "enrolment.requested.v1"
        about = "enrolment_id"
        enrolment_id: str

    class Reworded(Requested, frozen=True, kw_only=True):
        """Other words."""

    class Widened(Requested, frozen=True, kw_only=True):
        enrolment_id: str | None  # type: ignore[assignment] # What this is about.

    def bound(fact: type[Fact]) -> object:
        schema = schema_of(fact)
        return without_descriptions(schema)["$defs"][fact.__name__]["properties"]

    assert bound(Reworded) == bound(Requested)
    assert bound(Widened) != bound(Requested)


def test_every_fact_has_one_publisher_that_exists() -> None:
    assert {publisher_of(fact) for fact in FACTS.values()} == set(NAMES)


def test_every_fact_carries_the_id_that_its_order_is_kept_by() -> None:
    for topic, fact in FACTS.items():
        assert str(example_of(fact).body.subject) == example_of(fact).partition_key, topic


def test_nothing_that_names_a_person_is_kept_in_the_stream() -> None:
    named = {"mail_address", "name", "billing_mail_address", "link"}

    for topic, fact in FACTS.items():
        if named & set(fact.__struct_fields__):
            assert not fact.kept, topic
