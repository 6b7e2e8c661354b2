"""Programs that the OpenID Foundation certified: a relying party at our issuer, a provider at our client."""

import asyncio
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from services.identity.app import SERVICE
from tests.integration.identity.conftest import OWN_SETTINGS, register_apps
from tests.integration.identity.steps import Identity, form_of, leads_to, with_steps
from tests.support.certified import certified_provider
from tests.support.institutions import serving
from tests.support.node import node_with
from tests.support.running import running
from tests.support.servers import Templates

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
async def node(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp("certified")
    return await node_with(folder, "openid-client@6", "oidc-provider@9"), folder


async def test_a_certified_relying_party_logs_in_refreshes_and_logs_out(
    node: tuple[str, Path], templates: Templates, amqp_url: str
) -> None:
    program, folder = node
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        settings = OWN_SETTINGS | {"issuer_url": url, "jwks_url": "", "public_url": url}
        async with (
            running(SERVICE, templates=templates, amqp_url=amqp_url, **settings) as service,
            with_steps(service) as identity,
            serving(service.http._transport.app, listening),  # type: ignore[attr-defined] # noqa: SLF001 - its edge.
            httpx.AsyncClient(base_url=url) as browser,
        ):
            identity.clock.set(datetime.now(UTC))
            await register_apps(identity)
            ada = await identity.register()
            app = await asyncio.create_subprocess_exec(
                program,
                str(HERE / "relying_party.mjs"),
                str(folder),
                url,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
            try:
                back = await log_in(browser, (await told(app))["go"])
                assert app.stdin is not None
                app.stdin.write(f"{back}\n".encode())
                result = await told(app)
            finally:
                if app.returncode is None:
                    app.kill()
                await app.wait()
            left = await browser.get(result["leave"])

    assert (result["sub"], result["name"]) == (str(ada), "Ada Lovelace")
    assert result["renewed"]
    assert result["after"] == "invalid_grant"
    assert left.headers["location"] == "http://127.0.0.1:50123/"


async def log_in(browser: httpx.AsyncClient, way_in: str) -> str:
    """What somebody does in a browser; returns where it leads back to."""
    page = await browser.get(way_in, follow_redirects=True)
    form = form_of(page.text, "/login")
    answers = {"mail_address": "ada@example.org", "password": "a goose crossed the canal"}
    on = await browser.post(form.action, data=form.fields | answers)
    assert on.status_code == 303, on.text
    back = await browser.get(str(on.url.join(on.headers["location"])))
    return str(back.headers["location"])


async def told(program: asyncio.subprocess.Process) -> dict[str, Any]:
    """The next line that a program prints."""
    assert program.stdout is not None
    line = await asyncio.wait_for(program.stdout.readline(), 30)
    assert line, "it ended without a word"
    answer: dict[str, Any] = msgspec.json.decode(line)
    return answer


async def test_our_client_logs_in_at_a_certified_provider(
    node: tuple[str, Path], tmp_path: Path, templates: Templates, amqp_url: str
) -> None:
    program, packages = node
    async with certified_provider(
        program, packages, tmp_path, identity_url="http://identity.test"
    ) as file:
        settings = OWN_SETTINGS | {"login_providers_file": str(file)}
        async with (
            running(SERVICE, templates=templates, amqp_url=amqp_url, **settings) as service,
            with_steps(service) as identity,
            httpx.AsyncClient() as outside,
        ):
            identity.clock.set(datetime.now(UTC))
            await walk(identity, outside)


async def walk(identity: Identity, outside: httpx.AsyncClient) -> None:
    """To the provider, back, and in."""
    browser = identity.browser()
    away = await browser.submit(await browser.get("/login"), "/login/with/surfconext")
    at = away.headers["location"]
    while not at.startswith("http://identity.test"):
        answer = await outside.get(at)
        assert answer.status_code in (302, 303), answer.text
        at = str(answer.url.join(answer.headers["location"]))
    back = await browser.get(at)
    assert leads_to(back) == "/welcome", back.text
    page = await browser.get("/welcome")
    assert 'value="Emma Jansen"' in page.text
    await browser.submit(page, "/welcome", accepts_terms="yes")
    fact = await identity.registered()
    assert (fact.affiliation, fact.mail_address) == ("staff", "e.jansen@voorbeeld.example")
