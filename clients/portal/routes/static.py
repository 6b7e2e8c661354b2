"""The stylesheet: compressed once, kept by browsers for good, because its address changes with it."""

import gzip

from litestar import Response, get

from chassis.http.access import ANYONE
from chassis.http.request import AnyRequest
from clients.portal.templating import STATIC

_SHEET = (STATIC / "portal.css").read_bytes()
_SMALL = gzip.compress(_SHEET, mtime=0)
_HEADERS = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}


@get("/static/portal.css", access=ANYONE, sync_to_thread=False)
def get_stylesheet(request: AnyRequest) -> Response[bytes]:
    """The whole look in one file."""
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers = {**_HEADERS, "Content-Encoding": "gzip"}
        return Response(_SMALL, media_type="text/css; charset=utf-8", headers=headers)
    return Response(_SHEET, media_type="text/css; charset=utf-8", headers=_HEADERS)


ROUTES = [get_stylesheet]
