"""Where codes may be sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain.clients import Client, may_redirect, wrong_redirects

WEB = ("https://portal.example/callback", "http://127.0.0.1:21630/callback")
LOOPBACK = ("http://127.0.0.1/callback", "http://[::1]/callback", "nl.university.courses:/callback")


@pytest.mark.parametrize("asked", WEB)
def test_a_redirect_as_registered_is_good(asked: str) -> None:
    assert may_redirect("web", WEB, asked)


@pytest.mark.parametrize(
    "asked",
    [
        "https://portal.example/callback/",
        "https://portal.example/callback?x=1",
        "https://portal.example/callback#x",
        "https://portal.example/Callback",
        "https://portal.example:443/callback",
        "https://portal.example@evil.example/callback",
        "https://portal.example.evil.example/callback",
        "http://portal.example/callback",
        "http://127.0.0.1:21631/callback",
        "http://127.0.0.1/callback",
        "",
    ],
)
def test_anything_else_is_not(asked: str) -> None:
    assert not may_redirect("web", WEB, asked)


@pytest.mark.parametrize(
    "asked",
    [
        "http://127.0.0.1/callback",
        "http://127.0.0.1:1/callback",
        "http://127.0.0.1:65535/callback",
        "http://[::1]:50123/callback",
        "nl.university.courses:/callback",
    ],
)
def test_a_native_app_takes_whichever_port_is_free(asked: str) -> None:
    assert may_redirect("native", LOOPBACK, asked)


@pytest.mark.parametrize(
    "asked",
    [
        "http://localhost:50123/callback",
        "http://127.0.0.2:50123/callback",
        "https://127.0.0.1:50123/callback",
        "http://127.0.0.1:50123/",
        "http://127.0.0.1:50123/callback/",
        "http://127.0.0.1:50123/callback?next=x",
        "http://127.0.0.1:50123@evil.example/callback",
        "http://127.0.0.1:x@evil.example/callback",
        "http://127.0.0.1.evil.example/callback",
        "http://127.0.0.1:50123/callback#x",
        "http://127.0.0.1:/callback",
        "http://127.0.0.1:123456/callback",
        "nl.university.courses:50123/callback",
    ],
)
def test_the_port_is_all_that_may_differ(asked: str) -> None:
    assert not may_redirect("native", LOOPBACK, asked)


@given(st.text(max_size=80))
def test_no_text_goes_anywhere_but_to_what_is_registered(asked: str) -> None:
    assert may_redirect("web", WEB, asked) == (asked in WEB)


@pytest.mark.parametrize(
    ("kind", "uri"),
    [
        ("web", "https://portal.example/callback"),
        ("web", "http://localhost:8080/callback"),
        ("native", "http://127.0.0.1/callback"),
        ("native", "nl.university.courses:/callback"),
    ],
)
def test_what_may_be_registered(kind: str, uri: str) -> None:
    assert wrong_redirects(client(kind, uri)) == []


@pytest.mark.parametrize(
    ("kind", "uri"),
    [
        ("web", "http://portal.example/callback"),
        ("web", "https://portal.example/#x"),
        ("web", "https://*.example/callback"),
        ("web", "https://user@portal.example/"),
        ("web", "https:///callback"),
        ("web", "javascript:alert(1)"),
        ("web", "nl.university.courses:/callback"),
        ("native", "myapp:/callback"),
        ("native", "http://[::1/callback"),
        ("native", "http://127.0.0.1/ x"),
    ],
)
def test_what_must_not_be_registered(kind: str, uri: str) -> None:
    assert wrong_redirects(client(kind, uri)) == [uri]


def client(kind: str, uri: str) -> Client:
    return Client(client_id="x", name="X", kind=kind, redirect_uris=(uri,))  # type: ignore[arg-type] # Parametrized.
