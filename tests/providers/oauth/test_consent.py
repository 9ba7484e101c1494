"""The consent screen, what is remembered of it, and how it is taken back."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from oauth_world import BACK, World

from brownout.core.explain import explain
from brownout.core.plan import Plan
from brownout.providers.oauth import Fixture, OAuthOptions, Registration

THREE = {"scopes": ("read", "write", "admin"), "fixtures": {"/api/admin": Fixture(scopes=("admin",), body=1)}}


class Form(HTMLParser):
    """The fields of a page's forms, as a browser would send them with every box ticked."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self.actions: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.actions.append(given["action"])
        if tag == "input":
            self.fields.append((given["name"], given["value"]))


def told(world: World) -> str:
    """Return what `explain` says of the last exchange."""
    return explain({"decided": list(world.box.journal)[-1].decided()})


def test_the_page_lists_each_scope_and_hands_the_request_on(world: World) -> None:
    """Every box is ticked to begin with; what comes back with the decision is the whole request."""
    page = world.authorize(state="s&<1>", nonce="n").page
    form = Form(page)

    assert form.actions == ["http://test/oauth/authorize/decision"]
    assert [value for name, value in form.fields if name == "granted"] == ["read", "write"]
    back = world.post("/authorize/decision", [*form.fields, ("decision", "approve")], auth=None).back
    assert back["state"] == "s&<1>"
    assert world.exchange(back["code"]).body["scope"] == "read write"


def test_what_somebody_else_wrote_is_text(world: World) -> None:
    """Names of clients and of users can't become markup."""
    page = world.authorize(client_id="<img src=x>", login_hint='"><script>', state="'\"><b>").page

    assert not re.search("<img|<script|<b>[^<]*'", page)
    assert "&lt;img src=x&gt; asks for access" in page


@pytest.mark.parametrize("path", ["/authorize", "/consents"])
def test_pages_can_neither_be_framed_nor_kept_nor_lead_anywhere_else(world: World, path: str) -> None:
    """RFC 9700 §4.2.4, §4.16: no referrer, no frame; no script and no picture from anywhere."""
    answer = world.authorize() if path == "/authorize" else world.send("GET", path)

    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "<script" not in answer.page


def test_a_browser_without_a_tick_denies(world: World) -> None:
    """Allow with every box left empty grants nothing; a program that leaves them out grants all."""
    assert world.decide(granular="1").back["error"] == "access_denied"
    assert "code" in world.decide().back


@pytest.mark.parametrize("decision", ["", "maybe"])
def test_only_approve_and_deny_are_decisions(world: World, decision: str) -> None:
    """Anything else changes nothing."""
    assert "decision must be" in world.decide(decision).page
    assert not len(world.box.tokens.consents)


def test_nothing_is_granted_that_was_not_asked(world: World) -> None:
    """A page that somebody edited."""
    assert "was not asked for" in world.decide(scope="read", granted=("read", "write")).page
    assert not len(world.box.tokens.consents)


def test_a_consent_is_remembered(world: World) -> None:
    """The second time the browser is led back at once; for another user or client it isn't."""
    world.decide(scope="read", login_hint="ann")

    assert "code" in world.authorize(scope="read", login_hint="ann").back
    assert world.authorize(scope="read", login_hint="ann", prompt="consent").status == 200
    assert world.authorize(scope="read", login_hint="bob").status == 200
    assert world.authorize(scope="read", login_hint="ann", client_id="bank").status == 200


def test_more_is_asked_for_again_with_what_was_granted_marked(world: World) -> None:
    """Incremental consent: the page says what was allowed before."""
    world.decide(scope="read")

    page = world.authorize(scope="read write").page

    assert page.count("(allowed before)") == 1


@pytest.mark.parametrize(("include", "scope"), [(None, "write"), ("true", "read write"), ("false", "write")])
def test_incremental_consent_adds_up_where_it_is_asked_to(world: World, include: str | None, scope: str) -> None:
    """`include_granted_scopes` of Google's authorization server: the new token has the old scopes as well."""
    world.decide(scope="read")

    code = world.code(scope="write", include_granted_scopes=include)

    assert world.exchange(code).body["scope"] == scope


def test_prompt_none_never_shows_a_page(world: World) -> None:
    """OpenID Connect Core §3.1.2.6 consent_required."""
    assert world.authorize(prompt="none").back["error"] == "consent_required"
    world.decide()
    assert "code" in world.authorize(prompt="none").back


