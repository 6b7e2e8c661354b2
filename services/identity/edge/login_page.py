"""The one page with two forms: log in at the left, make an account at the right."""

from collections.abc import Mapping

from litestar import Response

from chassis.http.request import AnyRequest
from chassis.refusals import Refusal
from services.identity.domain.accounts import Wish
from services.identity.edge.browser import Visitor, show
from services.identity.edge.going_on import query_of
from services.identity.parts import Parts

_NOTHING: Mapping[str, str] = {}


def show_login(
    request: AnyRequest,
    visitor: Visitor,
    *,
    mail_address: str = "",
    login_wrongs: Mapping[str, str] = _NOTHING,
    wish: Wish | None = None,
    wish_wrongs: Mapping[str, str] = _NOTHING,
    refusal: Refusal | None = None,
    query: str | None = None,
) -> Response[str]:
    """Show it with all that was typed, but passwords, and with what has to be corrected."""
    parts: Parts = request.app.state.parts
    return show(
        request,
        visitor,
        "login.html",
        status=422 if login_wrongs or wish_wrongs else 200,
        at="/login",
        refusal=refusal,
        query=query_of(request) if query is None else query,
        providers=parts.providers.described(),
        with_passkeys=parts.site is not None,
        mail_address=mail_address,
        login_wrongs=login_wrongs,
        wish=wish
        or Wish(
            name="",
            mail_address="",
            password="",
            language=visitor.language,
            accepts_terms=False,
        ),
        wish_wrongs=wish_wrongs,
    )
