"""Generated documents say what the code does."""

import msgspec
import pytest
from jsonschema import Draft7Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from contracts.registry import FACTS
from deploy import services
from deploy.generate.documents import CONTRACTS, ROOT, expected
from tests.support.specifications import specification

STALE = "is not what the code says: run `make contracts` and look at the difference"


def test_generated_documents_are_up_to_date() -> None:
    stale = [
        str(file.relative_to(ROOT))
        for file, content in expected()
        if not file.exists() or file.read_text() != content
    ]

    assert stale == [], STALE


@pytest.mark.parametrize("name", services.NAMES)
def test_an_openapi_document_is_valid(name: str) -> None:
    document = msgspec.json.decode((CONTRACTS / "openapi" / f"{name}.json").read_bytes())

    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


@pytest.mark.parametrize("name", services.NAMES)
def test_every_operation_says_who_may_and_what_a_problem_looks_like(name: str) -> None:
    document = msgspec.json.decode((CONTRACTS / "openapi" / f"{name}.json").read_bytes())

    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            where = f"{method} {path}"
            assert "security" in operation, where
            assert operation["summary"], where
            assert "application/problem+json" in operation["responses"]["default"]["content"], where


def test_the_asyncapi_document_tells_every_fact() -> None:
    document = msgspec.json.decode((CONTRACTS / "asyncapi.json").read_bytes())

    assert set(document["channels"]) == set(FACTS)
    assert set(document["components"]["messages"]) == set(FACTS)


def test_the_asyncapi_document_keeps_to_its_specification() -> None:
    schema = specification("asyncapi/asyncapi-3.0.0-without-id.schema.json")
    document = msgspec.json.decode((CONTRACTS / "asyncapi.json").read_bytes())

    assert [error.message for error in Draft7Validator(schema).iter_errors(document)] == []


@pytest.mark.parametrize("topic", sorted(FACTS))
def test_every_example_is_a_cloud_event(topic: str) -> None:
    schema = specification("cloudevents/cloudevents.schema.json")
    event = msgspec.json.decode((CONTRACTS / "examples" / f"{topic}.json").read_bytes())

    assert [error.message for error in Draft7Validator(schema).iter_errors(event)] == []
