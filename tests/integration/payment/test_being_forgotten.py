"""Whoever is forgotten: money under way stands in the way; invoices stay seven years, and then lose their names."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from contracts.identity import AccountErased, ErasureRequested
from contracts.payment import InvoiceIssued, PaymentAnsweredErasure, PaymentErasedPersonalData
from services.payment import jobs
from services.payment.edge.export import PaymentExport
from tests.support.paying import BILLING, Paying


async def objections(payment: Paying, learner_id: Any) -> list[str]:
    """What payment says to identity."""
    service = payment.service
    before = len(service.told.of(PaymentAnsweredErasure))
    await service.deliver(
        ErasureRequested(account_id=learner_id, version=1, requested_at=service.clock.now())
    )
    told = await service.told.wait_for(PaymentAnsweredErasure, before + 1)
    return [each.why for each in told.objections]


async def test_an_open_order_and_a_payment_under_way_stand_in_the_way(payment: Paying) -> None:
    told = await payment.enrol()
    assert await objections(payment, told.learner_id) == ["order_open"]

    started = await payment.start(told)
    assert await objections(payment, told.learner_id) == ["payment_under_way"]

    await payment.choose(started)
    await payment.order_is(told, "paid")
    assert await objections(payment, told.learner_id) == []


async def test_an_invoice_stays_seven_years_after_its_year_and_then_names_nobody(
    payment: Paying,
) -> None:
    service, told = payment.service, await payment.enrol()
    order = await payment.order(told)
    path = f"/v1/orders/{order['order_id']}/billing"
    invoice = (await service.put(path, BILLING, told.learner_id)).json()
    await service.told.wait_for(InvoiceIssued)

    await service.deliver(AccountErased(account_id=told.learner_id, erased_at=service.clock.now()))
    report = await service.told.wait_for(PaymentErasedPersonalData)

    assert [(each.what, each.because, each.until) for each in report.retained] == [
        ("payments", "names_nobody", None),
        ("invoices", "tax_law", datetime(2034, 12, 31, 23, 0, tzinfo=UTC)),
    ]
    assert await service.fetchval("SELECT billing FROM orders") is None
    document = f"/v1/invoices/{invoice['invoice_id']}/pdf"
    assert (await service.get(document, told.learner_id)).status_code == 200

    service.clock.set(datetime(2034, 12, 31, 22, 59, tzinfo=UTC))
    assert await jobs.forget_old_invoices(service.parts) == 0
    service.clock.set(datetime(2034, 12, 31, 23, 0, tzinfo=UTC))
    assert await jobs.forget_old_invoices(service.parts) == 1
    assert await jobs.forget_old_invoices(service.parts) == 0

    assert (await service.get(document, told.learner_id)).status_code == 404
    (row,) = await service.fetch("SELECT number, amount_minor, buyer, pdf FROM invoice")
    assert (row["number"], row["amount_minor"]) == (invoice["number"], 19500)
    assert "Rijnland" not in str(dict(row))


async def test_everything_that_is_known_of_me_with_the_paths_of_my_invoices(
    payment: Paying,
) -> None:
    service, told = payment.service, await payment.enrol()
    await payment.enrol()
    order = await payment.order(told)
    await service.put(f"/v1/orders/{order['order_id']}/billing", BILLING, told.learner_id)
    await service.told.wait_for(InvoiceIssued)

    answer = await service.get("/v1/me/export", told.learner_id)

    (mine,) = msgspec.json.decode(answer.content, type=PaymentExport).orders
    assert str(mine.order.order_id) == order["order_id"]
    pdf = await service.get(mine.papers[0].path, told.learner_id)
    assert pdf.content.startswith(b"%PDF")
