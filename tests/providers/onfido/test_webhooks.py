"""Webhooks: the resource, who hears of what, in which order, and how it is signed."""

from __future__ import annotations

import hmac
from typing import Any

import orjson
import pytest
from onfido_world import NOBODY

from brownout.core.plan import Plan
from brownout.core.provider import Endpoint
from brownout.providers.onfido import ONFIDO, OnfidoOptions, WebhookOptions, webhook_token
from brownout.providers.onfido.words import ACTIONS

URL = "https://shop.test/hook"


def hook(world: Any, **fields: Any) -> Any:
    """Make a webhook and return it."""
    return world.post("/webhooks", {"url": URL, **fields}).body


def told(world: Any) -> list[str]:
    """Return the actions that were sent, oldest first."""
    return [one["action"] for one in world.events()]


def test_a_webhook_has_exactly_these_fields(world: Any) -> None:
    """For every action unless it says which; its token is shown every time."""
    made = world.post("/webhooks", {"url": URL})

    webhook_id, token = made.body["id"], made.body["token"]
    assert made.status == 201
    assert len(token) == 32
    assert made.body == {
        "id": webhook_id,
        "name": None,
        "url": URL,
        "enabled": True,
        "events": list(ACTIONS),
        "environments": ["sandbox"],
        "payload_version": 3,
        "href": f"/v3.6/webhooks/{webhook_id}",
        "token": token,
        "oauth_enabled": False,
        "oauth_server_url": None,
        "oauth_server_client_id": None,
        "oauth_server_client_secret": None,
        "oauth_server_scope": None,
    }
    assert world.get(f"/webhooks/{webhook_id}").body == made.body
    assert world.get("/webhooks").body == {"webhooks": [made.body]}


def test_an_update_changes_what_it_names(world: Any) -> None:
    """The token stays; deleted is deleted."""
    made = hook(world, name="a", events=["check.completed"])
    path = f"/webhooks/{made['id']}"

    changed = world.put(path, {"url": "https://other.test", "enabled": False, "name": None}).body

    assert changed == {**made, "url": "https://other.test", "enabled": False, "name": None}
    assert world.delete(path).status == 204
    for method in ("GET", "PUT", "DELETE"):
        refused = world.send(method, f"/v3.6{path}", {} if method == "PUT" else None)
        assert refused.error["message"] == f"Could not find the following resource: Webhook with id={made['id']}"


BAD = [
    ({}, "url"),
    ({"url": "ftp://shop.test"}, "url"),
    ({"url": "https://"}, "url"),
    ({"url": "https://x:99999"}, "url"),
    ({"url": ["https://shop.test"]}, "url"),
    ({"url": URL, "events": ["check.done"]}, "events"),
    ({"url": URL, "events": "check.completed"}, "events"),
    ({"url": URL, "environments": ["production"]}, "environments"),
    ({"url": URL, "enabled": "on"}, "enabled"),
]


@pytest.mark.parametrize(("body", "field"), BAD)
def test_a_webhook_that_cant_be_one_is_refused(world: Any, body: Any, field: str) -> None:
    """422 with the field, and none is made."""
    refused = world.post("/webhooks", body)

    assert (refused.status, list(refused.error["fields"])) == (422, [field])
    assert world.get("/webhooks").body == {"webhooks": []}


# ---------------------------------------------------------------- what is told
def test_a_check_tells_of_its_reports_and_then_of_itself(world: Any) -> None:
    """In this order, with what the official test vector holds; where it is, is absolute."""
    hook(world)
    check = world.check(world.ready(), "document", "known_faces")
    world.transport.advance(2)

    assert told(world) == ["check.started", "report.completed", "report.completed", "check.completed"]
    started, report, _, completed = world.events()
    assert started == {
        "resource_type": "check",
        "action": "check.started",
        "object": {
            "id": check["id"],
            "status": "in_progress",
            "href": f"https://api.eu.onfido.com/v3.6/checks/{check['id']}",
        },
    }
    assert (report["resource_type"], report["object"]["id"]) == ("report", check["report_ids"][0])
    assert completed["object"] == {
        "id": check["id"],
        "status": "complete",
        "completed_at_iso8601": "2026-01-01T00:00:02Z",
        "href": f"https://api.eu.onfido.com/v3.6/checks/{check['id']}",
    }


def test_forms_and_cancellations_are_told_too(world: Any) -> None:
    """Each with its own action."""
    hook(world)
    world.check(world.applicant(), applicant_provides_data=True)
    world.transport.advance(4)
    first = told(world)
    check = world.check(world.ready())
    world.post(f"/reports/{check['report_ids'][0]}/cancel")

    assert first == ["check.form_completed", "check.started", "report.completed", "check.completed"]
    assert told(world)[4:] == ["check.started", "report.cancelled", "check.withdrawn"]


def test_a_webhook_hears_only_what_it_wants(world: Any) -> None:
    """By action, while it is on, in this environment, and of the own account."""
    wanted = hook(world, events=["check.completed"])
    hook(world, enabled=False)
    hook(world, environments=["live"])
    world.post("/webhooks", {"url": URL}, key="api_sandbox.other")
    world.check(world.ready(), asynchronous=False)

    assert [one.endpoint.id for one in world.box.hooks] == [wanted["id"]]
    assert told(world) == ["check.completed"]


