"""People and their roles: who may see and change what, and what is remembered of it."""

import argparse
import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from chassis.service import UsageError
from contracts.identity import AccountCorrected
from services.identity import commands
from services.identity.app import SERVICE
from tests.integration.identity.steps import Identity
from tests.support.running import eventually


async def test_only_administrators_search_and_change_roles(identity: Identity) -> None:
    ada = await identity.register()
    desks = ["office", "lecturer", "coordinator", "finance"]
    for role in [*desks, "nobody"]:
        bearer = await identity.bearer(f"{role}@example.org", *([role] if role in desks else []))
        for method, path in (
            ("GET", "/v1/people?query=ada"),
            ("GET", f"/v1/people/{ada}"),
            ("PUT", f"/v1/people/{ada}/roles/administrator"),
            ("DELETE", f"/v1/people/{ada}/roles/administrator"),
        ):
            answer = await identity.http.request(method, path, headers=bearer)
            assert answer.status_code == 403, (role, method, path)
            assert answer.json()["type"].endswith("/problems/forbidden")
    assert (await identity.http.put(f"/v1/people/{ada}/roles/office")).status_code == 401
    assert (
        await identity.fetchval("SELECT count(*) FROM role_grant WHERE account_id = $1", ada) == 0
    )


async def test_a_role_comes_and_goes_and_all_of_it_is_remembered(identity: Identity) -> None:
    ada, boss = await identity.register(), uuid4()
    bearer = await identity.bearer("boss@example.org", "administrator", account_id=boss)
    path = f"/v1/people/{ada}/roles/office"

    for _ in range(2):
        granted = await identity.http.put(path, headers=bearer)
        assert granted.status_code == 204, granted.text
    identity.clock.move(minutes=5)
    for _ in range(2):
        assert (await identity.http.delete(path, headers=bearer)).status_code == 204
    await identity.http.put(path, headers=bearer)

    person = (await identity.http.get(f"/v1/people/{ada}", headers=bearer)).json()
    assert person["roles"] == ["learner", "office"]
    first, second = person["grants"]
    assert first == {
        "role": "office",
        "granted_at": "2027-03-10T13:00:00Z",
        "granted_how": "administrator",
        "granted_by": str(boss),
        "revoked_at": "2027-03-10T13:05:00Z",
        "revoked_by": str(boss),
    }
    assert second["revoked_at"] is None


@pytest.mark.parametrize(
    ("path", "status", "problem"),
    [
        ("{ada}/roles/learner", 422, "learner-is-everybody"),
        ("{ada}/roles/emperor", 422, "invalid-input"),
        ("{nobody}/roles/office", 404, "no-such-person"),
    ],
)
async def test_what_cannot_be_granted_is_refused(
    identity: Identity, path: str, status: int, problem: str
) -> None:
    ada = await identity.register()
    bearer = await identity.bearer("boss@example.org", "administrator")

    answer = await identity.http.put(
        f"/v1/people/{path.format(ada=ada, nobody=uuid4())}", headers=bearer
    )

    assert answer.status_code == status, answer.text
    assert answer.json()["type"].endswith(f"/problems/{problem}")


async def test_the_last_administrator_stays(identity: Identity) -> None:
    boss, deputy = uuid4(), uuid4()
    bearer = await identity.bearer("boss@example.org", "administrator", account_id=boss)
    await identity.register("deputy@example.org", "administrator", account_id=deputy)
    now = identity.clock.now()

    # The deputy is taking the role from the boss while the boss takes it from the deputy.
    async with identity.parts.db.transaction() as tx:
        await commands.roles.revoke_role(tx, boss, "administrator", by=deputy, now=now)
        taking = asyncio.create_task(
            identity.http.delete(f"/v1/people/{deputy}/roles/administrator", headers=bearer)
        )
        await eventually(identity.somebody_waits_for_a_lock)
    answer = await taking

    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/problems/last-administrator")


async def test_the_first_administrator_comes_about_by_command(
    identity: Identity, capsys: pytest.CaptureFixture[str]
) -> None:
    ada = await identity.register()
    grant = SERVICE.verbs["grant-role"].run
    given = argparse.Namespace(mail_address="ADA@example.org", role="administrator")

    await grant(identity.parts, given)
    await grant(identity.parts, given)

    said = capsys.readouterr().out
    assert "ADA@example.org is administrator." in said
    assert "ADA@example.org was already administrator." in said
    kept = await identity.fetch("SELECT account_id, granted_how, granted_by FROM role_grant")
    assert [tuple(each) for each in kept] == [(ada, "command", None)]
    with pytest.raises(UsageError, match="Nobody has an account with eve@"):
        await grant(
            identity.parts, argparse.Namespace(mail_address="eve@example.org", role="office")
        )


