"""A process refuses to start with a missing or bad setting, and names every one."""

from zoneinfo import ZoneInfo

import pytest

from chassis.settings import ServiceSettings, SettingsError, load

GOOD = {
    "DATABASE_URL": "postgresql://catalogue:s3cret@127.0.0.1/catalogue",
    "AMQP_URL": "amqp://portal@127.0.0.1",
    "ISSUER_URL": "http://issuer.test",
    "JWKS_URL": "http://issuer.test/jwks",
    "HTTP_PORT": "21700",
}


def test_good_settings_are_read_from_upper_case_names() -> None:
    settings = load(
        ServiceSettings,
        GOOD
        | {"CORS_ORIGINS": "http://a.test, http://b.test", "INSTITUTION_ZONE": "Europe/Lisbon"},
    )

    assert settings.http_port == 21700
    assert settings.cors_origins == ("http://a.test", "http://b.test")
    assert settings.institution_zone == ZoneInfo("Europe/Lisbon")
    assert settings.own_url == "http://127.0.0.1:21700"


def test_every_missing_and_bad_setting_is_named_at_once() -> None:
    bad = GOOD | {"HTTP_PORT": "many", "ROLE": "boss", "INSTITUTION_ZONE": "Mars/Olympus"}
    del bad["AMQP_URL"]

    with pytest.raises(SettingsError) as refused:
        load(ServiceSettings, bad)

    named = [line.split(" is ")[0] for line in str(refused.value).splitlines()]
    assert named == ["HTTP_PORT", "INSTITUTION_ZONE", "AMQP_URL", "ROLE"]


def test_a_secret_is_not_shown() -> None:
    settings = load(ServiceSettings, GOOD)

    assert "s3cret" not in repr(settings)
    assert settings.database_url.endswith("s3cret@127.0.0.1/catalogue")
