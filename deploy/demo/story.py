"""The whole story, as people live it: enrol, pay, be told, be reminded, withdraw, get the certificate."""

import secrets
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from chassis.clock import MovableClock, move_clock
from deploy.demo import steps
from deploy.demo.narrator import Narrator
from deploy.demo.office import publish_offering
from deploy.demo.people import Mail, Person, Refused, demo_people
from deploy.local.system import Addresses

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@dataclass
class Story:
    """The people, the time, and where the files go that they fetch."""

    at: Addresses
    clock_file: Path
    files: Path
    narrator: Narrator
    browsers: AsyncExitStack
    kept: list[str] = field(default_factory=list)

    async def tell(self) -> None:
        """Tell it from beginning to end."""
        self._say("The office publishes a course of three evenings, with one place.")
        course = await publish_offering(
            self._staff("office"), starts_at=self._evening(21), capacity=1
        )
        self._see(f"{course['title']}, class {course['class_number']}, from {course['starts_at']}")
        anna = await self._new_person("Anna Visser", "nl")
        hers = await self._she_enrols_and_pays(anna, course)
        ben = await self._new_person("Ben O'Connor", "en")
        self._say("Ben wants the same place, and stands in line.")
        his = await steps.enrol(ben, course)
        self._see(f"{his['state']}, position {his['position']}")
        await self._an_employer_pays()
        await self._she_leaves_and_he_takes_her_place(anna, hers, ben, his)
        await self._he_is_reminded(ben, course)
        await self._he_evaluates(ben, course)
        await self._he_gets_a_certificate(ben, his)
        self._say(f"What they fetched lies in {self.files}:")
        for name in self.kept:
            self._see(name)

    async def _new_person(self, name: str, language: str) -> Person:
        self._say(f"{name} makes an account; a link in a mail proves the mail address.")
        address = f"{name.split(maxsplit=1)[0].lower()}-{secrets.token_hex(3)}@learner.example"
        password = "a sentence that works well"  # noqa: S105 - of somebody who does not exist.
        person = Person(self.at, address, password, self._browser(), name=name, language=language)
        return await steps.join(person)

    async def _she_enrols_and_pays(self, anna: Person, course: dict[str, Any]) -> dict[str, Any]:
        self._say("Anna searches, and sees what leaving would cost before she enrols.")
        found = await anna.get("catalogue", "/v1/offerings?words=academisch schrijven")
        self._see(f"{found['total']} courses found")
        path = f"/v1/offerings/{course['offering_id']}/leaving-costs"
        shown = await anna.get("enrolment", path)
        for cost in shown["costs"]:
            when = f"before {cost['until'][:10]}" if cost["until"] else "after that"
            self._see(f"{when}: {cost['kept_minor'] / 100:.2f} of {shown['fee_minor'] / 100:.2f}")
        self._say("She enrols: a place is held. She pays by iDEAL on the provider's page.")
        enrolment = await steps.enrol(anna, course)
        self._see(f"{enrolment['state']} until {enrolment['held_until']}")
        await steps.pay(anna, enrolment)
        await steps.becomes(anna, enrolment, "confirmed")
        await self._keep_mail("confirmation-nl", anna, "Je bent ingeschreven")
        return enrolment

    async def _an_employer_pays(self) -> None:
        carla = await self._new_person("Carla de Groot", "en")
        self._say("Carla's employer pays: an invoice goes to the billing address.")
        course = await publish_offering(self._staff("office"), starts_at=self._evening(60))
        enrolment = await steps.enrol(carla, course, payer="employer")
        billing = f"invoices-{carla.mail_address}"
        order = await steps.bill_employer(carla, enrolment, billing)
        self._keep_all("invoice", await carla.inbox.wait_for(billing, "Invoice"))
        self._say("Finance records the transfer by its reference; only now the enrolment is final.")
        (invoice,) = order["invoices"]
        await steps.record_transfer(self._staff("finance"), invoice, f"{self._now():%Y-%m-%d}")
        await steps.becomes(carla, enrolment, "confirmed")
        await carla.inbox.wait_for(carla.mail_address, "You are enrolled")

    async def _she_leaves_and_he_takes_her_place(
        self, anna: Person, hers: dict[str, Any], ben: Person, his: dict[str, Any]
    ) -> None:
        self._say("Anna withdraws, with a reason. Her place is offered to Ben at once.")
        withdrawal = await steps.withdraw(anna, hers)
        await self._keep_mail("withdrawal-nl", anna, "Je hebt je uitgeschreven")
        await ben.inbox.wait_for(ben.mail_address, "A place for you")
        self._say("Ben takes it, and pays by card.")
        await ben.post("enrolment", f"/v1/enrolments/{his['enrolment_id']}/acceptance")
        await steps.pay(ben, his, method="creditcard")
        await steps.becomes(ben, his, "confirmed")
        mail = await self._keep_mail("confirmation-en", ben, "You are enrolled")
        self._keep("course.ics", (mail.calendar or "").encode())
        self._say(
            "The office confirms what the policy gives back to Anna; refund and mails follow."
        )
        await steps.review(self._staff("office"), withdrawal)
        await self._keep_mail("refund-nl", anna, "onderweg")

    async def _he_is_reminded(self, ben: Person, course: dict[str, Any]) -> None:
        starts_at = datetime.fromisoformat(course["starts_at"]).astimezone(AMSTERDAM)
        a_week_before = starts_at - timedelta(days=7) + timedelta(seconds=1)
        self._move_to(a_week_before, "one week before the start")
        await self._keep_mail("reminder-en", ben, "Next week")

    async def _he_evaluates(self, ben: Person, course: dict[str, Any]) -> None:
        self._move_to(datetime.fromisoformat(course["ends_at"]), "the end of the last evening")
        await ben.inbox.wait_for(ben.mail_address, "How was")
        self._say("Ben evaluates the course, once.")
        path, answers = await steps.evaluate(ben, score=4)
        try:
            await ben.post("records", path, answers)
        except Refused as refused:
            self._see(f"a second time: {refused.problem['detail']}")

    async def _he_gets_a_certificate(self, ben: Person, enrolment: dict[str, Any]) -> None:
        self._say("The lecturer records the result; the certificate lies in My Records.")
        await steps.record_result(self._staff("lecturer"), enrolment)
        await self._keep_mail("document-en", ben, "is ready")
        (record,) = (await ben.get("records", "/v1/records"))["items"]
        (document,) = record["documents"]
        for download in document["downloads"]:
            pdf = await ben.ask("GET", "records", download["path"])
            self._keep(f"certificate-{download['language']}.pdf", pdf.content)
        self._say("Anyone can check it, without logging in.")
        page = await self._browser().get(document["verify_url"])
        self._keep("verification.html", page.content)
        self._see(document["verify_url"])

    def _staff(self, who: str) -> Person:
        """Somebody of the demonstration, by the first part of their address."""
        told = demo_people()[who]
        address, password = told["mail_address"], told["password"]
        return Person(self.at, address, password, self._browser(), name=told["name"])

    def _browser(self) -> httpx.AsyncClient:
        """A browser of one's own, with its own cookies."""
        browser = httpx.AsyncClient(timeout=steps.PATIENCE_S)
        self.browsers.push_async_callback(browser.aclose)
        return browser

    def _now(self) -> datetime:
        return MovableClock(self.clock_file).now()

    def _evening(self, days: int) -> datetime:
        """18:30 in Amsterdam, so many days from now."""
        day = (self._now().astimezone(AMSTERDAM) + timedelta(days=days)).date()
        return datetime(day.year, day.month, day.day, 18, 30, tzinfo=AMSTERDAM)

    def _move_to(self, at: datetime, when: str) -> None:
        self._say(f"Time moves on to {when}: {at.astimezone(AMSTERDAM):%A %d %B %Y, %H:%M}.")
        move_clock(self.clock_file, max(timedelta(), at - self._now()))

    def _say(self, words: str) -> None:
        self.narrator.step(words)

    def _see(self, words: str) -> None:
        self.narrator.seen(words)

    async def _keep_mail(self, name: str, person: Person, words: str) -> Mail:
        """Wait for a mail to somebody, and keep it."""
        mail = await person.inbox.wait_for(person.mail_address, words)
        self._keep_all(name, mail)
        return mail

    def _keep_all(self, name: str, mail: Mail) -> None:
        """Keep a mail in both its forms, and the PDFs that came with it."""
        self._keep(f"{name}.html", mail.html.encode())
        self._keep(f"{name}.txt", f"Subject: {mail.subject}\n\n{mail.text}".encode())
        for file_name, content in mail.files.items():
            if file_name.endswith(".pdf"):
                self._keep(file_name, content)

    def _keep(self, name: str, content: bytes) -> None:
        self.files.mkdir(parents=True, exist_ok=True)
        (self.files / name).write_bytes(content)
        self.kept.append(name)
