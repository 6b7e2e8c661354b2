"""Every SQL statement of records, by topic.

Locks are always taken in one order: dossiers by id, then their documents by id, then the series of
numbers; evaluations by id, then the answer box of their offering. So no two transactions ever wait
for each other.
"""

from services.records.store import copies, documents, evaluations, leavers, results

__all__ = ["copies", "documents", "evaluations", "leavers", "results"]
