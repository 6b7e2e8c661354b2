"""All generated documents: where they lie, what must be in them, and writing them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from contracts.registry import FACTS
from deploy import services
from deploy.generate.access import access
from deploy.generate.asyncapi import asyncapi
from deploy.generate.openapi import openapi
from deploy.generate.schemas import example_of, schema_of, without_descriptions
from deploy.generate.settings import settings
from deploy.generate.tables import problems, who

ROOT = Path(__file__).parents[2]
CONTRACTS = ROOT / "contracts"


class PublishedSchemaError(Exception):
    """A published schema would change; says what to do instead."""


def schema_file(topic: str) -> Path:
    """Where a topic's published schema lies."""
    return CONTRACTS / "schemas" / f"{topic}.json"


def example_file(topic: str) -> Path:
    """Where a topic's golden example lies."""
    return CONTRACTS / "examples" / f"{topic}.json"


def as_json(content: Any) -> str:
    """JSON as it is committed: indented, with a newline at the end."""
    return msgspec.json.format(msgspec.json.encode(content), indent=2).decode() + "\n"


def expected() -> Iterator[tuple[Path, str]]:
    """Every generated document that may change, and what must be in it."""
    everything = services.load_all()
    yield CONTRACTS / "asyncapi.json", as_json(asyncapi(everything))
    yield CONTRACTS / "WHO.md", who(everything)
    yield ROOT / "docs" / "access.md", access(everything)
    yield ROOT / "docs" / "problems.md", problems()
    yield ROOT / "docs" / "settings.md", settings(everything)
    for service in everything:
        yield CONTRACTS / "openapi" / f"{service.name}.json", as_json(openapi(service))


def changed_topics() -> list[str]:
    """Published topics whose code says something else than their committed schema."""
    changed = []
    for topic, fact in FACTS.items():
        file = schema_file(topic)
        if not file.exists():
            continue
        published = msgspec.json.decode(file.read_bytes())
        if without_descriptions(published) != without_descriptions(_as_plain(schema_of(fact))):
            changed.append(topic)
    return changed


def _as_plain(content: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(content))


def write_all(*, replace_unreleased: frozenset[str] = frozenset()) -> list[str]:
    """Write what is new or different, and return the names.

    Args:
        replace_unreleased: topics whose schema may be replaced, because no release has carried it.

    Raises:
        PublishedSchemaError: a published schema differs and is not among those.
    """
    if refused := [topic for topic in changed_topics() if topic not in replace_unreleased]:
        raise PublishedSchemaError(
            f"{', '.join(refused)}: a published schema never changes. Make it a new version (….v2) and tell both "
            "until nobody listens to the old one. Only if no release has carried it yet: "
            f"python -m deploy.generate {' '.join(refused)}"
        )
    documents = [
        *((schema_file(topic), as_json(schema_of(fact))) for topic, fact in FACTS.items()),
        *((example_file(topic), as_json(example_of(fact))) for topic, fact in FACTS.items()),
        *expected(),
    ]
    written = []
    for file, content in documents:
        if not file.exists() or file.read_text() != content:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
            written.append(str(file.relative_to(ROOT)))
    return written
