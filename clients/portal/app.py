"""The portal, put together."""

from typing import Any

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide

from chassis.health import Health
from chassis.http.app import hold_to_access, metrics, ready
from chassis.http.app import live as is_live
from chassis.http.envelope import Observed
from clients.portal.errors import show_error
from clients.portal.guard import AccessControl, Sessions, require_own_form
from clients.portal.parts import Parts
from clients.portal.routes import (
    account,
    catalogue,
    conditions,
    course,
    desk,
    desk_courses,
    desk_enrolling,
    desk_evaluation,
    desk_files,
    desk_mails,
    desk_payments,
    desk_people,
    desk_publishing,
    desk_refunds,
    desk_results,
    desk_transfers,
    desk_withdrawals,
    enrolling,
    entrance,
    evaluating,
    helping,
    information,
    learning,
    live,
    personal_data,
    records,
    static,
)
from clients.portal.settings import Settings
from clients.portal.visit import visit_of
from clients.portal.words import LANGUAGES

_MAX_BODY_BYTES = 256 * 1024

PAGES = [
    *account.ROUTES,
    *catalogue.ROUTES,
    *conditions.ROUTES,
    *course.ROUTES,
    *desk.ROUTES,
    *desk_courses.ROUTES,
    *desk_enrolling.ROUTES,
    *desk_evaluation.ROUTES,
    *desk_files.ROUTES,
    *desk_mails.ROUTES,
    *desk_payments.ROUTES,
    *desk_people.ROUTES,
    *desk_publishing.ROUTES,
    *desk_refunds.ROUTES,
    *desk_results.ROUTES,
    *desk_transfers.ROUTES,
    *desk_withdrawals.ROUTES,
    *enrolling.ROUTES,
    *entrance.IN_A_LANGUAGE,
    *evaluating.ROUTES,
    *helping.ROUTES,
    *information.ROUTES,
    *learning.ROUTES,
    *live.ROUTES,
    *personal_data.ROUTES,
    *records.ROUTES,
]
"""Every page stands below `/nl` and below `/en`."""


def build_portal(parts: Parts, *, health: Health) -> Observed[Sessions]:
    """Make the ASGI application."""
    app = Litestar(
        [
            *(Router(path=f"/{language}", route_handlers=PAGES) for language in LANGUAGES),
            *entrance.WITHOUT_A_LANGUAGE,
            *static.ROUTES,
            is_live,
            ready,
            metrics,
        ],
        dependencies={"visit": Provide(visit_of, sync_to_thread=False)},
        middleware=[AccessControl()],
        before_request=require_own_form,
        exception_handlers={Exception: show_error},
        request_max_body_size=_MAX_BODY_BYTES,
        state=State({"parts": parts, "health": health}),
        openapi_config=None,
        logging_config=None,
    )
    hold_to_access(app)
    return Observed(Sessions(app, parts), _headers(parts.settings))


def _headers(settings: Settings) -> dict[str, str]:
    """What every answer says to browsers. Styles, scripts and forms are ours only; nobody frames us."""
    targets = " ".join(["'self'", _origin(settings.issuer_url), *settings.checkout_origins])
    rules: dict[str, Any] = {
        "default-src": "'none'",
        "style-src": "'self'",
        "script-src": "'self'",
        "connect-src": "'self'",
        "img-src": "'self' data:",
        # Browsers hold redirects to it too: after logging out and paying one is led away.
        "form-action": targets,
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    headers = {
        "content-security-policy": "; ".join(f"{name} {value}" for name, value in rules.items()),
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "x-frame-options": "DENY",
    }
    if settings.is_https:
        headers["strict-transport-security"] = "max-age=31536000; includeSubDomains"
    return headers


def _origin(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"
