"""Invites as other people's programs read them: ical.js, which Thunderbird and Nextcloud are made with."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest

from contracts.catalogue import Session
from services.notification.mails.invites import Invite, Meetings, make_invite

SCRIPT = Path(__file__).with_name("read_calendar.mjs")
NOW = datetime(2027, 3, 10, 13, 0, tzinfo=UTC)
BEFORE = datetime(2027, 3, 23, 17, 30, tzinfo=UTC)
"""Tuesday 23 March, 18:30 in Amsterdam: winter time, until the 28th."""
AFTER = datetime(2027, 3, 30, 16, 30, tzinfo=UTC)
"""A week later at the same time on the wall: summer time."""

Read = Callable[[Invite], Awaitable[dict[str, Any]]]


@pytest.fixture(scope="module")
async def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node and npm are not here; ical.js is asked where they are")
    folder = tmp_path_factory.mktemp("ical")
    installed = await _run(npm, "install", "--no-audit", "--no-fund", "ical.js@2", cwd=folder)
    if installed is None:
        pytest.skip("npm cannot install ical.js here")

    async def ask(invite: Invite) -> dict[str, Any]:
        file = folder / "invite.ics"
        file.write_bytes(invite.content)
        printed = await _run(node, str(SCRIPT), str(folder), str(file), cwd=folder)
        assert printed is not None, "ical.js could not read it"
        answer: dict[str, Any] = msgspec.json.decode(printed)
        return answer

    return ask


async def _run(*command: str, cwd: Path) -> bytes | None:
    """What a program prints; None if it fails or takes minutes."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=cwd, stdout=asyncio.subprocess.PIPE, stdin=asyncio.subprocess.DEVNULL
    )
    try:
        printed, _ = await asyncio.wait_for(process.communicate(), 120)
    except TimeoutError:
        process.kill()
        await process.wait()
        return None
    return None if process.returncode else printed


def invite(method: Any, sequence: int = 3) -> Invite:
    sessions = [
        Session(
            session_id=UUID(int=number),
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=2),
            place="Language Centre, room 0.12",
            online_url=None,
            lecturers=("Dr. F. McAllister",),
        )
        for number, starts_at in enumerate((BEFORE, AFTER))
    ]
    meetings = Meetings(
        enrolment_id=UUID(int=9),
        domain="portal.test",
        sequence=sequence,
        title="Łucja's seminar; part 1, 2",
        notes="",
        url="https://portal.test/my/courses/9",
        organiser="Language Centre",
        organiser_address="courses@portal.test",
        learner="Łucja Ñuñez-van 't Hof",
        learner_address="lucja@example.org",
    )
    made = make_invite(method, meetings, sessions, zone=ZoneInfo("Europe/Amsterdam"), now=NOW)
    assert made is not None
    return made


async def test_times_are_right_on_both_sides_of_the_change_to_summer_time(read: Read) -> None:
    calendar = await read(invite("REQUEST"))

    assert [(each["starts_at"], each["ends_at"]) for each in calendar["events"]] == [
        ("2027-03-23T17:30:00.000Z", "2027-03-23T19:30:00.000Z"),
        ("2027-03-30T16:30:00.000Z", "2027-03-30T18:30:00.000Z"),
    ]


async def test_an_invite_and_its_cancellation_are_of_the_same_entries(read: Read) -> None:
    requested = await read(invite("REQUEST"))
    cancelled = await read(invite("CANCEL", sequence=4))

    assert (requested["method"], cancelled["method"]) == ("REQUEST", "CANCEL")
    for before, after in zip(requested["events"], cancelled["events"], strict=True):
        assert before["uid"] == after["uid"]
        assert (before["status"], after["status"]) == ("CONFIRMED", "CANCELLED")
        assert (before["sequence"], after["sequence"]) == (3, 4)
        assert before["summary"] == "Łucja's seminar; part 1, 2"
