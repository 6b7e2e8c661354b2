"""Stylesheet and script: compressed once, kept by browsers for good, because their addresses change with them."""

import gzip
from pathlib import Path

from litestar import Response, get

from chassis.http.access import ANYONE
from chassis.http.request import AnyRequest
from clients.portal.templating import SCRIPT, SHEET

_HEADERS = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}


class _File:
    """One of them, as it goes over the line."""

    def __init__(self, file: Path, media_type: str) -> None:
        self._plain = file.read_bytes()
        self._small = gzip.compress(self._plain, mtime=0)
        self._media_type = media_type

    def answer(self, request: AnyRequest) -> Response[bytes]:
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers = {**_HEADERS, "Content-Encoding": "gzip"}
            return Response(self._small, media_type=self._media_type, headers=headers)
        return Response(self._plain, media_type=self._media_type, headers=_HEADERS)


_SHEET = _File(SHEET, "text/css")
_SCRIPT = _File(SCRIPT, "text/javascript")


@get("/static/portal.css", access=ANYONE, sync_to_thread=False)
def get_stylesheet(request: AnyRequest) -> Response[bytes]:
    """The whole look in one file."""
    return _SHEET.answer(request)


@get("/static/portal.js", access=ANYONE, sync_to_thread=False)
def get_script(request: AnyRequest) -> Response[bytes]:
    """What keeps pages up to date while people look."""
    return _SCRIPT.answer(request)


ROUTES = [get_stylesheet, get_script]
