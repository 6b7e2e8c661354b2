"""The reader's own account: name and language, the ways in and the way out."""

from litestar import Response, get, post
from litestar.di import NamedDependency

from chassis.http.access import SIGNED_IN
from clients.portal.api import identity
from clients.portal.api.asking import Refused
from clients.portal.api.identity import Correction, Me
from clients.portal.forms import Form, empty_form
from clients.portal.visit import Visit
from clients.portal.words import LANGUAGES

_LONGEST_NAME = 120


@get("/account", access=SIGNED_IN)
async def show_account(visit: NamedDependency[Visit]) -> Response[str]:
    """What is known of the reader, to be corrected."""
    me, tag = await identity.get_me(visit.ask)
    form = empty_form(visit.words, name=me.name, language=me.language, tag=tag)
    return _show(visit, me, form, saved="saved" in visit.request.query_params)


@post("/account", access=SIGNED_IN, status_code=303)
async def correct_account(visit: NamedDependency[Visit]) -> Response[str] | Response[bytes]:
    """Correct name and language."""
    form = await visit.form()
    correction = read_correction(form)
    if correction is not None:
        try:
            me = await identity.correct_me(visit.ask, correction, tag=form.typed("tag"))
            if visit.session is not None:
                await visit.parts.sessions.correct(
                    visit.session, name=me.name, language=me.language
                )
            return visit.go("/account?saved")
        except Refused as refused:
            form.take(refused, {"/name": "name", "/language": "language"})
    me, _ = await identity.get_me(visit.ask)
    return _show(visit, me, form)


def _show(visit: Visit, me: Me, form: Form, *, saved: bool = False) -> Response[str]:
    # How one logs in is changed at the issuer, whose pages they are.
    issuer, language = visit.parts.settings.issuer_url.rstrip("/"), visit.language
    return visit.show(
        "account.html",
        me,
        form=form,
        saved=saved,
        status=form.status,
        logins=f"{issuer}/logins?ui_locales={language}",
        second_step=f"{issuer}/second-step?ui_locales={language}",
    )


def read_correction(form: Form) -> Correction | None:
    """What the form means; None where something has to be corrected first."""
    name = form.text(
        "name",
        needed="account.name_needed",
        longest=_LONGEST_NAME,
        too_long="account.name_too_long",
    )
    language = form.choice("language", LANGUAGES, needed="account.language_needed")
    if not form.is_right or language is None:
        return None
    return Correction(name=name, language=language)


ROUTES = [show_account, correct_account]
