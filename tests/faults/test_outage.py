"""Outages: what is down, for how long, and what a client is told about when to come back."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import stripe
from toy import KEY, REGISTRIES

from brownout import scenario
from brownout.assembly import registries
from brownout.core.errors import ScenarioError
from brownout.core.match import Match
from brownout.core.plan import ClockOptions, Phase, Plan
from brownout.core.rules import Count, Rule, When
from brownout.faults.latency import Latency
from brownout.faults.outage import Outage
from brownout.testing import EngineTransport, Simulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from brownout.testing import AsyncSandbox

START = 1_767_225_600.0  # 2026-01-01T00:00:00Z
FROZEN = ClockOptions(start=START, frozen=True)


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client without any cleverness."""
    async with aiohttp.ClientSession() as session:
        yield session


def simulator(fault: Outage, clock: ClockOptions = FROZEN, **rule: Any) -> Simulator:
    """Return a server for the toy provider with one outage."""
    one = Rule(name="out", fault=fault, target="edge", **rule)
    return Simulator(Plan(seed=7, clock=clock, rules=(one,)), registries=REGISTRIES)


async def get(http: aiohttp.ClientSession, box: AsyncSandbox) -> aiohttp.ClientResponse:
    """List payments."""
    async with http.get(f"{box.url_of('toy')}/v1/payments", headers=KEY) as answer:
        await answer.read()
        return answer


async def pay(http: aiohttp.ClientSession, box: AsyncSandbox, order: str = "o-1", **headers: str) -> int:
    """Pay an order and return the status."""
    sent = {"amount": 100, "order": order}
    async with http.post(f"{box.url_of('toy')}/v1/payments", json=sent, headers={**KEY, **headers}) as answer:
        await answer.read()
        return answer.status


async def token(http: aiohttp.ClientSession, box: AsyncSandbox) -> int:
    """Ask for a token and return the status."""
    async with http.post(f"{box.url_of('toy')}/v1/token", json={}, headers=KEY) as answer:
        await answer.read()
        return answer.status


def states(box: AsyncSandbox) -> list[list[str]]:
    """Return what became of the rule in each exchange."""
    return [[one["state"] for one in record.decided["fired"]] for record in box.exchanges()]


async def test_everything_is_down(http: aiohttp.ClientSession) -> None:
    """Reads, writes and tokens are refused in the provider's words; nothing happens, and nobody is let in first."""
    async with simulator(Outage()) as box:
        answer = await get(http, box)
        assert (answer.status, answer.content_type) == (503, "application/json")
        assert "Retry-After" not in answer.headers
        assert (await pay(http, box), await token(http, box)) == (503, 503)

        assert box.ledger().entries == ()
        assert states(box) == [["applied"]] * 3
        assert {record.stage for record in box.exchanges()} == {"edge"}


async def test_nothing_is_kept_under_a_key(http: aiohttp.ClientSession) -> None:
    """A retry with the same key after the outage pays, once."""
    async with simulator(Outage(), when=When(for_seconds=60)) as box:
        assert await pay(http, box, **{"Idempotency-Key": "k"}) == 503
        await box.clock.advance("1m")
        assert await pay(http, box, **{"Idempotency-Key": "k"}) == 200
        assert await pay(http, box, **{"Idempotency-Key": "k"}) == 200

        assert box.ledger().captured() == 100


async def test_the_gateways_page(http: aiohttp.ClientSession) -> None:
    """With `body: html`, what answers is in front of the provider."""
    async with (
        simulator(Outage(status=502, body="html")) as box,
        http.get(f"{box.url_of('toy')}/v1/payments", headers=KEY) as answer,
    ):
        assert (answer.status, answer.content_type) == (502, "text/html")
        assert b"502 Bad Gateway" in await answer.read()


async def test_one_operation_is_down(http: aiohttp.ClientSession) -> None:
    """`match` says how much is down: the rest goes on."""
    async with simulator(Outage(), match=Match(operation=("toy.payments.create",))) as box:
        assert await pay(http, box) == 503
        assert (await get(http, box)).status == 200
        assert await token(http, box) == 200

        assert states(box) == [["applied"], [], []]


async def test_one_region_is_down(http: aiohttp.ClientSession) -> None:
    """A region is a host: clients of others don't notice."""
    async with simulator(Outage(), match=Match(header={"Host": ("*.eu.*",)})) as box:
        eu, us = ({**KEY, "Host": host} for host in ("api.eu.shop.example", "api.us.shop.example"))
        async with http.get(f"{box.url_of('toy')}/v1/payments", headers=eu) as answer:
            assert answer.status == 503
        async with http.get(f"{box.url_of('toy')}/v1/payments", headers=us) as answer:
            assert answer.status == 200


