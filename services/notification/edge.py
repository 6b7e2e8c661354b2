"""Door 1: notification over HTTP."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import MediaType, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Stream
from msgspec import Meta

from chassis.database import Connection
from chassis.http.access import ANYONE, SIGNED_IN, Caller, only
from chassis.http.conditional import conditional
from chassis.http.export import PAGE, export, one_page, pages_of, shown
from chassis.http.idempotency import answer_once
from chassis.http.paging import (
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
    link_header,
    next_page,
)
from chassis.http.problems import NOT_FOUND
from chassis.http.request import AnyRequest
from contracts.fact import Language
from contracts.notification import Purpose
from services.notification import commands, refusals, store
from services.notification.domain.helping import HelpRequest, Question
from services.notification.domain.ledger import HOLDS_A_SECRET, State
from services.notification.domain.people import help_reference_of
from services.notification.domain.unsubscribing import Wish, read_wish
from services.notification.parts import Parts

_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox allow-popups"
)
"""A mail brings its own styles and may do nothing else."""


class MailView(msgspec.Struct, frozen=True, kw_only=True):
    """A mail: what for, and what became of it."""

    mail_id: UUID
    account_id: UUID | None
    """Null for a mail to an organisation."""
    purpose: Purpose
    regarding: UUID
    """What it is about: an enrolment, a withdrawal, an invoice …"""
    revision: int
    """Counts the times that such a mail was called for; sending again makes the next."""
    enrolment_id: UUID | None
    state: State
    planned_at: datetime
    due_at: datetime
    """When it is looked at next, while it is planned."""
    sent_at: datetime | None
    settled_at: datetime | None
    """When it was sent, failed, or was found not to be needed."""
    why: str | None
    """Why it waits, failed, or is not needed."""
    attempts: int
    uncertain: int
    """How often it may have been accepted right before a crash of ours, and was sent once more."""


@get("/v1/mails", access=SIGNED_IN)
async def list_mails(
    request: AnyRequest,
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
    account_id: Annotated[
        UUID | None, QueryParameter(description="Whose mails; by default yours.")
    ] = None,
    regarding: Annotated[
        UUID | None, QueryParameter(description="Mails about one thing, for the office.")
    ] = None,
    in_state: Annotated[
        State | None, QueryParameter(name="state", description="All in one state, for the office.")
    ] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response[Page[MailView]]:
    """What was mailed and when, the latest planned first: yours, or anybody's to the office."""
    if not caller.has("office") and (
        regarding or in_state or account_id not in (None, caller.account_id)
    ):
        raise NOT_FOUND()
    before = decode_cursor(cursor, UUID)
    async with parts.db.reading() as connection:
        if regarding is not None:
            listed = await store.lists.list_regarding(
                connection, regarding, before=before, limit=limit + 1
            )
        elif in_state is not None:
            listed = await store.lists.list_in_state(
                connection, in_state, before=before, limit=limit + 1
            )
        else:
            listed = await store.lists.list_of_person(
                connection, account_id or caller.account_id, before=before, limit=limit + 1
            )
    more = len(listed) > limit
    page = Page(
        [_view(each) for each in listed[:limit]],
        next_page(request, encode_cursor(listed[limit - 1].mail_id)) if more else None,
    )
    return Response(page, headers=link_header(page))


@get("/v1/mails/{mail_id:uuid}", access=SIGNED_IN)
async def get_mail(
    request: AnyRequest,
    mail_id: FromPath[UUID],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
) -> Response[MailView]:
    """One mail and what became of it, to whom it goes and the office."""
    async with parts.db.reading() as connection:
        listed = await store.lists.get_listed(connection, mail_id)
    if listed is None or not (caller.has("office") or listed.account_id == caller.account_id):
        raise NOT_FOUND()
    return conditional(request, _view(listed))


@get("/v1/mails/{mail_id:uuid}/preview", access=SIGNED_IN, media_type=MediaType.HTML)
async def preview_mail(
    mail_id: FromPath[UUID], caller: NamedDependency[Caller], parts: NamedDependency[Parts]
) -> Response[str]:
    """A mail as it would look now, as HTML, to whom it goes and the office.

    Mails are not kept: this is written anew from the state of things.
    """
    async with parts.db.reading() as connection:
        case = await store.mails.get_case(connection, mail_id)
    if case is None or case.is_forgotten:
        raise NOT_FOUND()
    if not (caller.has("office") or case.mail.account_id == caller.account_id):
        raise NOT_FOUND()
    if case.mail.purpose in HOLDS_A_SECRET:
        raise refusals.ONLY_ONCE()
    try:
        letter = parts.writer.write(case, now=parts.clock.now())
    except LookupError as error:
        raise refusals.NOT_WRITTEN_YET() from error
    return Response(
        letter.html,
        headers={"Content-Security-Policy": _MAIL_POLICY, "Cache-Control": "private, no-store"},
    )


@post("/v1/mails/{mail_id:uuid}/again", access=only("office"))
async def send_again(
    request: AnyRequest,
    mail_id: FromPath[UUID],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
) -> Response[MailView] | Response[bytes]:
    """Send a mail once more, to where its reader is now. It is looked at like any other before it goes."""

    async def act(tx: Connection) -> Response[MailView]:
        again = await commands.send_again(tx, mail_id, now=parts.clock.now())
        listed = await store.lists.get_listed(tx, again)
        if listed is None:
            raise NOT_FOUND()
        location = f"/v1/mails/{again}/preview"
        return Response(_view(listed), status_code=201, headers={"Location": location})

    return await answer_once(parts.db, request, caller, act)


