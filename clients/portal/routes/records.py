"""My Records: results and documents (A28-A30). Mails lead here."""

from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from chassis.http.access import SIGNED_IN
from chassis.http.problems import NOT_FOUND
from clients.portal.api import records
from clients.portal.api.asking import Passing
from clients.portal.views.records import records_page
from clients.portal.visit import PERSONAL, Visit
from clients.portal.words import LANGUAGES

_PASSED_ON = ("content-disposition", "content-language")


@get("/my/records", access=SIGNED_IN)
async def list_my_records(visit: NamedDependency[Visit]) -> Response[str]:
    """What I achieved, and the documents that it earned."""
    cursor = visit.request.query_params.get("cursor", "")
    listed = await records.list_records(visit.ask, cursor=cursor)
    page = records_page(listed, words=visit.words, language=visit.language, is_first=not cursor)
    return visit.show("my_records.html", page, section="records")


@get("/my/records/{document_id:uuid}/{language:str}", access=SIGNED_IN)
async def download_document(
    document_id: FromPath[UUID], language: FromPath[str], visit: NamedDependency[Visit]
) -> Stream:
    """A document's PDF in either language, byte for byte as it was issued."""
    for each in LANGUAGES:
        if each == language:
            return passed_on(await records.pass_on_document(visit.ask, document_id, each))
    raise NOT_FOUND()


def passed_on(passing: Passing) -> Stream:
    """A PDF of a service, with its name. The browser sees when it breaks off: its length is told before."""
    given = passing.headers
    headers = {name: given[name] for name in _PASSED_ON if name in given}
    if "content-encoding" not in given and "content-length" in given:
        headers["content-length"] = given["content-length"]
    return Stream(
        passing.content,
        media_type="application/pdf",
        headers={**headers, "Cache-Control": PERSONAL},
    )


ROUTES = [list_my_records, download_document]
