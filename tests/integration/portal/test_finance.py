"""Finance through the portal's door: who is let in, what is sent on, what a no or silence becomes."""

from typing import Any

import msgspec
import pytest

from deploy.demo.forms import form_with
from tests.integration.portal.conftest import PORTAL, Portal
from tests.unit.portal import desk_samples as desk
from tests.unit.portal import finance_samples as finance

ORDER = f"/en/desk/payments/{finance.ORDER_ID}"
REFUND = f"/en/desk/refunds/{finance.REFUND_ID}"
TRANSFER = f"/en/desk/transfers/{finance.TRANSFER_ID}"
INVOICE = f"/en/desk/invoices/{finance.INVOICE_ID}/pdf"
BOOK = "/en/desk/transfers/new"
PATHS = (
    "/en/desk/payments", ORDER, "/en/desk/exceptions", "/en/desk/refunds", REFUND,
    "/en/desk/transfers", BOOK, TRANSFER, "/en/desk/ledger", INVOICE,
)  # fmt: skip
LINE = {
    "value_date": "2027-03-09",
    "amount": "420,00",
    "bank_reference": "2027031200017",
    "reference": "2027-000017",
}


@pytest.fixture
async def ruben(portal: Portal) -> Portal:
    portal.edges.claims["roles"] = ["learner", "finance"]
    url = portal.edges.url
    portal.edges.answers |= {
        "/v1/people": {"items": msgspec.to_builtins(list(desk.NAMES.values()))},
        "/v1/open-orders": {
            "items": msgspec.to_builtins([finance.ORDER, finance.INVOICED]),
            "next": f"{url}/v1/open-orders?payer=self&cursor=abc",
        },
        f"/v1/orders/{finance.ORDER_ID}": msgspec.to_builtins(finance.INVOICED),
        "/v1/exceptions": {"items": msgspec.to_builtins(finance.EXCEPTIONS)},
        "/v1/refunds": {"items": msgspec.to_builtins([finance.TO_TRANSFER])},
        f"/v1/refunds/{finance.REFUND_ID}": msgspec.to_builtins(finance.REFUSED),
        "/v1/transfers": {"items": msgspec.to_builtins([finance.KEPT])},
        f"/v1/transfers/{finance.TRANSFER_ID}": msgspec.to_builtins(finance.KEPT),
        "/v1/ledger": msgspec.to_builtins(finance.LEDGER),
        f"/v1/invoices/{finance.INVOICE_ID}/pdf": b"%PDF-1.7",
    }
    await portal.log_in()
    return portal


def posted(portal: Portal) -> list[dict[str, Any]]:
    return [each for each in portal.edges.asked if each["method"] == "POST"]


@pytest.mark.parametrize("role", ["learner", "office", "lecturer", "coordinator", "administrator"])
async def test_the_money_of_others_is_not_there_without_finances_role(
    portal: Portal, role: str
) -> None:
    portal.edges.claims["roles"] = ["learner", role]
    await portal.log_in()

    for path in PATHS:
        assert (await portal.browser.get(path)).status_code == 404, path
    assert not any(
        each["path"].startswith(("/v1/open", "/v1/led", "/v1/ref", "/v1/tra", "/v1/exc"))
        for each in portal.edges.asked
    )


async def test_every_page_of_finance_is_there_and_the_desk_leads_to_the_first(
    ruben: Portal,
) -> None:
    led = await ruben.browser.get("/en/desk")

    assert led.headers["location"] == "/en/desk/payments"
    for path in PATHS:
        answer = await ruben.browser.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["cache-control"] == "private, no-store"
    assert 'href="/en/desk">Desk</a>' in (await ruben.browser.get("/en/help")).text
    assert (await ruben.browser.get("/en/desk/offerings")).status_code == 404


async def test_open_payments_come_in_parts_and_the_payer_stays(ruben: Portal) -> None:
    first = await ruben.browser.get("/en/desk/payments?payer=self")
    second = await ruben.browser.get("/en/desk/payments?payer=self&cursor=abc")

    assert f'href="{ORDER}">=Bram Kuipers</a>' in first.text
    assert "Rijnland &lt;Ziekenhuis&gt;" in first.text
    assert 'href="/en/desk/payments?payer=self&amp;cursor=abc"' in first.text
    assert 'href="/en/desk/payments?payer=self">Back to the first' in second.text


async def test_an_order_shows_its_invoice_which_can_be_read(ruben: Portal) -> None:
    page = await ruben.browser.get(ORDER)
    pdf = await ruben.browser.get(INVOICE)

    assert f'href="{INVOICE}">Invoice 2027-000017</a>' in page.text
    assert (pdf.content, pdf.headers["content-type"]) == (b"%PDF-1.7", "application/pdf")


async def test_a_line_of_the_statement_is_booked_once_and_shown(ruben: Portal) -> None:
    ruben.edges.answers["POST /v1/transfers"] = msgspec.to_builtins(finance.KEPT)

    answer = await ruben.send(BOOK, "bank_reference", **LINE)

    (sent,) = posted(ruben)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{TRANSFER}?done=booked")
    assert sent["headers"]["idempotency-key"]
    assert sent["body"] == {
        "bank_reference": "2027031200017",
        "reference": "2027-000017",
        "amount_minor": 42000,
        "currency": "EUR",
        "value_date": "2027-03-09",
    }
    shown = await ruben.browser.get(answer.headers["location"])
    assert "It is booked, and kept" in shown.text


async def test_what_is_wrong_with_a_line_is_said_and_nothing_typed_is_lost(ruben: Portal) -> None:
    answer = await ruben.send(BOOK, "bank_reference", **LINE | {"amount": "much"})

    assert answer.status_code == 422
    assert '<a href="#amount">Enter an amount such as 195.00</a>' in answer.text
    for typed in ("2027-03-09", "much", "2027031200017", "2027-000017"):
        assert f'value="{typed}"' in answer.text
    assert posted(ruben) == []


