"""Signatures of mails, believed or not by a verifier that nobody here wrote."""

import re

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.fact import Language
from contracts.notification import Purpose
from services.notification.mails.signing import Signer, UnusableKeyError, read_keys
from tests.support.signing import is_signed, pem_of, record_of, rsa_key
from tests.unit.notification.samples import LANGUAGES, NOW, PURPOSES, case_for, writer

RSA, ED25519 = rsa_key(), Ed25519PrivateKey.generate()
DNS = {
    "r2027._domainkey.portal.example": record_of(RSA),
    "e2027._domainkey.portal.example": record_of(ED25519),
}
BOTH = Signer("portal.example", read_keys(pem_of(RSA) + pem_of(ED25519), ["r2027", "e2027"]))
QUICK = Signer("portal.example", read_keys(pem_of(ED25519), ["e2027"]))
EVERY_MAIL = [(purpose, language) for purpose in PURPOSES for language in LANGUAGES]


def signed_mail(purpose: Purpose = "reminder", language: Language = "nl") -> bytes:
    return BOTH.sign(writer().compose(case_for(purpose, language), now=NOW), at=NOW)


@pytest.mark.parametrize(("purpose", "language"), EVERY_MAIL)
def test_every_mail_is_believed_with_both_kinds_of_key(
    purpose: Purpose, language: Language
) -> None:
    message = signed_mail(purpose, language)

    assert is_signed(message, DNS, at=NOW, number=0)
    assert is_signed(message, DNS, at=NOW, number=1)
    assert message.endswith(writer().compose(case_for(purpose, language), now=NOW)[-2000:])


def test_a_signature_names_its_domain_selector_time_and_fields() -> None:
    head, _, _ = signed_mail().partition(b"\r\nFrom:")
    first, second = head.split(b"\r\nDKIM-Signature:")

    assert b"a=rsa-sha256; c=relaxed/relaxed; d=portal.example;" in first
    assert b"s=r2027; t=1804685460;" in first
    assert b"a=ed25519-sha256;" in second
    assert b"s=e2027;" in second
    (names,) = re.findall(rb"\bh=([^;]+);", first)
    assert re.sub(rb"\s", b"", names).decode().split(":") == [
        "from",
        "reply-to",
        "to",
        "subject",
        "date",
        "message-id",
        "in-reply-to",
        "references",
        "list-id",
        "list-unsubscribe",
        "list-unsubscribe-post",
        "auto-submitted",
        "content-language",
        "mime-version",
        "content-type",
        "from",
        "reply-to",
        "to",
        "subject",
        "date",
        "message-id",
        "content-type",
    ]
    assert max(map(len, head.split(b"\r\n"))) <= 78


@pytest.mark.parametrize(
    "changed",
    [
        (b"Subject: ", b"Subject: Re: "),
        (b"List-Unsubscribe: <https://mail.", b"List-Unsubscribe: <https://evil."),
        (b"From: Course Portal", b"From: Eve <eve@evil.example>\r\nFrom: Course Portal"),
        (b"Date: ", b"Subject: Another\r\nDate: "),
        (b"MIME-Version: 1.0", b"MIME-Version: 1.0\r\nIn-Reply-To: <1@evil.example>"),
        (b"Academisch", b"Academische"),
        (b"--=_alternative--", b"--=_alternative--\r\nmore"),
    ],
)
def test_whoever_changes_a_mail_is_found_out(changed: tuple[bytes, bytes]) -> None:
    message = signed_mail()
    assert changed[0] in message

    forged = message.replace(*changed, 1)

    assert not is_signed(forged, DNS, at=NOW, number=0)
    assert not is_signed(forged, DNS, at=NOW, number=1)


def test_blanks_that_a_server_on_the_way_touches_do_no_harm() -> None:
    message = signed_mail()

    touched = message.replace(b"Auto-Submitted: auto", b"Auto-Submitted:  auto", 1) + b"\r\n\r\n"

    assert is_signed(touched, DNS, at=NOW, number=0)
    assert is_signed(touched, DNS, at=NOW, number=1)


def test_a_key_that_the_dns_does_not_have_is_not_believed() -> None:
    others = dict.fromkeys(DNS, record_of(Ed25519PrivateKey.generate()))

    assert not is_signed(signed_mail(), {}, at=NOW)
    assert not is_signed(signed_mail(), others, at=NOW, number=1)


_LINES = st.lists(
    st.text(st.sampled_from(" \tabc.=:;"), max_size=12).map(lambda text: text.encode()), max_size=8
)


@given(_LINES, _LINES)
@settings(deadline=None)
def test_any_body_and_any_folding_are_signed_as_the_standard_has_it(
    body: list[bytes], folded: list[bytes]
) -> None:
    subject = b"\r\n ".join([b"Hello", *(line.strip() + b"x" for line in folded)])
    message = (
        b"From: a@portal.example\r\nSubject: "
        + subject
        + b"\r\n\r\n"
        + b"".join(line + b"\r\n" for line in body)
    )

    assert is_signed(QUICK.sign(message, at=NOW), DNS, at=NOW)


def locked() -> str:
    return ED25519.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
    ).decode()


def of_a_curve() -> str:
    key = generate_private_key(SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize(
    ("pem", "selectors", "because"),
    [
        ("", ["a"], "it holds no private key in PEM"),
        ("MIIEvQIBADANBgkqhkiG9w0", ["a"], "it holds no private key in PEM"),
        (pem_of(ED25519), [], "1 keys need as many selectors, not 0"),
        (pem_of(ED25519), ["a", "b"], "1 keys need as many selectors, not 2"),
        (pem_of(ED25519) * 2, ["a", "a"], "two keys cannot have one selector"),
        (pem_of(ED25519), ["a b"], "'a b' cannot be a name in the DNS"),
        (pem_of(ED25519), ["a; d=evil"], "'a; d=evil' cannot be a name in the DNS"),
        (locked(), ["a"], "the key of 'a' is locked by a password"),
        (of_a_curve(), ["a"], "the key of 'a' is neither RSA nor Ed25519"),
        (pem_of(rsa_key(1024)), ["a"], "the key of 'a' has 1024 bits; RSA takes 2048 to 4096"),
        (pem_of(ED25519).replace("MC4", "MC5"), ["a"], "the key of 'a' cannot be read"),
    ],
)
def test_a_key_that_cannot_sign_is_refused_and_not_shown(
    pem: str, selectors: list[str], because: str
) -> None:
    with pytest.raises(UnusableKeyError) as refused:
        read_keys(pem, selectors)

    assert str(refused.value) == because


def test_no_traceback_shows_a_key() -> None:
    assert repr(read_keys(pem_of(ED25519), ["a"])) == "(Key('a', …),)"
