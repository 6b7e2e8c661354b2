"""What can be done with records: load, decide, save, tell. Transactions belong to the doors."""

from services.records.commands.documents import (
    issue_documents,
    put_off_document,
    replace_document,
    take_drafts,
)
from services.records.commands.evaluations import open_evaluations, submit_evaluation
from services.records.commands.following import (
    cancel_offering,
    copy_offering,
    copy_people,
    open_and_close_dossiers,
)
from services.records.commands.leavers import forget_person
from services.records.commands.results import correct_result, record_result, record_results

__all__ = [
    "cancel_offering",
    "copy_offering",
    "copy_people",
    "correct_result",
    "forget_person",
    "issue_documents",
    "open_and_close_dossiers",
    "open_evaluations",
    "put_off_document",
    "record_result",
    "record_results",
    "replace_document",
    "submit_evaluation",
    "take_drafts",
]
