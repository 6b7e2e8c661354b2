"""What records reads from its environment."""

from typing import Any

import pytest

from chassis.settings import Secret, SettingsError
from services.records.settings import Settings


def settings(**changes: Any) -> Settings:
    given: dict[str, Any] = {
        "database_url": Secret(""),
        "amqp_url": Secret(""),
        "issuer_url": "http://issuer.test",
        "jwks_url": "http://issuer.test/jwks",
        "http_port": 8005,
    }
    return Settings(**given | changes)


def test_documents_are_checked_on_our_own_page_unless_another_is_named() -> None:
    assert settings().verify_address == "http://127.0.0.1:8005/verify"
    assert settings(public_url="https://portal.test/records/").verify_address == (
        "https://portal.test/records/verify"
    )
    assert settings(verify_url="https://portal.test/verify/").verify_address == (
        "https://portal.test/verify"
    )


def test_heads_are_named_by_their_organisers() -> None:
    written = ("Language Centre: Prof. E. van Rijn", "Academy:Dr. A. Smit")

    assert settings(organiser_heads=written).heads == {
        "Language Centre": "Prof. E. van Rijn",
        "Academy": "Dr. A. Smit",
    }


@pytest.mark.parametrize(
    "written", ["Prof. E. van Rijn", "Language Centre:", ": Prof. E. van Rijn"]
)
def test_a_head_without_an_organiser_keeps_the_service_from_starting(written: str) -> None:
    with pytest.raises(SettingsError, match="ORGANISER_HEADS is bad"):
        _ = settings(organiser_heads=(written,)).heads
