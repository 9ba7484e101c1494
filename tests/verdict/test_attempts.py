"""Why a request ended badly, and what it was to its operation."""

from __future__ import annotations

from typing import Any

import pytest
from story import Story

from brownout.verdict.attempts import attempts, error_class
from brownout.verdict.words import CLASSES

CASES: dict[str, tuple[dict[str, Any], str | None]] = {
    "answered well": ({"status": 200}, None),
    "redirected": ({"status": 303}, None),
    "reset": ({"answered": "reset", "status": 0}, "transport"),
    "left hanging": ({"answered": "hang", "status": 0}, "transport"),
    "gone before the answer": ({"status": 200, "observed": {"outcome": "client_gone"}}, "transport"),
    "broken off": ({"status": 200, "observed": {"outcome": "cut"}}, "transport"),
    "refused at the door": ({"answered": "refused", "status": 0, "does": "handshake"}, "transport"),
    "no JSON": ({"status": 200, "fired": [{"rule": "m", "kind": "malformed", "state": "applied"}]}, "contract"),
    "refused by a planned limit": ({"status": 503, "limit": "burst"}, "throttle"),
    "429 without a planned limit": ({"status": 429}, "throttle"),
    "429 at the token endpoint": ({"status": 429, "does": "token"}, "throttle"),
    "401 on the way in": ({"status": 401, "stage": "authorise"}, "auth"),
    "401 made by a fault": ({"status": 401, "stage": "edge"}, "auth"),
    "403 on the way in": ({"status": 403, "stage": "authorise"}, "auth"),
    "403 for want of a scope": ({"status": 403, "error": "scope_missing"}, "auth"),
    "403 of the provider's logic": ({"status": 403}, "client_bug"),
    "bad grant": ({"status": 400, "does": "token"}, "auth"),
    "broken token endpoint": ({"status": 500, "does": "token"}, "server"),
    "declined": ({"status": 402}, "business"),
    "unprocessable": ({"status": 422}, "business"),
    "key in flight": ({"status": 409}, "conflict"),
    "bad request": ({"status": 400}, "client_bug"),
    "not found": ({"status": 404}, "client_bug"),
    "gateway": ({"status": 504, "stage": "edge"}, "server"),
    "drifted": ({"status": 200, "fired": [{"rule": "d", "kind": "drift", "state": "applied"}]}, "contract"),
    "drift with nothing to change": (
        {"status": 200, "fired": [{"rule": "d", "kind": "drift", "state": "passed"}]},
        None,
    ),
    "drifted refusal": ({"status": 402, "fired": [{"rule": "d", "kind": "drift", "state": "applied"}]}, "business"),
    "delayed": ({"status": 200, "fired": [{"rule": "l", "kind": "latency", "state": "applied"}]}, None),
}


@pytest.mark.parametrize(("call", "error"), CASES.values(), ids=CASES)
def test_each_answer_has_its_class(call: dict[str, Any], error: str | None) -> None:
    """One class an attempt, from what the journal says of it."""
    [attempt] = attempts(Story().call("order-1", **call).records)

    assert attempt.error == error


def test_every_class_is_planted() -> None:
    """No class exists that nothing falls into."""
    assert {error for _, error in CASES.values()} - {None} == set(CLASSES)


@pytest.mark.parametrize(
    ("source", "does", "retries"),
    [("baggage", "write", 1), ("operation", "write", 1), ("operation", "read", 0), ("operation", "token", 0),
     ("path", "write", 0), ("counted", "write", 0)],
)  # fmt: skip
def test_retries_repeat_a_write_of_a_named_operation(source: str, does: str, retries: int) -> None:
    """Polls, tokens and calls that name nothing are no retries; nor is another call for the same operation."""
    told = Story().call("order-1", source=source, does=does).call("order-1", source=source, does=does)
    told.call("order-1", source=source, does=does, operation="stripe.refunds.create")

    assert sum(attempt.retry for attempt in attempts(told.records)) == retries


def test_journals_of_earlier_versions_are_read() -> None:
    """A record that doesn't say what its operation does reads if it is a GET."""
    told = Story().call("order-1").call("order-1", method="GET")

    assert [attempt.does for attempt in attempts(told.records)] == ["write", "read"]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ({"status": 401, "error": "token_expired"}, "401 token_expired at stripe.payment_intents.create"),
        ({"status": 200}, "200 at stripe.payment_intents.create"),
        ({"answered": "reset", "status": 0}, "no answer (reset) at stripe.payment_intents.create"),
        (
            {"observed": {"outcome": "client_gone"}},
            "no answer before the client left at stripe.payment_intents.create",
        ),
    ],
)
def test_an_attempt_says_how_it_was_answered(call: dict[str, Any], text: str) -> None:
    """As a finding quotes it."""
    [attempt] = attempts(Story().call("order-1", **call).records)

    assert str(attempt) == text


@pytest.mark.parametrize(("outcome", "error"), [("sent", None), ("reset", "transport"), (None, "transport")])
def test_a_client_that_takes_a_spoiled_certificate_lost_nothing(outcome: str | None, error: str | None) -> None:
    """Only who looked at it, and left, has had an answer lost."""
    decided = {"answered": "certificate", "status": None, "stage": "edge", "fired": []}

    assert error_class(decided, "write", outcome) == error
