"""The AsyncAPI 3.0 document: every fact, who tells it, and who does what about it."""

from collections.abc import Sequence
from typing import Any

import msgspec

from chassis.bus.topology import FACTS_EXCHANGE
from chassis.service import Service
from contracts.envelope import Envelope
from contracts.fact import publisher_of
from contracts.message import ALONE, TOGETHER
from contracts.registry import FACTS

VERSION = "1.0.0"


def asyncapi(services: Sequence[Service[Any]]) -> dict[str, Any]:
    """Describe the bus as AsyncAPI 3.0.0."""
    envelopes: list[Any] = [Envelope[fact] for fact in FACTS.values()]  # type: ignore[valid-type] # At run time.
    references, schemas = msgspec.json.schema_components(
        envelopes, ref_template="#/components/schemas/{name}"
    )
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Course Portal facts",
            "version": VERSION,
            "description": "CloudEvents 1.0 over one RabbitMQ topic exchange: in structured JSON mode "
            f"({ALONE}), or in a burst several of one topic, in order, in one message "
            f"({TOGETHER}: a JSON array of what is described here).",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": ALONE,
        "channels": {topic: _channel(topic) for topic in FACTS},
        "operations": _operations(services),
        "components": {
            "messages": {
                topic: {
                    "name": topic,
                    "title": fact.__name__,
                    "summary": (fact.__doc__ or "").strip().splitlines()[0],
                    "contentType": ALONE,
                    "payload": reference,
                }
                for (topic, fact), reference in zip(FACTS.items(), references, strict=True)
            },
            "schemas": schemas,
        },
    }


def _channel(topic: str) -> dict[str, Any]:
    return {
        "address": topic,
        "messages": {"fact": {"$ref": f"#/components/messages/{topic}"}},
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": {
                    "name": FACTS_EXCHANGE,
                    "type": "topic",
                    "durable": True,
                    "autoDelete": False,
                },
                "bindingVersion": "0.3.0",
            }
        },
    }


def _operations(services: Sequence[Service[Any]]) -> dict[str, Any]:
    operations: dict[str, Any] = {}
    for topic in FACTS:
        operations[f"{publisher_of(FACTS[topic])}.tells.{topic}"] = {
            "action": "send",
            "channel": {"$ref": f"#/channels/{topic}"},
        }
    for service in services:
        for consumer in service.consumers:
            for topic in consumer.topics:
                operations[f"{consumer.queue}.{topic}"] = {
                    "action": "receive",
                    "channel": {"$ref": f"#/channels/{topic}"},
                    "summary": _first_line(consumer.each or consumer.batch),
                }
    return operations


def _first_line(function: Any) -> str:
    return (function.__doc__ or "").strip().splitlines()[0]
