"""Every SQL statement of enrolment, by topic.

Locks are always taken in one order: offerings by id, then enrolments by id. So no two transactions ever
wait for each other. Whoever holds a person's lock alone takes none of these.
"""

from services.enrolment.store.enrolments import (
    find_offering_with_lapses,
    get_offering_ids,
    get_other_live_enrolments,
    get_policies,
    lock_enrolments,
    lock_head_of_line,
    lock_lapses,
    lock_live_enrolments,
    save_enrolments,
)
from services.enrolment.store.leavers import (
    forget_words,
    get_enrolments_of,
    get_leavers,
    hold_people,
    lock_person,
    save_leaver,
)
from services.enrolment.store.listing import (
    Enrolled,
    Listed,
    count_states,
    get_case,
    get_listed,
    list_of_learner,
    list_of_offering,
)
from services.enrolment.store.offerings import (
    Occupation,
    get_occupations,
    get_offering,
    get_responsible_ids,
    lock_offerings,
    mark_offering_cancelled,
    save_occupation,
    save_offering,
)
from services.enrolment.store.requests import Answered, Standing, get_standings, save_requests
from services.enrolment.store.withdrawals import (
    WithdrawalListed,
    get_withdrawal,
    get_withdrawal_of,
    insert_withdrawal,
    list_withdrawals,
    list_withdrawals_of,
    lock_withdrawal,
    save_review,
)

__all__ = [
    "Answered",
    "Enrolled",
    "Listed",
    "Occupation",
    "Standing",
    "WithdrawalListed",
    "count_states",
    "find_offering_with_lapses",
    "forget_words",
    "get_case",
    "get_enrolments_of",
    "get_leavers",
    "get_listed",
    "get_occupations",
    "get_offering",
    "get_offering_ids",
    "get_other_live_enrolments",
    "get_policies",
    "get_responsible_ids",
    "get_standings",
    "get_withdrawal",
    "get_withdrawal_of",
    "hold_people",
    "insert_withdrawal",
    "list_of_learner",
    "list_of_offering",
    "list_withdrawals",
    "list_withdrawals_of",
    "lock_enrolments",
    "lock_head_of_line",
    "lock_lapses",
    "lock_live_enrolments",
    "lock_offerings",
    "lock_person",
    "lock_withdrawal",
    "mark_offering_cancelled",
    "save_enrolments",
    "save_leaver",
    "save_occupation",
    "save_offering",
    "save_requests",
    "save_review",
]
