"""The six services, by name, for everything that deals with the system as a whole."""

from importlib import import_module
from typing import Any

from chassis.service import Service

NAMES = ("catalogue", "enrolment", "payment", "notification", "records", "identity")


def load(name: str) -> Service[Any]:
    """The service of this name; imports its code."""
    service: Service[Any] = import_module(f"services.{name}.app").SERVICE
    return service


def load_all() -> list[Service[Any]]:
    """All services."""
    return [load(name) for name in NAMES]
