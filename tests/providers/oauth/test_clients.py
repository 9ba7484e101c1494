"""How clients authenticate: Basic or in the form, named by the scenario or not (RFC 6749 §2.3.1)."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oauth_world import World, basic

from brownout.core.plan import Plan
from brownout.providers.oauth import OAuthOptions
from brownout.providers.oauth.credentials import owner

GRANT = {"grant_type": "client_credentials"}
printable = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=60)


def closed(**clients: str) -> World:
    """Return a world that knows these clients only."""
    return World(Plan(seed=7, credentials="closed", providers={"oauth": OAuthOptions(clients=clients)}))


def raw(text: str | bytes) -> dict[str, str]:
    """Return an Authorization header whose Basic part is this text as it is."""
    return {"Authorization": "Basic " + b64encode(text if isinstance(text, bytes) else text.encode()).decode()}


@pytest.mark.parametrize("make", [World, lambda: closed(shop="secret")])
def test_basic_and_post_are_alike(make: Any) -> None:
    """RFC 6749 §2.3.1: servers must take Basic, and may take the form."""
    world = make()

    assert world.post("/token", GRANT).status == 200
    assert world.post("/token", GRANT | {"client_id": "shop", "client_secret": "secret"}, auth=None).status == 200
    assert world.post("/token", GRANT | {"client_id": "shop"}).status == 200


@pytest.mark.slow
@given(client=printable, secret=printable)
def test_any_printable_credentials_work_once_encoded(client: str, secret: str) -> None:
    """RFC 6749 §2.3.1 and Appendix B: colons, plus signs and spaces survive in both ways of sending them."""
    world = World(clients={client: secret})

    answer = world.post("/token", GRANT, auth=None, headers={"Authorization": basic(client, secret)})
    posted = world.post("/token", GRANT | {"client_id": client, "client_secret": secret}, auth=None)

    assert (answer.status, posted.status) == (200, 200)
    assert owner(answer.body["access_token"]) == client
    assert {record.account for record in world.box.journal} == {client}


def test_a_secret_that_was_not_encoded_is_told_so() -> None:
    """Most clients forget it; a secret with a plus sign then never works, and the description says why."""
    world = World(clients={"shop": "a+b%41"})

    refused = world.post("/token", GRANT, auth=None, headers=raw("shop:a+b%41"))

    assert refused.refusal == (401, "invalid_client")
    assert "form-urlencoded" in refused.description


@pytest.mark.parametrize("auth", ["shop:wrong", "shop:", "shop:secret ", "bank:secret", "Shop:secret"])
def test_closed_credentials_admit_only_whom_the_scenario_names(auth: str) -> None:
    """RFC 6749 §5.2: 401 with a challenge for the way that the client came."""
    world = closed(shop="secret")

    refused = world.post("/token", GRANT, auth=auth)

    assert refused.refusal == (401, "invalid_client")
    assert refused.challenge == 'Basic realm="brownout"'
    assert world.errors == ["client_unknown"]


def test_closed_without_clients_admits_nobody() -> None:
    """Nothing named, nobody known."""
    assert closed().post("/token", GRANT).refusal == (401, "invalid_client")


def test_open_takes_any_client_but_checks_those_it_knows() -> None:
    """A scenario that names a client wants its mistakes found."""
    world = World(clients={"shop": "secret"})

    assert world.post("/token", GRANT, auth="bank:anything").status == 200
    assert world.post("/token", GRANT, auth="shop:anything").refusal == (401, "invalid_client")
    assert world.post("/token", GRANT, auth="bank:").refusal == (401, "invalid_client")


def test_no_challenge_for_a_client_that_came_by_the_form(world: World) -> None:
    """RFC 6749 §5.2 wants one only where the client used the Authorization header."""
    for form in (GRANT, GRANT | {"client_id": "shop"}):
        refused = world.post("/token", form, auth=None)
        assert refused.refusal == (401, "invalid_client")
        assert refused.challenge is None


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic"},
        {"Authorization": ""},
        {"Authorization": "Bearer at_x.y"},
        {"Authorization": 'Digest username="shop"'},
        raw("no colon"),
        raw(":secret"),
        raw("a" * 256 + ":secret"),
        raw("sh%0Aop:secret"),
        raw("shop:100%"),
        raw(b"\xff:x"),
        raw("caf%C3%A9:x"),
    ],
)
def test_unreadable_credentials_are_invalid_client(world: World, headers: dict[str, str]) -> None:
    """Never a 500, always a description."""
    refused = world.post("/token", GRANT, auth=None, headers=headers)

    assert refused.refusal == (401, "invalid_client")
    assert refused.challenge == 'Basic realm="brownout"'
    assert refused.description
    assert [record.account for record in world.box.journal] in (["anonymous"], ["unknown"])


@pytest.mark.parametrize(
    "form", [{"client_id": "shop", "client_secret": "secret"}, {"client_secret": "secret"}, {"client_id": "bank"}]
)
def test_one_way_of_authenticating_at_a_time(world: World, form: dict[str, str]) -> None:
    """RFC 6749 §2.3: not more than one in a request, and no two names."""
    assert world.post("/token", GRANT | form).refusal == (400, "invalid_request")


def test_the_account_is_the_client(world: World) -> None:
    """Known at the edge from the text alone, whether it is a client's credentials or a token of its own."""
    text = world.token().body["access_token"]
    world.get("/api/accounts", text)
    world.get("/api/accounts", text + "x")
    world.get("/api/accounts", "not-from-here")
    world.get("/api/accounts")

    assert [record.account for record in world.box.journal] == ["shop", "shop", "shop", "unknown", "anonymous"]


def test_accounts_can_be_joined() -> None:
    """`accounts:` of the scenario holds for clients and for their tokens."""
    world = World(Plan(seed=7, accounts={"shop": "acme"}, providers={"oauth": OAuthOptions()}))
    world.get("/api/ping", world.token().body["access_token"])

    assert [record.account for record in world.box.journal] == ["acme", "acme"]


def test_a_revoked_client_gets_no_more_tokens(world: World) -> None:
    """What a rule or an operator revokes by the client's id."""
    world.box.tokens.revoke_presented("oauth", "shop", 0.0, "rule r")

    assert world.token().refusal == (401, "invalid_client")