@get("/v1/unsubscribe/{token:str}", access=ANYONE, media_type=MediaType.HTML)
async def show_unsubscribe(
    token: FromPath[str], parts: NamedDependency[Parts], language: NamedDependency[Language]
) -> Response[str]:
    """Ask whether mails of this kind should stop. Changes nothing: mail scanners follow every link."""
    wish = _wish(parts, token)
    return _page(parts, "unsubscribe.html", language, wish)


@post("/v1/unsubscribe/{token:str}", access=ANYONE, status_code=200, media_type=MediaType.HTML)
async def unsubscribe(
    token: FromPath[str], parts: NamedDependency[Parts], language: NamedDependency[Language]
) -> Response[str]:
    """Stop mails of this kind, without a login: one click in a mail program (RFC 8058), or the page's button."""
    wish = _wish(parts, token)
    async with parts.db.transaction() as tx:
        await commands.stop_mails(tx, wish, now=parts.clock.now())
    return _page(parts, "unsubscribed.html", language, wish)


class HelpView(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody asked, and whom."""

    help_request_id: UUID
    reference: str
    """What both sides of a question quote."""
    name: str
    student_number: str | None
    programme: str | None
    course: str
    offering_id: UUID | None
    problem: str
    contact: str
    """The mail address that it went to."""
    asked_at: datetime


class HelpAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """B28: what a request for help must carry."""

    name: Annotated[str, Meta(min_length=1, max_length=120)]
    course: Annotated[str, Meta(min_length=1, max_length=200)]
    """Its name or class number."""
    problem: Annotated[str, Meta(min_length=1, max_length=4000)]
    student_number: Annotated[str, Meta(min_length=1, max_length=30)] | None = None
    """Required with a programme."""
    programme: Annotated[str, Meta(min_length=1, max_length=60)] | None = None
    """The code of the programme; leave it out where somebody does not study here."""
    offering_id: UUID | None = None
    """The offering that it is about, if it is about one."""


@post("/v1/help-requests", access=SIGNED_IN)
async def ask_for_help(
    request: AnyRequest,
    data: JSONBody[HelpAsked],
    caller: NamedDependency[Caller],
    parts: NamedDependency[Parts],
) -> Response[HelpView] | Response[bytes]:
    """Ask for help. It goes by mail to the programme's contact, else the course's, else the institution's."""

    async def act(tx: Connection) -> Response[HelpView]:
        parts.help_requests.take(str(caller.account_id))
        asked = await commands.ask_for_help(
            tx,
            Question(**msgspec.structs.asdict(data)),
            account_id=caller.account_id,
            institution=parts.settings.contact,
            now=parts.clock.now(),
        )
        location = f"/v1/help-requests/{asked.help_request_id}"
        return Response(_help_view(asked), status_code=201, headers={"Location": location})

    return await answer_once(parts.db, request, caller, act)


@get("/v1/help-requests/{help_request_id:uuid}", access=SIGNED_IN)
async def get_help_request(
    help_request_id: FromPath[UUID], caller: NamedDependency[Caller], parts: NamedDependency[Parts]
) -> HelpView:
    """What somebody asked, and whom; to themselves and the office."""
    async with parts.db.reading() as connection:
        found = await store.helping.get_requests(connection, [help_request_id])
    asked = found.get(help_request_id)
    if asked is None or not (caller.has("office") or asked.account_id == caller.account_id):
        raise NOT_FOUND()
    return _help_view(asked)


class NotificationExport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that notification knows of me."""

    service: str
    exported_at: datetime
    person: tuple[store.lists.Known, ...]
    """One, or none."""
    mails: tuple[MailView, ...]
    """The latest planned first; what stood in them is not kept."""
    help_requests: tuple[HelpView, ...]
    """The latest first."""


@get("/v1/me/export", access=SIGNED_IN, answers=NotificationExport)
async def export_mine(caller: NamedDependency[Caller], parts: NamedDependency[Parts]) -> Stream:
    """Everything that notification knows of me, as one file (GDPR, articles 15 and 20)."""
    whose = caller.account_id
    person = one_page(parts.db, lambda reading: store.lists.get_known(reading, whose))
    mails = pages_of(
        parts.db,
        lambda reading, before: store.lists.list_of_person(
            reading, whose, before=before, limit=PAGE
        ),
        lambda each: each.mail_id,
    )
    asked = pages_of(
        parts.db,
        lambda reading, before: store.helping.list_of_person(
            reading, whose, before=before, limit=PAGE
        ),
        lambda each: each.help_request_id,
    )
    sections = {
        "person": person,
        "mails": shown(mails, _view),
        "help_requests": shown(asked, _help_view),
    }
    return export("notification", sections, now=parts.clock.now())


def _help_view(asked: HelpRequest) -> HelpView:
    fields = msgspec.structs.asdict(asked)
    shown_fields = {name: fields[name] for name in HelpView.__struct_fields__ if name in fields}
    return HelpView(**shown_fields, reference=help_reference_of(asked.help_request_id))


def _wish(parts: Parts, token: str) -> Wish:
    wish = read_wish(token, parts.settings.token_key)
    if wish is None:
        raise refusals.LINK_NOT_OURS()
    return wish


def _page(parts: Parts, template: str, language: Language, wish: Wish) -> Response[str]:
    return Response(
        parts.pages.render(template, language, purpose=wish.purpose),
        headers={"Content-Language": language, "Vary": "Accept-Language"},
    )


def _view(listed: store.lists.Listed) -> MailView:
    fields: dict[str, Any] = msgspec.structs.asdict(listed)
    return MailView(**fields, sent_at=listed.settled_at if listed.state == "sent" else None)


ROUTES = [
    list_mails,
    get_mail,
    preview_mail,
    send_again,
    show_unsubscribe,
    unsubscribe,
    ask_for_help,
    get_help_request,
    export_mine,
]
