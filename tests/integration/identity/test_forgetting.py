"""What is over is forgotten, and nothing else."""

from services.identity.jobs import forget_what_is_over
from tests.integration.identity.steps import App, Identity


async def counts(identity: Identity) -> dict[str, int]:
    tables = (
        "account", "sign_up", "password_reset", "session", "authorization_code", "token_family", "refresh_token",
    )  # fmt: skip
    return {
        table: await identity.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - our own names.
        for table in tables
    }


async def test_what_is_over_is_forgotten_and_nothing_else(identity: Identity) -> None:
    await identity.register()
    await identity.sign_up("never-proved@example.org")
    await identity.sign_up("ada@example.org")
    browser, app = identity.browser(), App()
    await browser.log_in_to_app("ada@example.org", app)
    lasting = await browser.log_in_to_app(
        "ada@example.org", app, scope="openid offline_access", prompt="login"
    )
    before = await counts(identity)
    await forget_what_is_over(identity.parts)
    assert await counts(identity) == before
    assert before == {
        "account": 1,
        "sign_up": 1,
        "password_reset": 1,
        "session": 1,
        "authorization_code": 2,
        "token_family": 2,
        "refresh_token": 2,
    }

    identity.clock.move(days=8)
    assert await forget_what_is_over(identity.parts) == 6

    assert await counts(identity) == {
        "account": 1,
        "sign_up": 0,
        "password_reset": 0,
        "session": 0,
        "authorization_code": 0,
        "token_family": 1,
        "refresh_token": 1,
    }
    renewed = await browser.http.post("/oauth/token", data=app.renewal(lasting["refresh_token"]))
    assert renewed.status_code == 200
