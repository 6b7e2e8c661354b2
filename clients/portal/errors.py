"""Whatever a route raises, as a page that says what, why and what now (design, "Errors" 5 and 6)."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Response

from chassis.http.problems import STATUS, as_refusal
from chassis.http.request import AnyRequest
from chassis.language import ReaderFormatter
from clients.portal.api.asking import Away, LoginNeeded, Part, Refused
from clients.portal.own_forms import FormOutOfDate
from clients.portal.visit import Visit, go_to, visit_of, wants_events


class LoginBrokenOff(Exception):
    """Somebody came back from the login page, and nobody is logged in by that."""


_OWN_WORDS = {
    HTTPStatus.NOT_FOUND,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.SERVICE_UNAVAILABLE,
}
"""What errors.toml has a title and a lead for; any other no brings its own."""


class ErrorPage(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on the page for a no."""

    status: int
    title: str = ""
    detail: str = ""
    part: Part | None = None
    """Which part is down."""
    retry_after_s: int | None = None
    now_at: datetime
    again: str
    """Where to try again: this page, or the one that the form stood on."""
    offers_login: bool = False


def show_error(request: AnyRequest, error: Exception) -> Response[Any]:
    """The page for what was raised; the login page for whoever has to log in."""
    visit = visit_of(request)
    if wants_events(request):
        return _without_words(visit, error)
    if isinstance(error, LoginNeeded):
        return go_to(f"/{visit.language}/log-in?to={quote(_back_to(visit), safe='')}")
    page = error_page(visit, error)
    headers = {} if page.retry_after_s is None else {"Retry-After": str(page.retry_after_s)}
    shown = visit.show("error.html", page, status=page.status)
    shown.headers.update(headers)
    return shown


def _without_words(visit: Visit, error: Exception) -> Response[bytes]:
    """For a script, which reads none; and nobody is led to the login page behind their back."""
    if isinstance(error, LoginNeeded):
        return Response(b"", status_code=HTTPStatus.UNAUTHORIZED)
    page = error_page(visit, error)
    headers = {} if page.retry_after_s is None else {"Retry-After": str(page.retry_after_s)}
    return Response(b"", status_code=page.status, headers=headers)


def error_page(visit: Visit, error: Exception) -> ErrorPage:
    """What to say about what was raised. An unexpected error is logged and not shown."""
    facts: Mapping[str, Any] = {"now_at": visit.now, "again": _back_to(visit)}
    if isinstance(error, Away):
        return ErrorPage(
            status=HTTPStatus.SERVICE_UNAVAILABLE, part=error.part, retry_after_s=5, **facts
        )
    if isinstance(error, Refused):
        return ErrorPage(
            status=error.status,
            title="" if error.status in _OWN_WORDS else error.title,
            detail="" if error.status == HTTPStatus.NOT_FOUND else error.detail,
            retry_after_s=error.retry_after_s,
            **facts,
        )
    if isinstance(error, FormOutOfDate | LoginBrokenOff):
        return _of_our_own(visit, error, facts)
    refusal = as_refusal(visit.request, error)
    status = STATUS[refusal.problem.kind]
    if status in _OWN_WORDS:
        return ErrorPage(status=status, retry_after_s=refusal.retry_after_s, **facts)
    sentence = ReaderFormatter(visit.language, visit.parts.settings.institution_zone)
    detail = refusal.problem.detail.in_language(visit.language)
    return ErrorPage(
        status=status,
        title=refusal.problem.title.in_language(visit.language),
        detail=sentence.vformat(detail, (), refusal.facts),
        **facts,
    )


def _of_our_own(
    visit: Visit, error: FormOutOfDate | LoginBrokenOff, facts: Mapping[str, Any]
) -> ErrorPage:
    if isinstance(error, FormOutOfDate):
        return ErrorPage(
            status=HTTPStatus.FORBIDDEN,
            title=visit.words.say("errors.form_title"),
            detail=visit.words.say("errors.form_lead"),
            **facts,
        )
    return ErrorPage(
        status=HTTPStatus.CONFLICT,
        title=visit.words.say("errors.login_title"),
        detail=visit.words.say("errors.login_lead"),
        offers_login=True,
        **facts,
    )


def _back_to(visit: Visit) -> str:
    """This page; of a form that was sent, the page that it stands on."""
    url = visit.request.url
    has_query = visit.request.method == "GET" and url.query
    return f"{url.path}?{url.query}" if has_query else url.path
