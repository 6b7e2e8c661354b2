"""Mail addresses: which ones can be written to, and when two are the same."""

import re

from contracts.fact import Translated

LONGEST = 254
"""RFC 5321, 4.5.3.1.3, without the angle brackets."""

# RFC 5322 dot-atom before the @, host name with a dot behind it. ASCII only: many mail servers
# take nothing else, and two different letters can never look or fold alike.
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]"
)
_LONGEST_LOCAL = 64

NO_ADDRESS = Translated(
    nl="Vul een mailadres met een @ in, zoals noor@voorbeeld.nl",
    en="Enter a mail address with an @, such as noor@example.org",
)


def is_address(text: str) -> bool:
    """Whether a mail can be sent there."""
    return (
        len(text) <= LONGEST
        and len(text.partition("@")[0]) <= _LONGEST_LOCAL
        and _ADDRESS.fullmatch(text) is not None
    )


def key_of(mail_address: str) -> str:
    """What makes two mail addresses the same one."""
    return mail_address.strip().lower()
