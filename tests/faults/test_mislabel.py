"""Headers that don't fit their body: what clients make of them."""

from __future__ import annotations

import aiohttp
import httpx
import pytest
import requests
from toy import KEY, REGISTRIES

from brownout.core.effects import Reply
from brownout.core.plan import Plan
from brownout.core.rules import Count, Rule
from brownout.faults.mislabel import Change, Mislabel
from brownout.testing import Simulator

PAY = {"amount": 100, "order": "o-1"}


def simulator(change: Change) -> Simulator:
    """Return a server whose first answer is labelled so."""
    rule = Rule(name="m", fault=Mislabel(change=change), target="response", count=Count(first=1))
    return Simulator(Plan(rules=(rule,)), registries=REGISTRIES)


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        ("html", "text/html; charset=utf-8"),
        ("text", "text/plain"),
        ("bytes", "application/octet-stream"),
        ("utf16", "application/json; charset=utf-16"),
    ],
)
async def test_json_under_another_name(change: Change, seen: str) -> None:
    """A client refuses to read it as JSON, or reads it as the charset says; the payment stands."""
    async with simulator(change) as box, aiohttp.ClientSession() as session:
        async with session.post(f"{box.url_of('toy')}/v1/payments", json=PAY, headers=KEY) as answer:
            assert answer.headers["Content-Type"] == seen
            with pytest.raises((aiohttp.ContentTypeError, UnicodeError, ValueError)):
                await answer.json()
        record = box.exchanges()[0]

        assert [fired["state"] for fired in record.fired] == ["applied"]
        assert seen.partition(";")[0] in record.explain()
        assert box.ledger().captured() == 100


async def test_a_compression_that_is_not_there() -> None:
    """Every client fails to take it off, each in its own words."""
    for _ in range(1):
        async with simulator("gzip") as box, aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.ClientPayloadError):
                async with session.post(f"{box.url_of('toy')}/v1/payments", json=PAY, headers=KEY) as answer:
                    await answer.read()
            assert box.ledger().captured() == 100


def test_a_compression_that_is_not_there_for_blocking_clients() -> None:
    """The same for requests and httpx."""
    with simulator("gzip") as box, pytest.raises(requests.exceptions.ContentDecodingError):
        requests.post(f"{box.url_of('toy')}/v1/payments", json=PAY, headers=KEY, timeout=5)
    with simulator("gzip") as box, pytest.raises(httpx.DecodingError):
        httpx.post(f"{box.url_of('toy')}/v1/payments", json=PAY, headers=KEY)


def test_a_header_that_is_too_large() -> None:
    """The answer is lost for its head; the payment stands."""
    with simulator("huge_header") as box:
        with pytest.raises(requests.exceptions.ConnectionError):
            requests.post(f"{box.url_of('toy')}/v1/payments", json=PAY, headers=KEY, timeout=5)

        assert box.ledger().captured() == 100


@pytest.mark.parametrize(
    ("change", "now", "then"),
    [
        ("no_charset", "text/html; charset=utf-8", "text/html"),
        ("no_charset", "text/html", None),
        ("json", "application/json; charset=utf-8", None),
        ("json", "text/html", "application/json"),
        ("html", "text/html", None),
        ("utf16", "application/json", "application/json; charset=utf-16"),
    ],
)
def test_what_is_said_already_passes(change: Change, now: str, then: str | None) -> None:
    """Else the header is replaced, however it is spelled."""
    changed = Mislabel(change=change).effect.change(Reply(200, {"content-type": now}, b"{}"))

    assert (changed.headers if changed is not None else None) == (None if then is None else {"Content-Type": then})


def test_a_second_compression_is_not_claimed() -> None:
    """Nor one of nothing."""
    gzip = Mislabel(change="gzip").effect

    assert gzip.change(Reply(200, {"content-encoding": "br"}, b"x")) is None
    assert gzip.change(Reply(204, {}, b"")) is None
