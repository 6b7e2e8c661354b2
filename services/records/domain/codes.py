"""Verification codes: twelve characters that can be read out, typed over, and not guessed.

The alphabet is Crockford's base 32: digits and capitals without I, L, O and U. What looks like
another character is read as that one. Twelve characters are 60 bits: with a million documents,
somebody who tries a thousand codes a second needs some thirty years to hit any of them.
"""

from services.records import refusals

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
BYTES = 8
"""Of chance that a code is made of; the last four bits are left over."""

_GROUP = 4
_BITS = 5
_READ_AS = str.maketrans(
    "OIL", "011", " -\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{EN DASH}\N{MINUS SIGN}\t\xa0"
)


def make_code(chance: bytes) -> str:
    """A code of eight random bytes."""
    number = int.from_bytes(chance[:BYTES], "big")
    return "".join(ALPHABET[number >> shift * _BITS & len(ALPHABET) - 1] for shift in range(LENGTH))


def read_code(written: str) -> str:
    """A code as it is kept, from how somebody wrote it: any case, with or without dashes and spaces.

    Raises:
        Refusal: it cannot be one.
    """
    code = written.upper().translate(_READ_AS)
    if len(code) != LENGTH or not set(code) <= set(ALPHABET):
        raise refusals.NOT_A_CODE()
    return code


def show_code(code: str) -> str:
    """A code as it is printed: 4K9T-7WQD-2MXR."""
    return "-".join(code[start : start + _GROUP] for start in range(0, LENGTH, _GROUP))
