"""Who may call: API tokens, access tokens, clients; open and closed; revoked and expired."""

from __future__ import annotations

from typing import Any

import pytest
from onfido_world import KEY, NOBODY

from brownout.core.plan import Plan
from brownout.providers.onfido import OnfidoOptions
from brownout.providers.onfido.access import account_of

RECHECK = {
    "type": "authorization_error",
    "message": "Authorization error: please re-check your credentials",
    "fields": {},
}


def bearer(token: str) -> dict[str, Any]:
    """Return what `send` needs to present an access token."""
    return {"key": None, "headers": {"Authorization": f"Bearer {token}"}}


def last_error(world: Any) -> Any:
    """Return the journal's word for the newest exchange."""
    return list(world.box.journal)[-1].decided()["error"]


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (None, "token_missing"),
        ("", "token_missing"),
        ("Token", "token_missing"),
        ("Token token=", "token_missing"),
        ("Basic c2hvcDo=", "token_missing"),
        ("Token token=None", "token_unknown"),
        ("Token token=api_sandbox", "token_unknown"),
        ("Token token=api_sandbox.", "token_unknown"),
        ("Token token=api_sandbox.a.b.c", "token_unknown"),
        ("Token token=api_sandbox.\N{SNOWMAN}", "token_unknown"),
        (f"Bearer {KEY}", "token_unknown"),
        ("Bearer " + "x" * 7000, "token_unknown"),
    ],
)
def test_what_is_no_sandbox_token_is_refused(world: Any, header: str | None, reason: str) -> None:
    """401 with one sentence for all; the journal knows why."""
    refused = world.get("/ping", key=None, headers={} if header is None else {"Authorization": header})

    assert (refused.status, refused.error) == (401, RECHECK)
    assert last_error(world) == reason


@pytest.mark.parametrize(
    "header",
    [f"Token token={KEY}", f'Token token="{KEY}"', f"token {KEY}", "Token token=api_sandbox_us.shop",
     "Token token=api_sandbox_ca.a-b_c.d"],
)  # fmt: skip
def test_any_well_formed_sandbox_token_is_good(world: Any, header: str) -> None:
    """Of any region, quoted or not."""
    answered = world.get("/ping", key=None, headers={"Authorization": header})

    assert (answered.status, answered.raw, answered.headers["Content-Type"]) == (200, b"OK", "text/plain")


@pytest.mark.parametrize("token", ["api_live.aaaaaaaaaaa.SECRET", "api_live_us.SECRET", "live_SECRET"])
@pytest.mark.parametrize("scheme", ["Token token=", "Bearer "])
def test_a_live_token_is_refused_unseen(world: Any, token: str, scheme: str) -> None:
    """The answer explains what this is; neither it nor the journal repeats any of the token."""
    refused = world.get("/ping", key=None, headers={"Authorization": scheme + token})

    assert refused.status == 401
    assert "This is Brownout" in refused.error["message"]
    assert b"SECRET" not in refused.raw
    assert all(b"SECRET" not in record.line() for record in world.box.journal)


def test_tokens_of_one_stem_open_one_account(world: Any) -> None:
    """The part after the first dot names the account, as a client's id does; other accounts see nothing of it."""
    made = world.post("/applicants", {"first_name": "A", "last_name": "B"}, key="api_sandbox.shop.one").body["id"]
    access = world.token("shop").body["access_token"]

    assert world.get(f"/applicants/{made}", key="api_sandbox.shop.two").status == 200
    assert world.get(f"/applicants/{made}", key="api_sandbox_us.shop").status == 200
    assert world.get(f"/applicants/{made}", **bearer(access)).status == 200
    assert world.get(f"/applicants/{made}", key="api_sandbox.other").status == 404
    assert world.get(f"/applicants/{made}", **bearer(world.token("other").body["access_token"])).status == 404


def test_accounts_can_be_joined(make_world: Any) -> None:
    """`accounts` lets a token and a client with other names share one."""
    accounts = {account_of("shop"): "us", account_of("backoffice"): "us"}
    world = make_world(plan=Plan(seed=7, accounts=accounts))

    access = world.token("backoffice").body["access_token"]

    assert world.get(f"/applicants/{world.applicant()}", **bearer(access)).status == 200


