"""`brownout trigger`, as a user calls it against a server that runs: every recipe causes its event."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from brownout.cli import run, trigger
from brownout.core.errors import UsageError
from brownout.core.plan import ClockOptions, Plan
from brownout.core.triggers import Advance, Recipe, Step
from brownout.providers.paypal.triggers import TRIGGERS as PAYPAL
from brownout.providers.stripe.triggers import TRIGGERS
from brownout.testing import Simulator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brownout.testing import Sandbox

ASKED_FOR = (
    "payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.requires_action",
    "payment_intent.canceled", "payment_intent.amount_capturable_updated", "charge.succeeded", "charge.failed",
    "charge.captured", "charge.refunded", "charge.updated", "charge.dispute.created", "charge.dispute.closed",
    "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated", "refund.created", "refund.updated",
    "refund.failed", "customer.created", "customer.updated", "customer.deleted", "payment_method.attached",
    "payment_method.detached", "setup_intent.succeeded", "product.created", "price.created",
    "radar.early_fraud_warning.created", "payout.paid", "payout.failed", "checkout.session.completed",
    "checkout.session.expired", "account.updated", "transfer.created", "identity.verification_session.verified",
)  # fmt: skip
"""Those that people ask a CLI for."""


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    """A server whose clocks stand still unless they are advanced."""
    with Simulator(Plan(seed=3, clock=ClockOptions(frozen=True))) as root:
        yield root


@pytest.fixture
def box(server: Sandbox, request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A sandbox of this test's own."""
    name = "".join(one if one.isalnum() else "-" for one in request.node.name.lower())[-60:].strip("-")
    made = server.sandbox(name)
    yield made
    made.drop()


def call(box: Sandbox, *arguments: str) -> Any:
    """Return what the command did."""
    return CliRunner().invoke(
        trigger.command, [*arguments, "--attach", box.url], catch_exceptions=False, standalone_mode=False
    )


def triggered(box: Sandbox, *arguments: str) -> dict[str, Any]:
    """Return what the command prints as JSON."""
    told: dict[str, Any] = json.loads(call(box, *arguments, "--json").stdout)
    return told


def stripe(box: Sandbox, path: str, **headers: str) -> Any:
    """Return what Stripe's API answers."""
    head = {"Authorization": "Bearer sk_test_brownout", **headers}
    request = urllib.request.Request(f"{box.url_of('stripe')}{path}", headers=head)
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.load(answer)


def sent(url: str, body: bytes, headers: dict[str, str]) -> Any:
    """Return what a POST is answered."""
    request = urllib.request.Request(url, data=body, headers=headers)
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.load(answer)


def made(told: dict[str, Any], step: str) -> str:
    """Return the id of what a step made."""
    return str(next(one["id"] for one in told["steps"] if one.get("step") == step))


@pytest.mark.parametrize("event", TRIGGERS.recipes)
def test_every_recipe_causes_its_event(box: Sandbox, event: str) -> None:
    """The event is about what the recipe made, and the books are right afterwards."""
    told = triggered(box, event)

    assert told["events"], told["problem"]
    assert all(one.startswith("evt_") for one in told["events"])
    assert box.ledger().violations == []


@pytest.mark.parametrize("event", PAYPAL.recipes)
def test_every_recipe_of_paypals_causes_its_event(server: Sandbox, event: str) -> None:
    """Where a webhook asks for it; a page's buyer and a token's application are part of it."""
    box = server.sandbox(f"paypal-{event.lower().replace('.', '-')}")
    base = box.url_of("paypal")
    basic = {"Authorization": f"Basic {b64encode(PAYPAL.key.encode()).decode()}"}
    token = sent(f"{base}/v1/oauth2/token", b"grant_type=client_credentials", basic)["access_token"]
    hook = {"url": "https://shop.test/hook", "event_types": [{"name": event}]}
    bearer = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    sent(f"{base}/v1/notifications/webhooks", json.dumps(hook).encode(), bearer)

    told = triggered(box, event, "--provider", "paypal")

    assert told["events"], told["problem"]
    assert box.ledger().violations == []
    box.drop()


