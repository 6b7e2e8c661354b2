"""The one cookie: who is logged in, or who is on the way to the login page. Anonymous visitors have none."""

from litestar.datastructures import Cookie

from clients.portal.login.attempts import Attempt
from clients.portal.sessions.sealing import Sealer, as_text, from_text
from clients.portal.settings import Settings

_SESSION, _ATTEMPTS = "s.", "a."
_PLACE = b"cookie"


def name_of(settings: Settings) -> str:
    """With `__Host-`, where a browser accepts that: no other site of this domain can then plant one."""
    return "__Host-portal" if settings.is_https else "portal"


def secret_in(value: str) -> str | None:
    """The secret of somebody who is logged in."""
    return value.removeprefix(_SESSION) if value.startswith(_SESSION) else None


def attempts_in(value: str, sealer: Sealer) -> tuple[Attempt, ...]:
    """The ways to the login page that this browser is on."""
    if not value.startswith(_ATTEMPTS):
        return ()
    sealed = from_text(value.removeprefix(_ATTEMPTS))
    return sealer.open(sealed, tuple[Attempt, ...], place=_PLACE) or ()


def logged_in(settings: Settings, secret: str) -> Cookie:
    """Of somebody who is logged in. It ends with the browser; the session ends by itself."""
    return _cookie(settings, _SESSION + secret)


def on_the_way(settings: Settings, attempts: tuple[Attempt, ...], sealer: Sealer) -> Cookie:
    """Of somebody who is being sent to the login page."""
    return _cookie(settings, _ATTEMPTS + as_text(sealer.seal(attempts, place=_PLACE)))


def gone(settings: Settings) -> Cookie:
    """Takes the cookie away."""
    return _cookie(settings, "", max_age=0)


def _cookie(settings: Settings, value: str, max_age: int | None = None) -> Cookie:
    return Cookie(
        key=name_of(settings),
        value=value,
        path="/",
        httponly=True,
        samesite="lax",  # The issuer sends people back by a link; a form of another site gets no cookie.
        secure=settings.is_https,
        max_age=max_age,
    )
