"""A stand-in for the mail server: catches every mail, delivers none, and has pages to read them on.

    python -m deploy.local.standins.mail_catcher --smtp-port 1025 --http-port 8025 --folder DIR

Programs read mails as JSON: `GET /api/messages?to=…`, and wait for them instead of sleeping:
`GET /api/events?after=41&wait=10` answers as soon as mail 42 is there.
"""

import argparse
import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec
import uvicorn
import uvloop
from litestar import Litestar, MediaType, Response, delete, get
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter
from litestar.static_files import create_static_files_router

from chassis.http.request import AnyRequest
from chassis.language import preferred_language
from chassis.pages import SHARED, Pages
from deploy.local.standins.mail_catcher_box import (
    Catcher,
    Caught,
    Mailbox,
    Opened,
    Part,
    Summary,
    content_of,
    leaves,
    parse,
)

_TEMPLATES = Path(__file__).parent / "mail_catcher_pages"
_ON_A_PAGE = 100
_SHOWN_INSIDE = {"text/plain", "text/html"}
_MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-popups"
"""A mail may look as it likes, and do nothing."""

To = Annotated[str | None, QueryParameter(description="Only mails to this address.")]
After = Annotated[int, QueryParameter(ge=0, description="Only mails with a higher number.")]


class Listed(msgspec.Struct, frozen=True):
    """Mails in order of arrival."""

    messages: list[Summary]
    latest: int
    """The number of the mail that came last: where to go on from."""


@get("/", sync_to_thread=False)
def show_list(request: AnyRequest, state: State, to: To = None) -> Response[str]:
    """All mails, the latest first."""
    box = _box(state)
    found = list(box.find(to or None))
    mails = [box.summary(each) for each in reversed(found[-_ON_A_PAGE:])]
    return _page(request, state, "list.html", mails=mails, count=len(found), to=to or "")


@get("/mails/{number:int}", sync_to_thread=False)
def show_mail(request: AnyRequest, state: State, number: FromPath[int]) -> Response[str]:
    """One mail."""
    mail = _box(state).open(_mail(state, number))
    return _page(request, state, "mail.html", mail=mail, files=_files(mail))


@get("/mails/{number:int}/html", sync_to_thread=False)
def show_html(state: State, number: FromPath[int]) -> Response[str]:
    """A mail's HTML alone, for the frame on its page."""
    mail = _box(state).open(_mail(state, number))
    return Response(
        mail.html or "",
        media_type=MediaType.HTML,
        headers={"Content-Security-Policy": _MAIL_POLICY},
    )


@get("/api/messages", sync_to_thread=False)
def list_messages(
    state: State,
    to: To = None,
    after: After = 0,
    limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 100,
) -> Listed:
    """The latest mails, in order of arrival."""
    box = _box(state)
    found = list(box.find(to, after=after))[-limit:]
    return Listed([box.summary(each) for each in found], box.latest)


@get("/api/messages/{number:int}", sync_to_thread=False)
def get_message(state: State, number: FromPath[int]) -> Opened:
    """One mail: headers and parts, decoded."""
    return _box(state).open(_mail(state, number))


@get("/api/messages/{number:int}/raw", sync_to_thread=False)
def get_raw(state: State, number: FromPath[int]) -> Response[bytes]:
    """One mail as it came over the line."""
    return Response(
        _box(state).content(_mail(state, number)),
        media_type="message/rfc822",
        headers={"Content-Disposition": f'attachment; filename="{number}.eml"'},
    )


@get("/api/messages/{number:int}/attachments/{part:int}", sync_to_thread=False)
def get_attachment(state: State, number: FromPath[int], part: FromPath[int]) -> Response[bytes]:
    """One part of a mail, by its number."""
    box = _box(state)
    parts = list(leaves(parse(box.content(_mail(state, number)))))
    if part >= len(parts):
        raise NotFoundException
    name = quote(parts[part].get_filename() or f"part-{part}")
    return Response(
        content_of(parts[part]),
        media_type=parts[part].get_content_type(),
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
            "Content-Security-Policy": _MAIL_POLICY,
        },
    )


@delete("/api/messages", sync_to_thread=False)
def clear(state: State) -> None:
    """Forget all mails."""
    _box(state).clear()


@get("/api/events")
async def wait_for_messages(
    state: State,
    to: To = None,
    after: After = 0,
    wait: Annotated[float, QueryParameter(ge=0, le=60, description="Seconds.")] = 10,
) -> Listed:
    """Mails that came after one, as soon as there are any; none if none has come in time."""
    box = _box(state)
    await box.wait(lambda: next(box.find(to, after=after), None) is not None, wait)
    return Listed([box.summary(each) for each in box.find(to, after=after)][:1000], box.latest)


@get("/health/live", sync_to_thread=False)
def live() -> dict[str, bool]:
    """It runs."""
    return {"live": True}


def build_app(box: Mailbox, *, own_url: str, portal_url: str, zone: ZoneInfo) -> Litestar:
    """The pages and the API as an ASGI application."""
    return Litestar(
        [
            show_list,
            show_mail,
            show_html,
            list_messages,
            get_message,
            get_raw,
            get_attachment,
            clear,
            wait_for_messages,
            live,
            create_static_files_router(
                path="/static",
                directories=[SHARED / "static", _TEMPLATES / "static"],
                include_in_schema=False,
            ),
        ],
        state=State(
            {"box": box, "pages": Pages(_TEMPLATES, zone, own_url=own_url, portal_url=portal_url)}
        ),
        openapi_config=None,
        logging_config=None,
    )


def _box(state: State) -> Mailbox:
    box: Mailbox = state.box
    return box


def _mail(state: State, number: int) -> Caught:
    mail = _box(state).get(number)
    if mail is None:
        raise NotFoundException
    return mail


def _files(mail: Opened) -> list[Part]:
    """What the page does not show itself."""
    return [part for part in mail.parts if part.file_name or part.content_type not in _SHOWN_INSIDE]


def _page(request: AnyRequest, state: State, template: str, **names: Any) -> Response[str]:
    language = preferred_language(request.headers.get("accept-language"))
    page: str = state.pages.render(template, language, **names)
    return Response(
        page,
        media_type=MediaType.HTML,
        headers={"Cache-Control": "no-store", "Vary": "Accept-Language"},
    )


class _Server(uvicorn.Server):
    """Stops with the process, which also waits for the SMTP side."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(given: argparse.Namespace) -> None:
    """Catch mails and show them until told to stop."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    catcher = Catcher(Mailbox(given.folder), host=given.host, port=given.smtp_port)
    await catcher.start()
    app = build_app(
        catcher.box,
        own_url=given.public_url or f"http://{given.host}:{given.http_port}",
        portal_url=given.portal_url,
        zone=given.zone,
    )
    server = _Server(
        uvicorn.Config(
            app,
            host=given.host,
            port=given.http_port,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=1,
        )
    )
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    await serving
    stopping.cancel()
    await catcher.stop()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local.standins.mail_catcher")
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--http-port", type=int, required=True)
    parser.add_argument("--folder", type=Path, help="keep mails here; without it in memory")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--public-url", default="", help="where people reach its pages")
    parser.add_argument("--portal-url", default="", help="where the pages' head leads to")
    parser.add_argument("--zone", type=ZoneInfo, default=ZoneInfo("Europe/Amsterdam"))
    uvloop.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
