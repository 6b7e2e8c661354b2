"""What records reads from its environment."""

from typing import Annotated, Literal

from msgspec import Meta

from chassis.settings import ServiceSettings, SettingsError


class Settings(ServiceSettings, frozen=True, kw_only=True):
    """Records' own settings."""

    verify_url: str = ""
    """Where documents say that they can be checked; empty means this service's own page."""
    institution_name: str = "Course Portal"
    """In whose name documents are issued: at their head, beside the mark."""
    organiser_heads: tuple[str, ...] = ()
    """Who signs beside the lecturer: `Language Centre: Prof. E. van Rijn`, by the organiser's English name."""
    evaluation_weeks: Annotated[int, Meta(ge=1, le=26)] = 4
    """How long an evaluation is open, counted from the last day of the course."""
    verifications_per_minute: Annotated[int, Meta(ge=1)] = 30
    """How many documents one address may check per minute."""

    documents_after_erasure: Literal["erase", "keep"] = "erase"
    """What becomes of the documents of whoever has their data erased; `keep` where the institution must keep a
    register of what it issued, with names."""

    @property
    def verify_address(self) -> str:
        """The address that is printed; a document's code goes behind it."""
        return self.verify_url.rstrip("/") or f"{self.own_url}/verify"

    @property
    def heads(self) -> dict[str, str]:
        """The heads of organisers by the organisers' English names.

        Raises:
            SettingsError: one is written in another way.
        """
        heads: dict[str, str] = {}
        for entry in self.organiser_heads:
            organiser, colon, name = (part.strip() for part in entry.partition(":"))
            if not (organiser and colon and name):
                raise SettingsError(f"ORGANISER_HEADS is bad: {entry!r} is not `organiser: name`")
            heads[organiser] = name
        return heads
