"""Being forgotten, through identity's doors."""

from typing import Any
from uuid import UUID

import httpx
import msgspec

from contracts.enrolment import EnrolmentAnsweredErasure, EnrolmentErasedPersonalData
from contracts.erasure import Objection, Retained
from contracts.identity import AccountErased, ErasureCancelled, ErasureRequested
from contracts.notification import NotificationErasedPersonalData
from contracts.payment import PaymentAnsweredErasure, PaymentErasedPersonalData
from contracts.records import RecordsErasedPersonalData
from services.identity.edge.export import IdentityExport
from tests.integration.identity.steps import App, Identity
from tests.support.running import eventually

CANARY = "zwaluwstaart"


class Ada:
    """Somebody with a browser and an app."""

    def __init__(self, identity: Identity, account_id: UUID, tokens: dict[str, Any]) -> None:
        self.identity, self.account_id, self.tokens = identity, account_id, tokens

    async def ask(self, method: str, path: str = "/v1/me/erasure") -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.tokens['access_token']}"}
        return await self.identity.http.request(method, path, headers=headers)

    async def answers(self, *objections: Objection, version: int = 1) -> None:
        """Let both services that may object answer; enrolment with these objections."""
        about: dict[str, Any] = {"account_id": self.account_id, "version": version}
        await self.identity.deliver(
            EnrolmentAnsweredErasure(**about, objections=objections),
            PaymentAnsweredErasure(**about, objections=()),
        )

    async def becomes(self, state: str) -> dict[str, Any]:
        async def seen() -> dict[str, Any]:
            found: dict[str, Any] = (await self.ask("GET")).json()
            return found

        return await eventually(seen, lambda found: found.get("state") == state)


async def ada(identity: Identity, *roles: str) -> Ada:
    address = f"{CANARY}@example.org"
    account_id = await identity.register(address, *roles, name=f"Ada {CANARY}")
    return Ada(identity, account_id, await identity.browser().log_in_to_app(address))


async def everything_in(identity: Identity) -> str:
    tables = await identity.fetch(
        "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'"
    )
    rows = [
        record["row"]
        for table in tables
        for record in await identity.fetch(f"SELECT t::text AS row FROM {table['name']} AS t")  # noqa: S608 - the catalog's own names.
    ]
    return "\n".join(rows)


async def test_whoever_is_forgotten_leaves_an_id_and_nothing_else(identity: Identity) -> None:
    person = await ada(identity, "office")
    asked = await person.ask("POST")
    assert (asked.status_code, asked.json()["state"]) == (202, "asked")
    told = await identity.told.wait_for(ErasureRequested)
    assert (told.account_id, told.version) == (person.account_id, 1)

    await person.answers()

    await identity.told.wait_for(AccountErased)
    await person.becomes("erasing")
    assert CANARY not in await everything_in(identity)
    assert (await person.ask("GET", "/v1/me")).status_code == 404
    refreshed = await identity.http.post(
        "/oauth/token",
        data=App().renewal(person.tokens["refresh_token"]),
    )
    assert refreshed.json()["error"] == "invalid_grant"
    left = await identity.fetchval(
        "SELECT count(*) FROM role_grant WHERE revoked_at IS NULL AND account_id = $1",
        person.account_id,
    )
    assert left == 0


async def test_it_is_done_when_every_service_has_said_what_it_keeps(identity: Identity) -> None:
    person = await ada(identity)
    await person.ask("POST")
    await person.answers()
    await person.becomes("erasing")

    about: dict[str, Any] = {"account_id": person.account_id, "erased_at": identity.clock.now()}
    invoices = Retained(what="invoices", because="tax_law", until=identity.clock.now())
    await identity.deliver(
        EnrolmentErasedPersonalData(**about, retained=()),
        PaymentErasedPersonalData(**about, retained=(invoices,)),
        NotificationErasedPersonalData(**about, retained=()),
        RecordsErasedPersonalData(**about, retained=()),
    )

    done = await person.becomes("done")
    assert [each["service"] for each in done["retained"]] == [
        "enrolment",
        "notification",
        "payment",
        "records",
    ]
    assert done["retained"][2]["retained"][0]["because"] == "tax_law"


async def test_an_objection_is_shown_and_nothing_is_lost(identity: Identity) -> None:
    person = await ada(identity)
    await person.ask("POST")

    await person.answers(Objection(why="course_not_over", regarding=UUID(int=7)))

    seen = await person.becomes("objected")
    assert seen["objections"] == [{"why": "course_not_over", "regarding": str(UUID(int=7))}]
    assert (await identity.told.wait_for(ErasureCancelled)).version == 1
    assert (await person.ask("GET", "/v1/me")).json()["name"] == f"Ada {CANARY}"
    assert (await person.ask("POST")).json()["state"] == "asked"
    assert (await identity.told.wait_for(ErasureRequested, 2)).version == 2


async def test_a_request_can_be_taken_back_and_late_answers_change_nothing(
    identity: Identity,
) -> None:
    person = await ada(identity)
    await person.ask("POST")

    assert (await person.ask("DELETE")).json()["state"] == "cancelled"
    await identity.told.wait_for(ErasureCancelled)
    await person.answers()
    await identity.handled("identity.take_erasure_answer", 2)

    assert (await person.ask("GET")).json()["state"] == "cancelled"
    assert (await person.ask("GET", "/v1/me")).status_code == 200
    assert (await person.ask("DELETE")).status_code == 404


async def test_it_takes_a_login_of_a_moment_ago(identity: Identity) -> None:
    person = await ada(identity)
    identity.clock.move(minutes=9)
    assert (await person.ask("GET")).status_code == 404
    identity.clock.move(minutes=1, seconds=1)
    refreshed = await identity.http.post(
        "/oauth/token",
        data=App().renewal(person.tokens["refresh_token"]),
    )
    person.tokens = refreshed.json()

    refused = await person.ask("POST")

    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (
        403,
        "login-not-fresh",
    )


async def test_the_last_administrator_cannot_leave(identity: Identity) -> None:
    person = await ada(identity, "administrator")
    refused = await person.ask("POST")
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (
        409,
        "last-administrator",
    )


async def test_whoever_comes_again_is_somebody_new(identity: Identity) -> None:
    person = await ada(identity)
    await person.ask("POST")
    await person.answers()
    await person.becomes("erasing")

    await identity.sign_up(f"{CANARY}@example.org")
    link = await identity.verification_link()
    answer = await identity.http.post(
        "/v1/accounts/verification", json={"token": link.partition("token=")[2]}
    )

    assert answer.status_code == 200, answer.text
    assert answer.json()["account_id"] != str(person.account_id)


async def test_everything_that_is_known_of_me_and_no_secret(identity: Identity) -> None:
    person = await ada(identity, "office")

    answer = await person.ask("GET", "/v1/me/export")

    mine = msgspec.json.decode(answer.content, type=IdentityExport)
    assert [each.mail_address for each in mine.account] == [f"{CANARY}@example.org"]
    assert [each.mail_address for each in mine.logins] == [f"{CANARY}@example.org"]
    assert [each.role for each in mine.roles] == ["office"]
    assert [each.client_id for each in mine.apps] == ["demo"]
    assert "argon2" not in answer.text
