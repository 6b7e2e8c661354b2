"""The catalogue, put together."""

from pathlib import Path

from chassis.jobs import Jobs
from chassis.service import Service
from services.catalogue.consumers import CONSUMERS
from services.catalogue.edge import ROUTES
from services.catalogue.parts import open_parts
from services.catalogue.settings import Settings
from services.catalogue.verbs import VERBS

SERVICE = Service(
    name="catalogue",
    settings=Settings,
    open_parts=open_parts,
    routes=ROUTES,
    consumers=CONSUMERS,
    jobs=Jobs(),
    migrations=Path(__file__).parent / "migrations",
    verbs=VERBS,
)
