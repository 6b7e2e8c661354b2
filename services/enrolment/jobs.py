"""Door 3: what enrolment does when its time has come."""

from datetime import timedelta

from chassis.jobs import Jobs
from services.enrolment import commands
from services.enrolment.parts import Parts

JOBS = Jobs()


@JOBS.every(1.0)
async def lapse_holds_and_offers(parts: Parts) -> int:
    """Take away seats that nobody paid for or took, and pass them on."""
    async with parts.db.transaction() as tx:
        return await commands.lapse_one_offering(
            tx,
            grace=timedelta(seconds=parts.settings.lapse_grace_s),
            zone=parts.settings.institution_zone,
            now=parts.clock.now(),
        )
