"""Steps that many journeys take."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import icalendar

from deploy.demo.people import Mail, Person, Refused

PATIENCE_S = 30.0
_POLL_S = 0.1


async def until(ask: Callable[[], Awaitable[Any]], is_so: Callable[[Any], bool]) -> Any:
    """Ask until it is so, as somebody does who presses reload."""
    answer: Any = None
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not is_so(answer := await ask()):
                await asyncio.sleep(_POLL_S)
    except TimeoutError:
        raise AssertionError(f"It never was so; the last answer is {answer}") from None
    return answer


async def join(person: Person) -> Person:
    """Sign up, confirm the mail address, log in."""
    await person.sign_up()
    await person.confirm_mail_address()
    await person.log_in()
    return person


async def enrol(person: Person, offering: dict[str, Any], **wish: Any) -> dict[str, Any]:
    """Accept the conditions that the course page shows, and ask for a place; waits for a new course to be known."""
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
    """Pay at the provider's page, and return the order as it was before."""
    order = await order_of(person, enrolment)
    body = {"method": method, "redirect_url": f"{person.at.portal}/enrolments"}
    payment = await person.post("payment", f"/v1/orders/{order['order_id']}/payments", body)
    assert await person.pay_at_provider(payment["checkout_url"], outcome) == body["redirect_url"]
    return order


async def state_is(person: Person, enrolment: dict[str, Any], state: str) -> dict[str, Any]:
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
    return await state_is(person, enrolment, "confirmed")


def events_of(mail: Mail) -> list[Any]:
    """The meetings in the calendar entry that came with a mail."""
    assert mail.calendar is not None, mail.subject
    return icalendar.Calendar.from_ical(mail.calendar).walk("VEVENT")
