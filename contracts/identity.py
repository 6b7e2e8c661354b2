"""What identity tells: who people are. The only facts that name them, and those are not kept in the stream."""

from typing import ClassVar, Literal
from uuid import UUID

from contracts.catalogue import Affiliation
from contracts.fact import Fact, Language, Translated, UtcTime, Version

Role = Literal["learner", "office", "coordinator", "lecturer", "finance", "administrator"]
"""PRODUCT.md A34. Everybody with an account is a learner."""


class AccountState(Fact, frozen=True, kw_only=True):
    """What the others cannot do without: a mail address, a language, the name on a document."""

    about: ClassVar[str] = "account_id"
    kept: ClassVar[bool] = False

    account_id: UUID
    version: Version
    mail_address: str
    name: str
    """As it must stand on a certificate."""
    language: Language
    affiliation: Affiliation


class AccountRegistered(AccountState, frozen=True, kw_only=True):
    """Somebody has an account, with a mail address that is proved to be theirs."""

    topic: ClassVar[str] = "identity.account_registered.v1"


class AccountCorrected(AccountState, frozen=True, kw_only=True):
    """Somebody's name, language, affiliation or mail address is another one now."""

    topic: ClassVar[str] = "identity.account_corrected.v1"


class LinkRequested(Fact, frozen=True, kw_only=True):
    """A secret link has to reach a mail address. Useful once, and only until it expires."""

    about: ClassVar[str] = "account_id"
    kept: ClassVar[bool] = False

    account_id: UUID
    mail_address: str
    name: str
    language: Language
    link: str
    expires_at: UtcTime


class MailAddressVerificationRequested(LinkRequested, frozen=True, kw_only=True):
    """Somebody signed up and has to prove that the mail address is theirs."""

    topic: ClassVar[str] = "identity.mail_address_verification_requested.v1"


class PasswordResetRequested(LinkRequested, frozen=True, kw_only=True):
    """Somebody forgot a password."""

    topic: ClassVar[str] = "identity.password_reset_requested.v1"


class WayInChanged(Fact, frozen=True, kw_only=True):
    """Another way leads into somebody's account, or one less. They have to hear of it: perhaps it was not them.

    Told to be mailed, once; whoever is rebuilt later has no use for it, so the stream does not keep it.
    """

    about: ClassVar[str] = "account_id"
    kept: ClassVar[bool] = False

    account_id: UUID
    happened_at: UtcTime


class LoginAdded(WayInChanged, frozen=True, kw_only=True):
    """Somebody can log in in one more way."""

    topic: ClassVar[str] = "identity.login_added.v1"

    login: Translated
    """What people call it: the provider's title, or the own account's."""


class LoginSeparated(WayInChanged, frozen=True, kw_only=True):
    """A login does not lead to somebody's account any more."""

    topic: ClassVar[str] = "identity.login_separated.v1"

    login: Translated
    """What people call it: the provider's title, or the own account's."""


class PasswordReplaced(WayInChanged, frozen=True, kw_only=True):
    """The password of somebody's own login is another one now, and whoever used the old one is out."""

    topic: ClassVar[str] = "identity.password_replaced.v1"


class SecondStepTurnedOn(WayInChanged, frozen=True, kw_only=True):
    """Logging in with the password takes a code too."""

    topic: ClassVar[str] = "identity.second_step_turned_on.v1"


class SecondStepTurnedOff(WayInChanged, frozen=True, kw_only=True):
    """Logging in takes the password only."""

    topic: ClassVar[str] = "identity.second_step_turned_off.v1"


class ErasureRequested(Fact, frozen=True, kw_only=True):
    """Somebody wants to be forgotten. Whoever may object answers, and if they do not, lets nothing new begin."""

    topic: ClassVar[str] = "identity.erasure_requested.v1"
    about: ClassVar[str] = "account_id"

    account_id: UUID
    version: Version
    """Counts the requests of one account."""
    requested_at: UtcTime


class ErasureCancelled(Fact, frozen=True, kw_only=True):
    """A request is over and nothing is erased: taken back, or somebody objected. Everything may begin again."""

    topic: ClassVar[str] = "identity.erasure_cancelled.v1"
    about: ClassVar[str] = "account_id"

    account_id: UUID
    version: Version
    """Of the request."""
    cancelled_at: UtcTime


class AccountErased(Fact, frozen=True, kw_only=True):
    """Somebody is forgotten, for good. Every service erases what it knows of them, and says what stays and why."""

    topic: ClassVar[str] = "identity.account_erased.v1"
    about: ClassVar[str] = "account_id"

    account_id: UUID
    erased_at: UtcTime
