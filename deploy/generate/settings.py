"""docs/settings.md: every environment variable of every service, from the settings classes themselves."""

import ast
import inspect
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any, get_args, get_origin

import msgspec

from chassis.service import Service
from chassis.settings import ProcessSettings, Secret, ServiceSettings
from clients.portal.settings import Settings as PortalSettings


def settings(services: Sequence[Service[Any]]) -> str:
    """One table for what all services read, one for each service's own, one for the portal."""
    lines = [
        "# Settings",
        "",
        "Everything is set by environment variables.",
        "A process with a missing or bad one refuses to start and names it.",
        "Made by `make contracts`; tests/contracts holds it.",
        "",
        "## All services",
        *_table(ServiceSettings, set()),
    ]
    shared = {field.name for field in msgspec.structs.fields(ServiceSettings)}
    for service in services:
        table = _table(service.settings, shared)
        lines += ["", f"## {service.name}", *(table or ["Nothing besides."])]
    lines += ["", "## The portal, all of it", *_table(PortalSettings, set())]
    return "\n".join(lines) + "\n"


def _table(kind: type[ProcessSettings], without: set[str]) -> list[str]:
    words = dict(_words(kind))
    rows = [
        f"| `{field.name.upper()}` | {_kind(field.type)} | {_default(field)} | {words.get(field.name, '')} |"
        for field in msgspec.structs.fields(kind)
        if field.name not in without
    ]
    if not rows:
        return []
    return ["", "| variable | type | default | what it is |", "|---|---|---|---|", *rows]


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "**required**"
    default = field.default if field.default is not msgspec.NODEFAULT else ""
    shown = ",".join(default) if isinstance(default, tuple) else str(default)
    return f"`{shown}`" if shown else "empty"


def _kind(kind: Any) -> str:
    if get_origin(kind) is tuple:
        return "list, by commas"
    if choices := get_args(kind):
        return " or ".join(f"`{choice}`" for choice in choices if isinstance(choice, str)) or "text"
    return {int: "whole number", float: "number", bool: "yes or no", Secret: "secret"}.get(
        kind, "zone" if getattr(kind, "__name__", "") == "ZoneInfo" else "text"
    )


def _words(kind: type) -> Iterator[tuple[str, str]]:
    """The sentence below each field, which Python itself throws away."""
    for each in reversed(kind.__mro__):
        if each.__module__.startswith(("chassis", "services", "clients")):
            (body,) = ast.parse(textwrap.dedent(inspect.getsource(each))).body
            if isinstance(body, ast.ClassDef):
                yield from _words_of(body)


def _words_of(body: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, below in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(below, ast.Expr)
            and isinstance(below.value, ast.Constant)
        ):
            yield field.target.id, " ".join(str(below.value.value).split())