async def test_a_brownout_grows(http: aiohttp.ClientSession) -> None:
    """A share of the calls fails that grows with the ramp: none at first, about half in between, all in the end."""
    async with simulator(Outage(), count=Count(percentage=100), when=When(ramp_seconds=100)) as box:
        shares = []
        for _ in range(3):
            answers = [await pay(http, box, order=f"o-{number}") for number in range(40)]
            shares.append(answers.count(503) / 40)
            await box.clock.advance(50)

        assert shares[0] == 0
        assert 0.25 < shares[1] < 0.75
        assert shares[2] == 1


async def test_flapping(http: aiohttp.ClientSession) -> None:
    """Down for 20 seconds of every minute, and up in between."""
    async with simulator(Outage(), when=When(for_seconds=20, repeat_seconds=60)) as box:
        seen = []
        for _ in range(12):
            seen.append((await get(http, box)).status)
            await box.clock.advance(10)

        assert seen == [503, 503, 200, 200, 200, 200] * 2


async def test_maintenance_says_when_it_ends(http: aiohttp.ClientSession) -> None:
    """Retry-After is what is left of the window, to the second, and who obeys it is served at once."""
    async with simulator(Outage(mode="maintenance"), when=When(at_seconds=60, for_seconds=7200)) as box:
        assert (await get(http, box)).status == 200
        await box.clock.advance(60)
        first = await get(http, box)
        await box.clock.advance(3599.5)
        second = await get(http, box)
        assert (first.status, first.headers["Retry-After"]) == (503, "7200")
        assert (second.status, second.headers["Retry-After"]) == (503, "3601")

        await box.clock.advance(int(second.headers["Retry-After"]))
        assert (await get(http, box)).status == 200


async def test_each_maintenance_ends_by_itself(http: aiohttp.ClientSession) -> None:
    """In a window that comes back, Retry-After tells the end of the present one."""
    window = When(for_seconds=600, repeat_seconds=86400)
    async with simulator(Outage(mode="maintenance"), when=window) as box:
        await box.clock.advance("24h")
        await box.clock.advance("9m")

        assert (await get(http, box)).headers["Retry-After"] == "60"


async def test_maintenance_ends_with_its_phase(http: aiohttp.ClientSession) -> None:
    """Without a window of its own, the phase is the window; the shorter of both counts."""
    phases = (Phase(name="calm", duration_seconds=30), Phase(name="night", duration_seconds=300))
    rule = Rule(name="out", fault=Outage(mode="maintenance"), target="edge", phase="night")
    plan = Plan(clock=FROZEN, rules=(rule,), phases=phases)
    async with Simulator(plan, registries=REGISTRIES) as box:
        assert (await get(http, box)).status == 200
        await box.clock.advance(100)

        assert (await get(http, box)).headers["Retry-After"] == "230"


async def test_live_maintenance_ends_with_its_time(http: aiohttp.ClientSession) -> None:
    """One that was put for half a minute, on the wall's clock, says so in the seconds of its clients."""
    async with Simulator(Plan(clock=ClockOptions(speed=60)), registries=REGISTRIES) as box:
        box.fault("outage", mode="maintenance", ttl="30s")
        answer = await get(http, box)

        assert answer.status == 503
        assert 28 <= int(answer.headers["Retry-After"]) <= 30


@pytest.mark.parametrize("when", [None, When(at_seconds=0)])
async def test_maintenance_without_an_end_says_nothing(http: aiohttp.ClientSession, when: When | None) -> None:
    """Nobody knows when it is over: no Retry-After rather than a made-up one."""
    async with simulator(Outage(mode="maintenance"), when=when) as box:
        answer = await get(http, box)

        assert answer.status == 503
        assert "Retry-After" not in answer.headers


async def test_what_is_left_counts_from_the_answer(http: aiohttp.ClientSession) -> None:
    """A call that was held back beyond the end of the window is told the least there is."""
    late = Rule(name="late", fault=Latency(delay=0.05), target="edge")
    out = Rule(name="out", fault=Outage(mode="maintenance"), target="request", when=When(for_seconds=60))
    plan = Plan(clock=ClockOptions(start=START, speed=6000), rules=(late, out))
    async with Simulator(plan, registries=REGISTRIES) as box:
        answer = await get(http, box)

        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")