def test_paypal_keeps_no_event_that_nobody_asked_for(box: Sandbox) -> None:
    """The command says so, and what to do."""
    done = call(box, "PAYMENT.CAPTURE.COMPLETED", "--provider", "paypal")

    assert done.return_value == 1
    assert "only if a webhook of this application asked for it" in done.stderr


def test_there_is_a_recipe_for_what_people_ask_for() -> None:
    """And all belong to events that Stripe has."""
    from brownout.providers.stripe.generic.tables import tables  # noqa: PLC0415 - big, and only here

    assert set(ASKED_FOR) <= TRIGGERS.recipes.keys()
    assert TRIGGERS.recipes.keys() <= set(tables().events)


def test_it_prints_a_line_a_call(box: Sandbox) -> None:
    """What was called and made, and the event last."""
    done = call(box, "charge.expired")
    paid, later, last = done.stdout.splitlines()

    assert done.return_value == 0
    assert paid.startswith("  payment_intent: POST /v1/payment_intents -> pi_")
    assert later == "  world time advanced by 8d"
    assert last.startswith("charge.expired happened: evt_")


def test_what_is_sent_can_be_changed(box: Sandbox) -> None:
    """By the names of steps: values, further parameters, nested ones in either spelling, and fewer."""
    told = triggered(
        box, "payment_intent.succeeded", "--override", "payment_intent:amount=5000",
        "--add", "payment_intent:metadata.plan=gold=1", "--add", "payment_intent:shipping[address][line1]=1 Main St",
        "--add", "payment_intent:shipping[name]=Jenny",
    )  # fmt: skip
    intent = stripe(box, f"/v1/payment_intents/{made(told, 'payment_intent')}")
    less = triggered(box, "customer.created", "--remove", "customer:email")

    assert (intent["amount"], intent["metadata"]) == (5000, {"plan": "gold=1"})
    assert intent["shipping"]["address"]["line1"] == "1 Main St"
    assert stripe(box, f"/v1/customers/{made(less, 'customer')}")["email"] is None


def test_lists_are_changed_by_place(box: Sandbox) -> None:
    """Counted from 0, as forms have it; a place that isn't there is refused."""
    told = triggered(box, "checkout.session.completed", "--override", "checkout_session:line_items[0][quantity]=3")
    recipe = Recipe((Step(name="a", path="/v1/a", params={"of": ["x", "y"]}), Advance("1s")))
    removed = trigger.edited(recipe, [trigger.Edit("a", ("of", "0"), None)]).steps[0]

    assert stripe(box, f"/v1/checkout/sessions/{made(told, 'checkout_session')}")["amount_total"] == 6000
    assert isinstance(removed, Step)
    assert removed.params == {"of": ["y"]}
    with pytest.raises(UsageError, match="no place in a list of 2"):
        trigger.edited(recipe, [trigger.Edit("a", ("of", "2"), "z")])


def test_it_acts_for_a_connected_account(box: Sandbox) -> None:
    """With `--account`: what is made is that account's, and so is the event."""
    account = made(triggered(box, "account.updated"), "account")

    told = triggered(box, "customer.created", "--account", account)

    found = stripe(box, "/v1/events?type=customer.created", **{"Stripe-Account": account})["data"]
    assert [one["id"] for one in found] == told["events"]
    assert found[0]["account"] == account
    assert stripe(box, "/v1/customers")["data"] == []


def test_another_key_is_another_account(box: Sandbox) -> None:
    """As for every caller."""
    told = triggered(box, "product.created", "--api-key", "sk_test_other")

    found = stripe(box, "/v1/events", Authorization="Bearer sk_test_other")["data"]
    assert [one["id"] for one in found] == told["events"]
    assert stripe(box, "/v1/events")["data"] == []


