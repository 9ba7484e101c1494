"""RFC 6749 §4.1 and §5: the authorization code grant, its answers and its errors, section by section."""

from __future__ import annotations

from typing import Any

import pytest
from oauth_world import BACK, World

from brownout.core.plan import Plan
from brownout.providers.oauth import OAuthOptions, Registration

FORM = "application/x-www-form-urlencoded"
CODE_GRANT = ("authorization_code",)


def registered(**more: Any) -> World:
    """Return a world in which `shop` is registered with one address to be led back to."""
    return World(registered={"shop": Registration(redirect_uris=(BACK,), **more)}, clients={"shop": "secret"})


def untouched(world: World) -> bool:
    """Return whether nothing was issued and nobody consented."""
    tokens = world.box.tokens
    return not len(tokens) and not len(tokens.codes) and not len(tokens.consents)


# ---------------------------------------------------------------- §4.1


def test_s4_1_2_the_code_comes_with_the_state(world: World) -> None:
    """§4.1.2: code, and state exactly as it came."""
    back = world.decide(state="a b&c=%41").back

    assert set(back) == {"code", "state", "iss"}
    assert back["state"] == "a b&c=%41"


def test_s4_1_2_without_a_state_none_comes_back(world: World) -> None:
    """§4.1.2: REQUIRED if it was in the request, and only then."""
    assert set(world.decide(state=None).back) == {"code", "iss"}


def test_s4_1_2_a_code_is_good_once(world: World) -> None:
    """§4.1.2: a second use is refused, and SHOULD revoke what the first one gave."""
    code = world.code()
    first = world.exchange(code).body

    assert world.exchange(code).refusal == (400, "invalid_grant")
    assert world.get("/api/accounts", first["access_token"]).refusal == (401, "invalid_token")
    assert world.refresh(first["refresh_token"]).refusal == (400, "invalid_grant")


def test_s4_1_2_a_code_expires(world: World) -> None:
    """§4.1.2: shortly; good until just before its minute is over."""
    early, late = world.code(), world.code()
    world.wait(59.9)
    assert world.exchange(early).status == 200
    world.wait(0.1)

    assert world.exchange(late).refusal == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"client_id": None}, "invalid_request"),
        ({"client_id": "é"}, "invalid_request"),
        ({"redirect_uri": "https://evil.example/back"}, "invalid_request"),
        ({"redirect_uri": BACK + "/"}, "invalid_request"),
        ({"redirect_uri": BACK + "?a=1"}, "invalid_request"),
        ({"redirect_uri": BACK.upper()}, "invalid_request"),
        ({"redirect_uri": "javascript:alert(1)"}, "invalid_request"),
        ({"redirect_uri": BACK + "#top"}, "invalid_request"),
    ],
)
@pytest.mark.parametrize("ask", ["authorize", "decide"])
def test_s4_1_2_1_a_wrong_address_is_never_led_to(params: dict[str, str | None], code: str, ask: str) -> None:
    """§4.1.2.1: the resource owner is told, and MUST NOT be redirected; nothing changes."""
    world = registered()

    answer = getattr(world, ask)(**params)

    assert (answer.status, answer.headers.get("location")) == (400, None)
    assert code in answer.page
    assert untouched(world)


def test_s4_1_2_1_a_strange_client_is_told_nothing_by_redirect() -> None:
    """§4.1.2.1: as little as a wrong address, where only named clients are let in."""
    world = World(Plan(credentials="closed", providers={"oauth": OAuthOptions(clients={"bank": "x"})}))

    assert world.authorize().status == 400
    assert "invalid_client" in world.authorize().page


def test_s4_1_2_1_a_client_of_the_live_environment_is_as_strange() -> None:
    """The page says no more; the journal says why."""
    world = World(live_clients=("shop",))

    assert "invalid_client" in world.authorize().page
    assert [one.cause for one in world.box.journal] == ["live against sandbox"]


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "admin"}, "invalid_scope"),
        ({"scope": " "}, "invalid_scope"),
        ({"code_challenge_method": "S512"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"login_hint": "a\nb"}, "invalid_request"),
        ({"nonce": "n" * 3000}, "invalid_request"),
    ],
)
@pytest.mark.parametrize("ask", ["authorize", "decide"])
def test_s4_1_2_1_other_errors_are_told_the_client(params: dict[str, str | None], error: str, ask: str) -> None:
    """§4.1.2.1: error, a description, and the state; nothing changes."""
    world = registered()

    answer = getattr(world, ask)(**params)

    assert (answer.back["error"], answer.back["state"]) == (error, "s-1")
    assert answer.back["error_description"]
    assert untouched(world)


