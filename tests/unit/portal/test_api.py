"""What the portal reads is what the services' published documents promise."""

from typing import Any

import msgspec
import pytest

from clients.portal.api import (
    catalogue,
    enrolment,
    helping,
    identity,
    notification,
    payment,
    personal_data,
    places_left,
    publishing,
    records,
)
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
        (helping.Programme, "ProgrammeView"),
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
        (places_left.PlacesOf, "PlacesView"),
        (enrolment.LeavingCosts, "LeavingCostsView"),
        (enrolment.LeavingCost, "LeavingCost"),
        (enrolment.WithdrawalToReview, "WithdrawalToReview"),
        (enrolment.Review, "ReviewRequest"),
        (enrolment.Reviewed, "ReviewView"),
        (enrolment.HeadCount, "HeadCount"),
        (enrolment.Enrolled, "EnrolmentView"),
        (enrolment.Wish, "EnrolmentRequest"),
        (enrolment.Behalf, "BehalfRequest"),
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
        (payment.OrderToFinance, "OrderView"),
        (payment.NumberedInvoice, "InvoiceView"),
        (payment.Refund, "RefundView"),
        (payment.RefundToFinance, "RefundToFinance"),
        (payment.Transfer, "TransferView"),
        (payment.Credit, "TransferRequest"),
        (payment.FinanceException, "ExceptionView"),
        (payment.Ledger, "LedgerView"),
        (payment.Booked, "Booked"),
        (payment.Balance, "Balance"),
        (personal_data.PaymentExport, "PaymentExport"),
        (personal_data.Order, "OrderExported"),
        (personal_data.Invoice, "Paper"),
    ],
    "notification": [
        (notification.Mail, "MailView"),
        (helping.Question, "HelpAsked"),
        (helping.Asked, "HelpView"),
    ],
    "identity": [
        (identity.Me, "MeView"),
        (identity.Correction, "Correction"),
        (identity.Somebody, "PersonListed"),
        (identity.Erasure, "ErasureView"),
        (identity.Objection, "Objection"),
        (identity.RetainedBy, "RetainedBy"),
        (identity.Retained, "Retained"),
    ],
    "records": [
        (records.Dossier, "DossierView"),
        (records.DossierResult, "DossierResult"),
        (records.DossierDocument, "DossierDocument"),
        (records.Result, "ResultView"),
        (records.History, "ResultHistory"),
        (records.ResultLine, "ResultLine"),
        (records.ResultList, "ResultList"),
        (records.Recorded, "ListRecorded"),
        (records.ResultCorrection, "CorrectionRequest"),
        (records.EvaluationResults, "EvaluationResults"),
        (records.Judged, "StatementView"),
        (records.Written, "AnswersView"),
        (records.Record, "RecordView"),
        (records.OwnResult, "OwnResult"),
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
