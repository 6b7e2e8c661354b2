"""`Prefer: wait=n` (RFC 7240, 4.3): a reader that would rather wait than ask again."""

import re

from chassis.http.request import AnyRequest

_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,4})\"?(?=$|[,;\s])", re.IGNORECASE)


def preferred_wait_s(request: AnyRequest, *, most_s: int = 10) -> int:
    """How long the reader is willing to wait, in seconds, but no longer than we are; 0 without the preference."""
    found = _WAIT.search(request.headers.get("prefer", ""))
    return min(int(found.group(1)), most_s) if found else 0
