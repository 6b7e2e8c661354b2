"""Refusals and errors as RFC 9457 problem details, in the reader's language. Only this knows status codes."""

from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from litestar import Response
from litestar.exceptions import HTTPException

from chassis.database import is_away
from chassis.http.request import AnyRequest
from chassis.language import ReaderFormatter, preferred_language
from chassis.refusals import Kind, Problem, Refusal
from chassis.settings import ServiceSettings
from contracts.fact import Translated

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"

STATUS: dict[Kind, HTTPStatus] = {
    Kind.UNREADABLE: HTTPStatus.BAD_REQUEST,
    Kind.INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    Kind.NOT_SIGNED_IN: HTTPStatus.UNAUTHORIZED,
    Kind.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Kind.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Kind.CONFLICT: HTTPStatus.CONFLICT,
    Kind.STALE: HTTPStatus.PRECONDITION_FAILED,
    Kind.PRECONDITION_MISSING: HTTPStatus.PRECONDITION_REQUIRED,
    Kind.TOO_MANY: HTTPStatus.TOO_MANY_REQUESTS,
    Kind.NOT_POSSIBLE_HERE: HTTPStatus.METHOD_NOT_ALLOWED,
    Kind.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Kind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Kind.FAILED: HTTPStatus.INTERNAL_SERVER_ERROR,
}

INVALID_INPUT = Problem(
    "invalid-input",
    Kind.INVALID,
    title=Translated(nl="De invoer klopt niet", en="The input is not right"),
    detail=Translated(
        nl="Verbeter wat bij `errors` staat en stuur het opnieuw. Er is niets gewijzigd.",
        en="Correct what `errors` names and send it again. Nothing was changed.",
    ),
)
NOT_READABLE = Problem(
    "not-readable",
    Kind.UNREADABLE,
    title=Translated(nl="Het verzoek is niet te lezen", en="The request cannot be read"),
    detail=Translated(
        nl="Stuur geldige JSON in UTF-8, met `Content-Type: application/json`.",
        en="Send valid JSON in UTF-8, with `Content-Type: application/json`.",
    ),
)
NOT_SIGNED_IN = Problem(
    "not-signed-in",
    Kind.NOT_SIGNED_IN,
    title=Translated(nl="Log eerst in", en="Log in first"),
    detail=Translated(
        nl="Stuur een geldig toegangsbewijs mee: `Authorization: Bearer …`. Is het verlopen, vernieuw het dan.",
        en="Send a valid access token along: `Authorization: Bearer …`. If it has expired, refresh it.",
    ),
)
FORBIDDEN = Problem(
    "forbidden",
    Kind.FORBIDDEN,
    title=Translated(nl="Dit mag met jouw rol niet", en="Your role does not allow this"),
    detail=Translated(
        nl="Vraag een beheerder om de rol die hiervoor nodig is: {roles}.",
        en="Ask an administrator for the role that this needs: {roles}.",
    ),
)
NOT_FOUND = Problem(
    "not-found",
    Kind.NOT_FOUND,
    title=Translated(nl="Dit is er niet", en="This does not exist"),
    detail=Translated(
        nl="Er staat hier niets, of niets dat je mag zien. Controleer het adres.",
        en="There is nothing here, or nothing that you may see. Check the address.",
    ),
)
METHOD_NOT_ALLOWED = Problem(
    "method-not-allowed",
    Kind.NOT_POSSIBLE_HERE,
    title=Translated(nl="Dit adres kan dat niet", en="This address cannot do that"),
    detail=Translated(
        nl="De methode past niet bij dit adres; /docs laat zien wat wel kan.",
        en="The method does not fit this address; /docs shows what does.",
    ),
)
TOO_LARGE = Problem(
    "too-large",
    Kind.TOO_LARGE,
    title=Translated(nl="Dit is te groot", en="This is too large"),
    detail=Translated(nl="Stuur het in kleinere delen.", en="Send it in smaller parts."),
)
TOO_MANY_REQUESTS = Problem(
    "too-many-requests",
    Kind.TOO_MANY,
    title=Translated(nl="Te veel verzoeken", en="Too many requests"),
    detail=Translated(
        nl="Probeer het over {seconds} seconden opnieuw.",
        en="Try again in {seconds} seconds.",
    ),
)
UNAVAILABLE = Problem(
    "unavailable",
    Kind.UNAVAILABLE,
    title=Translated(nl="Dit werkt even niet", en="This does not work right now"),
    detail=Translated(
        nl="Er is niets gewijzigd en niets verloren. Probeer het zo dadelijk opnieuw.",
        en="Nothing was changed and nothing is lost. Try again in a moment.",
    ),
)
INTERNAL = Problem(
    "internal",
    Kind.FAILED,
    title=Translated(nl="Er ging bij ons iets mis", en="Something went wrong on our side"),
    detail=Translated(
        nl="Er is niets gewijzigd. Blijft het zo, meld dan het verzoeknummer uit `X-Correlation-Id`.",
        en="Nothing was changed. If it stays like this, report the request number in `X-Correlation-Id`.",
    ),
)

