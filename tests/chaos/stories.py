"""Stories that people live while everything fails: enrol, pay, leave, get money back, stand in line."""

import asyncio
import random
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

import httpx

from tests.chaos.books import Accepted
from tests.chaos.people import Client, GaveUp, Person
from tests.support.running import eventually

Kind = Literal[
    "stays", "leaves", "free", "fails_first", "pays_twice", "leaves_unpaid", "never_pays", "bills"
]
_WEIGHTS: dict[Kind, int] = {
    "stays": 8,
    "leaves": 6,
    "free": 2,
    "fails_first": 1,
    "pays_twice": 1,
    "leaves_unpaid": 1,
    "never_pays": 1,
    "bills": 2,
}
_IN_LINE_S = 10.0
"""So long somebody stands in line before they think of something else."""
_DECIDED_WITHIN_S = 600.0
"""Paid becomes a place, or the money goes back; else the story has no end."""
_LOOK_S = (0.2, 0.4, 0.8, 1.5)

Offering = dict[str, Any]


@dataclass
class Told:
    """What people were told in all stories together."""

    accepted: list[Accepted] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)
    troubles: list[str] = field(default_factory=list)
    """Stories that came to no end, with the reason."""


def kind_of(chance: random.Random) -> Kind:
    """Which story comes next."""
    return chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]


