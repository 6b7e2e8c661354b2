"""Identity under test, with browsers and apps, and the steps that many tests begin with."""

import base64
import hashlib
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit
from uuid import UUID, uuid4

import httpx

from chassis.outbox import tell
from contracts.identity import (
    AccountRegistered,
    MailAddressVerificationRequested,
    PasswordResetRequested,
)
from services.identity import commands
from services.identity.domain.importing import Person, Row
from tests.support.running import Running, eventually

HOME = "http://identity.test"
PASSWORD = "a goose crossed the canal"
REDIRECT = "http://127.0.0.1:50123/callback"
ALL_SCOPES = "openid profile email"


@dataclass
class Identity(Running):
    """Identity with the steps that many tests begin with."""

    browsers: list[httpx.AsyncClient] = field(default_factory=list)

    def browser(self) -> "Browser":
        """A browser that has never been here."""
        client = httpx.AsyncClient(transport=self.http._transport, base_url=HOME)  # noqa: SLF001
        self.browsers.append(client)
        return Browser(client)

    async def register(
        self, mail_address: str = "ada@example.org", *roles: str, **changes: Any
    ) -> UUID:
        """Somebody with an account, without the way through the mail."""
        person = Person(
            account_id=changes.pop("account_id", UUID(int=secrets.randbits(122))),
            name=changes.pop("name", "Ada Lovelace"),
            mail_address=mail_address,
            password=PASSWORD,
            language=changes.pop("language", "en"),
            affiliation=changes.pop("affiliation", "guest"),
            roles=tuple(roles),  # type: ignore[arg-type] # Literals, in tests as they come.
        )
        hashed = await self.parts.passwords.hash(PASSWORD)
        async with self.parts.db.transaction() as tx:
            await commands.importing.import_people(
                tx, [Row(1, person)], {person.account_id: hashed}, now=self.clock.now()
            )
        return person.account_id

    async def bearer(self, mail_address: str, *roles: str, **changes: Any) -> dict[str, str]:
        """The header of somebody new with these roles, from a real login."""
        await self.register(mail_address, *roles, **changes)
        tokens = await self.browser().log_in_to_app(mail_address)
        return {"Authorization": f"Bearer {tokens['access_token']}"}

    async def sign_up(
        self, mail_address: str = "ada@example.org", **changes: Any
    ) -> httpx.Response:
        """Ask for an account over JSON."""
        body = {
            "name": "Ada Lovelace",
            "mail_address": mail_address,
            "password": PASSWORD,
            "language": "en",
            "accepts_terms": True,
        } | changes
        return await self.http.post("/v1/accounts", json=body)

    async def verification_link(self, count: int = 1) -> str:
        return (await self.told.wait_for(MailAddressVerificationRequested, count)).link

    async def reset_link(self, count: int = 1) -> str:
        return (await self.told.wait_for(PasswordResetRequested, count)).link

    async def everything_told(self) -> None:
        """Wait until all that was committed so far has been heard, so that a test can say what was not told."""
        last = AccountRegistered(
            account_id=uuid4(),
            version=1,
            mail_address="last@example.org",
            name="Last",
            language="en",
            affiliation="guest",
        )
        async with self.parts.db.transaction() as tx:
            await tell(tx, last, now=self.clock.now())

        async def is_heard() -> bool:
            return last in self.told.of(AccountRegistered)

        await eventually(is_heard)
        self.told.envelopes = [each for each in self.told.envelopes if each.body != last]

    async def somebody_waits_for_a_lock(self) -> bool:
        return bool(
            await self.fetchval(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
        )

    async def registered(self, count: int = 1) -> AccountRegistered:
        return await self.told.wait_for(AccountRegistered, count)


class App:
    """A native app that lets people log in: what it remembers between its steps."""

    def __init__(self, client_id: str = "demo", redirect_uri: str = REDIRECT) -> None:
        self.client_id = client_id
        self.redirect_uri = redirect_uri
        self.verifier = secrets.token_urlsafe(48)
        self.state = secrets.token_urlsafe(8)
        self.nonce = secrets.token_urlsafe(8)

    @property
    def challenge(self) -> str:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def request(self, **changes: str | None) -> dict[str, str]:
        """The parameters of an authorization request; None leaves one out."""
        given = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": ALL_SCOPES,
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": self.challenge,
            "code_challenge_method": "S256",
        } | changes
        return {name: value for name, value in given.items() if value is not None}

    def exchange(self, code: str, **changes: str) -> dict[str, str]:
        """The parameters of a token request."""
        return {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "code": code,
            "code_verifier": self.verifier,
        } | changes

    def renewal(self, refresh_token: str, **changes: str) -> dict[str, str]:
        return {
            "grant_type": "refresh_token",
            "client_id": self.client_id,
            "refresh_token": refresh_token,
        } | changes


