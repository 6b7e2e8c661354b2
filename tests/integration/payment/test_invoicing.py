"""Employers who pay: invoices, credit notes, transfers, through the doors."""

import asyncio
import io
from typing import Any
from uuid import UUID, uuid4

import pytest
from pypdf import PdfReader

from contracts.catalogue import Vat
from contracts.enrolment import (
    EnrolmentLapsed,
    EnrolmentRequested,
    PlaceDenied,
    WithdrawalReviewed,
)
from contracts.payment import InvoiceCredited, InvoiceIssued, PaymentReceived, RefundIssued
from services.payment import store
from tests.support.examples import both
from tests.support.paying import FINANCE, Paying, about
from tests.support.running import eventually


def words_of(pdf: bytes) -> str:
    words = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return words.replace("\N{NO-BREAK SPACE}", " ")


async def lapse(payment: Paying, told: EnrolmentRequested) -> None:
    await payment.service.deliver(
        EnrolmentLapsed(**about(told, 2), why="not_paid", lapsed_at=payment.service.clock.now())
    )
    await payment.order_is(told, "closed")


async def bill_and_transfer(payment: Paying, told: EnrolmentRequested) -> dict[str, Any]:
    invoice: dict[str, Any] = (await payment.bill(told)).json()
    answer = await payment.transfer(invoice["reference"], 19500)
    assert answer.json()["state"] == "matched", answer.text
    return invoice


async def test_an_employer_is_invoiced_with_everything_that_an_invoice_says(
    payment: Paying,
) -> None:
    told = await payment.enrol(payer="employer", published=False)
    await payment.publish(told.offering_id, vat=Vat(rate="21", reason=both("Commercial course")))

    answer = await payment.bill(told)

    assert answer.status_code == 200, answer.text
    invoice = answer.json()
    assert (invoice["number"], invoice["reference"]) == ("2027-000001", "RF892027000001")
    assert (invoice["amount_minor"], invoice["vat_minor"]) == (19500, 3384)
    assert invoice["due_at"] == "2027-04-09T22:00:00Z"  # The end of 9 April in Amsterdam.
    fact = await payment.service.told.wait_for(InvoiceIssued)
    assert (fact.number, fact.organisation) == ("2027-000001", "Hoogheemraadschap van Rijnland")
    assert fact.billing_mail_address == "crediteuren@rijnland.test"
    words = words_of(fact.pdf)
    for expected in (
        "Invoice\n2027-000001",
        "University of Test",
        "NL004495445B01",
        "Hoogheemraadschap van Rijnland",
        "PO-871",
        "Academic writing in English",
        "Class number 4218",
        "€161.16",
        "€33.84",
        "€195.00",
        "Commercial course",
        "9 April 2027",
        "NL91 ABNA 0417 1643 00",
        "RF89 2027 0000 01",
    ):
        assert expected in words, expected
    order = await payment.order(told)
    assert (order["pay_before"], order["owed_minor"]) == ("2027-04-09T22:00:00Z", 19500)
    assert await payment.balances(told) == {"debtors": 19500, "fees": -16116, "vat": -3384}


async def test_an_invoice_is_due_when_the_course_starts_if_that_is_earlier(
    payment: Paying,
) -> None:
    told = await payment.enrol()
    payment.service.clock.move(minutes=29)
    soon = payment.service.clock.now()
    later = soon.replace(day=20)
    await payment.publish(told.offering_id, version=2, starts_at=later)

    invoice = (await payment.bill(told, language="nl")).json()

    assert invoice["due_at"] == "2027-03-20T13:29:00Z"
    words = words_of((await payment.service.told.wait_for(InvoiceIssued)).pdf)
    assert "Factuur" in words
    assert "20 maart 2027" in words