def test_only_its_own_event_counts(box: Sandbox) -> None:
    """Twice the same is two events, each told once."""
    first, second = (triggered(box, "customer.created")["events"] for _ in range(2))

    assert (len(first), len(second)) == (1, 1)
    assert first != second


@pytest.mark.slow
def test_a_fault_that_keeps_the_event_away_is_told(box: Sandbox) -> None:
    """Exit code 1: which call, and what was answered."""
    with box.fault("abort", operation="stripe.customers.create", status=503):
        done = call(box, "customer.created")
    with box.fault("abort", operation="stripe.customers.create", target="response", connection="reset"):
        cut = call(box, "customer.created")

    assert (done.return_value, cut.return_value) == (1, 1)
    assert "customer.created didn't happen: customer: POST /v1/customers was answered 503: " in done.stderr
    assert "customer: POST /v1/customers got no answer: " in cut.stderr


def test_an_override_that_takes_the_event_away_is_told(box: Sandbox) -> None:
    """A card that isn't declined fails no payment: the recipe says what was answered instead."""
    done = call(box, "payment_intent.payment_failed", "--override", "payment_intent:payment_method=pm_card_visa")
    wrong = call(box, "payment_intent.succeeded", "--override", "payment_intent:amount=abc")

    assert (done.return_value, wrong.return_value) == (1, 1)
    assert "was answered 200" in done.stderr
    assert wrong.stderr.endswith("was answered 400: Invalid integer: abc\n")


def test_an_answer_of_another_shape_is_told(box: Sandbox) -> None:
    """A drift that takes away what the next call needs: which step lacked what."""
    with box.fault("drift", operation="stripe.customers.create", change="remove", path="$.id"):
        done = call(box, "customer.updated")

    assert done.return_value == 1
    assert "updated: no earlier step answered customer.id" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["payment_intent.suceeded"], "did you mean 'payment_intent.succeeded'"),
        ([], "say which event"),
        (["customer.created", "--provider", "strip"], "did you mean 'stripe'"),
        (["customer.created", "--override", "custmer:name=X"], "did you mean 'customer'"),
        (["customer.created", "--override", "name=X"], "'name=X' isn't STEP:PARAM=VALUE"),
        (["customer.created", "--remove", "customer:"], "'customer:' isn't STEP:PARAM"),
        (["account.updated", "--account", "acct_1"], "leave it out"),
        (["PAYMENT.CAPTURE.COMPLETED", "--provider", "paypal", "--account", "x"], "has no connected accounts"),
        (["customer.created", "--attach", "http://127.0.0.1:9"], "no Brownout answers at http://127.0.0.1:9"),
        (["customer.created", "--attach", "127.0.0.1"], "is no address of a Brownout"),
    ],
)
def test_wrong_usage_is_refused(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, what was wrong, no traceback."""
    assert run(["trigger", *arguments]) == 2
    assert told in capsys.readouterr().err.replace("did you mean `", "did you mean '")


def test_the_clock_of_a_held_sandbox_stays(box: Sandbox) -> None:
    """Who drills it has it to themselves: the recipe ends where time would have to pass."""
    request = urllib.request.Request(
        f"{box.url}/_brownout/lease", data=b'{"ttl": "10s", "owner": "ada"}', method="PUT"
    )  # fmt: skip
    urllib.request.urlopen(request, timeout=5).close()

    with pytest.raises(UsageError, match="ada"):
        call(box, "charge.expired")


def test_events_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """One a line, sorted."""
    assert run(["trigger", "--list"]) == 0
    assert capsys.readouterr().out.splitlines() == sorted(TRIGGERS.recipes)


@pytest.mark.slow
@pytest.mark.e2e
def test_the_command_runs_as_installed(box: Sandbox) -> None:
    """In a process of its own, with the server's address from the environment."""
    done = subprocess.run(
        [sys.executable, "-m", "brownout", "trigger", "customer.created"],
        env={"BROWNOUT_URL": box.url}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert "customer.created happened: evt_" in done.stdout