def test_s4_1_2_1_a_client_may_be_kept_from_codes() -> None:
    """§4.1.2.1 unauthorized_client."""
    assert registered(grants=("client_credentials",)).authorize().back["error"] == "unauthorized_client"


def test_s4_1_2_1_a_denial(world: World) -> None:
    """§4.1.2.1 access_denied; nobody consented."""
    back = world.decide("deny").back

    assert (back["error"], back["state"]) == ("access_denied", "s-1")
    assert untouched(world)


def test_s3_1_no_parameter_comes_twice(world: World) -> None:
    """§3.1: parameters MUST NOT be included more than once."""
    answer = world.send("GET", "/authorize?client_id=shop&client_id=bank")

    assert answer.status == 400
    assert "more than once" in answer.page


def test_s3_1_2_2_the_only_address_needs_no_saying() -> None:
    """§3.1.2.3: with one registered it may be left out; then the exchange leaves it out too (§4.1.3)."""
    world = registered()
    code = world.code(redirect_uri=None)

    assert world.exchange(code).refusal == (400, "invalid_grant")
    assert world.exchange(code, redirect_uri=None).status == 200


def test_s3_1_2_the_address_keeps_its_query() -> None:
    """§3.1.2: the query component MUST be retained."""
    uri = BACK + "?tenant=7"
    world = World(registered={"shop": Registration(redirect_uris=(uri,))})

    assert world.decide(redirect_uri=uri).back["tenant"] == "7"


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"code": None}, "invalid_request"),
        ({"code": "ac_nope"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_grant"),
        ({"redirect_uri": "https://shop.example/other"}, "invalid_grant"),
        ({"auth": "bank:x"}, "invalid_grant"),
    ],
)
def test_s4_1_3_a_wrong_exchange_uses_nothing_up(world: World, form: Any, error: str) -> None:
    """§4.1.3: the client, the code and the address must be those of the request; the right call still works."""
    code = world.code()
    given = {"code": code, **form}
    auth = given.pop("auth", "shop:secret")
    sent = {"redirect_uri": BACK, "code_verifier": "v", **given}
    refused = world.token(
        "authorization_code", auth=auth, **{name: one for name, one in sent.items() if one is not None}
    )

    assert refused.refusal == (400, error)
    assert len(world.box.tokens) == 0
    assert world.exchange(code).status == 200


# ---------------------------------------------------------------- §5.1


def test_s5_1_a_successful_answer(world: World) -> None:
    """§5.1: JSON with access_token, token_type, expires_in, refresh_token, scope; no-store, no-cache."""
    answer = world.exchange(world.code())

    assert answer.status == 200
    assert set(answer.body) == {"access_token", "token_type", "expires_in", "refresh_token", "scope"}
    assert answer.body["token_type"] == "Bearer"
    assert answer.headers["content-type"] == "application/json"
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")


@pytest.mark.parametrize(
    ("options", "expires_in"),
    [
        ({}, 3600),
        ({"access_ttl": 30.0}, 30),
        ({"expires_in": "absent"}, None),
        ({"expires_in": "text"}, "3600"),
        ({"expires_in_says": 86_400.0}, 86_400),
        ({"scope_ttl": {"write": 60.0}}, 60),
        ({"registered": {"shop": Registration(access_ttl=120.0)}}, 120),
    ],
)
def test_s5_1_expires_in_is_only_recommended(options: Any, expires_in: Any) -> None:
    """§5.1: RECOMMENDED, so clients meet servers that leave it out, write it as text, or are wrong."""
    assert World(**options).exchange(World(**options).code()).status == 400  # another world's code is unknown

    world = World(**options)
    assert world.exchange(world.code()).body.get("expires_in") == expires_in


def test_s5_1_a_lie_about_the_life_changes_nothing_else() -> None:
    """What the client is told is not how long the token lives."""
    world = World(expires_in_says=86_400.0, access_ttl=30.0)
    text = world.token().body["access_token"]
    world.wait(30.0)

    assert world.get("/api/accounts", text).refusal == (401, "invalid_token")


def test_s5_1_scope_says_what_was_granted(world: World) -> None:
    """§5.1: REQUIRED where it isn't what was asked for."""
    code = world.code(scope="read write", granted=("read",))

    assert world.exchange(code).body["scope"] == "read"


# ---------------------------------------------------------------- §5.2