def test_a_check_may_name_its_webhooks(world: Any) -> None:
    """Then no other hears of it; else it shows all that are on."""
    one, other = hook(world)["id"], hook(world)["id"]
    applicant_id = world.ready()

    plain = world.check(applicant_id)
    named = world.check(applicant_id, webhook_ids=[other], asynchronous=False)
    silent = world.check(applicant_id, webhook_ids=[], asynchronous=False)

    assert (plain["webhook_ids"], named["webhook_ids"], silent["webhook_ids"]) == ([one, other], [other], [])
    heard = {(one_.endpoint.id, one_.event["body"][-60:]) for one_ in world.box.hooks}
    assert all(endpoint == other for endpoint, body in heard if named["id"].encode() in body)
    assert not any(silent["id"].encode() in body for _, body in heard)


def test_a_completion_can_be_told_again(world: Any) -> None:
    """The same words, time of completion included."""
    hook(world, events=["check.completed"])
    check = world.check(world.ready(), asynchronous=False)
    world.transport.advance(60)

    again = world.post("/webhooks/resend", {"data": [{"resource_id": check["id"], "event": "check.completed"}]})

    assert again.status == 204
    first, second = world.events()
    assert first == second


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (None, 422),
        (["x"], 422),
        ([{"resource_id": "CHECK"}], 422),
        ([{"resource_id": "CHECK", "event": "check.started"}], 422),
        ([{"resource_id": "CHECK", "event": "check.completed"}], 422),
        ([{"resource_id": NOBODY, "event": "check.completed"}], 404),
        ([], 204),
    ],
)
def test_only_complete_checks_can_be_told_again(world: Any, data: Any, status: int) -> None:
    """Anything else is refused, and nothing is sent."""
    check = world.check(world.ready())
    hook(world)
    body = orjson.dumps({} if data is None else {"data": data}).replace(b"CHECK", check["id"].encode())

    answered = world.post("/webhooks/resend", body)

    assert answered.status == status
    assert world.events() == []


def test_there_is_no_webhook_called_resend(world: Any) -> None:
    """The word is never an id."""
    assert (
        world.get("/webhooks/resend")
        .error["message"]
        .startswith("Could not find the following resource: GET /v3.6/webhooks/resend")
    )


# ---------------------------------------------------------------- configured
def test_configured_webhooks_are_every_accounts_own(make_world: Any) -> None:
    """They hear, are shown and can be named, but only the scenario changes them."""
    options = OnfidoOptions(webhooks=(WebhookOptions(url=URL, events=("check.completed",), token="tok"),))
    world = make_world(options)
    shown = world.get("/webhooks").body["webhooks"][0]
    path = f"/webhooks/{shown['id']}"

    check = world.check(world.ready(), asynchronous=False)

    assert (shown["url"], shown["token"], shown["events"]) == (URL, "tok", ["check.completed"])
    assert world.get(path).body == shown == world.get(path, key="api_sandbox.other").body
    assert check["webhook_ids"] == [shown["id"]]
    assert told(world) == ["check.completed"]
    for refused in (world.delete(path), world.put(path, {"url": "https://other.test"})):
        assert refused.status == 422
        assert "configured by the scenario" in refused.error["fields"]["webhook"][0]


def test_the_sandboxs_own_token_is_fixed_by_its_seed(make_world: Any) -> None:
    """It signs for configured webhooks that name none."""
    world = make_world(plan=Plan(seed=3, providers={"onfido": ONFIDO.with_webhook(OnfidoOptions(), URL)}))

    assert ONFIDO.webhook_secret(world.box) == webhook_token(Plan(seed=3)) != webhook_token(Plan(seed=4))
    assert world.get("/webhooks").body["webhooks"][0]["token"] == webhook_token(Plan(seed=3))
    assert make_world().get("/webhooks").body["webhooks"] == []
    assert len(ONFIDO.webhook_secret(make_world().box) or "") == 32


@pytest.mark.parametrize(
    ("options", "said"),
    [({"url": "shop.test"}, "url must begin with"), ({"url": "https://:80"}, "url must begin with"),
     ({"url": URL, "events": ()}, "events must name"), ({"url": URL, "events": ("check.done",)}, "no action of Onfido"),
     ({"url": URL, "token": ""}, "token must not be empty")],
)  # fmt: skip
def test_a_webhook_that_could_never_be_told_is_refused_at_once(options: Any, said: str) -> None:
    """When the scenario is read, not at the first delivery."""
    with pytest.raises(ValueError, match=said):
        WebhookOptions(**options)


@pytest.mark.parametrize("name", ["review", "deletion_delay"])
def test_lengths_are_not_negative(name: str) -> None:
    """Zero is."""
    with pytest.raises(ValueError, match=name):
        OnfidoOptions(**{name: -1.0})
    assert getattr(OnfidoOptions(**{name: 0.0}), name) == 0


def test_a_signature_is_the_official_test_vector() -> None:
    """The body, token and digest of onfido-python's own test."""
    body = (
        b'{"payload":{"resource_type":"check","action":"check.completed",'
        b'"object":{"id":"f2302f45-227d-413d-ad61-09ec077a086a","status":"complete",'
        b'"completed_at_iso8601":"2024-04-04T09:21:21Z",'
        b'"href":"https://api.onfido.com/v3.6/checks/f2302f45-227d-413d-ad61-09ec077a086a"}}}'
    )
    endpoint = Endpoint("w", URL, ("wU99mE6jJ7nXOLFwZ0tJymM1lpI15pZh",), ("*",), None)

    headers = ONFIDO.signature(body, endpoint, 0.0)

    assert headers["X-SHA2-Signature"] == "77ebc3e418f26be6eebb47f7ebe551321de26734fc273961e075fc9ab163d9c7"
    assert hmac.compare_digest(headers["X-SHA2-Signature"], ONFIDO.signature(body, endpoint, 9e9)["X-SHA2-Signature"])
