"""docs/access.md: every route of every service, and who may use it (A34)."""

from collections.abc import Iterator, Sequence
from typing import Any, get_args

import msgspec
from litestar.routes import HTTPRoute

from chassis.health import Health
from chassis.http.access import Access
from chassis.http.app import build_edge
from chassis.service import Service
from contracts.identity import Role
from deploy.generate.openapi import parts_to_describe

NOBODY = "nobody"
WHO: tuple[str, ...] = (NOBODY, *get_args(Role))
YES, NO = "✓", "·"


class Row(msgspec.Struct, frozen=True):
    """A route, and whom its door lets in."""

    method: str
    path: str
    may: tuple[bool, ...]
    """In the order of WHO."""


def access(services: Sequence[Service[Any]]) -> str:
    """One table for what all services have, one for each service's own."""
    tables = {service.name: list(rows_of(service)) for service in services}
    common = set.intersection(*(set(rows) for rows in tables.values()))
    lines = [
        "# Who may use which route",
        "",
        "Everything is denied unless a route says who is allowed. What somebody may see of the things of",
        "others is decided behind the door, by whose they are. Everybody with an account is a learner;",
        "`nobody` has no token.",
        "Made by `make contracts` from the code; tests/integration/access knocks at every door for every cell.",
    ]
    for name, rows in {"all services": sorted(common, key=_place), **tables}.items():
        lines += [
            "",
            f"## {name}",
            "",
            f"| route | {' | '.join(WHO)} |",
            "|---" * (len(WHO) + 1) + "|",
        ]
        lines += [
            f"| `{row.method} {row.path}` | {' | '.join(YES if may else NO for may in row.may)} |"
            for row in rows
            if name == "all services" or row not in common
        ]
    return "\n".join(lines) + "\n"


def rows_of(service: Service[Any]) -> Iterator[Row]:
    """The routes of a service, by path."""
    edge = build_edge(service.name, service.routes, parts_to_describe(service), health=Health())
    rows = [
        Row(method, route.path_format, tuple(_lets_in(handler.opt["access"], who) for who in WHO))
        for route in edge.app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in handler.http_methods - {"OPTIONS"}
    ]
    yield from sorted(rows, key=_place)


def _lets_in(door: Access, who: str) -> bool:
    if door.public:
        return True
    return who != NOBODY and (not door.roles or who in door.roles)


def _place(row: Row) -> tuple[str, str]:
    return row.path, row.method