@pytest.mark.parametrize("error", ["invalid_client", "unauthorized_client", "unsupported_grant_type"])
def test_s5_2_errors_of_clients(error: str) -> None:
    """§5.2: each its own code; 401 with a challenge for a wrong secret that came by Basic, else 400."""
    world = registered(grants=CODE_GRANT)
    answer = {
        "invalid_client": lambda: world.token(auth="shop:wrong"),
        "unauthorized_client": world.token,
        "unsupported_grant_type": lambda: world.token("password"),
    }[error]()

    assert answer.refusal == (401 if error == "invalid_client" else 400, error)
    assert (answer.challenge is not None) == (error == "invalid_client")
    assert answer.headers["cache-control"] == "no-store"
    assert untouched(world)


@pytest.mark.parametrize(
    ("auth", "wanted"), [("client_secret_post", "basic"), ("client_secret_basic", "post"), ("none", "basic")]
)
def test_s5_2_the_wrong_way_to_authenticate(auth: Any, wanted: str) -> None:
    """§5.2 invalid_client: unsupported authentication method; the journal says which way was needed."""
    world = registered(auth=auth)
    form = {"grant_type": "client_credentials"}
    if wanted == "basic":
        answer = world.post("/token", form)
    else:
        answer = world.post("/token", form | {"client_id": "shop", "client_secret": "secret"}, auth=None)

    assert answer.refusal == (401, "invalid_client")
    cause = {"client_secret_post": "basic where post is needed", "client_secret_basic": "post where basic is needed"}
    assert list(world.box.journal)[-1].cause == cause.get(auth)


def test_s6_a_public_client_refreshes_by_its_name_alone() -> None:
    """§6: the refresh token is bound to the client that it was issued to."""
    world = World(registered={"app": Registration(auth="none")})
    code = world.code(client_id="app")
    text = world.exchange(code, auth=None, client_id="app").body["refresh_token"]

    assert world.refresh(text, auth=None, client_id="app").status == 200
    assert world.refresh(text, auth=None, client_id="other").refusal == (400, "invalid_grant")


def test_s4_4_client_credentials_are_for_those_that_have_some() -> None:
    """§4.4: MUST only be used by confidential clients."""
    world = World(registered={"app": Registration(auth="none")})

    answer = world.token(auth=None, client_id="app")

    assert answer.refusal == (400, "unauthorized_client")


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"{}", "application/json"), (b"client_id=\xff", FORM), (b"client_id=%zz", FORM), (b"state=1&state=2", FORM)],
)  # fmt: skip
def test_s3_1_a_decision_that_can_not_be_read_is_none(world: World, body: bytes, kind: str) -> None:
    """A page says so; the journal knows no client."""
    answer = world.send("POST", "/authorize/decision", headers={"Content-Type": kind}, body=body)

    assert answer.status == 400
    assert "invalid_request" in answer.page
    assert untouched(world)
    assert [one.account for one in world.box.journal] == ["anonymous"]


def test_s3_1_2_3_an_address_is_needed_unless_there_is_one(world: World) -> None:
    """§3.1.2.3: with none or several registered the request must say it."""
    assert "redirect_uri is missing" in world.authorize(redirect_uri=None).page


# ---------------------------------------------------------------- clients without a secret


def test_s2_1_a_stranger_may_be_public_with_a_challenge(world: World) -> None:
    """Where strangers are let in, one without a secret is a native app: it needs PKCE, and may refresh."""
    body = world.exchange(world.code(), auth=None, client_id="shop").body
    plain = world.code(code_challenge=None, code_challenge_method=None)

    assert world.refresh(body["refresh_token"], auth=None, client_id="shop").status == 200
    refused = world.exchange(plain, auth=None, client_id="shop", code_verifier=None)
    assert refused.refusal == (400, "invalid_grant")
    assert world.token(auth=None, client_id="shop").refusal == (401, "invalid_client")


@pytest.mark.parametrize("how", ["named", "rotated", "closed"])
def test_s2_3_whoever_has_a_secret_must_send_it(how: str) -> None:
    """A client that is known, was given a secret since, or would be a stranger where none are let in."""
    plan = Plan(credentials="closed", providers={"oauth": OAuthOptions()}) if how == "closed" else None
    world = World(plan, **({"clients": {"shop": "secret"}} if how == "named" else {}))
    if how == "rotated":
        clients = world.box.tokens.clients
        clients.rotate(clients.know("oauth", "shop", "shop"), "new", 0.0, configured=None)

    answer = world.token("authorization_code", auth=None, client_id="shop", code="x")

    assert answer.refusal == (401, "invalid_client")
