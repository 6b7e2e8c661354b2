"""`make demo` tells the story to its end, and leaves what it fetched."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from pypdf import PdfReader

from chassis.clock import MovableClock
from deploy.demo.narrator import Narrator, listening
from deploy.demo.story import Story
from deploy.local.rabbitmq import PASSWORD, USER
from deploy.local.system import AMQP, System


async def test_the_demonstration_tells_every_step_fact_and_mail(
    system: System, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    amqp_url = f"amqp://{USER}:{PASSWORD}@127.0.0.1:{system.addresses.base + AMQP}/"
    async with AsyncExitStack() as stack:
        narrator = Narrator(MovableClock(system.clock_file))
        await stack.enter_async_context(listening(narrator, amqp_url, system.addresses.mails))
        await Story(system.addresses, system.clock_file, tmp_path, narrator, stack).tell()

    told = capsys.readouterr().out
    for fact in ("EnrolmentRequested", "PaymentReceived", "WithdrawalReviewed", "DocumentIssued"):
        assert f"fact  {fact}" in told
    for mail in ("You are enrolled", "Next week", "is ready", "onderweg", "Invoice"):
        assert mail in told
    kept = {file.name for file in tmp_path.iterdir()}
    assert {"certificate-en.pdf", "certificate-nl.pdf", "course.ics", "reminder-en.html"} <= kept
    assert "Ben O'Connor" in PdfReader(tmp_path / "certificate-nl.pdf").pages[0].extract_text()
