"""What enrolment reads from its environment."""

from chassis.settings import ServiceSettings


class Settings(ServiceSettings, frozen=True, kw_only=True):
    """Enrolment's own settings."""

    lapse_grace_s: int = 60
    """How long after its end a hold is taken away: a payment made in time may still be on its way."""
    most_streams: int = 1000
    """Streams of events that a process keeps open; whoever comes then is told to come back."""
    most_streams_of_one: int = 20
    """How many of these one account has, or one address without an account; an office can share one."""
