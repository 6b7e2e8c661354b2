"""Records, put together."""

from pathlib import Path

from chassis.service import Service
from services.records.consumers import CONSUMERS
from services.records.edge import ROUTES
from services.records.jobs import JOBS
from services.records.parts import open_parts
from services.records.settings import Settings

SERVICE = Service(
    name="records",
    settings=Settings,
    open_parts=open_parts,
    routes=ROUTES,
    consumers=CONSUMERS,
    jobs=JOBS,
    migrations=Path(__file__).parent / "migrations",
)
