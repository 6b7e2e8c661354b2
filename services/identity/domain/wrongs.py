"""Answers that cannot be accepted. All are named at once, each with what to enter instead."""

import msgspec

from contracts.fact import Translated


class Wrong(msgspec.Struct, frozen=True):
    """One answer of a form, a request or a file."""

    field: str
    """As it is called in JSON, in forms and in files."""
    sentence: Translated
    """An instruction, as the design's "Errors" asks: "Enter …"."""
