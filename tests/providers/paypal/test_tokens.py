"""Access tokens: what the endpoint answers, who gets one, and how dead ones are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from paypal_world import CLIENT, SECRET, START, World, basic

from brownout.core.effects import ShortenLife, WithholdScopes
from brownout.core.match import Match
from brownout.core.plan import Phase, Plan
from brownout.core.rules import Count, Rule
from brownout.providers.paypal import PAYPAL, PayPalOptions
from brownout.providers.paypal.access import merchant_of
from brownout.providers.paypal.tokens import PAY_SCOPE, REFUND_SCOPE, SCOPES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from brownout.core.effects import FaultEffect
    from brownout.core.exchange import Exchange

DEAD = {"error": "invalid_token", "error_description": "Access Token not found in cache"}


class Imposes:
    """A fault that sets terms for tokens."""

    api = 1
    kind = "imposes"
    default_target = "request"

    def __init__(self, *effects: FaultEffect) -> None:
        self._effects = effects

    def targets(self) -> tuple[Any, ...]:
        return ("request",)

    def suits(self, operation: Any) -> bool:
        return True

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[FaultEffect]:
        return self._effects


def imposing(*effects: FaultEffect, nth: tuple[int, ...] = ()) -> Plan:
    """Return a plan whose rule sets terms for the tokens of the nth call to the token endpoint, or of every one."""
    match, count = Match(operation=("paypal.token",)), Count(nth=nth)
    return Plan(rules=(Rule(name="terms", fault=Imposes(*effects), target="request", match=match, count=count),))


def test_the_answer_has_paypals_fields_in_paypals_order(world: World) -> None:
    """Scope, token, type, application, life and a nonce that begins with the time of issue."""
    answered = world.token()
    body = answered.body

    assert list(body) == ["scope", "access_token", "token_type", "app_id", "expires_in", "nonce"]
    assert answered.status == 200
    assert body["scope"].split() == list(SCOPES)
    assert body["access_token"].startswith("A21AA")
    assert len(body["access_token"]) == 97
    assert body["app_id"].startswith("APP-")
    assert len(body["app_id"]) == 21
    assert body["expires_in"] == 32_400
    assert body["nonce"].startswith("2026-01-01T00:00:00Z")
    assert len(body["nonce"]) == 20 + 43
    assert answered.headers["X-Paypal-Token-Service"] == "IAAS"
    assert answered.headers["Paypal-Debug-Id"]


def test_asking_again_returns_the_same_token_with_what_is_left_of_its_life(world: World) -> None:
    """Until it expires; then comes another."""
    first = world.token().body
    world.advance(129)
    again = world.token().body
    world.advance(32_400 - 129)
    after = world.token().body

    assert again == first | {"expires_in": 32_271}
    assert after["access_token"] != first["access_token"]
    assert after["expires_in"] == 32_400
    assert after["nonce"].startswith("2026-01-01T09:00:00Z")


def test_a_revoked_token_is_replaced(world: World) -> None:
    """Asking again after a revocation gives a good one."""
    token = world.box.tokens.find("paypal", world.bearer)
    assert token is not None
    world.box.tokens.revoke(token, START, "client")

    fresh = world.token().body["access_token"]

    assert fresh != world.bearer
    assert world.get("/v2/checkout/orders/X").body == DEAD
    assert world.get("/v2/checkout/orders/X", Authorization=f"Bearer {fresh}").status == 404


@pytest.mark.parametrize(
    ("effect", "path", "status"),
    [
        (ShortenLife(30.0), "/v2/checkout/orders/X", 401),
        (WithholdScopes((PAY_SCOPE,), announced=False), "/v2/checkout/orders/X", 403),
    ],
    ids=["shortened", "narrowed"],
)
def test_a_token_that_a_fault_changed_is_never_given_out_again(effect: Any, path: str, status: int) -> None:
    """The client is told what PayPal would say; the next one to ask gets a whole token."""
    world = World(plan=imposing(effect, nth=(1,)))
    first = world.token().body
    world.advance(31)

    refused = world.get(path, Authorization=f"Bearer {first['access_token']}")
    second = world.token().body

    assert first["expires_in"] == 32_400
    assert first["scope"].split() == list(SCOPES)
    assert refused.status == status
    assert second["access_token"] != first["access_token"]
    assert world.get(path, Authorization=f"Bearer {second['access_token']}").status == 404


def test_a_fault_that_wants_something_of_a_token_gets_a_new_one_to_work_on() -> None:
    """Otherwise it would pass whoever asks while an old token lives."""
    world = World(plan=imposing(ShortenLife(30.0), nth=(2,)))
    first, second = world.token().body, world.token().body

    assert first["access_token"] != second["access_token"]
    assert world.box.fired == {"terms": 1}


def test_an_announced_life_is_told() -> None:
    """`expires_in` is what is left of the announced life, on the wire's clock."""
    world = World(plan=imposing(ShortenLife(90.0, announced=True)))

    assert world.token().body["expires_in"] == 90


