"""What the portal reads of everything that services know of the reader (GDPR, articles 15 and 20)."""

from typing import Protocol

import msgspec

from clients.portal.api.asking import Asking, Part, Passing
from contracts.fact import Language

PARTS: tuple[Part, ...] = ("identity", "enrolment", "payment", "notification", "records")
"""Those that know people."""

_WAIT_S = 10


class Paper(msgspec.Struct, frozen=True):
    """A PDF that belongs to it."""

    part: Part
    path: str
    name: str
    """Of the file that it is to be."""


class Invoice(msgspec.Struct, frozen=True):
    """An invoice or a credit note."""

    number: str
    path: str


class Order(msgspec.Struct, frozen=True):
    """What was to be paid for one place."""

    papers: tuple[Invoice, ...]


class PaymentExport(msgspec.Struct, frozen=True):
    """Where invoices are named in what payment tells."""

    orders: tuple[Order, ...]

    @property
    def papers(self) -> list[Paper]:
        """All of them."""
        return [
            Paper("payment", each.path, f"invoices/{_safe(each.number)}.pdf")
            for order in self.orders
            for each in order.papers
        ]


class Download(msgspec.Struct, frozen=True):
    """A document in one language."""

    language: Language
    path: str


class Document(msgspec.Struct, frozen=True):
    """A certificate or a proof of attendance."""

    number: str | None
    downloads: tuple[Download, ...]


class Course(msgspec.Struct, frozen=True):
    """One course, with what it earned."""

    documents: tuple[Document, ...]


class RecordsExport(msgspec.Struct, frozen=True):
    """Where documents are named in what records tells."""

    courses: tuple[Course, ...]

    @property
    def papers(self) -> list[Paper]:
        """All of them, in every language."""
        return [
            Paper("records", each.path, f"documents/{_safe(document.number)}-{each.language}.pdf")
            for course in self.courses
            for document in course.documents
            if document.number is not None
            for each in document.downloads
        ]


class NamesPapers(Protocol):
    """What is read of an export besides passing it on."""

    @property
    def papers(self) -> list[Paper]:
        """The PDFs that belong to it."""


WITH_PAPERS: dict[Part, type[PaymentExport] | type[RecordsExport]] = {
    "payment": PaymentExport,
    "records": RecordsExport,
}


async def pass_on_export(ask: Asking, part: Part) -> Passing:
    """Everything that a part knows of the reader, as JSON, as it comes."""
    return await ask.pass_on(part, "/v1/me/export", wait_s=_WAIT_S)


async def get_paper(ask: Asking, paper: Paper) -> bytes:
    """One PDF."""
    return (await ask.get_file(paper.part, paper.path)).content


def _safe(number: str) -> str:
    """As a file name."""
    return "".join(each if each.isalnum() or each in "-_" else "_" for each in number)
