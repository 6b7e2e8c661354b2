"""The office looks at mails: what was sent to somebody, what failed, how it looks; and sends it again."""

from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from chassis.http.access import only
from clients.portal.api import identity, notification
from clients.portal.api.asking import Refused, or_missing
from clients.portal.forms import Form, empty_form
from clients.portal.views.desk_mails import LISTED, mail_page, mails_page, persons_mails_page
from clients.portal.visit import Visit

_OFFICE = only("office")
_MAIL_HEADERS = {
    # A mail brings its own styles and may do nothing else.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'; sandbox allow-popups"
    ),
    # A sandbox together with an opener policy is a network error (HTML, "creating navigation params by fetching").
    "Cross-Origin-Opener-Policy": "unsafe-none",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
}


@get("/desk/people/{account_id:uuid}/mails", access=_OFFICE)
async def list_mails_of(account_id: FromPath[UUID], visit: NamedDependency[Visit]) -> Response[str]:
    """What was sent to somebody when, in which state it is and why."""
    cursor = visit.request.query_params.get("cursor", "")
    listed = await notification.list_mails_of(visit.ask, account_id, cursor=cursor)
    names = await or_missing(identity.list_people(visit.ask, [account_id]))
    page = persons_mails_page(account_id, listed, names, cursor=cursor, words=visit.words)
    return visit.show("desk_person_mails.html", page, section="desk")


@get("/desk/mails", access=_OFFICE)
async def list_mails(visit: NamedDependency[Visit]) -> Response[str]:
    """Mails that failed; or those that are still to be sent, and what they wait for."""
    asked = visit.request.query_params
    wanted, cursor = asked.get("state", ""), asked.get("cursor", "")
    state = next((each for each in LISTED if each == wanted), LISTED[0])
    listed = await notification.list_mails_in(visit.ask, state, cursor=cursor)
    readers = [each.account_id for each in listed.items if each.account_id]
    names = await or_missing(identity.list_people(visit.ask, readers))
    page = mails_page(state, listed, names, cursor=cursor, words=visit.words)
    return visit.show("desk_mails.html", page, section="desk")


@get("/desk/mails/{mail_id:uuid}", access=_OFFICE)
async def show_mail(mail_id: FromPath[UUID], visit: NamedDependency[Visit]) -> Response[str]:
    """One mail: what became of it, the way to its preview, and the button that sends it again."""
    return await _show(visit, mail_id, empty_form(visit.words))


@post("/desk/mails/{mail_id:uuid}", access=_OFFICE, status_code=303)
async def send_again(
    mail_id: FromPath[UUID], visit: NamedDependency[Visit]
) -> Response[str] | Response[bytes]:
    """Send it once more, however often the form comes; then show the one that is planned."""
    form = await visit.form()
    try:
        again = await notification.send_again(visit.ask, mail_id, key=form.key)
    except Refused as refused:
        form.take(refused, {})
        return await _show(visit, mail_id, form.with_new_key())
    return visit.go(f"/desk/mails/{again.mail_id}?again")


@get("/desk/mails/{mail_id:uuid}/preview", access=_OFFICE)
async def preview_mail(mail_id: FromPath[UUID], visit: NamedDependency[Visit]) -> Response[bytes]:
    """The mail as it would look now, under rules of its own: it comes with styles, ours would hide them."""
    mail = await notification.preview_mail(visit.ask, mail_id)
    return Response(mail.content, media_type="text/html; charset=utf-8", headers=_MAIL_HEADERS)


async def _show(visit: Visit, mail_id: UUID, form: Form) -> Response[str]:
    mail = await notification.get_mail(visit.ask, mail_id)
    readers = [mail.account_id] if mail.account_id else []
    names = await or_missing(identity.list_people(visit.ask, readers))
    return visit.show(
        "desk_mail.html",
        mail_page(mail, names, words=visit.words),
        section="desk",
        form=form,
        again="again" in visit.request.query_params,
        status=form.status,
    )


ROUTES = [list_mails_of, list_mails, show_mail, send_again, preview_mail]