async def test_the_same_details_again_change_nothing_and_a_correction_makes_a_new_invoice(
    payment: Paying,
) -> None:
    told = await payment.enrol()
    first = (await payment.bill(told)).json()
    same = (await payment.bill(told)).json()
    payment.service.clock.move(days=3)

    corrected = (await payment.bill(told, purchase_order_reference="PO-872")).json()

    assert same == first
    assert corrected["number"] == "2027-000002"
    assert corrected["due_at"] == first["due_at"]
    credit = await payment.service.told.wait_for(InvoiceCredited)
    assert (credit.number, credit.credited_number) == ("C2027-000001", "2027-000001")
    assert "Credit note\nC2027-000001" in words_of(credit.pdf)
    assert await payment.balances(told) == {"debtors": 19500, "fees": -19500}


async def test_the_document_is_for_its_learner_and_finance(payment: Paying) -> None:
    told = await payment.enrol()
    invoice = (await payment.bill(told)).json()
    fact = await payment.service.told.wait_for(InvoiceIssued)
    path = f"/v1/invoices/{invoice['invoice_id']}"

    document = await payment.service.get(f"{path}/pdf", told.learner_id)

    assert document.headers["content-type"] == "application/pdf"
    assert document.content == fact.pdf
    assert (await payment.service.get(path, told.learner_id)).json() == invoice
    assert (await payment.service.get(f"{path}/pdf", FINANCE, "finance")).status_code == 200
    assert (await payment.service.get(path, uuid4())).status_code == 404
    assert (await payment.service.get(f"{path}/pdf", uuid4(), "office")).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"vat_number": "NL123"}, "/vat_number"),
        ({"mail_address": "nobody"}, "/mail_address"),
        ({"country": "Nederland"}, "/country"),
        ({"address": []}, "/address"),
        ({"organisation": "   "}, "/organisation"),
    ],
)
async def test_a_wrong_detail_is_named(
    payment: Paying, wrong: dict[str, Any], pointer: str
) -> None:
    told = await payment.enrol()

    answer = await payment.bill(told, **wrong)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert (await payment.order(told))["invoices"] == []


async def test_nobody_else_has_an_order_invoiced(payment: Paying) -> None:
    told = await payment.enrol()
    order = await payment.order(told)
    body = {"organisation": "X", "address": ["Y 1"], "postcode": "1", "city": "Z"}
    body |= {"mail_address": "a@b.test", "language": "en"}
    path = f"/v1/orders/{order['order_id']}/billing"

    assert (await payment.service.put(path, body, uuid4())).status_code == 404
    assert (await payment.service.put(path, body, FINANCE, "finance")).status_code == 404
    assert (await payment.service.put(path, body, told.learner_id)).status_code == 200


async def test_an_invoice_waits_for_what_the_catalogue_has_to_tell(payment: Paying) -> None:
    told = await payment.enrol(published=False)

    early = await payment.bill(told)

    assert (early.status_code, early.headers["retry-after"]) == (503, "3")
    await payment.publish(told.offering_id)
    assert (await payment.bill(told)).status_code == 200


async def test_a_transfer_that_names_the_invoice_pays_it_on_its_value_date(
    payment: Paying,
) -> None:
    told = await payment.enrol()
    invoice = (await payment.bill(told)).json()
    payment.service.clock.move(days=5)

    answer = await payment.transfer("rf89 2027-0000 01 / cursus", 19500, value_date="2027-03-12")

    assert (answer.status_code, answer.json()["state"]) == (201, "matched")
    fact = await payment.service.told.wait_for(PaymentReceived)
    assert (fact.method, fact.amount_minor) == ("banktransfer", 19500)
    assert fact.paid_at.isoformat() == "2027-03-11T23:00:00+00:00"  # 12 March begins in Amsterdam.
    order = await payment.order(told)
    assert (order["state"], order["invoices"][0]["number"]) == ("paid", invoice["number"])
    assert await payment.balances(told) == {"bank": 19500, "fees": -19500}


async def test_a_transfer_is_booked_once_however_often_its_statement_is_read(
    payment: Paying,
) -> None:
    told = await payment.enrol()
    invoice = (await payment.bill(told)).json()
    first = await payment.transfer(invoice["number"], 19500, bank_reference="B1")

    again = await payment.transfer(invoice["number"], 19500, bank_reference="B1")
    other = await payment.transfer(invoice["number"], 100, bank_reference="B1")

    assert (again.status_code, again.json()) == (200, first.json())
    assert other.status_code == 409
    assert other.json()["type"].endswith("/problems/bank-reference-used")
    assert await payment.service.fetchval("SELECT count(*) FROM transfer") == 1
    assert await payment.balances(told) == {"bank": 19500, "fees": -19500}