def test_the_scenarios_oauth_section_sets_the_life() -> None:
    """`access_ttl` of a phase counts for tokens issued in it; one that would outlive it isn't given out again."""
    phases = (
        Phase(name="calm", duration_seconds=60),
        Phase(name="storm", duration_seconds=60, oauth={"access_ttl_seconds": 20.0}),
    )
    world = World(plan=Plan(phases=phases))
    first = world.token().body
    world.advance(61)
    second = world.token().body
    world.advance(5)
    third = world.token().body

    assert (first["expires_in"], second["expires_in"], third["expires_in"]) == (32_400, 20, 15)
    assert second["access_token"] == third["access_token"]


@pytest.mark.parametrize("speed", [1, 60])
def test_the_life_is_told_in_the_clients_seconds(speed: int) -> None:
    """A world that runs faster says that less time is left."""
    world = World()
    world.box.clock.set_speed(speed, START)

    assert world.token().body["expires_in"] == 32_400 // speed


@pytest.mark.parametrize(
    ("form", "error", "description", "word"),
    [
        ("", "unsupported_grant_type", "Grant Type is NULL", "grant_unsupported"),
        ("grant_type=", "unsupported_grant_type", "Grant Type is NULL", "grant_unsupported"),
        ("grant_type=password&username=a", "unsupported_grant_type", "unsupported grant_type", "grant_unsupported"),
        ('{"grant_type":"client_credentials"}', "unsupported_grant_type", "Grant Type is NULL", "grant_unsupported"),
        ("&".join(f"a{n}=1" for n in range(900)), "unsupported_grant_type", "Grant Type is NULL", "grant_unsupported"),
    ],
)
def test_only_client_credentials_are_granted(world: World, form: str, error: str, description: str, word: str) -> None:
    """Any other grant is refused as unsupported, with 400."""
    answered = world.token(form)

    assert answered.status == 400
    assert answered.body == {"error": error, "error_description": description}
    assert next(iter(world.box.journal)).error == word


def test_scopes_can_be_asked_for(world: World) -> None:
    """A token with fewer scopes is another one; a scope that the application hasn't is refused."""
    narrow = world.token(f"grant_type=client_credentials&scope={REFUND_SCOPE}").body
    again = world.token(f"grant_type=client_credentials&scope={REFUND_SCOPE}").body
    whole = world.token().body
    unknown = world.token("grant_type=client_credentials&scope=openid+sail")

    assert narrow["scope"] == REFUND_SCOPE
    assert again["access_token"] == narrow["access_token"] != whole["access_token"]
    assert (unknown.status, unknown.body["error"]) == (400, "invalid_scope")
    assert world.get("/v2/checkout/orders/X", Authorization=f"Bearer {narrow['access_token']}").status == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Basic"},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic c2hvcA=="},  # no colon
        {"Authorization": "Bearer A21AAx"},
        basic("", "secret"),
        basic("shop", ""),
        basic("späti", "secret"),
        basic("x" * 300, "secret"),
    ],
    ids=repr,
)
def test_whoever_is_no_client_is_refused(world: World, headers: dict[str, str]) -> None:
    """In OAuth's shape, with the bytes that PayPal sends."""
    answered = world.token(headers=headers)

    assert answered.status == 401
    assert answered.raw == b'{"error":"invalid_client","error_description":"Client Authentication failed"}'
    assert next(iter(world.box.journal)).error == "client_unknown"


def test_a_named_client_must_send_its_own_secret() -> None:
    """Open to others; with closed credentials there are no others."""
    options = PayPalOptions(clients={CLIENT: SECRET})
    opened = World(options)
    closed = World(plan=Plan(providers={"paypal": options}, credentials="closed"))

    assert opened.token(headers=basic(CLIENT, "wrong")).status == 401
    assert opened.token(headers=basic("another", "any")).status == 200
    assert closed.token(headers=basic("another", "any")).status == 401
    assert closed.token().status == 200


def test_a_revoked_client_gets_no_token(world: World) -> None:
    """A client's own credentials can be revoked like any others."""
    world.box.tokens.revoke_presented("paypal", CLIENT, START, "admin")

    assert world.token().status == 401


