"""People of the demonstration, who use the portal from outside: over HTTP, with a mail box and a browser's forms.

What the journeys in tests/ walk with, and what `make demo` tells with.
"""

import base64
import hashlib
import secrets
import tomllib
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx

from deploy.demo.forms import Form, form_with
from deploy.local.system import DEMO, Addresses

CLIENT_ID = "demo"
CALLBACK = "http://127.0.0.1/callback"
_PATIENCE_S = 30.0


class Refused(AssertionError):
    """Somebody was told no; carries the problem document."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(
            f"{answer.request.method} {answer.request.url} → {answer.status_code}: {answer.text}"
        )
        self.status = answer.status_code
        self.problem: dict[str, Any] = (
            answer.json() if "json" in answer.headers.get("content-type", "") else {}
        )

    @property
    def code(self) -> str:
        """The last part of the problem's type."""
        return str(self.problem.get("type", "")).rpartition("/")[2]


@dataclass(frozen=True)
class Mail:
    """A mail as it arrived."""

    number: int
    to: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    files: dict[str, bytes]
    """Attachments by file name."""
    calendar: str | None
    """The calendar entry that came along, if one did."""


@dataclass
class Inbox:
    """The mails that were caught."""

    url: str
    http: httpx.AsyncClient

    async def all_to(self, address: str) -> list[Mail]:
        """Everything that came to an address, in order."""
        listed = await self._get("/api/messages", to=address, limit=1000)
        return [await self._open(each["number"]) for each in listed["messages"]]

    async def wait_for(self, address: str, words: str, count: int = 1) -> Mail:
        """Wait until so many mails with these words in their subject have come; the last of them."""
        after = 0
        found: list[int] = []
        while True:
            listed = await self._get("/api/events", to=address, after=after, wait=_PATIENCE_S)
            if not listed["messages"]:
                subjects = [each.subject for each in await self.all_to(address)]
                raise AssertionError(f"No mail {words!r} came to {address}, only {subjects}.")
            for each in listed["messages"]:
                after = max(after, each["number"])
                if words in each["subject"]:
                    found.append(each["number"])
                    if len(found) == count:
                        return await self._open(each["number"])

    async def _get(self, path: str, **parameters: Any) -> Any:
        answer = await self.http.get(self.url + path, params=parameters, timeout=_PATIENCE_S + 10)
        return answer.raise_for_status().json()

    async def _open(self, number: int) -> Mail:
        opened = await self._get(f"/api/messages/{number}")
        files: dict[str, bytes] = {}
        calendar = None
        for place, part in enumerate(opened["parts"]):
            if part["file_name"] or part["content_type"] == "text/calendar":
                path = f"{self.url}/api/messages/{number}/attachments/{place}"
                content = (await self.http.get(path)).raise_for_status().content
                if part["content_type"] == "text/calendar":
                    calendar = content.decode()
                if part["file_name"]:
                    files[part["file_name"]] = content
        return Mail(
            number=number,
            to=", ".join(opened["recipients"]),
            subject=opened["subject"],
            text=opened["text"] or "",
            html=opened["html"] or "",
            headers={name.lower(): value for name, value in opened["headers"]},
            files=files,
            calendar=calendar,
        )


