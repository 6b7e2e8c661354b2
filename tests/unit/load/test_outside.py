"""The world outside behaves as far as the portal can tell."""

import asyncio
from smtplib import SMTP

import httpx

from tests.load.outside import Outside, open_outside


async def with_outside() -> Outside:
    return await open_outside({"keys": []})


async def test_a_mail_is_counted_and_its_recipient_heard() -> None:
    outside = await with_outside()
    heard: list[str] = []
    outside.mails.heard = lambda address, _: heard.append(address)

    def send() -> None:
        with SMTP("127.0.0.1", outside.smtp_port, timeout=5) as line:
            for number in (1, 2):
                line.sendmail(
                    "us@portal.test", [f"learner-{number}@people.example"], "a\r\n..b\r\n"
                )

    await asyncio.to_thread(send)
    outside.close()
    assert outside.mails.mails == 2
    assert heard == ["learner-1@people.example", "learner-2@people.example"]


async def test_a_payment_is_open_until_it_is_paid_and_then_the_webhook_is_called() -> None:
    outside = await with_outside()
    called: list[str] = []

    async def note(provider_id: str) -> None:
        called.append(provider_id)

    outside.provider.call_webhook = note
    async with httpx.AsyncClient(base_url=outside.provider_url) as portal:
        made = (await portal.post("/v2/payments", json={"amount": {"value": "1.00"}})).json()
        await outside.provider.pay(made["_links"]["checkout"]["href"])
        found = (await portal.get(f"/v2/payments/{made['id']}")).json()
        unknown = await portal.get("/v2/payments/tr_unknown")
    outside.close()
    assert (made["status"], found["status"], unknown.status_code) == ("open", "paid", 404)
    assert called == [made["id"]]


async def test_keys_are_told_to_who_asks() -> None:
    outside = await with_outside()
    async with httpx.AsyncClient() as edge:
        answer = await edge.get(outside.keys_url)
    outside.close()
    assert answer.json() == {"keys": []}
