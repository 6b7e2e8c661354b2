"""Enrolment, put together."""

from pathlib import Path

from chassis.service import Service
from services.enrolment.consumers import CONSUMERS
from services.enrolment.edge import ROUTES
from services.enrolment.jobs import JOBS
from services.enrolment.parts import open_parts
from services.enrolment.settings import Settings

SERVICE = Service(
    name="enrolment",
    settings=Settings,
    open_parts=open_parts,
    routes=ROUTES,
    consumers=CONSUMERS,
    jobs=JOBS,
    migrations=Path(__file__).parent / "migrations",
)
