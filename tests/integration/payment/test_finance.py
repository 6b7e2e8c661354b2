"""What finance looks at: what is still to be paid, every transfer, one refund, the books from their end."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from contracts.enrolment import EnrolmentCancelled
from tests.support.paying import FINANCE, Paying, about
from tests.support.running import eventually


async def ids(payment: Paying, path: str, **parameters: Any) -> list[str]:
    """The enrolments of every page of a list of orders."""
    found: list[str] = []
    page = await payment.finance(path, params={"limit": 1} | parameters)
    found += [each["enrolment_id"] for each in page["items"]]
    while page["next"]:
        page = await payment.finance(page["next"])
        found += [each["enrolment_id"] for each in page["items"]]
    return found


async def test_what_is_still_to_be_paid_stands_in_the_order_of_its_limits(payment: Paying) -> None:
    later = await payment.enrol(held_until=datetime(2027, 3, 10, 13, 40, tzinfo=UTC))
    sooner = await payment.enrol(held_until=datetime(2027, 3, 10, 13, 20, tzinfo=UTC))
    invoiced, paid = await payment.enrol(), await payment.enrol()
    await payment.bill(invoiced)
    await payment.pay(paid)
    await payment.order_is(paid, "paid")

    assert await ids(payment, "/v1/open-orders") == [
        str(each.enrolment_id) for each in (sooner, later, invoiced)
    ]
    assert await ids(payment, "/v1/open-orders", payer="employer") == [str(invoiced.enrolment_id)]
    assert await ids(payment, "/v1/open-orders", payer="self") == [
        str(each.enrolment_id) for each in (sooner, later)
    ]
    [owed] = (await payment.finance("/v1/open-orders", params={"payer": "employer"}))["items"]
    assert owed["billing"]["organisation"] == "Hoogheemraadschap van Rijnland"
    assert [each["number"] for each in owed["invoices"]] == ["2027-000001"]


async def test_every_transfer_is_listed_the_latest_first_with_what_it_paid(payment: Paying) -> None:
    told = await payment.enrol()
    invoice = (await payment.bill(told)).json()
    matched = (await payment.transfer(invoice["reference"], 19500)).json()
    kept = (await payment.transfer("No idea", 100)).json()

    first = await payment.finance("/v1/transfers", params={"limit": 1})
    rest = await payment.finance(first["next"])

    assert (first["items"], rest["items"], rest["next"]) == ([kept], [matched], None)
    assert (matched["order_id"], kept["order_id"]) == (invoice["order_id"], None)
    assert await payment.finance(f"/v1/transfers/{kept['transfer_id']}") == kept


async def test_a_refund_of_a_transfer_says_which_one_brought_the_money(payment: Paying) -> None:
    told = await payment.enrol()
    invoice = (await payment.bill(told)).json()
    await payment.transfer(invoice["reference"], 19500, bank_reference="NL-2027-0312-17")
    await payment.order_is(told, "paid")
    await payment.service.deliver(
        EnrolmentCancelled(**about(told, 3), was_confirmed=True, refund_minor=19500, currency="EUR")
    )
    waiting = await eventually(lambda: payment.finance("/v1/refunds"), lambda page: page["items"])
    [listed] = waiting["items"]

    refund = await payment.finance(f"/v1/refunds/{listed['refund']['refund_id']}")

    assert refund == listed
    assert refund["bank_reference"] == "NL-2027-0312-17"
    assert refund["refund"]["state"] == "to_transfer"


async def test_the_books_are_read_from_their_end_too(payment: Paying) -> None:
    told = await payment.enrol()
    await payment.bill(told)
    order_id = (await payment.order(told))["order_id"]
    (await payment.transfer("No idea", 100)).raise_for_status()

    latest = await payment.finance("/v1/ledger", params={"latest_first": True, "limit": 1})
    before = await payment.finance(latest["next"])
    of_order = await payment.finance(
        "/v1/ledger", params={"latest_first": True, "order_id": order_id}
    )

    assert [each["event"] for each in latest["items"]] == ["transfer_kept"]
    assert [each["event"] for each in before["items"]] == ["invoice_issued"]
    assert [each["event"] for each in of_order["items"]] == ["invoice_issued"]
    assert {each["account"]: each["balance_minor"] for each in latest["balances"]} == {
        "bank": 100,
        "debtors": 19500,
        "fees": -19500,
        "unallocated": -100,
    }


async def test_nobody_but_finance_looks_at_the_money_of_others(payment: Paying) -> None:
    kept = (await payment.transfer("No idea", 100)).json()
    paths = ["/v1/open-orders", "/v1/transfers", f"/v1/transfers/{kept['transfer_id']}",
             f"/v1/refunds/{uuid4()}"]  # fmt: skip

    for path in paths:
        assert (await payment.service.get(path)).status_code == 401
        assert (await payment.service.get(path, uuid4(), "office")).status_code == 403
    for path in (f"/v1/refunds/{uuid4()}", f"/v1/transfers/{uuid4()}"):
        assert (await payment.service.get(path, FINANCE, "finance")).status_code == 404
