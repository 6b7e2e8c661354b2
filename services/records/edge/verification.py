"""Anyone can check a document: as a page for people, and as JSON."""

from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlencode

import msgspec
from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect

from chassis.database import AWAY, is_away
from chassis.http.access import ANYONE
from chassis.http.request import AnyRequest
from chassis.refusals import Refusal
from chassis.telemetry import correlation_id
from contracts.fact import Language
from services.records import refusals, store
from services.records.domain.codes import read_code, show_code
from services.records.domain.documents import Kind
from services.records.parts import Parts
from services.records.store.documents import Verified

_LONGEST_WRITTEN = 100
"""What is longer is not read: it cannot be a code."""
_AWAY_S = 5
_NOT_TO_BE_FOUND = {
    # Documents name people: search engines and caches keep out.
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language",
}

ChosenLanguage = Annotated[
    str | None, QueryParameter(name="lang", description="nl or en; by default the browser's.")
]


class VerificationView(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to a code. Compare it with the document in your hands."""

    code: str
    state: Literal["real", "revoked", "erased", "unknown"]
    """`revoked` was issued by us and is not valid any more; of `erased` we know nothing else any more, because
    its holder wanted it so; `unknown` is not one of ours."""
    kind: Kind | None = None
    number: str | None = None
    name: str | None = None
    title: str | None = None
    level: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    issued_on: date | None = None
    revoked_on: date | None = None
    replaced_by: str | None = None
    """The number of the document that replaces it."""


@get("/v1/verifications/{code:str}", access=ANYONE)
async def verify_document(
    request: AnyRequest,
    code: FromPath[str],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
) -> Response[VerificationView]:
    """Whether a document is real, by the code at its foot, in whatever way it is written."""
    read = read_code(code[:_LONGEST_WRITTEN])
    verified = await _verify(request, parts, read)
    view = _view(read, verified, language, parts)
    return Response(view, headers=_NOT_TO_BE_FOUND)


@get("/verify", access=ANYONE, include_in_schema=False, media_type=MediaType.HTML)
async def ask_for_code(
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
    code: Annotated[str | None, QueryParameter(max_length=_LONGEST_WRITTEN)] = None,
    lang: ChosenLanguage = None,
) -> Response[Any]:
    """The page that asks for a code; with one, it leads to what there is to it."""
    reader = _reader(lang, language)
    if code is None:
        return _page(parts, reader, "asks")
    try:
        path = show_code(read_code(code))
    except Refusal:
        return _page(parts, reader, "not_a_code", HTTPStatus.UNPROCESSABLE_ENTITY, written=code)
    chosen = f"?{urlencode({'lang': lang})}" if lang else ""
    return Redirect(f"{parts.settings.own_url}/verify/{path}{chosen}", status_code=303)


@get("/verify/{code:str}", access=ANYONE, include_in_schema=False, media_type=MediaType.HTML)
async def show_verification(
    request: AnyRequest,
    code: FromPath[str],
    parts: NamedDependency[Parts],
    language: NamedDependency[Language],
    lang: ChosenLanguage = None,
) -> Response[Any]:
    """The page that a document's QR code leads to."""
    reader = _reader(lang, language)
    written = code[:_LONGEST_WRITTEN]
    try:
        read = read_code(written)
        verified = await _verify(request, parts, read)
    except Refusal as refusal:
        if refusal.problem is refusals.NOT_A_CODE:
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            return _page(parts, reader, "not_a_code", status, written=written)
        return _wait(parts, reader, "too_many", refusal.retry_after_s or 1, written=written)
    except AWAY as error:
        if not is_away(error):
            raise
        return _wait(
            parts, reader, "away", _AWAY_S, written=written, request_number=correlation_id()
        )
    shown = show_code(read)
    if verified is None:
        return _page(parts, reader, "unknown", HTTPStatus.NOT_FOUND, written=shown)
    return _page(
        parts,
        reader,
        _state_of(verified),
        written=shown,
        verified=verified,
        printed=verified.printed,
    )


async def _verify(request: AnyRequest, parts: Parts, code: str) -> Verified | None:
    """Look a code up.

    Raises:
        Refusal: this address has looked up too many.
    """
    parts.verifications.take(request.client.host if request.client else "")
    async with parts.db.reading() as connection:
        return await store.documents.find_by_code(connection, code)


def _view(
    code: str, verified: Verified | None, language: Language, parts: Parts
) -> VerificationView:
    if verified is None:
        return VerificationView(code=show_code(code), state="unknown")

    def day(at: datetime) -> date:
        return at.astimezone(parts.settings.institution_zone).date()

    printed = verified.printed
    if printed is None:
        return VerificationView(
            code=show_code(code),
            state="erased",
            kind=verified.kind,
            number=verified.number,
            issued_on=day(verified.issued_at),
            revoked_on=day(verified.revoked_at) if verified.revoked_at else None,
        )
    return VerificationView(
        code=show_code(code),
        state="revoked" if verified.revoked_at else "real",
        kind=printed.kind,
        number=printed.number,
        name=printed.name,
        title=printed.title.in_language(language),
        level=printed.level,
        starts_on=day(printed.starts_at),
        ends_on=day(printed.ends_at),
        issued_on=day(printed.issued_at),
        revoked_on=day(verified.revoked_at) if verified.revoked_at else None,
        replaced_by=verified.replaced_by,
    )


def _state_of(verified: Verified) -> Literal["real", "revoked", "erased"]:
    if verified.erased_at is not None:
        return "erased"
    return "real" if verified.revoked_at is None else "revoked"


def _reader(chosen: str | None, preferred: Language) -> Language:
    """The language of a page: as chosen on it, or as the browser prefers."""
    if chosen == "nl":
        return "nl"
    return "en" if chosen == "en" else preferred


def _wait(
    parts: Parts, language: Language, state: str, seconds: int, **names: Any
) -> Response[Any]:
    status = HTTPStatus.TOO_MANY_REQUESTS if state == "too_many" else HTTPStatus.SERVICE_UNAVAILABLE
    page = _page(parts, language, state, status, seconds=seconds, **names)
    page.headers["Retry-After"] = str(seconds)
    return page


def _page(
    parts: Parts,
    language: Language,
    state: str,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    written: str = "",
    **names: Any,
) -> Response[Any]:
    """The page in one of its states: asks, not_a_code, real, revoked, erased, unknown, too_many, away."""
    where = f"/verify/{quote(written)}" if written and state != "not_a_code" else "/verify"
    html = parts.pages.render(
        "verify.html", language, state=state, written=written, where=where, **names
    )
    headers = _NOT_TO_BE_FOUND | {"Content-Language": language}
    return Response(html, status_code=status, headers=headers, media_type=MediaType.HTML)


ROUTES = [verify_document, ask_for_code, show_verification]