async def test_a_bank_reference_that_was_used_is_said_and_the_form_gets_another_key(
    ruben: Portal,
) -> None:
    ruben.edges.answers["POST /v1/transfers"] = 409
    key = form_with((await ruben.browser.get(BOOK)).text, "amount").fields["idempotency_key"]

    answer = await ruben.send(BOOK, "bank_reference", **LINE, idempotency_key=key)

    assert answer.status_code == 422
    assert "Not so." in answer.text
    assert form_with(answer.text, "amount").fields["idempotency_key"] != key


async def test_after_silence_the_same_form_comes_back_with_the_same_key(ruben: Portal) -> None:
    ruben.edges.answers["POST /v1/transfers"] = "slow"
    key = form_with((await ruben.browser.get(BOOK)).text, "amount").fields["idempotency_key"]

    answer = await ruben.send(BOOK, "bank_reference", **LINE, idempotency_key=key)

    assert answer.status_code == 503
    assert "it is booked once" in answer.text
    fields = form_with(answer.text, "amount").fields
    assert {name: fields[name] for name in LINE} == LINE
    assert fields["idempotency_key"] == key


async def test_a_kept_transfer_is_matched_or_returned(ruben: Portal) -> None:
    path = f"POST /v1/transfers/{finance.TRANSFER_ID}"
    ruben.edges.answers[f"{path}/match"] = msgspec.to_builtins(finance.MATCHED)
    ruben.edges.answers[f"{path}/return"] = msgspec.to_builtins(finance.RETURNED)

    matched = await ruben.send(TRANSFER, "deed", deed="match", invoice="2027-000017")
    returned = await ruben.send(TRANSFER, "deed", deed="return")

    assert matched.headers["location"] == f"{TRANSFER}?done=matched"
    assert returned.headers["location"] == f"{TRANSFER}?done=returned"
    first, second = posted(ruben)
    assert (first["path"].rpartition("/")[2], first["body"]) == (
        "match",
        {"reference": "2027-000017"},
    )
    assert (second["path"].rpartition("/")[2], second["body"]) == ("return", None)


async def test_an_invoice_that_does_not_fit_is_said_and_stays_typed(ruben: Portal) -> None:
    ruben.edges.answers[f"POST /v1/transfers/{finance.TRANSFER_ID}/match"] = 409

    answer = await ruben.send(TRANSFER, "deed", deed="match", invoice="2027-000099")

    assert answer.status_code == 422
    assert "Not so." in answer.text
    assert 'value="2027-000099"' in answer.text


async def test_a_transfer_that_a_colleague_decided_about_is_shown_as_it_is_now(
    ruben: Portal,
) -> None:
    form = form_with((await ruben.browser.get(TRANSFER)).text, "deed")
    ruben.edges.answers[f"POST /v1/transfers/{finance.TRANSFER_ID}/return"] = 409
    now = msgspec.to_builtins(finance.MATCHED)
    ruben.edges.answers[f"/v1/transfers/{finance.TRANSFER_ID}"] = now

    answer = await ruben.browser.post(
        form.action, data=form.filled(deed="return"), headers={"Origin": PORTAL}
    )

    assert answer.status_code == 422
    assert "Paid an invoice" in answer.text
    assert 'name="deed"' not in answer.text


@pytest.mark.parametrize(("deed", "path"), [("retry", "retry"), ("transfer", "transfer")])
async def test_a_refused_refund_is_tried_again_or_transferred(
    ruben: Portal, deed: str, path: str
) -> None:
    ruben.edges.answers[f"POST /v1/refunds/{finance.REFUND_ID}/{path}"] = msgspec.to_builtins(
        finance.refund_in("requested")
    )

    answer = await ruben.send(REFUND, "deed", deed=deed)

    (sent,) = posted(ruben)
    assert answer.headers["location"] == f"{REFUND}?done={deed}"
    assert sent["headers"]["idempotency-key"]


async def test_what_becomes_of_a_refund_has_to_be_chosen(ruben: Portal) -> None:
    answer = await ruben.send(REFUND, "deed")

    assert answer.status_code == 422
    assert '<a href="#deed">Choose what becomes of it' in answer.text
    assert posted(ruben) == []


async def test_a_refund_of_a_bank_transfer_has_one_button(ruben: Portal) -> None:
    path = f"/v1/refunds/{finance.REFUND_ID}"
    ruben.edges.answers[path] = msgspec.to_builtins(finance.TO_TRANSFER)
    ruben.edges.answers[f"POST {path}/transfer"] = msgspec.to_builtins(
        finance.refund_in("transferred")
    )

    page = await ruben.browser.get(REFUND)
    answer = await ruben.send(REFUND, "deed")

    assert "NL-2027-0312-17" in page.text
    assert "I have transferred €195.00</button>" in page.text
    assert answer.headers["location"] == f"{REFUND}?done=transfer"


async def test_without_payment_the_page_says_which_part_is_down(ruben: Portal) -> None:
    ruben.edges.answers["/v1/exceptions"] = 503

    answer = await ruben.browser.get("/en/desk/exceptions")

    assert answer.status_code == 503
    assert "Paying is down for a moment" in answer.text


async def test_without_identity_names_are_missing_and_the_money_is_there(ruben: Portal) -> None:
    ruben.edges.answers["/v1/people"] = 503

    answer = await ruben.browser.get("/en/desk/payments")

    assert answer.status_code == 200
    assert "Name not known (00b001)" in answer.text
    assert "€195.00" in answer.text
