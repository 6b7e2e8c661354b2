"""What the portal reads is what the services' published documents promise."""

from typing import Any

import msgspec
import pytest

from clients.portal.api import catalogue, desk, enrolment, identity, payment, personal_data, records
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
        (personal_data.PaymentExport, "PaymentExport"),
        (personal_data.Order, "OrderExported"),
        (personal_data.Invoice, "Paper"),
    ],
    "identity": [
        (identity.Me, "MeView"),
        (identity.Correction, "Correction"),
        (desk.Somebody, "PersonListed"),
        (identity.Erasure, "ErasureView"),
        (identity.Objection, "Objection"),
        (identity.RetainedBy, "RetainedBy"),
        (identity.Retained, "Retained"),
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
        (records.Record, "RecordView"),
        (records.Result, "OwnResult"),
        (records.Document, "DocumentView"),
        (records.Download, "Download"),
        (records.Evaluation, "EvaluationView"),
        (records.Item, "Item"),
        (records.Answers, "Answers"),
        (records.Submitted, "Submitted"),
        (personal_data.RecordsExport, "RecordsExport"),
        (personal_data.Course, "CourseExported"),
        (personal_data.Document, "DocumentView"),
        (personal_data.Download, "Download"),
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