async def test_administrators_find_people_by_name_and_address_page_by_page(
    identity: Identity,
) -> None:
    for number, name in enumerate(["Łucja Ñuñez", "ada lovelace", "Grace Hopper", "Ada 100%"]):
        await identity.register(f"p{number}@example.org", name=name)
    bearer = await identity.bearer("boss@example.org", "administrator", name="Zed")

    async def found(**query: Any) -> list[str]:
        path: str | None = "/v1/people"
        names: list[str] = []
        while path is not None:
            answer = await identity.http.get(path, params=query or None, headers=bearer)
            assert answer.status_code == 200, answer.text
            names += [each["name"] for each in answer.json()["items"]]
            path, query = answer.json()["next"], {}
        return names

    assert await found(query="ada") == ["Ada 100%", "ada lovelace"]
    assert await found(query="ŁUCJA") == ["Łucja Ñuñez"]
    assert await found(query="100%") == ["Ada 100%"]
    assert await found(query="__") == []
    everybody = ["Ada 100%", "ada lovelace", "Grace Hopper", "Zed", "Łucja Ñuñez"]
    assert await found(query="@example.org", limit=2) == everybody
    too_short = await identity.http.get("/v1/people?query=a", headers=bearer)
    assert too_short.status_code == 422


async def test_desks_read_names_of_those_whose_ids_they_hold_and_nothing_else(
    identity: Identity,
) -> None:
    ada, eve = await identity.register(), await identity.register("eve@example.org", name="Eve")
    for role in ("office", "lecturer", "coordinator", "finance"):
        bearer = await identity.bearer(f"{role}@example.org", role)

        answer = await identity.http.get(
            "/v1/people", params={"ids": [str(ada), str(eve), str(uuid4())]}, headers=bearer
        )

        assert answer.json()["items"] == [
            {
                "account_id": str(person),
                "name": name,
                "affiliation": "guest",
                "mail_address": None,
                "roles": None,
            }
            for person, name in ((ada, "Ada Lovelace"), (eve, "Eve"))
        ]


@pytest.mark.parametrize(
    "query", [{}, {"query": "ada", "ids": [str(UUID(int=1))]}, {"ids": [str(uuid4())] * 101}]
)
async def test_a_list_of_people_is_asked_for_in_one_way_and_is_bounded(
    identity: Identity, query: dict[str, Any]
) -> None:
    bearer = await identity.bearer("boss@example.org", "administrator")

    answer = await identity.http.get("/v1/people", params=query, headers=bearer)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "query"


async def test_i_correct_my_name_and_language_and_the_others_are_told(identity: Identity) -> None:
    ada = uuid4()
    bearer = await identity.bearer("ada@example.org", account_id=ada)
    me = await identity.http.get("/v1/me", headers=bearer)
    assert me.json() == {
        "account_id": str(ada),
        "version": 1,
        "name": "Ada Lovelace",
        "mail_address": "ada@example.org",
        "language": "en",
        "affiliation": "guest",
        "roles": ["learner"],
    }

    changed = await identity.http.patch(
        "/v1/me",
        json={"name": " Ada  King ", "language": "nl"},
        headers=bearer | {"If-Match": me.headers["etag"]},
    )

    assert (changed.json()["name"], changed.json()["version"]) == ("Ada King", 2)
    fact = await identity.told.wait_for(AccountCorrected)
    assert (fact.account_id, fact.version, fact.name, fact.language) == (ada, 2, "Ada King", "nl")
    assert (await identity.http.get("/v1/me", headers=bearer)).headers["etag"] == changed.headers[
        "etag"
    ]


async def test_a_correction_from_an_old_state_or_without_one_is_refused(identity: Identity) -> None:
    bearer = await identity.bearer("ada@example.org")
    etag = (await identity.http.get("/v1/me", headers=bearer)).headers["etag"]

    async def correct(name: str, **headers: str) -> int:
        answer = await identity.http.patch("/v1/me", json={"name": name}, headers=bearer | headers)
        return answer.status_code

    assert await correct("Ada King") == 428
    assert await correct("?!", **{"If-Match": etag}) == 422
    assert await correct("Ada King", **{"If-Match": etag}) == 200
    assert await correct("Ada Byron", **{"If-Match": etag}) == 412
    again = (await identity.http.get("/v1/me", headers=bearer)).headers["etag"]
    assert await correct("Ada King", **{"If-Match": again}) == 200
    await identity.everything_told()
    assert len(identity.told.of(AccountCorrected)) == 1


async def test_the_office_finds_whose_a_whole_mail_address_is(identity: Identity) -> None:
    ada = await identity.register()
    office = await identity.bearer("office@example.org", "office")
    lecturer = await identity.bearer("lecturer@example.org", "lecturer")

    async def ask(address: str, bearer: dict[str, str]) -> httpx.Response:
        return await identity.http.get("/v1/people", params={"address": address}, headers=bearer)

    found = await ask("ADA@example.org", office)
    part = await ask("ada@", office)
    refused = await ask("ada@example.org", lecturer)

    (person,) = found.json()["items"]
    assert (person["account_id"], person["mail_address"]) == (str(ada), None)
    assert found.headers["cache-control"] == "no-store"
    assert part.json()["items"] == []
    assert refused.status_code == 403
