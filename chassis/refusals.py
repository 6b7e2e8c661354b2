"""How the domain says no. It knows kinds; only the edge knows status codes.

Every refusal is of a documented problem type (docs/problems.md is made from them) and
says, in the reader's language, what is the matter and what the person can do.
"""

from enum import Enum
from typing import Any, ClassVar

from contracts.fact import Translated


class Kind(Enum):
    """What sort of no it is."""

    UNREADABLE = "unreadable"
    """What was sent cannot even be read."""
    INVALID = "invalid"
    """What was sent cannot be right, whoever sends it and whenever."""
    NOT_SIGNED_IN = "not_signed_in"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    """It does not exist, or is not yours: nobody learns which."""
    CONFLICT = "conflict"
    """The state of things does not allow it now."""
    STALE = "stale"
    """Somebody else changed it since it was read."""
    PRECONDITION_MISSING = "precondition_missing"
    TOO_MANY = "too_many"
    NOT_POSSIBLE_HERE = "not_possible_here"
    """The address exists, but cannot do that."""
    TOO_LARGE = "too_large"
    UNAVAILABLE = "unavailable"
    FAILED = "failed"
    """Our own mistake."""


class Refusal(Exception):
    """Nothing was changed, and this is why."""

    def __init__(self, problem: "Problem", facts: dict[str, Any]) -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.facts = facts
        self.errors: list[dict[str, str]] = []
        """Field errors: `pointer` (RFC 6901) and `detail` each."""
        self.retry_after_s: int | None = None


class Problem:
    """A documented reason to refuse. Call it with the facts of the case to get what is raised."""

    every: ClassVar[dict[str, "Problem"]] = {}
    """All problems that this process can tell of, by code."""

    def __init__(self, code: str, kind: Kind, *, title: Translated, detail: Translated) -> None:
        self.code = code
        self.kind = kind
        self.title = title
        self.detail = detail
        """A sentence or two with the facts of the case as `{placeholders}`."""
        if code in self.every:
            # Addresses and docs/problems.md have the code only: it means one thing in all services.
            raise ValueError(f"The problem code {code!r} is taken: {self.every[code].title.en}")
        self.every[code] = self

    def __call__(self, **facts: Any) -> Refusal:
        return Refusal(self, facts)
