"""What goes wrong and when, from a seed: the same seed gives the same schedule."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

SERVICES = ("catalogue", "enrolment", "payment", "notification", "records", "identity")
WORKER = "-worker"

Kind = Literal[
    "kill", "freeze", "restart",
    "cut", "reset", "slow", "narrow", "silence",
    "lose_webhooks", "repeat_webhooks", "provider_down", "lose_answers",
    "redeliver", "reorder", "time_passes",
]  # fmt: skip

OF_PROCESSES: tuple[Kind, ...] = ("kill", "freeze", "restart")
OF_LINES: tuple[Kind, ...] = ("cut", "reset", "slow", "narrow", "silence")
OF_PROVIDER: tuple[Kind, ...] = (
    "lose_webhooks",
    "repeat_webhooks",
    "provider_down",
    "lose_answers",
)
OF_QUEUES: tuple[Kind, ...] = ("redeliver", "reorder")

_LASTS_S: dict[Kind, tuple[float, float]] = {
    "kill": (0.0, 4.0),
    "freeze": (1.0, 8.0),
    "restart": (0.0, 2.0),
    "cut": (0.5, 5.0),
    "reset": (0.0, 0.0),
    "slow": (3.0, 8.0),
    "narrow": (3.0, 8.0),
    "silence": (2.0, 12.0),
    "lose_webhooks": (3.0, 10.0),
    "repeat_webhooks": (3.0, 10.0),
    "provider_down": (2.0, 6.0),
    "lose_answers": (2.0, 6.0),
    "redeliver": (0.0, 0.0),
    "reorder": (2.0, 5.0),
    "time_passes": (0.0, 0.0),
}
"""For how long each kind holds, between these."""


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong."""

    at_s: float
    """After the beginning."""
    kind: Kind
    target: str
    """A process, a line (`from → to`), a queue, or what the kind is about."""
    lasts_s: float

    def __str__(self) -> str:
        return f"{self.at_s:7.1f} s  {self.what}"

    @property
    def what(self) -> str:
        """Without the time."""
        lasts = f" for {self.lasts_s:.1f} s" if self.lasts_s else ""
        return f"{self.kind:15} {self.target}{lasts}"


@dataclass(frozen=True)
class Targets:
    """What there is to go wrong."""

    processes: tuple[str, ...]
    lines: tuple[str, ...]
    queues: tuple[str, ...]


def targets(queues: Iterable[str], *, broker_nodes: int) -> Targets:
    """Everything of a system whose edges and workers run apart."""
    own = tuple(name + role for name in SERVICES for role in ("", WORKER))
    brokers = tuple(f"rabbitmq-{n}" if n > 1 else "rabbitmq" for n in range(1, broker_nodes + 1))
    return Targets(
        processes=(*own, "postgres", *brokers, "mail_catcher", "mollie"),
        lines=tuple(lines(broker_nodes)),
        queues=tuple(sorted(queues)),
    )


def lines(broker_nodes: int) -> Iterator[str]:
    """Every connection that leads through a line of ours."""
    for name in SERVICES:
        yield f"people → {name}"
        yield f"{name} → postgres"
        yield f"{name}{WORKER} → postgres"
        for node in range(1, broker_nodes + 1):
            yield f"{name}{WORKER} → rabbitmq{f'-{node}' if node > 1 else ''}"
    yield "payment → mollie"
    yield f"payment{WORKER} → mollie"
    yield f"notification{WORKER} → mail_catcher"


def deal(seed: int, among: Targets, *, faults: int, every_s: float) -> list[Fault]:
    """Shuffle a deck with every kind on every target, deal from it, and begin anew when it is used up.

    So everything fails in turn before anything fails again, and what overlaps is chance.
    """
    # Not for secrets: the same seed has to give the same schedule.
    chance = random.Random(seed)  # noqa: S311
    dealt: list[Fault] = []
    deck: list[tuple[Kind, str]] = []
    while len(dealt) < faults:
        if not deck:
            deck = list(_deck(among, chance))
            chance.shuffle(deck)
        kind, target = deck.pop()
        shortest, longest = _LASTS_S[kind]
        at_s = (len(dealt) + chance.uniform(0.2, 1.0)) * every_s
        dealt.append(
            Fault(round(at_s, 2), kind, target, round(chance.uniform(shortest, longest), 2))
        )
    return dealt


def _deck(among: Targets, chance: random.Random) -> Iterator[tuple[Kind, str]]:
    """Every process in every way; every line and every queue in one way a time, another the next time."""
    for kind in OF_PROCESSES:
        for target in among.processes:
            yield kind, target
    for target in among.lines:
        yield chance.choice(OF_LINES), target
    for target in among.queues:
        yield chance.choice(OF_QUEUES), target
    for kind in OF_PROVIDER:
        yield kind, "mollie"
    for _ in range(3):
        yield "time_passes", "everywhere"


def every_process_in_turn(seed: int, among: Targets, *, every_s: float) -> list[Fault]:
    """For a short run: every process killed or frozen, servers both, one of each other kind; shuffled."""
    chance = random.Random(seed)  # noqa: S311 - as above.
    servers = {each for each in among.processes if each.startswith(("postgres", "rabbitmq"))}
    cards: list[tuple[Kind, str]] = [
        (chance.choice(("kill", "kill", "freeze")), target)
        for target in among.processes
        if target not in servers
    ]
    cards += [(kind, target) for kind in ("kill", "freeze") for target in sorted(servers)]
    cards += [(kind, chance.choice(among.lines)) for kind in OF_LINES]
    cards += [(kind, chance.choice(among.queues)) for kind in OF_QUEUES]
    cards += [(kind, "mollie") for kind in OF_PROVIDER]
    cards.append(("time_passes", "everywhere"))
    chance.shuffle(cards)
    return [
        Fault(
            round((number + chance.uniform(0.2, 1.0)) * every_s, 2),
            kind,
            target,
            round(chance.uniform(*_LASTS_S[kind]) / 2, 2),
        )
        for number, (kind, target) in enumerate(cards)
    ]


def lasts_until_s(schedule: Sequence[Fault]) -> float:
    """When the last of it is over."""
    return max((fault.at_s + fault.lasts_s for fault in schedule), default=0.0)