_RETRY_AFTER_S = 5
_OF_STATUS = {
    HTTPStatus.BAD_REQUEST: NOT_READABLE,
    HTTPStatus.UNAUTHORIZED: NOT_SIGNED_IN,
    HTTPStatus.NOT_FOUND: NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED: METHOD_NOT_ALLOWED,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: NOT_READABLE,
}


class ProblemDocument(msgspec.Struct, kw_only=True, omit_defaults=True):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    instance: str = ""
    errors: list[dict[str, str]] = []
    """What is wrong where: `pointer` (RFC 6901, into the body) or `parameter`, and `detail`."""


def invalid_input(pointer: str, detail: str) -> Refusal:
    """Refuse one field of the body, at this JSON pointer."""
    refusal = INVALID_INPUT()
    refusal.errors.append({"pointer": pointer, "detail": detail})
    return refusal


def unavailable(retry_after_s: int = _RETRY_AFTER_S) -> Refusal:
    """Refuse because something that this needs is away or overloaded."""
    refusal = UNAVAILABLE()
    refusal.retry_after_s = retry_after_s
    return refusal


def to_response(request: AnyRequest, error: Exception) -> Response[bytes]:
    """The answer to whatever a handler raised. Never shows an unexpected error's text."""
    refusal = as_refusal(request, error)
    status = STATUS[refusal.problem.kind]
    settings: ServiceSettings = request.app.state.settings
    language = preferred_language(request.headers.get("accept-language"))
    sentence = ReaderFormatter(language, settings.institution_zone)
    document = ProblemDocument(
        type=f"{settings.own_url}/problems/{refusal.problem.code}",
        title=refusal.problem.title.in_language(language),
        status=status,
        detail=sentence.vformat(refusal.problem.detail.in_language(language), (), refusal.facts),
        instance=request.url.path,
        errors=refusal.errors,
    )
    headers = {"Content-Language": language, "Vary": "Accept-Language"}
    if refusal.retry_after_s is not None:
        headers["Retry-After"] = str(refusal.retry_after_s)
    if status == HTTPStatus.UNAUTHORIZED:
        token_was_sent = "authorization" in request.headers
        headers["WWW-Authenticate"] = 'Bearer error="invalid_token"' if token_was_sent else "Bearer"
    if isinstance(error, HTTPException) and error.headers:
        headers.update(error.headers)
    return Response(
        msgspec.json.encode(document), status_code=status, headers=headers, media_type=MEDIA_TYPE
    )


def as_refusal(request: AnyRequest, error: Exception) -> Refusal:
    """Whatever a handler raised as a refusal; what was not expected is logged, and shown to nobody."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, HTTPException) and error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        return _of_litestar(error)
    if is_away(error):
        log.warning("edge.database_away", error=type(error).__name__)
        return unavailable()
    log.error("edge.failed", path=request.scope.get("path_template", ""), exc_info=error)
    return INTERNAL()


def _of_litestar(error: HTTPException) -> Refusal:
    if error.status_code == HTTPStatus.BAD_REQUEST and isinstance(error.extra, list):
        refusal = INVALID_INPUT()
        refusal.errors = [_field_error(found) for found in error.extra]
        return refusal
    return _OF_STATUS.get(HTTPStatus(error.status_code), NOT_READABLE)()


def _field_error(found: dict[str, Any]) -> dict[str, str]:
    """Litestar's and msgspec's words for a wrong field: key `a.b` or message `… - at `$.a.b``."""
    message, _, path = str(found.get("message", "")).partition(" - at `$")
    key = str(found.get("key", ""))
    source = getattr(found.get("source"), "value", found.get("source"))
    if source in (None, "body"):
        pointer = path.rstrip("`").replace("[", ".").replace("]", "") or (
            f".{key}" if key not in ("", "data") else ""
        )
        return {"pointer": pointer.replace(".", "/"), "detail": message}
    return {"parameter": key, "detail": message}
