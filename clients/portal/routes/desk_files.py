"""The office sends a catalogue file: first it sees what would change, then it says yes."""

from http import HTTPStatus
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath

from clients.portal.api import publishing
from clients.portal.api.asking import Refused
from clients.portal.api.publishing import SentFile
from clients.portal.forms import Form, empty_form
from clients.portal.routes.desk_publishing import OFFICE
from clients.portal.views.publishing import file_page
from clients.portal.visit import Visit

_LONGEST = 1_000_000
"""Characters, as the catalogue takes them."""
_MAX_BODY_BYTES = 4 * 1024 * 1024
_LONGEST_NAME = 200


@get("/desk/import", access=OFFICE)
async def choose_file(visit: NamedDependency[Visit]) -> Response[str]:
    """Choose a file."""
    return _show(visit, empty_form(visit.words))


@post("/desk/import", access=OFFICE, status_code=303, request_max_body_size=_MAX_BODY_BYTES)
async def check_file(visit: NamedDependency[Visit]) -> Response[str] | Response[bytes]:
    """Have a file looked at; nothing is changed."""
    form = await visit.form()
    file = read_file(form, (await visit.request.form()).get("file"))
    if file is not None:
        try:
            checked = await publishing.check_file(visit.ask, file, key=form.key)
            return visit.go(f"/desk/import/{checked.file_id}")
        except Refused as refused:
            form.take(refused, {"/text": "file"})
            form = form.with_new_key()
    return _show(visit, form)


@get("/desk/import/{file_id:uuid}", access=OFFICE)
async def show_file(
    file_id: FromPath[UUID], visit: NamedDependency[Visit]
) -> Response[str] | Response[bytes]:
    """What a file would change, as the catalogue is now."""
    return await _show_checked(visit, file_id, empty_form(visit.words))


@post("/desk/import/{file_id:uuid}", access=OFFICE, status_code=303)
async def import_file(
    file_id: FromPath[UUID], visit: NamedDependency[Visit]
) -> Response[str] | Response[bytes]:
    """Import it: all of it or nothing."""
    form = await visit.form()
    try:
        await publishing.import_file(visit.ask, file_id, key=form.key)
        return visit.go("/desk/import?imported")
    except Refused as refused:
        if refused.status != HTTPStatus.NOT_FOUND:
            form.take(refused, {})
            form = form.with_new_key()
    return await _show_checked(visit, file_id, form)


def read_file(form: Form, sent: object) -> SentFile | None:
    """The text of what was sent; None where something has to be corrected first."""
    if not isinstance(sent, UploadFile) or not sent.filename:
        form.wrong("file", "publishing.file_needed")
        return None
    try:
        text = sent.file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        form.wrong("file", "publishing.not_utf8")
        return None
    if len(text) > _LONGEST:
        form.wrong("file", "publishing.file_too_large")
        return None
    return SentFile(sent.filename[:_LONGEST_NAME], text)


def _show(visit: Visit, form: Form) -> Response[str]:
    asked = visit.request.query_params
    done = next((each for each in ("imported", "forgotten") if each in asked), "")
    return visit.show(
        "desk_import.html", None, section="desk", form=form, done=done, status=form.status
    )


async def _show_checked(visit: Visit, file_id: UUID, form: Form) -> Response[str] | Response[bytes]:
    try:
        file = await publishing.get_file(visit.ask, file_id)
    except Refused as refused:
        if refused.status != HTTPStatus.NOT_FOUND:
            raise
        return visit.go("/desk/import?forgotten")
    return visit.show(
        "desk_file.html", file_page(file), section="desk", form=form, status=form.status
    )


ROUTES = [choose_file, check_file, show_file, import_file]
