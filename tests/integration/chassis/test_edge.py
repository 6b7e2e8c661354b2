"""What every edge does, whatever the service: tokens, problems, repetition, health."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from litestar import get

from chassis.health import Health
from chassis.http.access import Gatekeeper
from chassis.http.app import build_edge
from chassis.refusals import Refusal
from tests.support.people import ISSUER, StagedClock, bearer, gatekeeper, signing_key
from tests.support.running import Running, eventually


@pytest.mark.parametrize(
    ("claims", "what"),
    [
        ({"iss": "http://somebody.else"}, "another issuer"),
        ({"aud": "another-portal"}, "another audience"),
        ({"aud": ["another-portal", "a-third"]}, "other audiences"),
        ({"exp": 1}, "expired"),
        ({"exp": None}, "never expires"),
        ({"nbf": 3_900_000_000}, "not yet"),
        ({"iat": 3_900_000_000}, "made in the future"),
        ({"roles": "office"}, "roles that are no list"),
        ({"sub": "not-an-account"}, "no account"),
    ],
)
async def test_a_token_that_is_not_ours_or_not_now_is_refused(
    idle_trial: Running, claims: dict[str, Any], what: str
) -> None:
    answer = await idle_trial.post("/v1/notes", {}, None, headers=bearer(uuid4(), **claims))

    assert answer.status_code == 401, what
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


async def test_a_token_signed_by_somebody_else_is_refused(idle_trial: Running) -> None:
    forger = RSAKey.generate_key(2048, {"kid": "test"})
    claims = {"iss": ISSUER, "aud": "course-portal", "sub": str(uuid4()), "exp": 4_000_000_000}
    token = jwt.encode({"alg": "RS256", "typ": "at+jwt", "kid": "test"}, claims, forger)

    answer = await idle_trial.post(
        "/v1/notes", {}, None, headers={"Authorization": f"Bearer {token}"}
    )

    assert answer.status_code == 401


async def test_an_id_token_is_no_access_token(idle_trial: Running) -> None:
    claims = {"iss": ISSUER, "aud": "course-portal", "sub": str(uuid4()), "exp": 4_000_000_000}
    token = jwt.encode({"alg": "RS256", "typ": "JWT", "kid": "test"}, claims, signing_key())

    answer = await idle_trial.post(
        "/v1/notes", {}, None, headers={"Authorization": f"Bearer {token}"}
    )

    assert answer.status_code == 401


async def test_no_key_is_fetched_for_what_is_no_access_token() -> None:
    class NotAsked:
        async def keys(self, kid: str | None) -> KeySet:
            raise AssertionError(kid)

    token = jwt.encode({"alg": "RS256", "typ": "JWT", "kid": "test"}, {}, signing_key())

    with pytest.raises(Refusal, match="not-signed-in"):
        await Gatekeeper(ISSUER, NotAsked(), StagedClock()).admit(token)


async def test_everybody_may_ask_which_methods_a_route_has(idle_trial: Running) -> None:
    answer = await idle_trial.http.options("/v1/notes")

    assert answer.status_code == 204
    assert "POST" in answer.headers["allow"]


async def test_an_unexpected_error_shows_nothing_but_a_number_to_report(
    idle_trial: Running,
) -> None:
    answer = await idle_trial.get(
        "/v1/broken", uuid4(), "office", headers={"X-Correlation-Id": "req-42"}
    )

    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.headers["x-correlation-id"] == "req-42"
    assert answer.json()["type"] == "http://trial.test/problems/internal"


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/v1/nothing", 404), ("DELETE", "/v1/notes", 405)]
)
async def test_what_does_not_exist_is_a_problem_too(
    idle_trial: Running, method: str, path: str, status: int
) -> None:
    answer = await idle_trial.http.request(method, path)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert "x-correlation-id" in answer.headers


async def test_a_body_that_is_no_json_is_refused_clearly(idle_trial: Running) -> None:
    answer = await idle_trial.http.post(
        "/v1/notes",
        content=b"{",
        headers={"Content-Type": "application/json", "Idempotency-Key": "k"} | bearer(uuid4()),
    )

    assert answer.status_code == 400
    assert answer.json()["type"].endswith("/problems/not-readable")


async def test_a_body_that_is_too_large_is_refused(idle_trial: Running) -> None:
    answer = await idle_trial.post("/v1/notes", {"what": "x" * 300_000}, uuid4())

    assert answer.status_code == 413
    assert answer.json()["type"].endswith("/problems/too-large")


async def test_every_problem_type_leads_to_what_it_means(idle_trial: Running) -> None:
    refused = await idle_trial.post(
        "/v1/notes", {"what": "x"}, None, headers={"Accept-Language": "nl"}
    )

    meaning = await idle_trial.http.get(refused.json()["type"], headers={"Accept-Language": "nl"})

    assert meaning.json()["title"] == refused.json()["title"] == "Log eerst in"


async def test_a_post_without_a_key_is_told_to_bring_one(idle_trial: Running) -> None:
    answer = await idle_trial.http.post("/v1/notes", json={"what": "x"}, headers=bearer(uuid4()))

    assert answer.status_code == 428
    assert answer.json()["type"].endswith("/problems/idempotency-key-missing")


async def test_the_same_key_of_two_people_are_two_keys(idle_trial: Running) -> None:
    for _ in range(2):
        answer = await idle_trial.post("/v1/notes", {"what": "x"}, uuid4(), key="k")
        assert answer.status_code == 201

    assert (await idle_trial.get("/v1/notes")).json() == {"notes": 2}


async def test_a_repetition_waits_for_the_first_and_gets_its_answer(idle_trial: Running) -> None:
    service, ada = idle_trial, uuid4()
    service.parts.trouble.hold = asyncio.Event()
    first = asyncio.create_task(service.post("/v1/notes", {"what": "x"}, ada, key="k"))
    await eventually(lambda: _is(service.parts.trouble.handled == 1))

    second = asyncio.create_task(service.post("/v1/notes", {"what": "x"}, ada, key="k"))
    await eventually(
        lambda: service.fetchval(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
    )
    service.parts.trouble.hold.set()

    assert (await first).json() == (await second).json() == {"wrote": "x"}
    assert (await second).headers["idempotent-replayed"] == "true"
    assert (await service.get("/v1/notes")).json() == {"notes": 1}


async def test_a_request_that_failed_may_be_repeated_with_its_key(idle_trial: Running) -> None:
    service, ada = idle_trial, uuid4()
    service.parts.trouble.refuse = {"x"}
    assert (await service.post("/v1/notes", {"what": "x"}, ada, key="k")).status_code == 500

    service.parts.trouble.refuse = set()

    assert (await service.post("/v1/notes", {"what": "x"}, ada, key="k")).status_code == 201


async def test_readiness_tells_what_is_missing(idle_trial: Running) -> None:
    health = Health()
    health.needs("database", idle_trial.parts.db.answers)
    health.wants("consumers", lambda: _is(False))
    ready = await _ask_ready(idle_trial, health)
    health.needs("keys", lambda: _is(False))
    unready = await _ask_ready(idle_trial, health)

    assert (ready.status_code, ready.json()) == (200, {"ready": True, "missing": ["consumers"]})
    assert unready.status_code == 503
    assert unready.json() == {"ready": False, "missing": ["consumers", "keys"]}
    assert "retry-after" in unready.headers


async def _ask_ready(service: Running, health: Health) -> httpx.Response:
    edge = build_edge(
        "trial", [], service.parts, health=health, gatekeeper=gatekeeper(service.clock)
    )
    transport = httpx.ASGITransport(edge)  # type: ignore[arg-type] # Litestar's types.
    async with httpx.AsyncClient(transport=transport, base_url="http://trial.test") as client:
        return await client.get("/health/ready")


async def test_metrics_count_requests_by_route_and_not_by_address(idle_trial: Running) -> None:
    await idle_trial.get("/v1/notes")

    metrics = (await idle_trial.get("/metrics")).text

    assert 'http_request_seconds_count{method="GET",route="/v1/notes",status="200"}' in metrics


async def test_a_route_that_does_not_say_who_may_use_it_does_not_start(idle_trial: Running) -> None:
    @get("/open")
    async def forgotten() -> None: ...

    with pytest.raises(ValueError, match=r"forgotten .* does not say who may use it"):
        build_edge("trial", [forgotten], idle_trial.parts, health=Health())


async def _is(holds: bool) -> bool:
    return holds