async def test_a_wrong_amount_is_an_exception_until_it_is_sent_back(payment: Paying) -> None:
    told = await payment.enrol()
    invoice = (await payment.bill(told)).json()

    kept = (await payment.transfer(invoice["reference"], 19400)).json()

    assert (kept["state"], kept["kept_why"]) == ("kept", "wrong_amount")
    [shown] = (await payment.finance("/v1/exceptions"))["items"]
    assert (shown["kind"], shown["transfer"]) == ("wrong_amount", kept)
    assert "whole amount" in shown["explanation"]
    assert (await payment.order(told))["state"] == "open"
    assert all_balances(await payment.finance("/v1/ledger"))["unallocated"] == -19400

    returned = await payment.act(f"/v1/transfers/{kept['transfer_id']}/return")

    assert returned.json()["state"] == "returned"
    assert (await payment.finance("/v1/exceptions"))["items"] == []
    assert all_balances(await payment.finance("/v1/ledger")).get("unallocated") == 0
    again = await payment.act(f"/v1/transfers/{kept['transfer_id']}/return")
    assert again.status_code == 409


async def test_an_unknown_reference_is_an_exception_until_finance_knows_the_invoice(
    payment: Paying,
) -> None:
    told = await payment.enrol()
    invoice = (await payment.bill(told)).json()
    kept = (await payment.transfer("For the course of Ada", 19500)).json()
    assert (kept["state"], kept["kept_why"]) == ("kept", "unknown_reference")
    path = f"/v1/transfers/{kept['transfer_id']}/match"

    wrong = await payment.service.post(path, {"reference": "2027-000099"}, FINANCE, "finance")
    right = await payment.service.post(path, {"reference": invoice["number"]}, FINANCE, "finance")

    assert (wrong.status_code, right.status_code) == (409, 200)
    assert right.json()["state"] == "matched"
    assert (await payment.service.told.wait_for(PaymentReceived)).amount_minor == 19500
    assert (await payment.finance("/v1/exceptions"))["items"] == []
    assert all_balances(await payment.finance("/v1/ledger")) == {
        "bank": 19500,
        "debtors": 0,
        "fees": -19500,
        "unallocated": 0,
    }


def all_balances(ledger: dict[str, Any]) -> dict[str, int]:
    return {each["account"]: each["balance_minor"] for each in ledger["balances"]}


async def test_the_invoice_of_a_place_that_lapsed_is_credited(payment: Paying) -> None:
    told = await payment.enrol()
    await payment.bill(told)

    await lapse(payment, told)

    credit = await payment.service.told.wait_for(InvoiceCredited)
    assert (credit.number, credit.amount_minor) == ("C2027-000001", 19500)
    words = words_of(credit.pdf)
    assert "2027-000001" in words
    assert "\N{MINUS SIGN}€195.00" in words
    assert await payment.balances(told) == {}


async def test_a_transfer_for_a_credited_invoice_is_invoiced_again_and_told(
    payment: Paying,
) -> None:
    told = await payment.enrol()
    invoice = (await payment.bill(told)).json()
    await lapse(payment, told)
    await payment.service.told.wait_for(InvoiceCredited)

    await payment.transfer(invoice["reference"], 19500)

    await payment.service.told.wait_for(PaymentReceived)
    again = await payment.service.told.wait_for(InvoiceIssued, 2)
    assert again.number == "2027-000002"
    assert "There is nothing left to pay" in words_of(again.pdf).replace("\n", " ")
    assert await payment.balances(told) == {"bank": 19500, "fees": -19500}
    order = await payment.order(told)
    denied = PlaceDenied(**about(told, 3), order_id=UUID(order["order_id"]), why="full")
    await payment.service.deliver(denied)
    assert (await payment.service.told.wait_for(InvoiceCredited, 2)).credited_number == (
        "2027-000002"
    )


