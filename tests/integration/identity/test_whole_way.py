"""From signing up to logging out, as a person and an app walk it."""

from urllib.parse import urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet

from tests.integration.identity.steps import PASSWORD, App, Identity, answer_of, leads_to


async def test_from_signing_up_to_logging_out(identity: Identity) -> None:
    browser, app = identity.browser(), App()

    # An app sends her to log in; she makes an account beside the form.
    to_login = await browser.authorize(app)
    assert to_login.status_code == 303
    login_page = await browser.get(leads_to(to_login))
    sent = await browser.submit(
        login_page,
        "/sign-up",
        name="  Łucja   Ñuñez-van 't Hof ",
        mail_address="Lucja@Example.org",
        password=PASSWORD,
        language="en",
        accepts_terms="yes",
    )
    assert (sent.status_code, leads_to(sent)) == (303, "/check-your-mail")
    assert "Open the link in our mail" in (await browser.get("/check-your-mail")).text

    # The link in the mail leads to a page with a button.
    link = await identity.verification_link()
    assert link.startswith("http://identity.test/verify?token=")
    page = await browser.get(link)
    assert "Łucja Ñuñez-van &#39;t Hof" in page.text
    verified = await browser.submit(page, "/verify")
    assert leads_to(verified) == "/verified"
    fact = await identity.registered()
    assert (fact.name, fact.mail_address) == ("Łucja Ñuñez-van 't Hof", "Lucja@Example.org")
    assert (fact.affiliation, fact.version, fact.language) == ("guest", 1, "en")

    # She logs in, and goes on to the app.
    back = await browser.log_in("lucja@example.org", path=leads_to(to_login))
    assert leads_to(back).startswith("/oauth/authorize?")
    to_app = await browser.get(leads_to(back))
    assert leads_to(to_app).startswith("http://127.0.0.1:50123/callback?")
    answer = answer_of(to_app)
    assert (answer["state"], answer["iss"]) == (app.state, "http://identity.test")

    # The app turns the code into tokens.
    tokens = (await browser.http.post("/oauth/token", data=app.exchange(answer["code"]))).json()
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 600)
    assert tokens["scope"] == "openid profile email"
    keys = KeySet.import_key_set((await browser.get("/oauth/jwks")).json())
    access = jwt.decode(tokens["access_token"], keys, algorithms=["RS256"])
    assert access.header["typ"] == "at+jwt"
    now = int(identity.clock.now().timestamp())
    assert access.claims.pop("jti")
    assert access.claims == {
        "iss": "http://identity.test",
        "aud": "course-portal",
        "sub": str(fact.account_id),
        "client_id": "demo",
        "iat": now,
        "exp": now + 600,
        "scope": "openid profile email",
        "roles": ["learner"],
        "affiliation": "guest",
        "auth_time": now,
    }
    who = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"])
    assert who.header["typ"] == "JWT"
    assert who.claims.pop("at_hash")
    assert who.claims == {
        "iss": "http://identity.test",
        "aud": "demo",
        "sub": str(fact.account_id),
        "iat": now,
        "exp": now + 600,
        "auth_time": now,
        "nonce": app.nonce,
        "name": "Łucja Ñuñez-van 't Hof",
        "locale": "en",
        "affiliation": "guest",
        "roles": ["learner"],
        "email": "Lucja@Example.org",
        "email_verified": True,
    }

    # It asks who she is, stays logged in, and at last logs her out.
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    for method in ("GET", "POST"):
        info = await browser.http.request(method, "/oauth/userinfo", headers=bearer)
        assert info.json()["name"] == "Łucja Ñuñez-van 't Hof"
    renewed = await browser.http.post("/oauth/token", data=app.renewal(tokens["refresh_token"]))
    assert renewed.status_code == 200, renewed.text
    assert renewed.json()["refresh_token"] != tokens["refresh_token"]
    out = await browser.get(
        "/oauth/logout",
        params={
            "id_token_hint": tokens["id_token"],
            "post_logout_redirect_uri": "http://127.0.0.1:50123/",
            "state": "bye",
        },
    )
    assert leads_to(out) == "http://127.0.0.1:50123/?state=bye"
    after = await browser.http.post(
        "/oauth/token", data=app.renewal(renewed.json()["refresh_token"])
    )
    assert (after.status_code, after.json()["error"]) == (400, "invalid_grant")
    again = await browser.authorize(app)
    assert urlsplit(leads_to(again)).path == "/login"


async def test_whoever_is_logged_in_goes_straight_on_to_the_next_app(identity: Identity) -> None:
    await identity.register()
    browser = identity.browser()
    await browser.log_in_to_app("ada@example.org")

    answer = answer_of(await browser.authorize(App("portal", "http://127.0.0.1:21630/callback")))

    assert answer["code"]
