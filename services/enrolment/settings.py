"""What enrolment reads from its environment."""

from chassis.settings import ServiceSettings


class Settings(ServiceSettings, frozen=True, kw_only=True):
    """Enrolment's own settings."""

    lapse_grace_s: int = 60
    """How long after its end a hold is taken away: a payment made in time may still be on its way."""
