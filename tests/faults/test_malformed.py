"""Bodies that aren't what they should be: whose parser minds, and that the effect stands."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, get_args

import aiohttp
import httpx
import pytest
import requests
import stripe
from toy import KEY, REGISTRIES

from brownout.core.effects import Reply
from brownout.core.plan import Plan
from brownout.core.rules import Count, Rule
from brownout.faults.malformed import Change, Malformed
from brownout.testing import Simulator

if TYPE_CHECKING:
    from collections.abc import Callable

PAY = {"amount": 100, "order": "o-1"}


def by_requests(url: str) -> Any:
    """Pay and read JSON with requests."""
    return requests.post(url, json=PAY, headers=KEY, timeout=5).json()


def by_httpx(url: str) -> Any:
    """Pay and read JSON with httpx."""
    return httpx.post(url, json=PAY, headers=KEY).json()


def by_aiohttp(url: str) -> Any:
    """Pay and read JSON with aiohttp."""

    async def pay() -> Any:
        async with aiohttp.ClientSession() as session, session.post(url, json=PAY, headers=KEY) as answer:
            return await answer.json()

    return asyncio.run(pay())


TAKEN = {("nan", "requests"), ("nan", "httpx"), ("nan", "aiohttp"), ("bom", "httpx"), ("bad_utf8", "requests")}
"""Which clients take what without a word."""


@pytest.mark.parametrize("client", [by_requests, by_httpx, by_aiohttp], ids=["requests", "httpx", "aiohttp"])
@pytest.mark.parametrize("change", get_args(Change))
def test_a_body_that_no_parser_should_take(
    change: Change, client: Callable[[str], Any], request: pytest.FixtureRequest
) -> None:  # fmt: skip
    """200 and application/json, and yet no JSON; the payment stands. Some clients don't mind: that is worse."""
    name = request.node.callspec.id.split("-")[-1]
    rule = Rule(name="m", fault=Malformed(change=change), target="response", count=Count(first=1))
    with Simulator(Plan(rules=(rule,)), registries=REGISTRIES) as box:
        url = f"{box.url_of('toy')}/v1/payments"
        if (change, name) in TAKEN:
            assert client(url)["id"].lstrip("\N{REPLACEMENT CHARACTER}").startswith("pay_")
        elif (change, name) == ("empty", "aiohttp"):
            assert client(url) is None
        else:
            with pytest.raises(ValueError):  # noqa: PT011 - each library has its own words
                client(url)
        record = box.exchanges()[0]

        assert (record.status, record.outcome) == (200, "sent")
        assert [fired["state"] for fired in record.fired] == ["applied"]
        assert box.ledger().captured() == 100


@pytest.mark.parametrize("change", sorted(set(get_args(Change)) - {"nan", "bom"}))
def test_stripes_own_client_says_so(change: Change) -> None:
    """An APIError without a code; the customer exists."""
    with Simulator() as box:
        client = stripe.StripeClient("sk_test_a", base_addresses=box.stripe_bases, max_network_retries=0)  # type: ignore[arg-type]
        with (
            box.fault("malformed", change=change, operation="stripe.customers.create"),
            pytest.raises((stripe.APIError, UnicodeDecodeError)),
        ):
            client.v1.customers.create({"email": "a@example.com"})

        assert len(box.exchanges()[0].objects) == 1


@pytest.mark.parametrize("change", get_args(Change))
@pytest.mark.parametrize("body", [b"", b"<html></html>", b"7", b'"text"'])
def test_what_is_no_object_and_no_list_passes(change: Change, body: bytes) -> None:
    """There is nothing to spoil."""
    assert Malformed(change=change).effect.change(Reply(200, {}, body)) is None


@pytest.mark.parametrize(("change", "body"), [("nan", b'["1"]'), ("single_quotes", b"[1]"), ("bad_utf8", b'{"a": 1}')])
def test_what_lacks_the_place_passes(change: Change, body: bytes) -> None:
    """A number in a text is none, and a key is no text."""
    assert Malformed(change=change).effect.change(Reply(200, {}, body)) is None


def test_the_answer_given_is_left_as_it_was() -> None:
    """Others may hold it."""
    reply = Reply(200, {"Content-Type": "application/json"}, json.dumps(PAY).encode())
    spoiled = Malformed(change="nan").effect.change(reply)

    assert spoiled is not None
    assert spoiled.body == b'{"amount": NaN, "order": "o-1"}'
    assert json.loads(reply.body) == PAY
