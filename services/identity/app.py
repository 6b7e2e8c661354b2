"""Identity, put together."""

from pathlib import Path

from chassis.service import Service
from services.identity.consumers import CONSUMERS
from services.identity.edge import ROUTES
from services.identity.jobs import JOBS
from services.identity.parts import gatekeeper, open_parts
from services.identity.settings import Settings
from services.identity.verbs import VERBS

SERVICE = Service(
    name="identity",
    settings=Settings,
    open_parts=open_parts,
    routes=ROUTES,
    consumers=CONSUMERS,
    jobs=JOBS,
    migrations=Path(__file__).parent / "migrations",
    verbs=VERBS,
    gatekeeper=gatekeeper,
)
