"""What faults, limits and PayPal's own trigger make it say."""

from __future__ import annotations

from typing import Any

import pytest
from paypal_world import World, order

from brownout.core.limits import Limit
from brownout.core.match import Match
from brownout.core.plan import Plan
from brownout.core.rules import Rule
from brownout.faults.abort import Abort
from brownout.providers.paypal import PAYPAL
from brownout.providers.paypal.errors import NAMES, ON

ORDERS = "/v2/checkout/orders"


def failing(status: int, code: str | None = None, *, token: bool = False) -> World:
    """Return a world that fails at the edge: of the token endpoint, or of all others."""
    world = World()
    _ = world.bearer
    match = Match(operation=("paypal.token",) if token else ("paypal.*.*",))
    world.box.put_rule(Rule(name="fail", fault=Abort(status=status, code=code), target="edge", match=match))
    return world


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 415, 418, 422, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("operation", [one for one in PAYPAL.operations if one.name in ON], ids=lambda one: one.name)
def test_every_operation_can_fail_with_any_status(operation: Any, status: int) -> None:
    """In an envelope of PayPal's, with a debug id; a 401 as OAuth words it."""
    answered = failing(status).send(operation.method, operation.path.replace("{id}", "X").replace("{tracker_id}", "Y"))

    assert answered.status == status
    if status == 401:
        assert answered.body["error"] == "invalid_token"
        return
    assert next(iter(answered.body)) == "name"
    assert answered.body["name"] == NAMES.get(status, (f"HTTP_{status}",))[0]
    assert answered.body["debug_id"] == answered.headers["Paypal-Debug-Id"]


@pytest.mark.parametrize(
    ("status", "code", "path", "family"),
    [
        (422, "INSTRUMENT_DECLINED", f"{ORDERS}/X/capture", "orders"),
        (422, "PAYER_ACTION_REQUIRED", f"{ORDERS}/X/capture", "orders"),
        (422, "REFUND_FAILED_INSUFFICIENT_FUNDS", "/v2/payments/captures/X/refund", "payments"),
        (422, "NEWER_THAN_WE_KNOW", f"{ORDERS}/X/capture", "orders"),
        (403, "CONSENT_NEEDED", f"{ORDERS}/X/capture", "orders"),
        (401, "INVALID_ACCOUNT_STATUS", f"{ORDERS}/X/capture", "orders"),
    ],
)
def test_a_code_picks_the_issue(status: int, code: str, path: str, family: str) -> None:
    """With the words that the operation has for it; an unknown one stands for itself."""
    answered = failing(status, code).post(path)

    assert (answered.status, answered.issue) == (status, code)
    known = {issue: said for issues in ON.values() for issue, (_, said) in issues.words.items()}
    assert answered.body["details"][0]["description"] == known.get(code, code)
    assert f"/{family}/v2/errors/#{code}" in answered.links["information_link"]


def test_a_name_is_no_issue() -> None:
    """Asking for INTERNAL_SERVER_ERROR gives the plain 500."""
    body = failing(500, "INTERNAL_SERVER_ERROR").get(f"{ORDERS}/X").body

    assert list(body) == ["name", "message", "debug_id", "links"]


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (401, None, "invalid_client"),
        (400, None, "unsupported_grant_type"),
        (400, "invalid_scope", "invalid_scope"),
        (401, "invalid_client", "invalid_client"),
    ],
)
def test_the_token_endpoint_fails_in_oauths_shape(status: int, code: str | None, error: str) -> None:
    """For what OAuth has a word for."""
    answered = failing(status, code, token=True).token()

    assert (answered.status, answered.body["error"]) == (status, error)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_the_token_endpoint_fails_in_the_rest_shape_otherwise(status: int) -> None:
    """As it does when it is overloaded."""
    assert failing(status, token=True).token().body["name"] == NAMES[status][0]


@pytest.mark.parametrize(("announce", "headers"), [("none", {}), ("retry_after", {"Retry-After": "10"})])
@pytest.mark.parametrize("operation", ["paypal.token", "paypal.orders.create"])
def test_a_limit_answers_as_paypal_does(announce: Any, headers: dict[str, str], operation: str) -> None:
    """429 RATE_LIMIT_REACHED; when to come back is said only where the limit announces it."""
    limit = Limit(
        name="burst", match=Match(operation=(operation,)), algorithm="token_bucket", rate_per_second=0.1, burst=1,
        partition="account", announce=announce,
    )  # fmt: skip
    world = World(plan=Plan(limits=(limit,)))
    calls = [world.token if operation == "paypal.token" else world.create] * 2
    first, second = (call() for call in calls)

    assert first.status in (200, 201)
    assert second.status == 429
    assert second.body == {
        "name": "RATE_LIMIT_REACHED",
        "message": "Too many requests. Blocked due to rate limiting.",
        "debug_id": second.headers["Paypal-Debug-Id"],
        "links": [],
    }
    assert {name: second.headers[name] for name in second.headers if name == "Retry-After"} == headers
    assert list(world.box.journal)[-1].error == "rate_limited"


# ---------------------------------------------------------------- PayPal-Mock-Response


def mocking(code: Any) -> dict[str, str]:
    """Return the header that asks for an issue."""
    return {"PayPal_Mock_Response": f'{{"mock_application_codes":"{code}"}}'}


@pytest.mark.parametrize(
    ("name", "issue", "status"),
    [(name, issue, status) for name, issues in ON.items() for issue, (status, _) in issues.words.items()],
)
def test_every_issue_of_every_operation_can_be_asked_for(name: str, issue: str, status: int) -> None:
    """The header makes it happen before anything else is looked at."""
    operation = next(one for one in PAYPAL.operations if one.name == name)
    world = World()
    answered = world.send(operation.method, operation.path.replace("{id}", "X"), **mocking(issue))

    assert (answered.status, answered.issue) == (status, issue)
    assert answered.body["name"] == NAMES[status][0]
    assert answered.body["debug_id"] == answered.headers["Paypal-Debug-Id"]
    assert len(world.box.ledger) == 0


@pytest.mark.parametrize(
    "header",
    ["", "{", "[]", "null", "1", '{"mock_application_codes":1}', '{"mock_application_codes":"REFUND_NOT_ALLOWED"}',
     '{"mock_application_codes":"NO_SUCH"}', '{"other":"INSTRUMENT_DECLINED"}', "INSTRUMENT_DECLINED", "{" * 5000],
)  # fmt: skip
def test_any_other_value_lets_the_call_run(world: World, header: str) -> None:
    """Also an issue that belongs to another operation."""
    assert world.post(ORDERS, order(), PayPal_Mock_Response=header).status == 201


def test_a_mocked_failure_doesnt_use_a_request_id_up(world: World) -> None:
    """The real call runs under it afterwards."""
    made = world.create().body["id"]
    key = {"PayPal_Request_Id": "k"}
    mocked = world.capture(made, **mocking("INSTRUMENT_DECLINED"), **key)

    assert mocked.issue == "INSTRUMENT_DECLINED"
    assert world.capture(made, **key).status == 201
