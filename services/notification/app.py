"""Notification, put together."""

from pathlib import Path

from chassis.service import Service
from services.notification.consumers import CONSUMERS
from services.notification.edge import ROUTES
from services.notification.jobs import JOBS
from services.notification.parts import open_parts
from services.notification.settings import Settings

SERVICE = Service(
    name="notification",
    settings=Settings,
    open_parts=open_parts,
    routes=ROUTES,
    consumers=CONSUMERS,
    jobs=JOBS,
    migrations=Path(__file__).parent / "migrations",
)