class Browser:
    """A browser: cookies, forms as they stand on the page, and redirects one by one."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.http = client

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.http.get(path, **options)

    async def submit(
        self,
        page: httpx.Response,
        action: str,
        *,
        headers: dict[str, str] | None = None,
        **answers: str,
    ) -> httpx.Response:
        """Fill in the form of a page that goes to `action`, and send it."""
        form = form_of(page.text, action)
        return await self.http.post(
            form.action,
            data=form.fields | answers,
            headers={"Origin": HOME} | (headers or {}),
        )

    async def log_in(
        self, mail_address: str, password: str = PASSWORD, path: str = "/login"
    ) -> httpx.Response:
        page = await self.get(path)
        return await self.submit(page, "/login", mail_address=mail_address, password=password)

    async def authorize(self, app: App, **changes: str | None) -> httpx.Response:
        """Follow an app's link; the answer is the redirect to the app, or to the login page."""
        return await self.get("/oauth/authorize", params=app.request(**changes))

    async def log_in_for(self, app: App, mail_address: str, **changes: str | None) -> str:
        """Log in because an app asks for it; returns the code."""
        to_login = await self.authorize(app, **changes)
        back = await self.log_in(mail_address, path=leads_to(to_login))
        return answer_of(await self.get(leads_to(back)))["code"]

    async def log_in_to_app(
        self, mail_address: str, app: App | None = None, **changes: str | None
    ) -> dict[str, Any]:
        """Everything from the app's link to its tokens."""
        app = app or App()
        code = await self.log_in_for(app, mail_address, **changes)
        answer = await self.http.post("/oauth/token", data=app.exchange(code))
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens


@dataclass
class Form:
    action: str
    fields: dict[str, str]


def form_of(page: str, action: str) -> Form:
    """The form that goes to this path, with what it already holds."""
    for found in re.finditer(r'<form[^>]* action="([^"]+)"[^>]*>(.*?)</form>', page, re.DOTALL):
        goes_to = found.group(1).replace("&amp;", "&")
        if urlsplit(goes_to).path == action:
            fields = {}
            for tag in re.findall(r"<input[^>]*>", found.group(2)):
                given = dict(re.findall(r'([a-z_-]+)="([^"]*)"', tag))
                if "name" in given and (
                    given.get("type") not in ("radio", "checkbox") or " checked" in tag
                ):
                    fields[given["name"]] = given.get("value", "")
            return Form(goes_to, fields)
    raise AssertionError(f"no form that goes to {action}")


def answer_of(redirect: httpx.Response) -> dict[str, str]:
    """What an app is told in the redirect back to it."""
    assert redirect.status_code == 303, redirect.text
    query = parse_qs(urlsplit(redirect.headers["location"]).query)
    return {name: values[0] for name, values in query.items()}


def leads_to(redirect: httpx.Response) -> str:
    """Where a redirect leads, as a path if it stays here."""
    assert redirect.status_code == 303, redirect.text
    return urljoin(str(redirect.url), redirect.headers["location"]).removeprefix(HOME)


def token_in(link: str) -> str:
    """The secret of a link in a mail."""
    return parse_qs(urlsplit(link).query)["token"][0]


@asynccontextmanager
async def with_steps(service: Running) -> AsyncIterator[Identity]:
    identity = Identity(**vars(service))
    try:
        yield identity
    finally:
        for client in identity.browsers:
            await client.aclose()
