"""The stand-in for the mail server: what it catches, keeps, shows, and how long one waits for it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import aiosmtplib
import httpx
import pytest

from deploy.local.standins.mail_catcher import build_app
from deploy.local.standins.mail_catcher_box import Catcher, Mailbox

MAIL = (
    b'From: Course Portal <courses@portal.test>\r\nTo: "Noor" <noor@example.org>\r\n'
    b"Subject: =?utf-8?q?=C5=81ucja?=\r\nMessage-ID: <1@portal.test>\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nOne\r\n..dot\r\n"
    b"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p onclick='x()'>One</p>\r\n"
    b'--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename="a.pdf"\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n--b--\r\n"
)


async def send(catcher: Catcher, to: str = "noor@example.org", content: bytes = MAIL) -> None:
    async with aiosmtplib.SMTP(
        hostname="127.0.0.1", port=catcher.port, start_tls=False
    ) as connection:
        await connection.sendmail("courses@portal.test", [to], content)


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


@pytest.fixture
async def http(catcher: Catcher) -> AsyncIterator[httpx.AsyncClient]:
    app = build_app(
        catcher.box,
        own_url="http://mails.test",
        portal_url="http://portal.test",
        zone=ZoneInfo("Europe/Amsterdam"),
    )
    transport = httpx.ASGITransport(cast("Any", app))
    async with httpx.AsyncClient(transport=transport, base_url="http://mails.test") as client:
        yield client


async def test_a_mail_is_kept_as_it_came_and_shown_decoded(
    catcher: Catcher, http: httpx.AsyncClient
) -> None:
    await send(catcher)

    listed = (await http.get("/api/messages", params={"to": "Noor@example.org"})).json()
    opened = (await http.get("/api/messages/1")).json()

    assert [each["subject"] for each in listed["messages"]] == ["Łucja"]
    assert opened["to_names"] == ["Noor <noor@example.org>"]
    assert (opened["text"], opened["html"]) == ("One\n..dot", "<p onclick='x()'>One</p>")
    assert [part["file_name"] for part in opened["parts"]] == [None, None, "a.pdf"]
    assert (await http.get("/api/messages/1/raw")).content == MAIL
    attachment = await http.get("/api/messages/1/attachments/2")
    assert attachment.content == b"%PDF"
    assert attachment.headers["content-disposition"] == "attachment; filename*=UTF-8''a.pdf"


async def test_a_page_lists_mails_and_one_shows_each_in_a_frame_that_can_do_nothing(
    catcher: Catcher, http: httpx.AsyncClient
) -> None:
    await send(catcher)

    listed = await http.get("/", headers={"Accept-Language": "nl"})
    page = await http.get("/mails/1")
    framed = await http.get("/mails/1/html")

    assert '<a href="http://mails.test/mails/1">Łucja</a>' in listed.text
    assert '<html lang="nl">' in listed.text
    assert 'sandbox="allow-popups"' in page.text
    assert "a.pdf" in page.text
    assert "sandbox" in framed.headers["content-security-policy"]
    assert (await http.get("/static/portal.css")).status_code == 200
    assert (await http.get("/static/mail-catcher.css")).status_code == 200
    assert (await http.get("/mails/2")).status_code == 404
    assert (await http.get("/health/live")).json() == {"live": True}


async def test_whoever_waits_for_a_mail_hears_of_it_when_it_comes(
    catcher: Catcher, http: httpx.AsyncClient
) -> None:
    await send(catcher)
    waiting = asyncio.create_task(
        http.get("/api/events", params={"after": 1, "wait": 20, "to": "ada@example.org"})
    )
    await send(catcher)  # To somebody else.
    await send(catcher, "ada@example.org")

    heard = (await waiting).json()

    assert [each["number"] for each in heard["messages"]] == [3]
    assert heard["latest"] == 3
    nothing = (await http.get("/api/events", params={"after": 3, "wait": 0})).json()
    assert nothing == {"messages": [], "latest": 3}


async def test_mails_stay_over_a_restart_until_they_are_cleared(tmp_path: Path) -> None:
    first = Catcher(Mailbox(tmp_path))
    await first.start()
    await send(first)
    await first.stop()

    box = Mailbox(tmp_path)
    (mail,) = box.find()
    content = box.content(mail)
    box.clear()

    assert (mail.number, mail.sender, mail.recipients) == (
        1,
        "courses@portal.test",
        ("noor@example.org",),
    )
    assert content == MAIL
    assert files_in(tmp_path) == []


async def test_the_oldest_is_forgotten_first(tmp_path: Path) -> None:
    box = Mailbox(tmp_path, most=2)

    for number in range(3):
        await box.keep("a@b.test", (f"{number}@c.test",), MAIL)

    assert [mail.number for mail in box.find()] == [2, 3]
    assert len(files_in(tmp_path)) == 2


async def test_an_address_can_be_refused(catcher: Catcher) -> None:
    catcher.refusals["noor@example.org"] = "550 5.1.1 No"

    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await send(catcher)

    assert catcher.box.latest == 0


async def test_who_waits_in_vain_is_told_how_many_came(catcher: Catcher) -> None:
    await send(catcher)

    with pytest.raises(TimeoutError, match="1 of 2 mails"):
        await catcher.box.arrives("noor@example.org", 2, patience_s=0.05)


async def test_a_crowd_of_connections_loses_nothing(catcher: Catcher) -> None:
    await asyncio.gather(*(send(catcher, f"{number}@example.org") for number in range(40)))

    assert catcher.box.latest == 40
    assert len({mail.recipients for mail in catcher.box.find()}) == 40