def test_consent_auto_needs_nobody() -> None:
    """For programs under test that can't click."""
    world = World(consent="auto")

    assert world.exchange(world.authorize().back["code"]).body["scope"] == "read write"


# ---------------------------------------------------------------- taken back


def test_the_list_shows_what_was_allowed_to_whom(world: World) -> None:
    """By user, or all."""
    world.decide(scope="read", login_hint="ann")
    world.decide(client_id="bank", login_hint="bob")

    everybody, ann = world.send("GET", "/consents").page, world.send("GET", "/consents?subject=ann").page

    assert ("shop" in everybody, "bank" in everybody) == (True, True)
    assert ("shop" in ann, "bank" in ann) == (True, False)
    assert "No application has access" in world.send("GET", "/consents?subject=eve").page


def test_a_consent_taken_back_takes_its_tokens_along(world: World) -> None:
    """Tokens, refresh tokens and codes that are still out; another user's stay; the journal says why."""
    body = world.exchange(world.code(login_hint="ann")).body
    other = world.exchange(world.code(login_hint="bob")).body
    late = world.code(login_hint="ann")

    taken = world.post("/consents/revoke", {"client_id": "shop", "subject": "ann"}, auth=None)

    assert (taken.status, taken.headers["location"]) == (303, "http://test/oauth/consents")
    assert world.get("/api/accounts", body["access_token"]).refusal == (401, "invalid_token")
    assert "taken back" in told(world)
    assert world.refresh(body["refresh_token"]).refusal == (400, "invalid_grant")
    assert world.exchange(late).refusal == (400, "invalid_grant")
    assert world.get("/api/accounts", other["access_token"]).status == 200
    assert world.authorize(login_hint="ann").status == 200


def test_one_scope_taken_back_leaves_the_others() -> None:
    """Between consent and use: 403 with what is needed, until it is granted again."""
    world = World(**THREE)
    body = world.exchange(world.code()).body
    late = world.code()

    world.post("/consents/revoke", {"client_id": "shop", "subject": "user-1", "scope": "admin"}, auth=None)

    refused = world.get("/api/admin", body["access_token"])
    assert refused.refusal == (403, "insufficient_scope")
    assert "granted, and taken back since" in told(world)
    assert world.refresh(body["refresh_token"]).body["scope"] == "read write"
    assert world.exchange(late).body["scope"] == "read write"
    assert world.authorize().status == 200
    again = world.exchange(world.code(scope="admin")).body
    assert world.get("/api/admin", again["access_token"]).status == 200


@pytest.mark.parametrize(
    ("form", "status"),
    [({}, 400), ({"client_id": "shop"}, 400), ({"client_id": "bank", "subject": "user-1"}, 404),
     ({"client_id": "shop", "subject": "user-1", "scope": "other"}, 404)],
)  # fmt: skip
def test_what_was_never_allowed_is_not_taken_back(world: World, form: dict[str, str], status: int) -> None:
    """A page says so, and every token stays good."""
    body = world.exchange(world.code()).body

    assert world.post("/consents/revoke", form, auth=None).status == status
    assert world.get("/api/accounts", body["access_token"]).status == 200


def test_accounts_of_pages_are_the_clients() -> None:
    """So that limits and faults by client hold at the page too."""
    world = World(Plan(providers={"oauth": OAuthOptions()}))
    world.authorize()
    world.decide()
    world.send("GET", "/consents")

    assert [one.account for one in world.box.journal] == ["shop", "shop", "anonymous"]


def test_a_loopback_address_may_have_any_port() -> None:
    """RFC 8252 §7.3: native apps take the port that is free; hosts and paths stay exact."""
    world = World(registered={"shop": Registration(redirect_uris=("http://127.0.0.1/back", BACK))})

    assert world.authorize(redirect_uri="http://127.0.0.1:5012/back").status == 200
    assert world.authorize(redirect_uri="http://127.0.0.1:5012/other").status == 400
    assert world.authorize(redirect_uri="http://localhost:5012/back").status == 400
    assert world.authorize(redirect_uri="http://127.0.0.1:5012.evil.example/back").status == 400


def test_only_what_time_or_others_decided_is_marked_so(world: World) -> None:
    """A seed alone repeats a good exchange of a code; a second use hangs on the first."""
    code = world.code()
    world.exchange(code)
    world.exchange(code)

    assert [one.decided()["repeatability"] for one in world.box.journal] == ["D1", "D1", "D2"]
