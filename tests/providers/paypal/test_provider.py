"""PayPal as a provider: what it isn't, how it is reached, and a page that tells the truth about it."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from paypal_world import World, basic, order

from brownout import scenario
from brownout.assembly import registries
from brownout.core.exchange import Request
from brownout.core.provider import Problem
from brownout.providers.paypal import PAYPAL, PayPalOptions
from brownout.providers.paypal.errors import ANY, NAMES, ON
from brownout.testing import EngineTransport

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "providers" / "paypal.md").read_text(encoding="utf-8")


def test_the_sdk_line_names_the_url() -> None:
    """The one line that PayPal's own SDK for Python needs."""
    (line,) = PAYPAL.sdk_lines("http://127.0.0.1:8700/paypal")

    assert line.line == (
        'Configuration.environments[Environment.SANDBOX][Server.DEFAULT] = "http://127.0.0.1:8700/paypal"'
    )


def test_every_issue_belongs_to_a_status_that_has_a_name() -> None:
    """And says something."""
    assert {status for status, _ in ANY.values()} <= set(NAMES)
    assert all(said for _, said in ANY.values())
    assert set(ON) <= {one.name for one in PAYPAL.operations if not one.public}


def test_other_providers_credentials_arent_taken_for_paypals() -> None:
    """So that an unprefixed path that only PayPal doesn't have can find its owner."""
    for text in ("Bearer sk_test_x", "Basic c2tfdGVzdF94Og==", "Token token=api_sandbox.x.y"):
        request = Request("GET", "/v1/nothing", headers={"Authorization": text})
        assert PAYPAL.credential(request) is None


def test_unavailable_is_a_503(world: World) -> None:
    """In PayPal's words."""
    flight = world.open("POST", "/v2/checkout/orders", order())

    answer = PAYPAL.refuse(flight.exchange, Problem(reason="unavailable"))

    assert (answer.status, answer.body["name"]) == (503, "SERVICE_UNAVAILABLE")


def test_every_example_loads() -> None:
    """What the page shows can be copied."""
    examples = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    plans = [scenario.load(text, registries()) for text in examples]

    assert [plan.providers["paypal"].approve for plan in plans] == ["manual", "auto"]
    assert EngineTransport(plans[0]).world.options("paypal").clients == {"shop": "secret"}


def test_the_pages_hidden_limit_is_one() -> None:
    """Twenty tokens at once, and not a word about when to come back."""
    examples = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    world = World(plan=scenario.load(examples[1], registries()))
    answers = [world.token() for _ in range(21)]
    other = world.token(headers=basic("another"))
    world.advance(3)

    assert [one.status for one in answers] == [200] * 20 + [429]
    assert "Retry-After" not in answers[-1].headers
    assert (other.status, world.token().status, world.token().status) == (200, 200, 429)


def test_every_option_and_operation_is_on_the_page() -> None:
    """Nothing is undocumented."""
    names = {field.name for field in fields(PayPalOptions)}
    names |= {operation.name.removeprefix("paypal.") for operation in PAYPAL.operations}

    assert [name for name in sorted(names) if f"`{name}`" not in PAGE] == []
