"""Payment, put together."""

from pathlib import Path

from chassis.service import Service
from services.payment.consumers import CONSUMERS
from services.payment.edge import ROUTES
from services.payment.jobs import JOBS
from services.payment.parts import open_parts
from services.payment.settings import Settings

SERVICE = Service(
    name="payment",
    settings=Settings,
    open_parts=open_parts,
    routes=ROUTES,
    consumers=CONSUMERS,
    jobs=JOBS,
    migrations=Path(__file__).parent / "migrations",
)
