"""Strong entity tags: cheap polling with If-None-Match, no lost updates with If-Match (RFC 9110, 13)."""

import hashlib
from typing import Any

import msgspec
from litestar import Response

from chassis.http.request import AnyRequest
from chassis.refusals import Kind, Problem
from contracts.fact import Translated

STALE = Problem(
    "stale",
    Kind.STALE,
    title=Translated(nl="Iemand anders was je voor", en="Somebody else was first"),
    detail=Translated(
        nl="Het is gewijzigd sinds je het las. Haal het opnieuw op en breng je wijziging daarin aan.",
        en="It has changed since you read it. Fetch it again and make your change to that.",
    ),
)
IF_MATCH_MISSING = Problem(
    "if-match-missing",
    Kind.PRECONDITION_MISSING,
    title=Translated(nl="Er ontbreekt een If-Match", en="An If-Match is missing"),
    detail=Translated(
        nl="Stuur de `ETag` van wat je gelezen hebt mee als `If-Match`.",
        en="Send the `ETag` of what you have read along as `If-Match`.",
    ),
)

_encode = msgspec.json.Encoder(order="deterministic").encode


def etag_of(content: Any) -> str:
    """The strong tag of a representation."""
    return f'"{hashlib.sha256(_encode(content)).hexdigest()[:32]}"'


def conditional(
    request: AnyRequest,
    content: Any,
    *,
    cache: str = "private, no-cache",
    tag: str | None = None,
    **as_it_is: Any,
) -> Response[Any]:
    """Answer a GET with its tag, or with 304 where the reader has it already.

    Args:
        request: may name what its sender has.
        content: the answer.
        cache: who may keep it.
        tag: in quotes; where something better than the content's hash is known, such as a version.
        as_it_is: for the response: `media_type`, `headers`.
    """
    tag = tag or etag_of(content)
    headers = {"ETag": tag, "Cache-Control": cache, "Vary": "Accept-Language, Authorization"}
    known = [each.strip() for each in request.headers.get("if-none-match", "").split(",")]
    if tag in known or "*" in known:
        return Response(b"", status_code=304, headers=headers)
    return Response(content, **as_it_is | {"headers": headers | as_it_is.get("headers", {})})


def require_match(request: AnyRequest, content: Any) -> None:
    """Hold a change to the state that its author has seen.

    Raises:
        Refusal: no If-Match was sent, or the representation is another one by now.
    """
    wanted = request.headers.get("if-match")
    if wanted is None:
        raise IF_MATCH_MISSING()
    if etag_of(content) not in [each.strip() for each in wanted.split(",")]:
        raise STALE()
