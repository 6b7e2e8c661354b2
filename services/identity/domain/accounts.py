"""People and their own logins: signing up, proving a mail address, a new password, corrections."""

import unicodedata
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace

from contracts.catalogue import Affiliation
from contracts.fact import Language, Translated
from contracts.identity import (
    AccountCorrected,
    AccountRegistered,
    MailAddressVerificationRequested,
    PasswordResetRequested,
)
from services.identity import refusals
from services.identity.domain import mail, passwords
from services.identity.domain.wrongs import Wrong

LONGEST_NAME = 120

NO_NAME = Translated(
    nl="Vul je naam in zoals die op je certificaat moet staan, zoals Noor de Vries",
    en="Enter your name as it must stand on your certificate, such as Noor de Vries",
)
NAME_TOO_LONG = Translated(
    nl="Vul een naam van hoogstens 120 tekens in", en="Enter a name of at most 120 characters"
)
TERMS_NOT_ACCEPTED = Translated(
    nl="Accepteer de voorwaarden om een account te maken",
    en="Accept the terms to create an account",
)
NO_PASSWORD = Translated(nl="Vul je wachtwoord in", en="Enter your password")
NO_FIT = Wrong(
    "password",
    Translated(
        nl="Vul het wachtwoord in dat bij dit mailadres hoort. Ben je hier nieuw? Open eerst de link in de mail",
        en="Enter the password that goes with this mail address. New here? Open the link in our mail first",
    ),
)
"""Of an address without an account, of one that is not proved yet, and of a wrong password: always the same."""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A person, however they log in. Their mail address is proved to be theirs."""

    account_id: UUID
    version: int
    mail_address: str
    name: str
    """As it must stand on a certificate."""
    language: Language
    affiliation: Affiliation
    registered_at: datetime
    terms_version: str | None = None
    """Which terms of use they accepted; None for accounts that were imported."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody fills in to make an account."""

    name: str
    mail_address: str
    password: str
    language: Language
    accepts_terms: bool

    def __repr__(self) -> str:
        return "Wish(…)"  # It holds a password, and tracebacks show arguments.


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A secret link that reaches somebody by mail. The database knows only its hash."""

    url: str
    link_hash: bytes
    expires_at: datetime

    def __repr__(self) -> str:
        return "Link(…)"


class SignUp(msgspec.Struct, frozen=True, kw_only=True):
    """An account to be, until the link in the mail proves its address.

    One address can have several: whoever proves it gets the account with the name and the
    password of that very sign-up, so nobody can slip a password of theirs under another's account.
    It leads to an own login, or (`issuer`, `subject` …) to the login that a provider vouches for.
    """

    account_id: UUID
    mail_address: str
    name: str
    language: Language
    password_hash: str | None
    """None: no own login comes of it."""
    terms_version: str
    signed_up_at: datetime
    link_hash: bytes
    expires_at: datetime
    used_at: datetime | None = None
    joins: UUID | None = None
    """The account that gets the own login; None makes an account."""
    issuer: str | None = None
    subject: str | None = None
    provider: str | None = None
    organization: str | None = None
    affiliation: Affiliation | None = None

    def __repr__(self) -> str:
        return "SignUp(…)"


class PasswordReset(msgspec.Struct, frozen=True, kw_only=True):
    """A link that sets a new password, once."""

    link_hash: bytes
    account_id: UUID | None
    """None: the address that asked has no account, and no mail went out."""
    expires_at: datetime
    used_at: datetime | None = None


def clean_name(text: str) -> str:
    """A name with single spaces and composed letters."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def wrong_name(text: str) -> Wrong | None:
    """What is wrong with a name; None if nothing is."""
    name = clean_name(text)
    if len(name) > LONGEST_NAME:
        return Wrong("name", NAME_TOO_LONG)
    has_letter = any(character.isalpha() for character in name)
    if not has_letter or any(unicodedata.category(character) in _UNPRINTABLE for character in name):
        return Wrong("name", NO_NAME)
    return None


_UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Cn"}


def wrongs_of(wish: Wish) -> list[Wrong]:
    """Everything that is wrong with what somebody filled in, in the order of the form."""
    found = [wrong_name(wish.name)]
    if not mail.is_address(wish.mail_address.strip()):
        found.append(Wrong("mail_address", mail.NO_ADDRESS))
    found.append(wrong_password(wish.password, mail_address=wish.mail_address, name=wish.name))
    if not wish.accepts_terms:
        found.append(Wrong("accepts_terms", TERMS_NOT_ACCEPTED))
    return [each for each in found if each is not None]


