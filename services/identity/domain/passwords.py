"""Which passwords are good enough.

Sources: NIST SP 800-63B, 5.1.1.2 (length, NFKC, a list of common ones, no rules of composition).
"""

import string
import unicodedata
from pathlib import Path

from contracts.fact import Translated

SHORTEST = 12
LONGEST = 200


def _listed(name: str) -> frozenset[str]:
    text = Path(__file__).with_name(name).read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


COMMON = _listed("breached_passwords.txt") | _listed("common_passwords.txt")
"""Folded: lower case, without digits and signs at the ends and without digits that stand for letters."""

_WALKS = (
    "01234567890123456789012345678901234567890",
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "qwertzuiopasdfghjklyxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
)
_ENDS = string.digits + string.punctuation + string.whitespace
_FOR_LETTERS = str.maketrans("013457@$!", "oleastasi")
_FEWEST_DIFFERENT = 5
_SHORT_UNIT = 6

TOO_SHORT = Translated(
    nl="Vul minstens 12 tekens in. Een zin werkt goed",
    en="Enter at least 12 characters. A sentence works well",
)
TOO_LONG = Translated(nl="Vul hoogstens 200 tekens in", en="Enter at most 200 characters")
WELL_KNOWN = Translated(
    nl="Kies een ander wachtwoord: dit is makkelijk te raden. Een eigen zin werkt goed",
    en="Choose another password: this one is easily guessed. A sentence of your own works well",
)


def normalized(password: str) -> str:
    """The same password however a keyboard composes its letters: what is counted and hashed."""
    return unicodedata.normalize("NFKC", password)


def weakness(password: str, *, mail_address: str = "", name: str = "") -> Translated | None:
    """What is wrong with a new password; None if nothing is."""
    plain = normalized(password)
    if len(plain) < SHORTEST:
        return TOO_SHORT
    if len(plain) > LONGEST:
        return TOO_LONG
    if _is_easily_guessed(plain.casefold(), mail_address.casefold(), name.casefold()):
        return WELL_KNOWN
    return None


def _is_easily_guessed(password: str, mail_address: str, name: str) -> bool:
    about_them = {mail_address, mail_address.partition("@")[0], name, name.replace(" ", "")}
    unit, core = _repeated_unit(password), _core(password)
    return (
        len(set(password)) < _FEWEST_DIFFERENT
        or any(part in walk for part in (password, core, core[::-1]) for walk in _WALKS)
        or (unit != password and len(unit) < _SHORT_UNIT)
        or any(_core(part) in COMMON for part in (password, unit))
        or password in about_them
        or core in about_them - {""}
    )


def _core(password: str) -> str:
    """`Welkom2027!` is `welkom` and `P@ssw0rd1234` is `password` to whoever guesses."""
    return password.strip(_ENDS).translate(_FOR_LETTERS) or password


def _repeated_unit(password: str) -> str:
    """`abcabc` is `abc`, again and again."""
    return password[: (password + password).find(password, 1)]
