"""My data: all of it as one file, and being forgotten (GDPR, articles 15, 17 and 20; decision 0012)."""

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.response import Stream

from chassis.http.access import SIGNED_IN
from clients.portal import cookie
from clients.portal.api import enrolment, identity
from clients.portal.api.asking import LoginNeeded, Missing, Refused, or_missing
from clients.portal.exporting import as_zip, ask_everybody
from clients.portal.forms import Form, empty_form
from clients.portal.sessions.domain import Person
from clients.portal.views.personal_data import erasure_page, stage_of
from clients.portal.visit import PERSONAL, Visit

Page = Response[str] | Response[bytes]

_LOGIN_NOT_FRESH = "login-not-fresh"


@get("/account/export", access=SIGNED_IN)
async def download_my_data(visit: NamedDependency[Visit]) -> Stream:
    """Everything that is known of me, as one ZIP file. Its name says if something is missing, and it says what."""
    own = await visit.parts.sessions.told_of(_person(visit).account_id)
    answers = await ask_everybody(visit.ask)
    is_whole = not any(isinstance(each, Missing) for each in answers)
    now = visit.now.astimezone(visit.parts.settings.institution_zone)
    name = visit.words.say("export.file" if is_whole else "export.incomplete_file")
    return Stream(
        as_zip(visit.ask, answers, own=own, words=visit.words, now=now),
        media_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{name}-{now:%Y-%m-%d}.zip"',
            "Cache-Control": PERSONAL,
        },
    )


@get("/account/erase", access=SIGNED_IN)
async def show_erasure(visit: NamedDependency[Visit]) -> Response[str]:
    """What being forgotten means, or how far it is."""
    return await _show(visit, empty_form(visit.words))


@post("/account/erase", access=SIGNED_IN, status_code=303)
async def change_erasure(visit: NamedDependency[Visit]) -> Page:
    """Ask to be forgotten, or take it back: by what the button says."""
    form = await visit.form()
    wants_to_stay = form.typed("wish") == "stay"
    if not wants_to_stay:
        form.tick("sure", needed="erasure.sure_needed")
    if form.is_right:
        try:
            if wants_to_stay:
                await identity.cancel_erasure(visit.ask)
            else:
                await identity.request_erasure(visit.ask, key=form.key)
            return visit.go("/account/erase")
        except Refused as refused:
            form.take(refused, {})
    return await _show(visit, form)


async def _show(visit: Visit, form: Form) -> Response[str]:
    erasure = await identity.find_erasure(visit.ask)
    enrolments: tuple[enrolment.Enrolment, ...] | Missing = ()
    if stage_of(erasure) == "hindered":
        enrolments = await or_missing(enrolment.list_enrolments(visit.ask))
    page = erasure_page(erasure, enrolments, words=visit.words)
    if page.stage == "done":
        await visit.parts.sessions.end_all_of(_person(visit).account_id)
        visit.session = None  # Nobody is logged in any more, and the page names nobody.
    shown = visit.show(
        "erasure.html",
        page,
        form=form,
        status=form.status,
        wants_login=form.refusal is not None and form.refusal.code == _LOGIN_NOT_FRESH,
    )
    if page.stage == "done":
        shown.headers["Cache-Control"] = PERSONAL
        shown.cookies.append(cookie.gone(visit.parts.settings))
    return shown


def _person(visit: Visit) -> Person:
    if visit.person is None:
        raise LoginNeeded
    return visit.person


ROUTES = [download_my_data, show_erasure, change_erasure]