@dataclass
class Story:
    """One person's way with one offering."""

    client: Client
    office: Person
    """Of the office, and of finance."""
    person: Person
    offering: Offering
    kind: Kind
    chance: random.Random
    told: Told

    async def live(self) -> None:
        """From beginning to end."""
        try:
            end = await self._live()
        except (GaveUp, TimeoutError, AssertionError, KeyError) as error:
            who = f"{self.kind} {self.person.account_id} in {self.offering['offering_id']}"
            self.told.troubles.append(f"{who}: {type(error).__name__}: {error}")
            end = "no end"
        self.told.ends[f"{self.kind}: {end}"] += 1

    async def _live(self) -> str:
        enrolment = await self._enrol()
        if enrolment is None:
            return "refused"
        enrolment_id = enrolment["enrolment_id"]
        state = enrolment["state"]
        if state == "waitlisted":
            state = await self._stand_in_line(enrolment_id)
        if state == "held":
            state = await self._with_a_place_held(enrolment_id)
        if state == "confirmed" and self.kind == "leaves":
            await self._leave(enrolment_id)
            state = "withdrawn"
        self._note(enrolment_id, state)
        return str(state)

    def _note(self, enrolment_id: str, state: str) -> None:
        for_good = state if state in {"confirmed", "withdrawn"} else ""
        self.told.accepted.append(
            Accepted(
                UUID(enrolment_id),
                self.person.account_id,
                UUID(self.offering["offering_id"]),
                for_good,
            )
        )

    async def _enrol(self) -> dict[str, Any] | None:
        """Ask for a place, now and then with two clicks at once; both must get the same answer."""
        body = {
            "offering_id": self.offering["offering_id"],
            "accepted_policy_version": self.offering["conditions"]["policy_version"],
            "accepted_terms_version": self.offering["conditions"]["terms_version"],
        }
        if self.kind == "bills":
            body["payer"] = "employer"
        clicks = 2 if self.chance.random() < 0.1 else 1
        key = str(uuid.UUID(int=self.chance.getrandbits(128)))
        while True:
            answers = await asyncio.gather(
                *(
                    self.client.post(self.person, "enrolment", "/v1/enrolments", body, key)
                    for _ in range(clicks)
                )
            )
            if all(_code(each) == "no-such-offering" for each in answers):
                await asyncio.sleep(
                    0.5
                )  # The catalogue has told it; enrolment has not heard it yet.
                continue
            made = [each.json() for each in answers if each.is_success]
            if not made:
                raise AssertionError(answers[0].text)
            if any(each != made[0] for each in made):
                raise AssertionError(f"two answers to one request: {made}")
            return dict(made[0])

    async def _stand_in_line(self, enrolment_id: str) -> str:
        """Wait for a place; take it if one is offered, else leave the line or stay in it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_IN_LINE_S):
                await self._becomes(enrolment_id, lambda state: state != "waitlisted")
        state = str((await self._look(enrolment_id))["state"])
        if state == "offered":
            path = f"/v1/enrolments/{enrolment_id}/acceptance"
            taken = await self.client.post(self.person, "enrolment", path)
            return str((await self._look(enrolment_id))["state"]) if taken.is_success else "offered"
        if state == "waitlisted" and self.chance.random() < 0.5:
            await self._withdraw(enrolment_id)
            return "withdrawn"
        return state

    async def _with_a_place_held(self, enrolment_id: str) -> str:
        if self.kind == "never_pays":
            return "held"
        if self.kind == "leaves_unpaid":
            withdrawn = await self._withdraw(enrolment_id)
            return "withdrawn" if withdrawn.is_success else "held"
        order = await self._order(enrolment_id)
        if self.kind == "bills":
            return await self._bill(enrolment_id, order["order_id"])
        outcomes = {"fails_first": ("failed", "paid"), "pays_twice": ("paid", "paid")}
        checkouts = []
        for outcome in outcomes.get(self.kind, ("paid",)):
            checkout_url = await self._start_to_pay(order["order_id"])
            if checkout_url is None:
                break  # Time was up, or it was paid meanwhile.
            checkouts.append(checkout_url)
            if self.kind != "pays_twice":
                await self.client.choose(checkout_url, outcome)
        if self.kind == "pays_twice":
            await asyncio.gather(*(self.client.choose(each, "paid") for each in checkouts))
        return await self._see_what_became_of_it(enrolment_id)

    async def _bill(self, enrolment_id: str, order_id: str) -> str:
        """Have the employer invoiced, and let the money come to the bank."""
        path = f"/v1/orders/{order_id}/billing"
        billed = await eventually(
            lambda: self.client.ask(self.person, "PUT", "payment", path, json=self._billing()),
            lambda answer: answer.is_success or _code(answer) != "not-told-yet",
            patience_s=_DECIDED_WITHIN_S,
            poll_s=1,
        )
        if not billed.is_success:
            if _code(billed) in {"order-closed", "hold-ended"}:
                return await self._see_what_became_of_it(enrolment_id)
            raise AssertionError(billed.text)
        [invoice] = (await self._order(enrolment_id))["invoices"]
        transfer = {
            "bank_reference": f"bank-{invoice['invoice_id']}",
            "reference": invoice["reference"],
            "amount_minor": invoice["amount_minor"],
            "currency": invoice["currency"],
            "value_date": f"{self.client.now():%Y-%m-%d}",
        }
        booked = await self.client.post(self.office, "payment", "/v1/transfers", transfer)
        if not booked.is_success:
            raise AssertionError(booked.text)
        return await self._see_what_became_of_it(enrolment_id)

    def _billing(self) -> dict[str, Any]:
        return {
            "organisation": "Rijnland Ziekenhuis",
            "address": ["Simon Smitweg 1"],
            "postcode": "2353 GA",
            "city": "Leiderdorp",
            "mail_address": f"invoices-{self.person.mail_address}",
            "language": self.person.language,
        }

    async def _see_what_became_of_it(self, enrolment_id: str) -> str:
        """Paid in time or too late, or not at all: a place, or the money back."""

        def is_decided(state: str) -> bool:
            return state in {"confirmed", "lapsed", "withdrawn", "cancelled"}

        async with asyncio.timeout(_DECIDED_WITHIN_S):
            return await self._becomes(enrolment_id, is_decided)

    async def _order(self, enrolment_id: str) -> dict[str, Any]:
        path = f"/v1/orders?enrolment_id={enrolment_id}"
        while True:
            page = await self.client.get(self.person, "payment", path, Prefer="wait=5")
            if page["items"]:
                return dict(page["items"][0])

    async def _start_to_pay(self, order_id: str) -> str | None:
        """The page where one pays; None where there is nothing to pay any more."""
        body = {"method": "ideal", "redirect_url": f"{self.client.system.addresses.portal}/x"}
        path = f"/v1/orders/{order_id}/payments"
        for _ in range(3):
            answer = await self.client.post(self.person, "payment", path, body)
            if answer.is_success:
                url: str | None = answer.json()["checkout_url"]
                if url is not None:
                    return url
                continue  # It ended before we came to pay it: another attempt.
            if _code(answer) not in {"already-paid", "order-closed", "hold-ended"}:
                raise AssertionError(answer.text)
            return None
        return None

    async def _leave(self, enrolment_id: str) -> None:
        """Withdraw, have it reviewed, and wait until the money is on its way."""
        withdrawal = (await self._withdraw(enrolment_id)).json()
        if withdrawal["state"] == "nothing_to_review":
            return
        path = f"/v1/withdrawals/{withdrawal['withdrawal_id']}/review"
        reviewed = await self.client.post(self.office, "enrolment", path, {"ground": "policy"})
        if not reviewed.is_success:
            raise AssertionError(reviewed.text)
        await eventually(
            lambda: self._order(enrolment_id),
            lambda order: any(each["issued_at"] for each in order["refunds"]),
            patience_s=_DECIDED_WITHIN_S,
            poll_s=1,
        )

    async def _withdraw(self, enrolment_id: str) -> httpx.Response:
        path = f"/v1/enrolments/{enrolment_id}/withdrawal"
        return await self.client.post(self.person, "enrolment", path, {"reason": "work"})

    async def _look(self, enrolment_id: str) -> dict[str, Any]:
        found: dict[str, Any] = await self.client.get(
            self.person, "enrolment", f"/v1/enrolments/{enrolment_id}"
        )
        return found

    async def _becomes(self, enrolment_id: str, is_so: Callable[[str], bool]) -> str:
        """Look again, ever more seldom, until it is so."""
        looks = 0
        while not is_so(state := str((await self._look(enrolment_id))["state"])):
            await asyncio.sleep(_LOOK_S[min(looks, len(_LOOK_S) - 1)])
            looks += 1
        return state


def _code(answer: httpx.Response) -> str:
    """The last part of a problem's type; empty for an answer that is none."""
    if answer.is_success:
        return ""
    return str(answer.json().get("type", "")).rpartition("/")[2]
