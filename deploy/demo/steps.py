"""Steps that people take again and again, in the demonstration and in the journeys of the tests."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from deploy.demo.people import Person, Refused

PATIENCE_S = 30.0
_POLL_S = 0.1


class NeverSo(AssertionError):
    """What was waited for did not come; shows the last answer."""


async def until(ask: Callable[[], Awaitable[Any]], is_so: Callable[[Any], bool]) -> Any:
    """Ask until it is so, as somebody does who presses reload.

    Raises:
        NeverSo: it was not so within half a minute.
    """
    answer: Any = None
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not is_so(answer := await ask()):  # noqa: ASYNC110 - only seen from outside.
                await asyncio.sleep(_POLL_S)
    except TimeoutError:
        raise NeverSo(f"It never was so; the last answer is {answer}") from None
    return answer


async def join(person: Person) -> Person:
    """Sign up, confirm the mail address, log in."""
    await person.sign_up()
    await person.confirm_mail_address()
    await person.log_in()
    return person


async def enrol(person: Person, offering: dict[str, Any], **wish: Any) -> dict[str, Any]:
    """Accept the conditions that the course page shows and ask for a place, once enrolment knows the course."""
    body = {
        "offering_id": offering["offering_id"],
        "accepted_policy_version": offering["conditions"]["policy_version"],
        "accepted_terms_version": offering["conditions"]["terms_version"],
    } | wish

    async def ask() -> Any:
        try:
            return await person.post("enrolment", "/v1/enrolments", body)
        except Refused as refused:
            if refused.code != "no-such-offering":
                raise
            return None

    enrolment: dict[str, Any] = await until(ask, bool)
    return enrolment


async def order_of(person: Person, enrolment: dict[str, Any]) -> dict[str, Any]:
    """The order that payment opens for an enrolment."""
    path = f"/v1/orders?enrolment_id={enrolment['enrolment_id']}"
    page = await person.get("payment", path, headers={"Prefer": "wait=10"})
    order: dict[str, Any] = page["items"][0]
    return order


async def pay(
    person: Person, enrolment: dict[str, Any], method: str = "ideal", outcome: str = "paid"
) -> dict[str, Any]:
    """Pay at the provider's page, which sends the browser back; the order as it was before."""
    order = await order_of(person, enrolment)
    body = {"method": method, "redirect_url": f"{person.at.portal}/enrolments"}
    payment = await person.post("payment", f"/v1/orders/{order['order_id']}/payments", body)
    back = await person.pay_at_provider(payment["checkout_url"], outcome)
    if back != body["redirect_url"]:
        raise AssertionError(f"The provider sends the browser to {back}.")
    return order


async def becomes(person: Person, enrolment: dict[str, Any], state: str) -> dict[str, Any]:
    """Wait until an enrolment is in a state."""
    path = f"/v1/enrolments/{enrolment['enrolment_id']}"
    seen: dict[str, Any] = await until(
        lambda: person.get("enrolment", path), lambda seen: seen["state"] == state
    )
    return seen


async def enrolled(person: Person, offering: dict[str, Any]) -> dict[str, Any]:
    """Enrol, pay, and wait until it is final."""
    enrolment = await enrol(person, offering)
    await pay(person, enrolment)
    return await becomes(person, enrolment, "confirmed")


async def bill_employer(
    person: Person, enrolment: dict[str, Any], mail_address: str
) -> dict[str, Any]:
    """Give the employer's billing details; the order with its invoice."""
    order = await order_of(person, enrolment)
    await person.put(
        "payment",
        f"/v1/orders/{order['order_id']}/billing",
        {
            "organisation": "Rijnland Ziekenhuis",
            "address": ["t.a.v. Crediteuren", "Simon Smitweg 1"],
            "postcode": "2353 GA",
            "city": "Leiderdorp",
            "vat_number": "NL123456789B13",
            "purchase_order_reference": "PO-2027-00431",
            "mail_address": mail_address,
            "language": person.language,
        },
    )
    return await order_of(person, enrolment)


async def record_transfer(finance: Person, invoice: dict[str, Any], value_date: str) -> None:
    """Finance sees the money on the bank account, with the invoice's reference."""
    await finance.post(
        "payment",
        "/v1/transfers",
        {
            "bank_reference": f"bank-{invoice['invoice_id']}",
            "reference": invoice["reference"],
            "amount_minor": invoice["amount_minor"],
            "currency": invoice["currency"],
            "value_date": value_date,
        },
    )


async def withdraw(person: Person, enrolment: dict[str, Any]) -> dict[str, Any]:
    """Leave, with a reason and a word to the office."""
    withdrawal: dict[str, Any] = await person.post(
        "enrolment",
        f"/v1/enrolments/{enrolment['enrolment_id']}/withdrawal",
        {"reason": "work", "note": "My internship moved to Tuesday evenings."},
    )
    return withdrawal


async def review(office: Person, withdrawal: dict[str, Any]) -> dict[str, Any]:
    """The office finds a withdrawal in its queue and confirms what the policy says."""
    queue = await office.get("enrolment", "/v1/withdrawals?limit=100")
    found: dict[str, Any] = next(
        each for each in queue["items"] if each["withdrawal_id"] == withdrawal["withdrawal_id"]
    )
    path = f"/v1/withdrawals/{withdrawal['withdrawal_id']}/review"
    await office.post("enrolment", path, {"ground": "policy"})
    return found


async def evaluate(person: Person, score: int) -> tuple[str, dict[str, int]]:
    """Answer the one evaluation that is open; where and what was submitted."""
    (asked,) = (await person.get("records", "/v1/evaluations"))["items"]
    path = f"/v1/evaluations/{asked['evaluation_id']}/submission"
    answers = {each["name"]: score for each in asked["statements"]}
    await person.post("records", path, answers)
    return path, answers


async def record_result(lecturer: Person, enrolment: dict[str, Any]) -> None:
    """The lecturer says that somebody has passed."""
    await lecturer.post(
        "records",
        f"/v1/enrolments/{enrolment['enrolment_id']}/result",
        {"outcome": "passed", "grade": "8.5"},
    )
