"""Webhooks: the resource, and what the API refuses of it."""

from __future__ import annotations

from typing import Any

import pytest
from paypal_hooks import HOOKS, URL, listen, told
from paypal_world import START, World

from brownout.core.plan import Plan
from brownout.providers.paypal import PAYPAL, PayPalOptions, WebhookOptions
from brownout.providers.paypal.webhooks.webhook_samples import sample
from brownout.providers.paypal.webhooks.webhook_types import TYPES

CAPTURED = "PAYMENT.CAPTURE.COMPLETED"
REFUNDED = "PAYMENT.CAPTURE.REFUNDED"


def configured(*webhooks: WebhookOptions, seed: int = 7) -> World:
    """Return a world whose scenario names webhooks."""
    return World(plan=Plan(seed=seed, providers={"paypal": PayPalOptions(webhooks=webhooks)}))


def test_a_webhook_has_exactly_these_fields(world: World) -> None:
    """Its event types are described, and its links lead to it."""
    made = world.post(HOOKS, {"url": URL, "event_types": [{"name": CAPTURED}, {"name": CAPTURED}]})

    webhook_id = made.body["id"]
    here = f"{made.links['self'].partition('/v1/')[0]}{HOOKS}/{webhook_id}"
    assert made.status == 201
    assert (len(webhook_id), webhook_id.isalnum(), webhook_id.upper()) == (17, True, webhook_id)
    assert made.body == {
        "id": webhook_id,
        "url": URL,
        "event_types": [
            {"name": CAPTURED, "description": "Payment completed", "status": "ENABLED", "resource_versions": ["2.0"]}
        ],
        "links": [
            {"href": here, "rel": "self", "method": "GET"},
            {"href": here, "rel": "update", "method": "PATCH"},
            {"href": here, "rel": "delete", "method": "DELETE"},
        ],
    }
    assert world.get(f"{HOOKS}/{webhook_id}").body == made.body
    assert world.get(HOOKS).body == {"webhooks": [made.body]}
    assert world.get(f"{HOOKS}/{webhook_id}/event-types").body == {"event_types": made.body["event_types"]}


def test_an_update_replaces_what_it_names(world: World) -> None:
    """And the next event goes by it; deleted is deleted."""
    path = f"{HOOKS}/{listen(world, CAPTURED)}"
    patches = [
        {"op": "replace", "path": "/url", "value": "https://other.test"},
        {"op": "replace", "path": "/event_types", "value": [{"name": REFUNDED}, {"name": "*"}]},
    ]

    changed = world.send("PATCH", path, patches)

    assert (changed.status, changed.body["url"]) == (200, "https://other.test")
    assert [one["name"] for one in changed.body["event_types"]] == ["*"]
    assert world.send("DELETE", path).status == 204
    world.paid()
    assert told(world) == []
    for method in ("GET", "PATCH", "DELETE"):
        refused = world.send(method, path, patches if method == "PATCH" else None)
        assert (refused.status, refused.body["name"]) == (404, "INVALID_RESOURCE_ID")


def patch(op: str = "replace", path: str = "/url", value: Any = "https://x.test") -> list[dict[str, Any]]:
    """Return a list of one patch."""
    return [{"op": op, "path": path, "value": value}]


NAMED = [{"name": CAPTURED}]
REFUSED = [
    ("POST", {"event_types": NAMED}, "url"),
    ("POST", {"url": "ftp://shop.test", "event_types": NAMED}, "url"),
    ("POST", {"url": "https://", "event_types": NAMED}, "url"),
    ("POST", {"url": "https://shop.test:99999", "event_types": NAMED}, "url"),
    ("POST", {"url": "https://shop.test/" + "x" * 2048, "event_types": NAMED}, "url"),
    ("POST", {"url": 7, "event_types": NAMED}, "url"),
    ("POST", {"url": "https://new.test"}, "event_types"),
    ("POST", {"url": "https://new.test", "event_types": []}, "event_types"),
    ("POST", {"url": "https://new.test", "event_types": "*"}, "event_types"),
    ("POST", {"url": "https://new.test", "event_types": NAMED * 501}, "event_types"),
    ("POST", {"url": "https://new.test", "event_types": [*NAMED, {"name": "X"}]}, "event_types[1].name"),
    ("POST", {"url": "https://new.test", "event_types": ["*"]}, "event_types[0].name"),
    ("POST", {"url": "https://new.test", "event_types": [{"name": 7}]}, "event_types[0].name"),
    ("PATCH", patch("add"), "[0].op"),
    ("PATCH", [*patch(), 7], "[1].op"),
    ("PATCH", patch(path="/id"), "[0].path"),
    ("PATCH", [*patch(), *patch(value="x")], "url"),
    ("PATCH", patch(path="/event_types", value=[]), "event_types"),
]


@pytest.mark.parametrize(("method", "body", "field"), REFUSED)
def test_what_cant_be_is_refused_and_changes_nothing(world: World, method: str, body: Any, field: str) -> None:
    """In the older envelope of this API, which names the field."""
    path = f"{HOOKS}/{listen(world)}"
    before = world.state()

    refused = world.send(method, HOOKS if method == "POST" else path, body)

    assert (refused.status, list(refused.body)) == (
        400,
        ["name", "message", "debug_id", "information_link", "details", "links"],
    )
    assert (refused.body["name"], refused.body["message"]) == ("VALIDATION_ERROR", "Invalid data provided")
    assert [one["field"] for one in refused.body["details"]] == [field]
    assert refused.body["debug_id"] == refused.headers["Paypal-Debug-Id"]
    assert world.state() == before