async def test_an_end_as_a_date(http: aiohttp.ClientSession) -> None:
    """An HTTP-date is compared with the client's own clock: with the wall, not with the world."""
    fault = Outage(mode="maintenance", form="http_date")
    async with simulator(fault, clock=ClockOptions(start=START, speed=60), when=When(for_seconds=7200)) as box:
        answer = await get(http, box)
        left = parsedate_to_datetime(answer.headers["Retry-After"]) - parsedate_to_datetime(answer.headers["Date"])

        assert timedelta(seconds=115) < left <= timedelta(seconds=121)


async def test_a_time_that_is_told_whatever_is_true(http: aiohttp.ClientSession) -> None:
    """`retry_after` is what the provider says; a client that believes it comes back into the same outage."""
    async with simulator(Outage(retry_after=5.0), when=When(for_seconds=60)) as box:
        answer = await get(http, box)
        assert answer.headers["Retry-After"] == "5"
        await box.clock.advance(5)

        assert (await get(http, box)).status == 503


async def test_read_only(http: aiohttp.ClientSession) -> None:
    """Writes are refused, reads and tokens work; the rule isn't even looked at for those."""
    async with simulator(Outage(mode="read_only", status=405)) as box:
        assert await pay(http, box) == 405
        assert (await get(http, box)).status == 200
        assert await token(http, box) == 200

        assert states(box) == [["applied"], [], []]
        assert box.ledger().entries == ()


async def test_read_only_may_refuse_tokens(http: aiohttp.ClientSession) -> None:
    """A provider that can't write can't issue tokens either, if it keeps them."""
    async with simulator(Outage(mode="read_only", tokens=False)) as box:
        assert await token(http, box) == 503
        assert (await get(http, box)).status == 200


@pytest.mark.sdk
def test_stripes_sdk_in_read_only_mode() -> None:
    """stripe-python raises for a payment, in Stripe's words, and goes on reading."""
    outage = Rule(name="out", fault=Outage(mode="read_only"), target="edge")
    with Simulator(Plan(rules=(outage,))) as box:
        client = stripe.StripeClient("sk_test_shop", base_addresses=box.stripe_bases, max_network_retries=0)  # type: ignore[arg-type]

        with pytest.raises(stripe.APIError) as refused:
            client.v1.payment_intents.create({"amount": 100, "currency": "usd"})
        assert refused.value.http_status == 503
        assert refused.value.request_id
        assert client.v1.balance.retrieve().object == "balance"


def test_the_journal_says_it_in_words() -> None:
    """Which outage, and what it told about its end."""
    rule = Rule(
        name="night", fault=Outage(mode="maintenance", form="http_date"), target="edge", when=When(for_seconds=60)
    )
    transport = EngineTransport(Plan(rules=(rule,)), wall=START)

    answer = transport.send("GET", "/stripe/v1/balance", headers={"Authorization": "Bearer sk_test_x"})

    assert dict(answer.headers)["Retry-After"] == "Thu, 01 Jan 2026 00:01:00 GMT"
    (fired,) = list(transport.world.journal)[-1].fired or ()
    assert fired.effects == ("answer 503 (provider), come back when this ends (as a date)",)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"status": 404}, "status must be 500 to 599 for mode: down, not 404"),
        ({"mode": "read_only", "status": 200}, "status must be 400 to 599 for mode: read_only"),
        ({"body": "html", "code": "x"}, "code needs body: provider"),
        ({"retry_after": 0.0}, "retry_after must be above 0"),
        ({"form": "http_date"}, "form needs retry_after or mode: maintenance"),
        ({"tokens": False}, "tokens: false belongs to mode: read_only"),
    ],
)
def test_what_an_outage_may_not_be(options: dict[str, Any], words: str) -> None:
    """Keys that don't belong together are refused, beginning with the key concerned."""
    with pytest.raises(ValueError, match=f"^{words}"):
        Outage(**options)


def test_a_mistake_has_its_line_and_key() -> None:
    """In a scenario, what doesn't belong together is said where it stands."""
    text = (
        "brownout: 1\nfaults:\n  - kind: outage\n    mode: down\n    form: http_date\n  - kind: outage\n    mode: of\n"
    )

    with pytest.raises(ScenarioError) as refused:
        scenario.load(text, registries(), file="mine.yaml")

    first, second = refused.value.mistakes
    assert (first.line, first.key) == (5, "faults[0].form")
    assert "form needs retry_after or mode: maintenance" in first.message
    assert (second.line, second.key) == (7, "faults[1].mode")
    assert "maintenance" in second.message
