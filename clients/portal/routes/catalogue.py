"""The overview of courses, open to everybody (A3, A4)."""

import asyncio

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency

from chassis.http.access import ANYONE
from clients.portal.api import catalogue
from clients.portal.api.catalogue import SearchPage
from clients.portal.views.catalogue import PER_PAGE, Search, catalogue_page, read_search
from clients.portal.visit import Visit


@get(["/", "/courses"], access=ANYONE)
async def find_courses(visit: NamedDependency[Visit]) -> Response[str]:
    """Search and browse; what cannot be looked for is said, and the rest is shown."""
    form = visit.query()
    search = read_search(form)
    page, first = await _search(visit, search)
    shown = catalogue_page(
        search,
        page,
        first,
        words=visit.words,
        language=visit.language,
        affiliation=visit.person.affiliation if visit.person else None,
        zone=visit.parts.settings.institution_zone,
        now=visit.now,
    )
    template = "catalogue.html" if shown.total else "catalogue_empty.html"
    return visit.show(template, shown, section="courses", form=form, status=form.status)


async def _search(visit: Visit, search: Search) -> tuple[SearchPage, SearchPage]:
    """The page that is wanted, and the first one: only that is told how many there are."""
    page = _ask(visit, search, limit=PER_PAGE)
    if search.cursor is None:
        found = await page
        return found, found
    start = msgspec.structs.replace(search, cursor=None)
    wanted, first = await asyncio.gather(page, _ask(visit, start, limit=1))
    return wanted, first


async def _ask(visit: Visit, search: Search, *, limit: int) -> SearchPage:
    return await catalogue.search_offerings(
        visit.ask,
        words=search.words,
        subject=search.subject,
        level=search.level,
        taught_in=search.taught_in,
        activity=search.activity,
        starts_from=search.first_day,
        starts_until=search.last_day,
        max_price_minor=search.max_price_minor,
        free_places=search.free_places,
        sort=search.sort,
        cursor=search.cursor,
        limit=limit,
    )


ROUTES = [find_courses]
