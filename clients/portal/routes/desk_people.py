"""People on an offering: head count, list, and the list as a file (B9, B10)."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Literal
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from clients.portal.api import catalogue, enrolment, identity
from clients.portal.api.asking import or_missing
from clients.portal.api.enrolment import Enrolled
from clients.portal.routes.desk import DESK
from clients.portal.routes.desk_publishing import show_kept
from clients.portal.views.desk_people import (
    Names,
    PeoplePage,
    as_csv,
    as_xlsx,
    offerings_page,
    participants,
    people_page,
    table_of,
)
from clients.portal.visit import Visit

_BACK = timedelta(days=365)
"""The catalogue leaves out what is over unless a period is asked for; results are recorded afterwards."""
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@get("/desk/offerings", access=DESK)
async def find_offering(visit: NamedDependency[Visit]) -> Response[str]:
    """Offerings of the last year and to come, to the office all; enrolment decides who may see their people."""
    if visit.person is not None and "office" in visit.person.roles:
        return await show_kept(visit)
    asked = visit.request.query_params
    words, cursor = asked.get("q", "").strip()[:200], asked.get("cursor", "")
    found = await catalogue.search_offerings(
        visit.ask,
        words=words,
        starts_from=(visit.now - _BACK).date(),
        sort="best" if words else "start",
        cursor=cursor,
    )
    page = offerings_page(words, found)
    return visit.show("desk_offerings.html", page, section="desk")


@get("/desk/offerings/{offering_id:uuid}", access=DESK)
async def list_people(offering_id: FromPath[UUID], visit: NamedDependency[Visit]) -> Response[str]:
    """How many people to expect, and who."""
    page = await _people(visit, offering_id)
    return visit.show("desk_people.html", page, section="desk")


@get("/desk/offerings/{offering_id:uuid}/people.csv", access=DESK)
async def export_csv(offering_id: FromPath[UUID], visit: NamedDependency[Visit]) -> Response[bytes]:
    """The list as text with commas."""
    return await _export(visit, offering_id, "csv")


@get("/desk/offerings/{offering_id:uuid}/people.xlsx", access=DESK)
async def export_xlsx(
    offering_id: FromPath[UUID], visit: NamedDependency[Visit]
) -> Response[bytes]:
    """The list as a workbook."""
    return await _export(visit, offering_id, "xlsx")


async def _people(visit: Visit, offering_id: UUID) -> PeoplePage:
    asked = visit.request.query_params
    cursor = asked.get("cursor", "")
    offering, count, enrolled = await asyncio.gather(
        catalogue.get_offering(visit.ask, offering_id),
        enrolment.get_head_count(visit.ask, offering_id),
        enrolment.list_enrolled(visit.ask, offering_id, cursor=cursor),
    )
    return people_page(
        offering,
        count,
        enrolled,
        await _names(visit, enrolled.items),
        cursor=cursor,
        words=visit.words,
        now=visit.now,
        has_enrolled="enrolled" in asked,
    )


async def _names(visit: Visit, enrolled: Sequence[Enrolled]) -> Names:
    return await or_missing(identity.list_people(visit.ask, (each.learner_id for each in enrolled)))


async def _export(visit: Visit, offering_id: UUID, kind: Literal["csv", "xlsx"]) -> Response[bytes]:
    offering, enrolled = await asyncio.gather(
        catalogue.get_offering(visit.ask, offering_id),
        enrolment.list_all_enrolled(visit.ask, offering_id),
    )
    people = participants(enrolled, await _names(visit, enrolled), visit.words)
    rows = table_of(people, words=visit.words, zone=visit.parts.settings.institution_zone)
    content = as_csv(rows) if kind == "csv" else await asyncio.to_thread(as_xlsx, rows)
    name = f"{offering.course.code}-{offering.class_number}"
    safe = "".join(
        each if each.isascii() and (each.isalnum() or each == "-") else "_" for each in name
    )
    return Response(
        content,
        media_type="text/csv; charset=utf-8" if kind == "csv" else _XLSX,
        headers={
            "Content-Disposition": f'attachment; filename="{safe}.{kind}"',
            "Cache-Control": "private, no-store",
        },
    )


ROUTES = [find_offering, list_people, export_csv, export_xlsx]
