"""The first door: a service's HTTP edge, put together the same way for all."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from litestar import Litestar, MediaType, Response, Router, get
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.handlers import BaseRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.params import FromPath
from litestar.static_files import create_static_files_router
from litestar.types import ControllerRouterHandler
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from chassis.clock import Clock
from chassis.database import Database
from chassis.health import Health
from chassis.http.access import (
    ANYONE,
    AccessControl,
    Caller,
    FetchedKeys,
    Gatekeeper,
    require_access_everywhere,
)
from chassis.http.envelope import Observed
from chassis.http.problems import NOT_FOUND, STATUS, to_response
from chassis.http.request import AnyRequest
from chassis.language import preferred_language
from chassis.refusals import Problem
from chassis.settings import ServiceSettings
from contracts.fact import Language

_MAX_BODY_BYTES = 256 * 1024
_DOCUMENTS = Path(__file__).parents[2] / "contracts" / "openapi"
_PAGES = Path(__file__).parent.parent / "pages"


class EdgeParts(Protocol):
    """What every service's parts have."""

    @property
    def settings(self) -> ServiceSettings: ...
    @property
    def db(self) -> Database: ...
    @property
    def clock(self) -> Clock: ...


def build_edge(
    name: str,
    routes: Sequence[ControllerRouterHandler],
    parts: EdgeParts,
    *,
    health: Health,
    gatekeeper: Gatekeeper | None = None,
    openapi: OpenAPIConfig | None = None,
) -> Observed[Litestar]:
    """Make the ASGI application of a service.

    Args:
        name: of the service.
        routes: its handlers; each says in `access` who may use it.
        parts: handed to every handler that asks for `parts`.
        health: what readiness depends on.
        gatekeeper: checks tokens; by default against the issuer's published keys.
        openapi: given by the generator of the committed documents only; a running edge serves those.
    """
    settings = parts.settings
    if gatekeeper is None:
        keys = FetchedKeys(settings.jwks_url)
        gatekeeper = Gatekeeper(settings.issuer_url, keys, parts.clock)
    own_routes = [live, ready, metrics, document, try_it, describe_problem]
    app = Litestar(
        [*routes, *own_routes, _static_files()],
        dependencies={
            "parts": Provide(_constant(parts), sync_to_thread=False),
            "caller": Provide(_caller, sync_to_thread=False),
            "asker": Provide(_asker, sync_to_thread=False),
            "language": Provide(_language, sync_to_thread=False),
        },
        middleware=[AccessControl(gatekeeper)],
        exception_handlers={Exception: to_response},
        request_max_body_size=_MAX_BODY_BYTES,
        cors_config=_cors(settings) if settings.cors_origins else None,
        state=State(
            {
                "name": name,
                "settings": settings,
                "parts": parts,
                "health": health,
            }
        ),
        openapi_config=openapi,
        logging_config=None,
    )
    hold_to_access(app)
    return Observed(app)


def hold_to_access(app: Litestar) -> None:
    """Refuse to start with a route that does not say who may use it.

    Raises:
        ValueError: names the route.
    """
    handlers = _handlers(app)
    for handler in handlers:
        if getattr(handler, "http_methods", None) == {"OPTIONS"}:
            handler.opt["access"] = ANYONE  # Litestar adds them; they tell what methods there are.
    require_access_everywhere(handlers)


def _handlers(app: Litestar) -> list[BaseRouteHandler]:
    handlers: list[BaseRouteHandler] = []
    for route in app.routes:
        found = getattr(route, "route_handlers", None) or [getattr(route, "route_handler", None)]
        handlers += [handler for handler in found if isinstance(handler, BaseRouteHandler)]
    return handlers


def _constant(parts: EdgeParts) -> Any:
    def provide() -> Any:
        return parts

    return provide


def _caller(request: AnyRequest) -> Caller:
    """Who asks; on a route that is not public."""
    caller: Caller = request.scope["user"]
    return caller


def _asker(request: AnyRequest) -> Caller | None:
    """Who asks, on a public route; None without a token."""
    asker: Caller | None = request.scope["user"]
    return asker


def _language(request: AnyRequest) -> Language:
    return preferred_language(request.headers.get("accept-language"))


def _cors(settings: ServiceSettings) -> CORSConfig:
    return CORSConfig(
        allow_origins=list(settings.cors_origins),
        allow_headers=[
            "Authorization",
            "Content-Type",
            "Idempotency-Key",
            "If-Match",
            "If-None-Match",
            "Prefer",
        ],
        expose_headers=["ETag", "Link", "Location", "Retry-After", "X-Correlation-Id"],
    )


@get("/health/live", access=ANYONE, include_in_schema=False, sync_to_thread=False)
def live() -> dict[str, bool]:
    """The process runs."""
    return {"live": True}


@get("/health/ready", access=ANYONE, include_in_schema=False)
async def ready(state: State) -> Response[dict[str, Any]]:
    """The process can do its work; tells what is missing."""
    health: Health = state.health
    report = await health.report()
    return Response(
        {"ready": report.ready, "missing": report.missing},
        status_code=200 if report.ready else 503,
        headers={} if report.ready else {"Retry-After": "2"},
    )


@get("/metrics", access=ANYONE, include_in_schema=False, sync_to_thread=False)
def metrics() -> Response[bytes]:
    """For Prometheus."""
    return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


@get("/openapi.json", access=ANYONE, include_in_schema=False, sync_to_thread=False)
def document(state: State) -> Response[bytes]:
    """This edge as an OpenAPI 3.1 document."""
    return Response((_DOCUMENTS / f"{state.name}.json").read_bytes(), media_type="application/json")


@get("/docs", access=ANYONE, include_in_schema=False, sync_to_thread=False)
def try_it() -> Response[bytes]:
    """A page to try this edge on."""
    return Response((_PAGES / "docs.html").read_bytes(), media_type=MediaType.HTML)


@get("/problems/{code:str}", access=ANYONE, include_in_schema=False, sync_to_thread=False)
def describe_problem(code: FromPath[str], language: NamedDependency[Language]) -> dict[str, Any]:
    """What a problem type means: `type` of every problem document leads here."""
    problem = Problem.every.get(code)
    if problem is None:
        raise NOT_FOUND()
    return {
        "code": problem.code,
        "status": int(STATUS[problem.kind]),
        "title": problem.title.in_language(language),
        "detail": problem.detail.in_language(language),
    }


def _static_files() -> Router:
    """The stylesheet and pictures of pages that services show themselves, and Swagger UI."""
    swagger = importlib.util.find_spec("swagger_ui")
    if swagger is None or not swagger.submodule_search_locations:
        raise RuntimeError("swagger-ui-py is not installed")
    return create_static_files_router(
        path="/static",
        directories=[_PAGES / "static", Path(swagger.submodule_search_locations[0]) / "static"],
        opt={"access": ANYONE},
        include_in_schema=False,
    )
