"""One OpenAPI 3.1 document per service.

Paths and parameters come from Litestar; bodies, answers and problems from msgspec, which knows
their constraints, and from what a route says of itself (`access`, `answers`, `events`).
"""

import inspect
import types
import typing
from collections.abc import Iterator
from typing import Any, Union

import msgspec
from litestar import Response, Router
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig

from chassis.health import Health
from chassis.http.access import ANYONE, Access
from chassis.http.app import build_edge
from chassis.http.problems import MEDIA_TYPE, ProblemDocument
from chassis.http.streams import MEDIA_TYPE as EVENTS
from chassis.service import Parts, Service
from chassis.settings import Secret

VERSION = "1.0.0"
_LITESTARS_OWN = "/schema"
"""Where Litestar puts pages about the document; they are there while it is made, and at no other time."""
_SCHEMAS = "#/components/schemas/{name}"
_IDEMPOTENT = {"answer_once", "once_of", "remember_once"}
"""A route that calls one of these needs an Idempotency-Key."""


def openapi(service: Service[Any]) -> dict[str, Any]:
    """Describe a service's edge as OpenAPI 3.1."""
    edge = build_edge(
        service.name, service.routes, parts_to_describe(service), health=Health(), openapi=_CONFIG
    )
    document: dict[str, Any] = edge.app.openapi_schema.to_schema()
    document["info"]["title"] = f"Course Portal: {service.name}"
    document.pop("servers", None)
    document["paths"] = {
        path: methods
        for path, methods in document["paths"].items()
        if not path.startswith(_LITESTARS_OWN)
    }
    kinds = _Kinds()
    for path, method, handler in _operations(edge.app.routes):
        if path in document["paths"]:
            _describe(document["paths"][path][method], handler, kinds)
    document["components"] = {
        "schemas": kinds.schemas(),
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        },
    }
    return document


_CONFIG = OpenAPIConfig(
    title="",
    version=VERSION,
    openapi_router=Router(path=_LITESTARS_OWN, route_handlers=[], opt={"access": ANYONE}),
)


def parts_to_describe(service: Service[Any]) -> Any:
    """Parts for an edge that is described and never asked."""
    required = {
        field.name: _SAMPLE.get(field.name) for field in msgspec.structs.fields(service.settings)
    }
    given = {
        field.name: required[field.name]
        if required[field.name] is not None
        else _sample_of(field.type)
        for field in msgspec.structs.fields(service.settings)
        if field.required
    }
    settings = service.settings(**given)
    nowhere: Any = None
    return Parts(settings=settings, db=nowhere, clock=nowhere)


_SAMPLE: dict[str, Any] = {
    "http_port": 0,
    "issuer_url": "http://issuer",
    "jwks_url": "http://issuer",
}


def _sample_of(kind: Any) -> Any:
    return {int: 0, Secret: Secret("")}.get(kind, "")


def _operations(routes: Any) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    for route in routes:
        for handler in getattr(route, "route_handlers", ()):
            for method in handler.http_methods - {"OPTIONS", "HEAD"}:
                path = route.path_format
                yield path, method.lower(), handler


class _Kinds:
    """The types that a document speaks of, and references to them."""

    def __init__(self) -> None:
        self._all: list[Any] = [ProblemDocument]

    def reference(self, kind: Any) -> dict[str, Any]:
        if kind not in self._all:
            self._all.append(kind)
        (reference,), _ = msgspec.json.schema_components([kind], ref_template=_SCHEMAS)
        return reference

    def schemas(self) -> dict[str, Any]:
        _, schemas = msgspec.json.schema_components(self._all, ref_template=_SCHEMAS)
        return dict(sorted(schemas.items()))


def _describe(operation: dict[str, Any], handler: HTTPRouteHandler, kinds: _Kinds) -> None:
    access: Access = handler.opt["access"]
    operation["operationId"] = handler.handler_name
    summary, _, rest = inspect.cleandoc(handler.fn.__doc__ or "").partition("\n\n")
    operation["summary"] = " ".join(summary.split())
    if rest:
        operation["description"] = " ".join(rest.split())
    operation["security"] = [] if access.public else [{"bearer": []}]
    if access.roles:
        operation["x-roles"] = sorted(access.roles)
    if _IDEMPOTENT & set(handler.fn.__code__.co_names):
        operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
    body = handler.parsed_fn_signature.parameters.get("data")
    if body is not None and "requestBody" in operation:
        for content in operation["requestBody"]["content"].values():
            content["schema"] = kinds.reference(body.annotation)
    success = next(status for status in operation["responses"] if status.startswith(("2", "3")))
    answer = handler.opt.get("answers") or _answer(
        handler.parsed_fn_signature.return_type.annotation
    )
    if answer is not None:
        operation["responses"][success]["content"] = {
            "application/json": {"schema": kinds.reference(answer)}
        }
    if (told := handler.opt.get("events")) is not None:
        operation["responses"][success]["content"] = {
            EVENTS: {
                "schema": kinds.reference(told)
            }  # The `data` of each; OpenAPI 3.1 has no words for more.
        }
    operation["responses"].pop("400", None)
    operation["responses"]["default"] = {
        "description": "A problem (RFC 9457) that says what to do.",
        "content": {MEDIA_TYPE: {"schema": kinds.reference(ProblemDocument)}},
    }


_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "A new UUID for a new request; the same one to repeat it safely.",
    "schema": {"type": "string", "maxLength": 200},
}


def _answer(annotation: Any) -> Any:
    """The struct inside `Response[X]` or `Response[X] | Response[bytes]`; None for anything else."""
    if typing.get_origin(annotation) in (Union, types.UnionType):
        found = [_answer(each) for each in typing.get_args(annotation)]
        return next((each for each in found if each is not None), None)
    if typing.get_origin(annotation) is Response:
        (inner,) = typing.get_args(annotation)
        return inner if _is_struct(inner) else None
    return annotation if _is_struct(annotation) else None


def _is_struct(kind: Any) -> bool:
    plain = typing.get_origin(kind) or kind
    return isinstance(plain, type) and issubclass(plain, msgspec.Struct)