def test_a_url_is_listened_at_once_only(world: World) -> None:
    """By one webhook of an application."""
    listen(world)
    other = f"{HOOKS}/{listen(world, url='https://other.test')}"
    before = world.state()

    twice = world.post(HOOKS, {"url": URL, "event_types": NAMED})
    moved = world.send("PATCH", other, patch(value=URL))
    idle = world.send("PATCH", other, patch(value="https://other.test"))

    assert [one.body["name"] for one in (twice, moved, idle)] == [
        "WEBHOOK_URL_ALREADY_EXISTS",
        "WEBHOOK_URL_ALREADY_EXISTS",
        "WEBHOOK_PATCH_REQUEST_NO_CHANGE",
    ]
    assert world.state() == before


def test_an_application_has_ten_webhooks_at_most(world: World) -> None:
    """Until one is deleted."""
    ids = [listen(world, url=f"{URL}/{number}") for number in range(10)]

    refused = world.post(HOOKS, {"url": URL, "event_types": NAMED})

    assert (refused.status, refused.body["name"]) == (400, "WEBHOOK_NUMBER_LIMIT_EXCEEDED")
    world.send("DELETE", f"{HOOKS}/{ids[0]}")
    assert listen(world)


def test_the_event_types_are_those_that_are_sent(world: World) -> None:
    """Each with a sample for the simulator."""
    body = world.get("/v1/notifications/webhooks-event-types").body

    assert [one["name"] for one in body["event_types"]] == list(TYPES)
    assert all("{" not in one["description"] and one["description"] for one in body["event_types"])
    assert all(sample(one, START)["create_time"] == "2026-01-01T00:00:00Z" for one in TYPES.values())


def test_the_scope_is_needed(world: World) -> None:
    """By all of them: a token narrowed to payments hears of no webhooks. The certificate is for everybody."""
    scope = "https://uri.paypal.com/services/payments/payment/authcapture"
    token = world.token(f"grant_type=client_credentials&scope={scope}").body["access_token"]
    ours = [one for one in PAYPAL.operations if one.name.startswith("paypal.webhook")]

    refused = {
        one.name: world.send(one.method, one.path.replace("{id}", "X"), Authorization=f"Bearer {token}").status
        for one in ours
    }

    assert refused.pop("paypal.webhook_certs.retrieve") == 404
    assert len(refused) == 12
    assert set(refused.values()) == {403}


def test_an_unknown_anchor_is_refused(world: World) -> None:
    """The two that are known find the same here."""
    listen(world)

    lists = [world.get(f"{HOOKS}?anchor_type={one}").body for one in ("APPLICATION", "ACCOUNT")]

    assert lists[0] == lists[1] == world.get(HOOKS).body
    assert world.get(f"{HOOKS}?anchor_type=X").body["details"][0]["field"] == "anchor_type"


# ---------------------------------------------------------------- the scenario's
def test_a_configured_webhook_is_every_accounts() -> None:
    """It is listed, can't be changed through the API, and gets what it asked for."""
    world = configured(WebhookOptions(url=URL, events=(REFUNDED,), id="WH1"), WebhookOptions(url=f"{URL}/2"))
    first, second = world.get(HOOKS).body["webhooks"]

    world.refund(world.paid()["id"])

    assert (first["id"], first["url"], first["event_types"][0]["name"]) == ("WH1", URL, REFUNDED)
    assert second["event_types"] == [{"name": "*", "description": "ALL"}]
    assert world.get(f"{HOOKS}/WH1").body == first
    deliveries = [(one.endpoint.id, one.event_type) for one in world.box.hooks]
    assert [name for to, name in deliveries if to == "WH1"] == [REFUNDED]
    assert [name for to, name in deliveries if to == second["id"]][-2:] == ["CHECKOUT.ORDER.COMPLETED", REFUNDED]
    for method, body in (("PATCH", patch()), ("DELETE", None)):
        refused = world.send(method, f"{HOOKS}/WH1", body)
        assert "configured by the scenario" in refused.body["details"][0]["issue"]


def test_the_secret_of_a_webhook_is_its_id() -> None:
    """Of the first that the options name; it is fixed by the seed, and what a receiver's environment holds."""
    plain, other, named = configured(), configured(seed=8), configured(WebhookOptions(url=URL, id="WH1"))
    drawn = configured(WebhookOptions(url=URL))

    secrets = [PAYPAL.webhook_secret(one.box) for one in (plain, other, named, drawn)]

    assert (secrets[0], secrets[2]) == (secrets[3], "WH1")
    assert len(set(secrets)) == 3
    assert drawn.get(HOOKS).body["webhooks"][0]["id"] == secrets[3]
    variables = {one.name: one.value for one in PAYPAL.environment("http://x", named.box)}
    assert variables["PAYPAL_WEBHOOK_ID"] == "WH1"


def test_a_webhook_can_be_added_to_options() -> None:
    """As `--webhook` does; the others stay."""
    options = PayPalOptions(webhooks=(WebhookOptions(url=URL),), unique_invoices=True)

    more = PAYPAL.with_webhook(options, "http://127.0.0.1:1/")

    assert [one.url for one in more.webhooks] == [URL, "http://127.0.0.1:1/"]
    assert more.unique_invoices


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ("url", {"url": "ftp://x"}),
        ("at least one", {"url": URL, "events": ()}),
        ("no event type", {"url": URL, "events": ("charge.refunded",)}),
        ("letters and digits", {"url": URL, "id": "WH-1"}),
        ("letters and digits", {"url": URL, "id": ""}),
        ("letters and digits", {"url": URL, "id": "X" * 51}),
    ],
)
def test_options_that_would_fail_later_fail_at_once(said: str, given: dict[str, Any]) -> None:
    """With what is wrong."""
    with pytest.raises(ValueError, match=said):
        WebhookOptions(**given)