async def test_what_an_employer_gets_back_is_credited_and_transferred_by_finance(
    payment: Paying,
) -> None:
    told = await payment.enrol()
    await bill_and_transfer(payment, told)

    await payment.service.deliver(
        WithdrawalReviewed(
            **about(told, 4),
            withdrawal_id=uuid4(),
            ground="policy",
            refund_minor=16575,
            kept_minor=2925,
            currency="EUR",
            explanation=None,
            reviewed_at=payment.service.clock.now(),
        )
    )

    credit = await payment.service.told.wait_for(InvoiceCredited)
    assert (credit.amount_minor, credit.credited_number) == (16575, "2027-000001")
    [waiting] = (await payment.finance("/v1/refunds"))["items"]
    assert (waiting["refund"]["state"], waiting["refund"]["amount_minor"]) == ("to_transfer", 16575)
    assert not payment.service.told.of(RefundIssued)
    assert not payment.provider.books.refunds
    assert await payment.balances(told) == {"bank": 19500, "fees": -2925, "refunds_due": -16575}

    path = f"/v1/refunds/{waiting['refund']['refund_id']}/transfer"
    done = await payment.act(path)

    assert done.json()["refund"]["state"] == "transferred"
    assert (await payment.service.told.wait_for(RefundIssued)).amount_minor == 16575
    assert await payment.balances(told) == {"bank": 2925, "fees": -2925}
    assert (await payment.act(path)).status_code == 409


async def test_a_learner_can_pay_the_invoice_online_and_the_transfer_goes_back(
    payment: Paying,
) -> None:
    told = await payment.enrol()
    invoice = (await payment.bill(told)).json()
    await payment.pay(told)
    await payment.order_is(told, "paid")
    assert await payment.balances(told) == {"provider": 19500, "fees": -19500}

    await payment.transfer(invoice["reference"], 19500)

    [waiting] = (await payment.finance("/v1/refunds"))["items"]
    assert waiting["refund"]["why"] == "double_payment"
    await payment.told_once(PaymentReceived)
    assert not payment.service.told.of(InvoiceCredited)


async def test_transfers_are_for_finance_alone(payment: Paying) -> None:
    body = {
        "reference": "x",
        "amount_minor": 1,
        "currency": "EUR",
        "value_date": "2027-03-12",
        "bank_reference": "b",
    }

    assert (await payment.service.post("/v1/transfers", body, uuid4())).status_code == 403
    assert (await payment.service.post("/v1/transfers", body, uuid4(), "office")).status_code == 403
    path = f"/v1/transfers/{uuid4()}/return"
    assert (await payment.service.post(path, None, uuid4())).status_code == 403


async def test_a_number_whose_transaction_fails_goes_to_the_next_who_waits_for_it(
    payment: Paying,
) -> None:
    db = payment.service.parts.db
    async with db.transaction() as tx:
        first = await store.invoices.next_place(tx, "invoice", 2027)

    async def next_one() -> str:
        async with db.transaction() as tx:
            return (await store.invoices.next_place(tx, "invoice", 2027)).number

    async def fail() -> None:
        async with db.transaction() as tx:
            taken = await store.invoices.next_place(tx, "invoice", 2027)
            assert taken.number == "2027-000002"
            waiting.append(asyncio.create_task(next_one()))
            await eventually(payment.somebody_waits)
            raise ZeroDivisionError

    waiting: list[asyncio.Task[str]] = []
    with pytest.raises(ZeroDivisionError):
        await fail()

    assert first.number == "2027-000001"
    assert await waiting[0] == "2027-000002"


async def test_series_and_years_count_for_themselves(payment: Paying) -> None:
    async with payment.service.parts.db.transaction() as tx:
        places = [
            await store.invoices.next_place(tx, "invoice", 2027),
            await store.invoices.next_place(tx, "credit_note", 2027),
            await store.invoices.next_place(tx, "invoice", 2028),
            await store.invoices.next_place(tx, "invoice", 2027),
        ]

    assert [each.number for each in places] == [
        "2027-000001",
        "C2027-000001",
        "2028-000001",
        "2027-000002",
    ]
