"""DKIM on the whole way: what the mail server is handed is what was signed."""

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis.settings import Secret, SettingsError
from deploy.local.standins.mail_catcher_box import Catcher
from tests.integration.notification.conftest import started
from tests.integration.notification.steps import Notification, address_of
from tests.support.servers import Templates
from tests.support.signing import is_signed, pem_of, record_of, rsa_key

RSA, ED25519 = rsa_key(), Ed25519PrivateKey.generate()
BOTH = pem_of(RSA) + pem_of(ED25519)


async def test_what_arrives_is_believed_with_both_keys(
    catcher: Catcher, templates: Templates, amqp_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "dkim.pem"
    file.write_text(BOTH)
    dns = {
        "r._domainkey.portal.test": record_of(RSA),
        "e._domainkey.portal.test": record_of(ED25519),
    }
    given: dict[str, Any] = {"dkim_key_file": str(file), "dkim_selector": ("r", "e")}

    async with started(catcher, templates, amqp_url, **given) as notification:
        content, now = await confirmation_of_somebody(notification), notification.clock.now()

    assert b"Subject: You are enrolled" in content
    assert is_signed(content, dns, at=now, number=0)
    assert is_signed(content, dns, at=now, number=1)


async def test_a_domain_above_the_senders_may_sign(
    catcher: Catcher, templates: Templates, amqp_url: str
) -> None:
    given: dict[str, Any] = {
        "mail_from": "courses@mail.portal.test",
        "dkim_domain": "portal.test",
        "dkim_key": Secret(pem_of(ED25519)),
        "dkim_selector": ("e",),
    }

    async with started(catcher, templates, amqp_url, **given) as notification:
        content, now = await confirmation_of_somebody(notification), notification.clock.now()

    assert is_signed(content, {"e._domainkey.portal.test": record_of(ED25519)}, at=now)


async def test_without_a_key_nothing_is_signed(notification: Notification) -> None:
    content = await confirmation_of_somebody(notification)

    assert b"DKIM-Signature" not in content


async def confirmation_of_somebody(notification: Notification) -> bytes:
    """A mail as the mail server was handed it."""
    learner, box = await notification.register(), notification.catcher.box
    await notification.confirm(await notification.publish(), learner)
    await box.arrives(address_of(learner))
    (caught,) = box.find(address_of(learner))
    return box.content(caught)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (
            {"dkim_key": Secret(BOTH), "dkim_selector": ("a",)},
            "DKIM_KEY with DKIM_SELECTOR is bad: 2 keys need as many selectors, not 1",
        ),
        (
            {"dkim_key": Secret("rubbish"), "dkim_selector": ("a",)},
            "DKIM_KEY with DKIM_SELECTOR is bad: it holds no private key in PEM",
        ),
        (
            {"dkim_key_file": "nowhere.pem", "dkim_selector": ("a",)},
            "DKIM_KEY_FILE is bad: nowhere.pem cannot be read",
        ),
        (
            {"dkim_key": Secret(BOTH), "dkim_key_file": "nowhere.pem"},
            "DKIM_KEY and DKIM_KEY_FILE are both set: one of them is enough",
        ),
        (
            {"dkim_selector": ("a",)},
            "DKIM_SELECTOR is set, and neither DKIM_KEY nor DKIM_KEY_FILE",
        ),
        (
            {"dkim_key": Secret(BOTH), "dkim_selector": ("a", "b"), "dkim_domain": "tal.test"},
            "DKIM_DOMAIN is bad: tal.test is neither the domain of MAIL_FROM nor above it",
        ),
    ],
)
async def test_nothing_starts_that_could_not_sign(
    catcher: Catcher, templates: Templates, amqp_url: str, given: dict[str, Any], says: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        async with started(catcher, templates, amqp_url, **given):
            pass

    assert str(refused.value) == says