@dataclass
class Person:
    """Somebody with a browser and an app. Logs in again by themselves when a token has expired."""

    at: Addresses
    mail_address: str
    password: str
    http: httpx.AsyncClient
    name: str = ""
    language: str = "en"
    inbox: Inbox = field(init=False)
    _tokens: dict[str, Any] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.inbox = Inbox(self.at.mails, self.http)

    @property
    def access_token(self) -> str:
        """For the Authorization header."""
        return str(self._tokens["access_token"])

    async def sign_up(self) -> None:
        """Make an account in the panel beside the login form."""
        page = await self._browse(f"{self.at.service('identity')}/login")
        form = form_with(page.text, "accepts_terms")
        await self._submit(
            page,
            form,
            name=self.name,
            mail_address=self.mail_address,
            password=self.password,
            language=self.language,
            accepts_terms="yes",
        )

    async def confirm_mail_address(self) -> Mail:
        """Open the link in the mail, and press the button there."""
        words = {"en": "Confirm your mail address", "nl": "Bevestig je mailadres"}[self.language]
        mail = await self.inbox.wait_for(self.mail_address, words)
        link = next(word for word in mail.text.split() if "/verify?" in word or "/verify#" in word)
        page = await self._browse(link)
        await self._submit(page, form_with(page.text, "token"))
        return mail

    async def log_in(self) -> None:
        """Authorization code with PKCE, through the login page, as an app does it (RFC 8252)."""
        identity = self.at.service("identity")
        verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(
            b"="
        )
        asked = {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": CALLBACK,
            "scope": "openid profile email offline_access",
            "state": state,
            "nonce": secrets.token_urlsafe(16),
            "code_challenge": challenge.decode(),
            "code_challenge_method": "S256",
        }
        page = await self._browse(f"{identity}/oauth/authorize", params=asked)
        if not str(page.url).startswith(CALLBACK) and "location" not in page.headers:
            form = form_with(page.text, "password")
            page = await self._submit(
                page, form, mail_address=self.mail_address, password=self.password
            )
        if "location" not in page.headers:
            raise AssertionError(f"Not logged in: {page.text[:2000]}")
        answer = parse_qs(urlsplit(page.headers["location"]).query)
        if answer.get("state") != [state]:
            raise AssertionError(f"Not the answer to our request: {answer}")
        await self._fetch_tokens(
            grant_type="authorization_code",
            code=answer["code"][0],
            code_verifier=verifier,
            redirect_uri=CALLBACK,
        )

    async def get(self, service: str, path: str, **options: Any) -> Any:
        """Read something as oneself."""
        return (await self.ask("GET", service, path, **options)).json()

    async def post(self, service: str, path: str, body: Any = None, **options: Any) -> Any:
        """Do something as oneself, with a key of its own."""
        headers = {"Idempotency-Key": str(uuid.uuid4())} | options.pop("headers", {})
        answer = await self.ask("POST", service, path, json=body, headers=headers, **options)
        return answer.json() if answer.content else None

    async def put(self, service: str, path: str, body: Any, **options: Any) -> Any:
        """Put something in its place as oneself."""
        answer = await self.ask("PUT", service, path, json=body, **options)
        return answer.json() if answer.content else None

    async def ask(self, method: str, service: str, path: str, **options: Any) -> httpx.Response:
        """Ask a service as oneself.

        Raises:
            Refused: it said no.
        """
        if not self._tokens:
            await self.log_in()
        url = urljoin(self.at.service(service), path)
        headers = {"Accept-Language": self.language} | options.pop("headers", {})
        for attempt in range(2):
            bearer = {"Authorization": f"Bearer {self.access_token}"}
            answer = await self.http.request(method, url, headers=headers | bearer, **options)
            if answer.status_code != httpx.codes.UNAUTHORIZED or attempt:
                break
            await self._renew()
        if answer.is_error:
            raise Refused(answer)
        return answer

    async def pay_at_provider(self, checkout_url: str, outcome: str = "paid") -> str:
        """Press a button on the provider's page; where it sends the browser back to."""
        page = await self._browse(checkout_url)
        form = form_with(page.text, "outcome")
        sent = await self.http.post(
            urljoin(checkout_url, form.action), data={"outcome": outcome}, follow_redirects=False
        )
        return sent.headers["location"]

    async def _renew(self) -> None:
        """With the refresh token while it is good, else by logging in again."""
        try:
            await self._fetch_tokens(
                grant_type="refresh_token", refresh_token=self._tokens["refresh_token"]
            )
        except Refused:
            await self.log_in()

    async def _fetch_tokens(self, **grant: str) -> None:
        answer = await self.http.post(
            f"{self.at.service('identity')}/oauth/token", data={"client_id": CLIENT_ID} | grant
        )
        if answer.is_error:
            raise Refused(answer)
        self._tokens = answer.json()

    async def _browse(self, url: str, **options: Any) -> httpx.Response:
        """Open a page, following it around inside identity, but not out to an app's own address."""
        headers = {"Accept-Language": self.language, "Accept": "text/html"}
        answer = await self.http.get(url, headers=headers, follow_redirects=False, **options)
        return await self._follow(answer)

    async def _submit(self, page: httpx.Response, form: Form, **answers: str) -> httpx.Response:
        sent = await self.http.post(
            urljoin(str(page.url), form.action),
            data=form.filled(**answers),
            headers={"Accept-Language": self.language, "Origin": _origin(str(page.url))},
            follow_redirects=False,
        )
        return await self._follow(sent)

    async def _follow(self, answer: httpx.Response) -> httpx.Response:
        while answer.is_redirect:
            target = urljoin(str(answer.url), answer.headers["location"])
            if target.startswith(CALLBACK):
                return answer
            answer = await self.http.get(
                target, headers={"Accept-Language": self.language}, follow_redirects=False
            )
        if answer.is_error:
            raise Refused(answer)
        return answer


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def demo_people(file: Path = DEMO / "people.toml") -> dict[str, dict[str, Any]]:
    """The people that the demonstration begins with, by the part of their address before the @."""
    people = tomllib.loads(file.read_text())["person"]
    return {person["mail_address"].partition("@")[0]: person for person in people}


def iso(at: datetime) -> str:
    """An instant as the edges read it."""
    return at.isoformat()
