"""Logging in at a provider that the OpenID Foundation certified; two logins of one person (A5-A8). In a browser."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Language, Sit
from tests.browser.identity_alone import identity_alone
from tests.browser.looking import look
from tests.support.certified import certified_provider
from tests.support.node import node_with
from tests.support.servers import Templates
from tests.support.streaming import free_port


@pytest.fixture(scope="module")
async def node(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    packages = tmp_path_factory.mktemp("certified")
    return await node_with(packages, "oidc-provider@9"), packages


@pytest.mark.parametrize(
    ("way", "name", "affiliation", "language"),
    [
        ("surfconext", "Emma Jansen", "staff", "nl"),
        ("eduid", "Sofie Peters", "student", "en"),
    ],
    ids=["by institution", "by eduID"],
)
async def test_a_certified_provider_says_who_comes_and_proves_another_login(
    sit: Sit,
    node: tuple[str, Path],
    tmp_path: Path,
    templates: Templates,
    amqp_url: str,
    way: str,
    name: str,
    affiliation: str,
    language: Language,
) -> None:
    home = f"http://127.0.0.1:{free_port()}"
    async with (
        certified_provider(*node, tmp_path, identity_url=home) as file,
        identity_alone(templates, amqp_url, home, login_providers_file=str(file)) as identity,
    ):
        identity.clock.set(datetime.now(UTC))
        watched = await sit(language=language)
        page = watched.page
        await page.goto(f"{home}/login?then=logins")
        await page.locator(f'form[action*="/login/with/{way}"] button').click()
        await page.wait_for_url("**/welcome*")
        await expect(page.locator("#name")).to_have_value(name)
        await look(watched, f"welcome-certified-{way}-{language}")
        await page.locator("#terms").check()
        await page.locator('form[action$="/welcome"] button').click()
        await page.wait_for_url("**/logins")
        assert (await identity.registered()).affiliation == affiliation
        await look(watched, f"logins-{way}-{language}")

        other = {"surfconext": "eduid", "eduid": "surfconext"}[way]
        await page.locator(f'form[action$="/logins/add/{other}"] button').click()
        await expect(page.locator('form[action$="/logins/separate"]')).to_have_count(2)
        await look(watched, f"logins-joined-{way}-{language}")
        await page.locator('form[action$="/logins/separate"] button').last.click()
        await expect(page.locator(f'form[action$="/logins/add/{other}"]')).to_be_visible()
        await look(watched, f"logins-separated-{way}-{language}")
