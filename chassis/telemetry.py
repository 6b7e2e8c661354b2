"""What a process says about itself: structured logs, metrics, traces, and the id that ties them together."""

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

import structlog
from opentelemetry import trace
from opentelemetry.propagate import extract, inject
from prometheus_client import Counter, Gauge, Histogram

from chassis.ids import new_id

_correlation: ContextVar[str] = ContextVar("correlation_id", default="")
_correlations: ContextVar[Mapping[UUID, str]] = ContextVar("correlation_ids", default={})  # noqa: B039 - never changed.

HTTP_SECONDS = Histogram(
    "http_request_seconds",
    "From the first byte of a request to the last of its answer.",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
FACTS_PUBLISHED = Counter("facts_published", "Facts that the broker has confirmed.", ["topic"])
FACTS_HANDLED = Counter(
    "facts_handled", "Facts by consumer and what became of them.", ["consumer", "outcome"]
)
FACT_AGE_SECONDS = Histogram(
    "fact_age_seconds",
    "From a fact's commit to its effect in this consumer.",
    ["consumer"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300),
)
STREAMS_OPEN = Gauge("http_streams_open", "Streams of server-sent events that are open.")
OUTBOX_ROWS = Gauge("outbox_rows", "Facts that wait for the broker.")
OUTBOX_PARKED = Gauge("outbox_parked_rows", "Facts that no queue took: an operator must look.")
OUTBOX_AGE_SECONDS = Gauge(
    "outbox_age_seconds", "Age of the oldest fact that waits for the broker."
)
JOBS_DONE = Counter("jobs_done", "Things that were due and are done.", ["job"])
JOBS_FAILED = Counter("jobs_failed", "Ticks that failed and will be repeated.", ["job"])

tracer = trace.get_tracer("course-portal")
_recording = False


def correlation_id() -> str:
    """The id of the request, fact or tick that is being worked on."""
    return _correlation.get() or str(new_id())


def correlation_of(subject: UUID) -> str:
    """The id of what made this happen to an aggregate, where one transaction works for many requests."""
    return _correlations.get().get(subject) or correlation_id()


@contextmanager
def correlated_each(identifiers: Mapping[UUID, str]) -> Iterator[None]:
    """Work on behalf of many requests at once; what is told about each aggregate carries its own id."""
    token = _correlations.set(identifiers)
    try:
        yield
    finally:
        _correlations.reset(token)


@contextmanager
def correlated(identifier: str) -> Iterator[None]:
    """Work on behalf of a request or a fact; every log line and every fact told carries its id."""
    token = _correlation.set(identifier)
    try:
        yield
    finally:
        _correlation.reset(token)


def current_traceparent() -> str | None:
    """The W3C trace context to send along, or None when nothing is recorded."""
    if not _recording:
        return None
    carrier: dict[str, str] = {}
    inject(carrier)
    return carrier.get("traceparent")


@contextmanager
def span(name: str, *, traceparent: str | None, kind: trace.SpanKind) -> Iterator[None]:
    """Record a piece of work as part of the trace that it came with; costs nothing where none is recorded."""
    if not _recording:
        yield
        return
    context = extract({"traceparent": traceparent}) if traceparent else None
    with tracer.start_as_current_span(name, context=context, kind=kind):
        yield


def configure(service: str, *, level: str, otlp_endpoint: str) -> None:
    """Set up logs as JSON lines on standard output, and traces where an endpoint is given."""
    structlog.configure(
        processors=[
            _add_correlation,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # Without the values of variables: they are people, links and bodies.
            structlog.processors.ExceptionRenderer(
                structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
            ),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stdout),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    # Libraries speak up only about what is wrong.
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stdout, format="%(levelname)s %(name)s %(message)s"
    )
    for reconnecting in ("aio_pika", "aiormq", "aio_pika.robust_connection"):
        logging.getLogger(reconnecting).setLevel(logging.CRITICAL)  # We log its coming and going.
    if otlp_endpoint:
        _export_traces(service, otlp_endpoint)


def _add_correlation(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    if identifier := _correlation.get():
        event["correlation_id"] = identifier
    return structlog.contextvars.merge_contextvars(_logger, _method, event)


def _export_traces(service: str, endpoint: str) -> None:
    global _recording  # noqa: PLW0603 - once, when the process starts.
    # Imported here: about 15 MB that a process without traces does not need.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    _recording = True
