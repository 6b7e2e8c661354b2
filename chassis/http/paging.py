"""Long lists in pages, by a cursor and never by an offset, with RFC 8288 links."""

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlencode

import msgspec
from litestar.params import QueryParameter

from chassis.http.problems import INVALID_INPUT
from chassis.http.request import AnyRequest
from chassis.refusals import Refusal
from chassis.settings import ServiceSettings

T = TypeVar("T")
K = TypeVar("K")

Limit = Annotated[int, QueryParameter(ge=1, le=100, description="Items per page, 1 to 100.")]
Cursor = Annotated[
    str | None, QueryParameter(max_length=500, description="From the link to the next page.")
]


class Page(msgspec.Struct, Generic[T], frozen=True):
    """A part of a list."""

    items: Sequence[T]
    next: str | None = None
    """Where the next page is; null on the last one."""


def encode_cursor(key: Any) -> str:
    """Make an opaque cursor of the sort key of the last item of a page."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def decode_cursor(cursor: str | None, kind: type[K]) -> K | None:
    """Read a cursor back.

    Raises:
        Refusal: it is not one of ours.
    """
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return msgspec.json.decode(base64.urlsafe_b64decode(padded), type=kind)
    except (binascii.Error, msgspec.DecodeError, ValueError) as error:
        raise _bad_cursor() from error


def next_page(request: AnyRequest, cursor: str) -> str:
    """The address of the next page: this one's, with another cursor; right behind any gateway."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    settings: ServiceSettings = request.app.state.settings
    return f"{settings.own_url}{request.url.path}?{urlencode([*kept, ('cursor', cursor)])}"


def link_header(page: Page[Any]) -> dict[str, str]:
    """The page's links as a header."""
    return {"Link": f'<{page.next}>; rel="next"'} if page.next else {}


def _bad_cursor() -> Refusal:
    refusal = INVALID_INPUT()
    refusal.errors.append(
        {"parameter": "cursor", "detail": "Take the cursor from the link to the next page."}
    )
    return refusal
