"""One reader opening one page: their language, who they are, what they ask, and the page that they get."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Response
from litestar.datastructures import Cookie

from chassis.http.request import AnyRequest
from chassis.http.streams import MEDIA_TYPE as EVENTS
from chassis.language import preferred_language
from chassis.telemetry import correlation_id
from clients.portal import cookie, own_forms
from clients.portal.api.asking import Asking, Away, LoginNeeded
from clients.portal.forms import Form, sent_form
from clients.portal.parts import Parts
from clients.portal.sessions.domain import Person, Session
from clients.portal.sessions.grants import IssuerAway
from clients.portal.words import LANGUAGES, Words
from contracts.fact import Language

DESK_ROLES = ("office", "coordinator", "lecturer", "finance")
"""Who has pages below /desk."""
_JUST_NOW = timedelta(minutes=1)
PERSONAL = "private, no-store"
"""Kept by no browser and nothing in between."""
_FOR_ALL = "public, max-age=10"
"""Long enough for a rush, short enough for "6 places left"."""


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What stands around every page."""

    language: Language
    here: str
    """The address of this page, with its query."""
    in_other_language: str
    section: str
    """The part of the menu that this page belongs to; empty for none."""
    path: str
    """Without the language; empty for the front page."""
    is_page: bool
    """Whether there is the same page in the other language."""
    person: Person | None
    origin: str
    request_number: str
    verify_url: str = ""
    """Where anybody checks a document: a page of records. Empty for no link."""

    @property
    def has_desk(self) -> bool:
        """Whether there are pages for their work."""
        return self.person is not None and not self.person.roles.isdisjoint(DESK_ROLES)

    def at(self, path: str = "") -> str:
        """A page of the portal in this language: `at("/help")`."""
        return f"/{self.language}{path}"


class Visit:
    """What a route has in its hands. It is the bearer of the questions that it asks."""

    def __init__(self, request: AnyRequest, parts: Parts, session: Session | None) -> None:
        self.request = request
        self.parts = parts
        self.session = session
        self.language = language_of(request)
        self.words = Words(self.language, parts.settings.institution_zone)
        self.now = parts.clock.now()
        self.ask = Asking(
            parts.http,
            parts.settings.services,
            self.language,
            self,
            patience_s=parts.settings.patience_s,
        )
        self._issuer_is_away = False
        self._has_forms = False

    @property
    def person(self) -> Person | None:
        """Who is logged in."""
        return self.session.person if self.session else None

    @property
    def who(self) -> str:
        """Whom open streams are counted for: an account, or the address of whoever has none."""
        client = self.request.client
        return str(self.person.account_id) if self.person else client.host if client else ""

    # What the questions are asked with.

    async def token(self) -> str | None:
        """An access token that is good now."""
        if self.session is None:
            return None
        try:
            self.session = await self.parts.sessions.renewed(self.session)
        except IssuerAway:
            self._issuer_is_away = True
            return None  # What everybody may read can still be read.
        return self.session.tokens.access_token if self.session else None

    def not_accepted(self) -> Exception:
        """Have them log in; unless that has just been done, or cannot be done now."""
        is_new = self.session is not None and self.now - self.session.started_at < _JUST_NOW
        if self._issuer_is_away or is_new:
            return Away("identity", "token")
        return LoginNeeded()

    # What they get.

    def show(
        self,
        template: str,
        page: object = None,
        *,
        section: str = "",
        status: int = 200,
        **names: Any,
    ) -> Response[str]:
        """A page.

        Args:
            template: in templates/.
            page: what it shows; a struct, made by a function that can be tested without a server.
            section: of the menu.
            status: 200, or 422 where a form has to be corrected.
            names: what the template asks for besides, such as `form`.
        """
        content = self.parts.templates.render(
            template,
            self.words,
            page=page,
            frame=self.frame(section),
            form_token=self.form_token,
            **names,
        )
        is_personal = self.session is not None or self._has_forms or status >= 400  # noqa: PLR2004
        return Response(
            content,
            status_code=status,
            media_type="text/html",
            headers={
                "Cache-Control": PERSONAL if is_personal else _FOR_ALL,
                "Content-Language": self.language,
                "Vary": "Cookie",
            },
        )

    def frame(self, section: str) -> Frame:
        """What stands around a page."""
        url = self.request.url
        query = f"?{url.query}" if url.query else ""
        other = next(each for each in LANGUAGES if each != self.language)
        is_page = url.path == f"/{self.language}" or url.path.startswith(f"/{self.language}/")
        rest = url.path[len(self.language) + 1 :] if is_page else ""
        return Frame(
            language=self.language,
            here=f"{url.path}{query}",
            in_other_language=f"/{other}{quote(rest)}{query}",
            section=section,
            path=rest.rstrip("/"),
            is_page=is_page,
            person=self.person,
            origin=self.parts.settings.own_url,
            request_number=correlation_id(),
            verify_url=self.parts.settings.verify_url,
        )

    def form_token(self) -> str:
        """For a form on this page."""
        self._has_forms = True
        return own_forms.form_token(self.parts.form_key, self.session, now=self.now)

    async def form(self) -> Form:
        """The form that was sent."""
        return sent_form(self.words, await self.request.form())

    def query(self) -> Form:
        """What the address asks for, as a form that was sent with GET."""
        return sent_form(self.words, self.request.query_params)

    def go(self, path: str) -> Response[bytes]:
        """Show another page of the portal, in the same language: `go("/account")`."""
        return go_to(f"/{self.language}{path}")


def go_to(address: str, *cookies: Cookie) -> Response[bytes]:
    """Send the browser to an address with a GET (303): a reload there sends no form again."""
    return Response(
        b"",
        status_code=303,
        headers={"Location": address, "Cache-Control": "no-store"},
        cookies=list(cookies),
    )


def language_of(request: AnyRequest) -> Language:
    """The language of the address; where it has none, the person's, else the browser's."""
    first = request.url.path.split("/", 2)[1]
    for language in LANGUAGES:
        if first == language:
            return language
    session = session_of(request)
    if session is not None:
        return session.person.language
    return preferred_language(request.headers.get("accept-language"))


def session_of(request: AnyRequest) -> Session | None:
    """Who is logged in, as the guard at the door has found out."""
    session: Session | None = request.scope.get("user")
    return session


def visit_of(request: AnyRequest) -> Visit:
    """For routes: `visit: NamedDependency[Visit]`."""
    return Visit(request, request.app.state.parts, session_of(request))


def wants_events(request: AnyRequest) -> bool:
    """Whether a browser's script asks (HTML, 9.2.3), and not a person who opens a page."""
    return request.headers.get("accept", "") == EVENTS


def cookie_value(request: AnyRequest) -> str:
    """What our cookie says; empty without one."""
    parts: Parts = request.app.state.parts
    return request.cookies.get(cookie.name_of(parts.settings), "")