# ---------------------------------------------------------------- the token endpoint
def test_a_client_gets_a_token_for_an_hour(world: Any) -> None:
    """Exactly what both SDKs read, and good until its last second."""
    got = world.token()

    access = got.body["access_token"]
    assert (got.status, got.body) == (
        200, {"access_token": access, "token_type": "Bearer", "expires_in": 3600}
    )  # fmt: skip
    assert world.get("/ping", **bearer(access)).status == 200
    world.transport.advance(3599.5)
    assert world.get("/ping", **bearer(access)).status == 200
    world.transport.advance(0.5)
    expired = world.get("/ping", **bearer(access))
    assert (expired.status, expired.error["type"]) == (401, "expired_token")
    assert last_error(world) == "token_expired"


@pytest.mark.parametrize(
    ("body", "missing"),
    [
        (b"", "client_id and client_secret"),
        (b"client_id=shop", "client_secret"),
        (b"client_secret=x&client_id=", "client_id"),
        (b'{"client_id": "shop"}', "client_id and client_secret"),
    ],
)
def test_a_token_request_that_lacks_something_says_what(world: Any, body: bytes, missing: str) -> None:
    """400, and no token."""
    refused = world.post("/oauth/token", body, key=None, kind="application/x-www-form-urlencoded")

    assert (refused.status, refused.error["type"]) == (400, "bad_request")
    assert missing in refused.error["message"]
    assert last_error(world) == "request_invalid"
    assert len(world.box.tokens) == 0


@pytest.mark.parametrize("body", [b"\xff\xfe=1", b"&".join([b"a=1"] * 300), b"client_id=%ff&client_secret=x"])
def test_a_form_that_cant_be_read_is_refused(world: Any, body: bytes) -> None:
    """400 in Onfido's envelope."""
    refused = world.post("/oauth/token", body, key=None, kind="application/x-www-form-urlencoded")

    assert (refused.status, refused.error["type"]) == (400, "bad_request")


def test_every_token_differs_and_a_seed_repeats_them(make_world: Any) -> None:
    """They are draws on the call's identity."""
    one, other = make_world(), make_world()

    first, second = (one.token().body["access_token"] for _ in range(2))

    assert first != second
    assert [other.token().body["access_token"] for _ in range(2)] == [first, second]


# ---------------------------------------------------------------- closed, revoked
def test_closed_credentials_take_listed_ones_alone(make_world: Any) -> None:
    """Tokens and clients; a wrong secret is a wrong client."""
    options = OnfidoOptions(tokens=("api_sandbox.one",), clients={"shop": "right"})
    world = make_world(plan=Plan(credentials="closed", providers={"onfido": options}))

    assert world.get("/ping", key="api_sandbox.one").status == 200
    assert world.get("/ping", key="api_sandbox.two").error == RECHECK
    assert world.get("/ping", **bearer(world.token("shop", "right").body["access_token"])).status == 200
    for client in (("shop", "wrong"), ("other", "right")):
        refused = world.token(*client)
        assert (refused.status, refused.error) == (401, RECHECK)
        assert last_error(world) == "client_unknown"
    assert make_world(plan=Plan(credentials="closed")).get("/ping").status == 401


@pytest.mark.parametrize("kind", ["static", "access"])
def test_a_revoked_token_is_refused(world: Any, kind: str) -> None:
    """Early revocation, as a fault does it; others stay good."""
    access = world.token().body["access_token"]
    secret = KEY if kind == "static" else access

    world.box.tokens.revoke_presented("onfido", secret, world.box.moment.world, "rule leak")

    given = {"key": KEY} if kind == "static" else bearer(access)
    refused = world.get("/ping", **given)
    assert (refused.status, refused.error) == (401, RECHECK)
    assert last_error(world) == "token_revoked"
    assert world.get("/ping", key="api_sandbox.shop.other").status == 200


def test_a_revoked_client_gets_no_token(world: Any) -> None:
    """Its secret counts as the credential."""
    world.box.tokens.revoke_presented("onfido", "any", world.box.moment.world, "rule leak")

    assert world.token().status == 401


def test_an_access_token_of_another_world_is_unknown(make_world: Any) -> None:
    """It is honoured only where it was issued."""
    access = make_world(plan=Plan(seed=1)).token().body["access_token"]
    world = make_world(plan=Plan(seed=2))

    assert world.get("/ping", **bearer(access)).status == 401
    assert last_error(world) == "token_unknown"


def test_no_secret_is_in_the_journal(world: Any) -> None:
    """Neither the API token's nor the client's nor the access token."""
    access = world.token("shop", "very-secret").body["access_token"]
    world.get("/ping", **bearer(access))
    world.get(f"/applicants/{NOBODY}", key="api_sandbox.shop.hush-hush")

    lines = b"".join(record.line() for record in world.box.journal)
    for secret in (b"very-secret", access.encode(), b"hush-hush"):
        assert secret not in lines