@pytest.mark.parametrize(
    ("client", "message"), [({"a:b": "s"}, "client id"), ({"": "s"}, "client id"), ({"a": ""}, "secret")]
)
def test_options_are_checked_when_they_are_read(client: dict[str, str], message: str) -> None:
    """What no client could send is a mistake of the scenario."""
    with pytest.raises(ValueError, match=message):
        PayPalOptions(clients=client)


def test_the_account_is_known_from_the_token_alone(world: World) -> None:
    """And it is the merchant that orders are paid to, and a pure function of the client's id."""
    created = world.create()
    record = list(world.box.journal)[-1]

    assert record.account == merchant_of(CLIENT) == world.bearer[5:18]
    assert created.body["purchase_units"][0]["payee"]["merchant_id"] == record.account
    assert record.client == record.account


def test_two_clients_share_nothing(world: World) -> None:
    """Another client's order is as unknown as none at all."""
    made = world.create().body["id"]
    other = world.token(headers=basic("another")).body["access_token"]

    assert world.get(f"/v2/checkout/orders/{made}", Authorization=f"Bearer {other}").status == 404


def test_accounts_can_be_joined() -> None:
    """What the scenario joins sees the same orders, and still shows a merchant id."""
    world = World(plan=Plan(accounts={merchant_of(CLIENT): "shop", merchant_of("second"): "shop"}))
    made = world.create().body
    other = world.token(headers=basic("second")).body["access_token"]

    assert world.get(f"/v2/checkout/orders/{made['id']}", Authorization=f"Bearer {other}").status == 200
    assert len(made["purchase_units"][0]["payee"]["merchant_id"]) == 13


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic c2hvcDpz", "Token x", "A21AAxyz"], ids=repr)
def test_a_missing_token_is_refused_in_the_rest_envelope(world: World, header: str | None) -> None:
    """401 AUTHENTICATION_FAILURE, in the words of the specification."""
    headers = {} if header is None else {"Authorization": header}
    sent = world.transport.send("GET", "/paypal/v2/checkout/orders/X", headers=headers)
    record = list(world.box.journal)[-1]

    assert sent.status == 401
    assert b'"name":"AUTHENTICATION_FAILURE"' in sent.body
    assert record.error == "token_missing"
    assert record.account == "anonymous"


@pytest.mark.parametrize("text", ["A21AA" + "x" * 92, "A21AA", "x", "A21AA" + "é" * 92, "sk_test_x"])
def test_an_unknown_token_is_refused_in_oauths_shape(world: World, text: str) -> None:
    """401 invalid_token, not the REST envelope."""
    answered = world.get("/v2/checkout/orders/X", Authorization=f"Bearer {text}")

    assert (answered.status, answered.body) == (401, DEAD)
    assert list(world.box.journal)[-1].error == "token_unknown"


def test_an_expired_token_is_refused_like_an_unknown_one(world: World) -> None:
    """PayPal doesn't say why; the journal does."""
    assert world.get("/v2/checkout/orders/X").status == 404
    world.advance(32_400)

    assert world.get("/v2/checkout/orders/X").body == DEAD
    record = list(world.box.journal)[-1]
    assert (record.error, record.cause) == ("token_expired", "clock")


@pytest.mark.parametrize(
    ("scope", "operations"),
    [
        (
            PAY_SCOPE,
            {
                "paypal.orders.create", "paypal.orders.retrieve", "paypal.orders.update", "paypal.orders.authorize",
                "paypal.orders.confirm", "paypal.orders.track", "paypal.trackers.update",
                "paypal.authorizations.reauthorize",
                "paypal.orders.capture", "paypal.authorizations.retrieve", "paypal.authorizations.capture",
                "paypal.authorizations.void", "paypal.captures.retrieve",
            },
        ),
        (REFUND_SCOPE, {"paypal.captures.refund", "paypal.refunds.retrieve"}),
    ],
    ids=["authcapture", "refund"],
)  # fmt: skip
def test_each_operation_needs_its_scope(world: World, scope: str, operations: set[str]) -> None:
    """Without it: 403 NOT_AUTHORIZED with PERMISSION_DENIED."""
    denied = set()
    assert world.bearer
    world.box.tokens.drop_scopes("paypal", world.bearer, (scope,), "rule drop")
    for operation in PAYPAL.operations:
        if operation.public:
            continue
        answered = world.send(operation.method, operation.path.replace("{id}", "X"))
        if answered.status == 403:
            denied.add(operation.name)
            assert answered.body["name"] == "NOT_AUTHORIZED"
            assert answered.issue == "PERMISSION_DENIED"
            assert answered.body["debug_id"] == answered.headers["Paypal-Debug-Id"]
            assert list(world.box.journal)[-1].error == "scope_missing"

    assert denied == operations
