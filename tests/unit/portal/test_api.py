"""What the portal reads is what the services' published documents promise."""

from typing import Any

import msgspec
import pytest

from clients.portal.api import catalogue, desk, enrolment, identity, payment, publishing
from deploy.generate.documents import CONTRACTS

READ: dict[str, list[tuple[type, str]]] = {
    "catalogue": [
        (catalogue.OfferingItem, "OfferingItem"),
        (catalogue.SearchPage, "SearchPage"),
        (catalogue.Facets, "FacetsView"),
        (catalogue.FacetValue, "FacetValue"),
        (catalogue.Offering, "OfferingView"),
        (catalogue.Course, "CourseItem"),
        (catalogue.Meeting, "SessionView"),
        (catalogue.Conditions, "ConditionsView"),
        (catalogue.Places, "PlacesView"),
        (catalogue.Policy, "PolicyView"),
        (catalogue.PolicyStep, "PolicyStep"),
        (catalogue.Moment, "Moment"),
        (catalogue.Terms, "TermsView"),
        (publishing.Kept, "KeptItem"),
        (publishing.Plan, "PlanBody"),
        (publishing.PlanSession, "SessionBody"),
        (publishing.PlanPrice, "Price"),
        (publishing.PlanVat, "Vat"),
        (publishing.PlanElsewhere, "Elsewhere"),
        (publishing.Planned, "PlanView"),
        (publishing.Move, "MoveBody"),
        (publishing.Rescheduling, "ReschedulingBody"),
        (publishing.Cancellation, "CancellationBody"),
        (publishing.CourseItem, "CourseItem"),
        (publishing.CourseWords, "CourseBody"),
        (publishing.SentFile, "FileBody"),
        (publishing.BadEntry, "BadEntryView"),
        (publishing.EntryChange, "EntryChange"),
        (publishing.Changes, "ChangesView"),
        (publishing.CheckedFile, "FileView"),
    ],
    "enrolment": [
        (enrolment.Enrolment, "EnrolmentView"),
        (catalogue.Places, "PlacesView"),
        (enrolment.LeavingCosts, "LeavingCostsView"),
        (enrolment.LeavingCost, "LeavingCost"),
        (desk.Withdrawal, "WithdrawalToReview"),
        (desk.Review, "ReviewRequest"),
        (desk.Reviewed, "ReviewView"),
        (desk.HeadCount, "HeadCount"),
        (desk.Enrolled, "EnrolmentView"),
        (enrolment.Wish, "EnrolmentRequest"),
        (enrolment.Requested, "Answer"),
        (enrolment.Leave, "WithdrawalRequest"),
        (enrolment.Withdrawal, "WithdrawalView"),
    ],
    "payment": [
        (payment.Order, "OrderView"),
        (payment.Payment, "PaymentView"),
        (payment.Invoice, "InvoiceView"),
        (payment.Invoiced, "Billing"),
        (payment.Billing, "BillingRequest"),
    ],
    "identity": [
        (identity.Me, "MeView"),
        (identity.Correction, "Correction"),
        (desk.Somebody, "PersonListed"),
    ],
    "records": [
        (desk.Dossier, "DossierView"),
        (desk.DossierResult, "DossierResult"),
        (desk.DossierDocument, "DossierDocument"),
        (desk.Result, "ResultView"),
        (desk.History, "ResultHistory"),
        (desk.ResultLine, "ResultLine"),
        (desk.ResultList, "ResultList"),
        (desk.Recorded, "ListRecorded"),
        (desk.ResultCorrection, "CorrectionRequest"),
    ],
}
CASES = [(service, kind, name) for service, every in READ.items() for kind, name in every]


@pytest.mark.parametrize(("service", "kind", "name"), CASES)
def test_every_field_that_is_read_is_promised(service: str, kind: type, name: str) -> None:
    document: dict[str, Any] = msgspec.json.decode(
        (CONTRACTS / "openapi" / f"{service}.json").read_bytes()
    )

    promised = document["components"]["schemas"][name]["properties"]
    assert {field.name for field in msgspec.structs.fields(kind)} <= set(promised)
