"""Whatever became of a mail of a portion is recorded, whenever it became so."""

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from services.notification import jobs
from services.notification.domain.ledger import Accepted


async def test_a_mail_that_settles_while_others_are_recorded_is_recorded_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recorded: list[str] = []
    recording, all_sent = asyncio.Event(), asyncio.Event()
    send_side_by_side = jobs._send_side_by_side  # noqa: SLF001 - as below.

    async def send(_: Any, case: Any) -> Accepted:
        if case.mail == "last":
            await recording.wait()
        return Accepted()

    async def send_all(*given: Any) -> None:
        await send_side_by_side(*given)
        all_sent.set()

    async def record(_: Any, outcomes: Sequence[tuple[Any, Accepted]]) -> None:
        recording.set()
        await all_sent.wait()
        recorded.extend(mail for mail, _ in outcomes)

    monkeypatch.setattr(jobs, "_send", send)
    monkeypatch.setattr(jobs, "_send_side_by_side", send_all)
    monkeypatch.setattr(jobs, "_record", record)
    parts: Any = SimpleNamespace(settings=SimpleNamespace(mail_senders=8))
    claimed: Any = [SimpleNamespace(mail=name) for name in ("first", "second", "last")]

    await jobs._send_and_record(parts, claimed)  # noqa: SLF001 - what send_mails does between its transactions.

    assert recorded == ["first", "second", "last"]
