"""Pages that are the same for everybody: how it works (A2), and what the one cookie is for (A33)."""

from litestar import Response, get
from litestar.di import NamedDependency

from chassis.http.access import ANYONE
from clients.portal.views.helping import id_in
from clients.portal.visit import Visit


@get("/help", access=ANYONE, sync_to_thread=False)
def explain(visit: NamedDependency[Visit]) -> Response[str]:
    """How does it work?, step by step. Whoever comes from a course and finds no answer asks about that one."""
    return visit.show("help.html", id_in(visit.query(), "course"), section="help")


@get("/cookies", access=ANYONE, sync_to_thread=False)
def tell_about_cookies(visit: NamedDependency[Visit]) -> Response[str]:
    """The truth about cookies."""
    return visit.show("cookies.html", visit.parts.settings.session_hours)


ROUTES = [explain, tell_about_cookies]
