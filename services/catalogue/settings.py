"""What the catalogue reads from its environment."""

from chassis.settings import ServiceSettings


class Settings(ServiceSettings, frozen=True, kw_only=True):
    """The catalogue needs nothing that others do not need."""
