"""Tables for people: who does what about which fact, and what every problem means."""

from collections.abc import Sequence
from typing import Any

from chassis.http.problems import STATUS
from chassis.refusals import Problem
from chassis.service import Service
from contracts.fact import publisher_of
from contracts.registry import FACTS


def who(services: Sequence[Service[Any]]) -> str:
    """WHO.md: fact → publisher → queue → function."""
    lines = [
        "# Who tells what, and who does what about it",
        "",
        "Made by `make contracts` from the code; tests/contracts holds it.",
        "A batch is one transaction for many facts.",
        "",
        "| fact | topic | told by | queue = service.function | how | what it does |",
        "|---|---|---|---|---|---|",
    ]
    for topic, fact in FACTS.items():
        heard = [
            (consumer.queue, "batch" if consumer.batch else "each", consumer.batch or consumer.each)
            for service in services
            for consumer in service.consumers
            if topic in consumer.topics
        ]
        first = f"| {fact.__name__} | `{topic}` | {publisher_of(fact)} |"
        if not heard:
            lines.append(f"{first} | | | nobody listens yet; the stream keeps it |")
        for queue, how, function in heard:
            does = (function.__doc__ or "").strip().splitlines()[0]
            lines.append(f"{first} `{queue}` | {how} | {does} |")
    return "\n".join(lines) + "\n"


def problems() -> str:
    """docs/problems.md: every problem type, its status, and what it says in both languages."""
    lines = [
        "# Problems",
        "",
        "Every refusal is `application/problem+json` (RFC 9457) in the reader's language.",
        "Its `type` ends in the code below and leads to a page of the service that says the same.",
        "Made by `make contracts`; tests/contracts holds it.",
        "",
        "| code | status | English | Nederlands |",
        "|---|---|---|---|",
    ]
    for code, problem in sorted(Problem.every.items()):
        english = f"**{problem.title.en}.** {problem.detail.en}"
        dutch = f"**{problem.title.nl}.** {problem.detail.nl}"
        lines.append(f"| `{code}` | {int(STATUS[problem.kind])} | {english} | {dutch} |")
    return "\n".join(lines) + "\n"
