"""JSON Schemas and golden examples: one of each per topic."""

import types
import typing
from datetime import UTC, datetime
from typing import Any, Literal, Union
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from contracts.envelope import Envelope, wrap
from contracts.fact import Fact, Translated

_AT = datetime(2027, 3, 10, 13, 31, 4, 120000, tzinfo=UTC)
_EVENT_ID = UUID("0195c9a4-8f6e-7d30-9c41-5f2b7c0a9e11")

_BY_NAME: dict[str, Any] = {
    "academic_year": "2026-2027",
    "amount_minor": 19500,
    "attempts": 5,
    "billing_mail_address": "invoices@employer.example",
    "capacity": 12,
    "class_number": "4218",
    "contact": "courses@portal.example",
    "count": -14,
    "course_code": "LC-EN-AW-C1",
    "credited_number": "2027-000117",
    "currency": "EUR",
    "explanation": "The faculty moved your internship, so we give back the full amount.",
    "fee_minor": 19500,
    "fixed_minor": 0,
    "foreign_code": "TA-MI-192-17",
    "grade": "8.5",
    "kept_minor": 2925,
    "lecturers": ("Dr. F. McAllister",),
    "level": "C1",
    "link": "https://portal.example/verify/2hW9…",
    "mail_address": "noor@example.org",
    "minimum": 4,
    "name": "Noor de Vries",
    "number": "D-2027-011873",
    "online_url": "https://meet.example/aw-c1",
    "organisation": "Rijnland Hospital",
    "percent": 15,
    "place": "Language Centre, room 0.12",
    "refund_minor": 16575,
    "study_load_hours": 48,
    "system": "Osiris",
    "taken": 7,
    "text_hash": "3f8a61c9d2b4e7f00512ab34cd56ef7890a1b2c3d4e5f60718293a4b5c6d7e8f",
    "url": "https://osiris.example",
    "waiting": 0,
    "accepted_at": datetime(2027, 3, 10, 13, 29, tzinfo=UTC),
    "due_at": datetime(2027, 4, 9, 22, 0, tzinfo=UTC),
    "ends_at": datetime(2027, 4, 13, 18, 30, tzinfo=UTC),
    "enrolment_closes_at": datetime(2027, 4, 6, 22, 0, tzinfo=UTC),
    "enrolment_opens_at": datetime(2027, 1, 11, 12, 0, tzinfo=UTC),
    "held_until": datetime(2027, 3, 10, 13, 52, tzinfo=UTC),
    "offered_until": datetime(2027, 3, 11, 13, 31, tzinfo=UTC),
    "open_until": datetime(2027, 5, 11, 22, 0, tzinfo=UTC),
    "starts_at": datetime(2027, 4, 13, 16, 30, tzinfo=UTC),
    "until": datetime(2027, 3, 30, 22, 0, tzinfo=UTC),
}
_IN_BOTH: dict[str, tuple[str, str]] = {
    "name": ("Standaardregeling", "Standard policy"),
    "organiser": ("Talencentrum", "Language Centre"),
    "practical": ("Neem een laptop mee.", "Bring a laptop."),
    "reason": ("Onderwijs is vrijgesteld van btw.", "Education is exempt from VAT."),
    "text": (
        "Tot en met 14 dagen voor de start houden we 15 % in.",
        "Until and including 14 days before the start we keep 15 %.",
    ),
    "title": ("Academisch schrijven in het Engels", "Academic writing in English"),
}


def schema_of(fact: type[Fact]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a fact in its envelope."""
    envelope: Any = Envelope[fact]  # type: ignore[valid-type] # A type made at run time.
    schema = msgspec.json.schema(envelope, ref_template="#/$defs/{name}")
    definitions = schema["$defs"]
    top = definitions.pop(schema.pop("$ref").rpartition("/")[2])
    top["properties"]["type"] = {"const": fact.topic}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"/contracts/schemas/{fact.topic}.json",
        **top,
        "title": fact.topic,
        "description": (fact.__doc__ or "").strip(),
        "$defs": definitions,
    }


def example_of(fact: type[Fact]) -> Envelope[Fact]:
    """A fact of this kind with values as they occur."""
    return wrap(
        _example(fact, fact.__name__),
        event_id=_EVENT_ID,
        occurred_at=_AT,
        correlation_id="0195c9a4-8f5b-7a02-b1de-77c3e09f4410",
        traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    )


def _example(kind: Any, name: str) -> Any:  # noqa: PLR0911 - one answer for each sort of type.
    """A value of a type; a field's name often says more than its type."""
    if kind is Translated:
        nl, en = _IN_BOTH.get(name, _IN_BOTH["title"])
        return Translated(nl=nl, en=en)
    known = _BY_NAME.get(name)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return _example(arguments[0], name)
    if origin is Literal:
        return arguments[0]
    if origin in (Union, types.UnionType):
        return _example(next(each for each in arguments if each is not type(None)), name)
    if origin is tuple:
        return known or (_example(arguments[0], name.removesuffix("s")),)
    if isinstance(known, kind):
        return known
    if issubclass(kind, msgspec.Struct):
        hints = typing.get_type_hints(kind, include_extras=True)
        return kind(**{each: _example(hints[each], each) for each in kind.__struct_fields__})
    return _of_builtin(kind, name)


def _of_builtin(kind: Any, name: str) -> Any:
    if kind is UUID:
        return uuid5(NAMESPACE_URL, f"/examples/{name}")
    return {datetime: _AT, int: 1, str: name, bool: True, bytes: b"%PDF-1.7"}[kind]


def without_descriptions(schema: Any) -> Any:
    """What of a schema binds its readers: everything but words for people."""
    if isinstance(schema, dict):
        return {
            key: without_descriptions(value)
            for key, value in schema.items()
            if key != "description" or not isinstance(value, str)
        }
    if isinstance(schema, list):
        return [without_descriptions(each) for each in schema]
    return schema