def wrongs_of_login(mail_address: str, password: str) -> list[Wrong]:
    """What is missing before a login can even be tried."""
    found = []
    if not mail.is_address(mail_address.strip()):
        found.append(Wrong("mail_address", mail.NO_ADDRESS))
    if not password:
        found.append(Wrong("password", NO_PASSWORD))
    return found


def wrong_password(password: str, *, mail_address: str = "", name: str = "") -> Wrong | None:
    """What is wrong with a new password; None if nothing is."""
    weakness = passwords.weakness(password, mail_address=mail_address, name=name)
    return Wrong("password", weakness) if weakness else None


def sign_up(
    wish: Wish,
    link: Link,
    *,
    account_id: UUID,
    password_hash: str,
    terms_version: str,
    now: datetime,
) -> tuple[SignUp, MailAddressVerificationRequested]:
    """Keep what somebody filled in until they prove their mail address (A5-A8)."""
    signed_up = SignUp(
        account_id=account_id,
        mail_address=wish.mail_address.strip(),
        name=clean_name(wish.name),
        language=wish.language,
        password_hash=password_hash,
        terms_version=terms_version,
        signed_up_at=now,
        link_hash=link.link_hash,
        expires_at=link.expires_at,
    )
    return signed_up, proof_of_address(signed_up, link)


def proof_of_address(signed_up: SignUp, link: Link) -> MailAddressVerificationRequested:
    """Have a link mailed that proves the address of somebody who signs up."""
    return MailAddressVerificationRequested(
        account_id=signed_up.account_id,
        mail_address=signed_up.mail_address,
        name=signed_up.name,
        language=signed_up.language,
        link=link.url,
        expires_at=link.expires_at,
    )


def verify_mail_address(
    signed_up: SignUp, *, now: datetime
) -> tuple[SignUp, Account, AccountRegistered]:
    """Make the account whose mail address has been proved.

    Raises:
        Refusal: the link was used, or is too old.
    """
    require_usable(signed_up, now=now)
    account = Account(
        account_id=signed_up.account_id,
        version=1,
        mail_address=signed_up.mail_address,
        name=signed_up.name,
        language=signed_up.language,
        affiliation=signed_up.affiliation or "guest",  # A9: an own account proves none.
        registered_at=now,
        terms_version=signed_up.terms_version,
    )
    return replace(signed_up, used_at=now), account, registered(account)


def registered(account: Account) -> AccountRegistered:
    """Tell that somebody has an account."""
    return AccountRegistered(
        account_id=account.account_id,
        version=account.version,
        mail_address=account.mail_address,
        name=account.name,
        language=account.language,
        affiliation=account.affiliation,
    )


def request_password_reset(
    account: Account | None, link: Link
) -> tuple[PasswordReset, PasswordResetRequested | None]:
    """Send somebody a link to a new password; for an unknown address, one that leads nowhere."""
    if account is None:
        return PasswordReset(
            link_hash=link.link_hash, account_id=None, expires_at=link.expires_at
        ), None
    reset = PasswordReset(
        link_hash=link.link_hash, account_id=account.account_id, expires_at=link.expires_at
    )
    return reset, PasswordResetRequested(
        account_id=account.account_id,
        # The one that was proved, never the one that was typed.
        mail_address=account.mail_address,
        name=account.name,
        language=account.language,
        link=link.url,
        expires_at=link.expires_at,
    )


def require_usable(linked: SignUp | PasswordReset, *, now: datetime) -> None:
    """Hold a link to being used once and in time.

    Raises:
        Refusal: it was used, or is too old.
    """
    if linked.used_at is not None:
        raise refusals.LINK_USED(used_at=linked.used_at)
    if now >= linked.expires_at:
        raise refusals.LINK_EXPIRED(expired_at=linked.expires_at)


def correct_account(
    account: Account,
    *,
    name: str | None = None,
    language: Language | None = None,
    affiliation: Affiliation | None = None,
) -> tuple[Account, AccountCorrected] | None:
    """Change what is known of somebody; None where nothing is another than it was."""
    corrected = replace(
        account,
        name=account.name if name is None else clean_name(name),
        language=language or account.language,
        affiliation=affiliation or account.affiliation,
    )
    if corrected == account:
        return None
    corrected = replace(corrected, version=account.version + 1)
    return corrected, AccountCorrected(
        account_id=corrected.account_id,
        version=corrected.version,
        mail_address=corrected.mail_address,
        name=corrected.name,
        language=corrected.language,
        affiliation=corrected.affiliation,
    )
