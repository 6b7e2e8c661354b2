"""What can be done with places: load, decide, save, tell. Transactions belong to the doors."""

from services.enrolment.commands.following import cancel_offering, copy_offering
from services.enrolment.commands.holding import (
    accept_offer,
    confirm_enrolments,
    extend_hold,
    lapse_one_offering,
)
from services.enrolment.commands.leavers import answer_erasure, cancel_erasure, forget_person
from services.enrolment.commands.requesting import Answer, Request, Requested, request_enrolments
from services.enrolment.commands.withdrawing import review_withdrawal, submit_withdrawal

__all__ = [
    "Answer",
    "Request",
    "Requested",
    "accept_offer",
    "answer_erasure",
    "cancel_erasure",
    "cancel_offering",
    "confirm_enrolments",
    "copy_offering",
    "extend_hold",
    "forget_person",
    "lapse_one_offering",
    "request_enrolments",
    "review_withdrawal",
    "submit_withdrawal",
]
