"""Ids that follow from names, so that the same course or class number is the same thing wherever it comes from."""

from uuid import UUID, uuid5

_OURS = UUID("6d1c7c0e-6f0b-5b7a-9d55-5a3f0c2b8e41")
"""The namespace of all these ids. Another one would make every import a new catalogue."""


def course_id_of(code: str) -> UUID:
    """A course is its code."""
    return uuid5(_OURS, f"course {code}")


def offering_id_of(academic_year: str, class_number: str) -> UUID:
    """A class number is the key of an offering in its academic year (B6)."""
    return uuid5(_OURS, f"offering {academic_year} {class_number}")


def session_id_of(offering_id: UUID, key: str) -> UUID:
    """A session is its key, or its number, in its offering."""
    return uuid5(offering_id, f"session {key}")


def policy_id_of(key: str) -> UUID:
    """A policy is its key, in all its versions."""
    return uuid5(_OURS, f"policy {key}")


def terms_id_of(key: str) -> UUID:
    """Terms are their key, in all their versions."""
    return uuid5(_OURS, f"terms {key}")


def programme_id_of(code: str) -> UUID:
    """A programme is its code."""
    return uuid5(_OURS, f"programme {code}")


def list_id_of(programme_code: str, academic_year: str, key: str) -> UUID:
    """A class list is its key, in its programme and academic year."""
    return uuid5(_OURS, f"list {programme_code} {academic_year} {key}")
