"""Limits over the wire: what real clients are told, and exactly how many are let through."""

from __future__ import annotations

import asyncio
from collections import Counter
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import stripe
from toy import KEY
from toy import REGISTRIES as TOYS

from brownout import scenario
from brownout.assembly import registries
from brownout.testing import Simulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from brownout.core.registries import Registries

FROZEN = "brownout: 1\nclock: {frozen: true, start: 2026-01-01T00:00:30Z}\n"
CLIENTS = 200
BASIC = {"Authorization": "Basic c2hvcDpzZWNyZXQ="}
SHOP = {"Authorization": "Bearer sk_test_shop"}


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client that opens as many connections as it has requests."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        yield session


def simulator(text: str, known: Registries = TOYS) -> Simulator:
    """Return a server under a scenario."""
    return Simulator(scenario.load(text, known), registries=known)


async def pay(http: aiohttp.ClientSession, url: str, number: int = 0) -> tuple[int, Any]:
    """Pay an order of its own; return status and headers."""
    body = {"amount": 1, "order": f"o-{number}"}
    async with http.post(f"{url}/v1/payments", json=body, headers=KEY) as answer:
        await answer.read()
        return answer.status, answer.headers


@pytest.mark.slow
@pytest.mark.parametrize(
    ("limit", "admitted", "after"),
    [
        ("algorithm: token_bucket, rate: 10/s, burst: 20", 20, 10),
        ("algorithm: leaky_bucket, rate: 10/s, burst: 20", 20, 10),
        ("algorithm: fixed_window, quota: 20, window: 60s", 20, 0),
        ("algorithm: fixed_window, quota: 20, window: 1s", 20, 20),
        ("algorithm: fixed_window, quota: 20, window: 1s, window_from: first_request", 20, 20),
        ("algorithm: sliding_window, quota: 20, window: 1s", 20, 20),
        ("algorithm: sliding_window, quota: 20, window: 1s, precision: counter", 20, 0),
        ("algorithm: quota, quota: 20", 20, 0),
        ("algorithm: shed, quota: 40, window: 1s, shares: {write: 50}", 20, 20),
        ("algorithm: fixed_window, quota: 20, window: 1s, penalty: {block: 1500ms}", 20, 0),
        ("algorithm: fixed_window, quota: 60, window: 1s, cost: 3", 20, 20),
    ],
)
async def test_200_clients_at_once_get_exactly_what_the_limit_has(
    http: aiohttp.ClientSession, limit: str, admitted: int, after: int
) -> None:
    """On a frozen clock, then a second later: so many payments, not one more; the ledger and the journal agree."""
    async with simulator(f"{FROZEN}limits:\n  - {{name: one, {limit}}}\n") as box:
        url = box.url_of("toy")
        first = Counter(status for status, _ in await asyncio.gather(*(pay(http, url, n) for n in range(CLIENTS))))
        paid = box.ledger().captured()
        await box.clock.advance("1s")
        second = await asyncio.gather(*(pay(http, url, CLIENTS + n) for n in range(40)))

        assert first[200] == paid == admitted
        assert sum(status == 200 for status, _ in second) == after
        assert box.ledger().captured() == admitted + after
        refused = [one for one in box.exchanges() if one.decided["limit"] == "one"]
        assert len(refused) == CLIENTS + 40 - admitted - after
        assert {one.repeatability for one in box.exchanges()} == {"D2"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "limit", ["algorithm: concurrency, quota: 7", "algorithm: shed, quota: 14, shares: {write: 50}"]
)
async def test_200_clients_share_so_many_places(http: aiohttp.ClientSession, limit: str) -> None:
    """While those that are let in take their time, nobody else is; then the places are free."""
    text = (
        f"{FROZEN}limits:\n  - {{name: one, {limit}}}\n"
        "faults:\n  - {name: slow, kind: latency, target: request, delay: 500ms}\n"
    )
    async with simulator(text) as box:
        url = box.url_of("toy")
        statuses = Counter(status for status, _ in await asyncio.gather(*(pay(http, url, n) for n in range(CLIENTS))))

        assert statuses[200] == box.ledger().captured() == 7
        assert (await pay(http, url, CLIENTS))[0] == 200


async def test_a_client_that_does_as_it_is_told_is_let_in(http: aiohttp.ClientSession) -> None:
    """Retry-After is enough, to the microsecond, at unix time: no refusal after it."""
    limit = "{name: one, algorithm: token_bucket, rate: 1/s, burst: 1, announce: [retry_after, trio]}"
    async with simulator(f"{FROZEN}limits:\n  - {limit}\n") as box:
        url = box.url_of("toy")
        for number in range(5):
            assert (await pay(http, url, number))[0] == 200
            status, headers = await pay(http, url, number)
            assert (status, headers["RateLimit-Remaining"]) == (429, "0")
            await box.clock.advance(f"{headers['Retry-After']}s")


async def test_a_lie_is_seen_by_the_client(http: aiohttp.ClientSession) -> None:
    """Five are left, it says, and refuses; whoever waits as long as it says comes too early."""
    limit = (
        "{name: one, algorithm: fixed_window, quota: 1, window: 100s, window_from: first_request, "
        "announce: [legacy, retry_after], reset: seconds, lie: {remaining: 1, retry_after: too_short}}"
    )
    async with simulator(f"{FROZEN}limits:\n  - {limit}\n") as box:
        url = box.url_of("toy")
        await pay(http, url)
        _, told = await pay(http, url)
        await box.clock.advance(f"{told['Retry-After']}s")
        early = await pay(http, url)
        await box.clock.advance("90s")

        assert (told["X-RateLimit-Remaining"], told["X-RateLimit-Reset"], told["Retry-After"]) == ("1", "100", "10")
        assert early[0] == 429
        assert (await pay(http, url))[0] == 200


async def test_a_date_to_come_back_at(http: aiohttp.ClientSession) -> None:
    """It is on the wire's clock, like `Date` beside it, not on the world's."""
    limit = "{name: one, algorithm: quota, quota: 1, announce: retry_after, lie: {retry_after: http_date}}"
    async with simulator(f"{FROZEN}limits:\n  - {limit}\n") as box:
        await pay(http, box.url_of("toy"))
        _, headers = await pay(http, box.url_of("toy"))

        wait = parsedate_to_datetime(headers["Retry-After"]) - parsedate_to_datetime(headers["Date"])
        assert wait.total_seconds() == pytest.approx(86_400 - 30, abs=2)


async def test_levels_are_shown(http: aiohttp.ClientSession) -> None:
    """`GET limits` has the numbers of every algorithm, and who is in the penalty box."""
    limits = (
        "algorithm: token_bucket, rate: 1/s, burst: 5",
        "algorithm: leaky_bucket, rate: 1/s, burst: 5",
        "algorithm: fixed_window, quota: 5, window: 1h",
        "algorithm: sliding_window, quota: 5, window: 1h",
        "algorithm: sliding_window, quota: 5, window: 1h, precision: counter",
        "algorithm: quota, quota: 5",
        "algorithm: concurrency, quota: 5",
        "algorithm: shed, quota: 5, shares: {read: 80}",
        "algorithm: fixed_window, quota: 2, window: 1h, partition: [account, operation], penalty: {block: 90s}",
    )
    text = FROZEN + "limits:\n" + "".join(f"  - {{name: l{n}, {one}}}\n" for n, one in enumerate(limits))
    async with simulator(text) as box:
        for _ in range(3):
            await pay(http, box.url_of("toy"))
        async with http.get(f"{box.url}/_brownout/limits") as answer:
            shown = (await answer.json())["limits"]

    assert [list(one["levels"].values()) for one in shown] == [[3], [2], [2], [2], [2], [2], [0], [0], [2]]
    assert [one["level_is"] for one in shown] == ["left"] + ["taken"] * 8
    assert [one["blocked"] for one in shown] == [{}] * 8 + [{"shop toy.payments.create": 90.0}]
    assert [(one["admitted"], one["refused"]) for one in shown] == [(2, 0)] * 8 + [(2, 1)]


@pytest.mark.parametrize(
    ("used", "calls", "admitted", "reason"),
    [
        ("stripe.live", 30, 25, "endpoint-rate"),
        ("stripe.sandbox", 30, 25, "global-rate"),
    ],
)
async def test_what_stripe_documents(
    http: aiohttp.ClientSession, used: str, calls: int, admitted: int, reason: str
) -> None:
    """Switched on by one line; the refusal says which of its limits it was, as Stripe's does."""
    async with simulator(f"{FROZEN}limits: [{{use: {used}}}]\n", registries()) as box:
        url = f"{box.url_of('stripe')}/v1/customers"
        got = []
        for _ in range(calls):
            async with http.get(url, headers=SHOP) as answer:
                got.append((answer.status, answer.headers.get("Stripe-Rate-Limited-Reason")))

        assert Counter(got) == {(200, None): admitted, (429, reason): calls - admitted}
        assert f"of {used} refused it" in box.exchanges()[-1].explain()


async def test_what_paypal_documents_of_its_sandbox(http: aiohttp.ClientSession) -> None:
    """The fifty-first request of a minute blocks the address for five, its token requests too."""
    async with simulator(f"{FROZEN}limits: [{{use: paypal.sandbox}}]\n", registries()) as box:
        url = f"{box.url_of('paypal')}/v1/oauth2/token"

        async def token() -> tuple[int, Any]:
            async with http.post(url, data={"grant_type": "client_credentials"}, headers=BASIC) as answer:
                return answer.status, await answer.json()

        first = [(await token())[0] for _ in range(51)]
        await box.clock.advance("299s")
        blocked, body = await token()
        await box.clock.advance("2s")

        assert first == [200] * 50 + [429]
        assert (blocked, body["name"]) == (429, "RATE_LIMIT_REACHED")
        assert (await token())[0] == 200


@pytest.mark.slow
async def test_what_onfido_documents(http: aiohttp.ClientSession) -> None:
    """Four hundred a minute."""
    async with simulator(f"{FROZEN}limits: [{{use: onfido.live}}]\n", registries()) as box:
        url = f"{box.url_of('onfido')}/v3.6/applicants"
        statuses: Counter[int] = Counter()
        for _ in range(402):
            async with http.get(url, headers={"Authorization": "Token token=api_sandbox.x.y"}) as answer:
                statuses[answer.status] += 1

        assert statuses == {200: 400, 429: 2}


async def test_a_limit_on_the_token_endpoint(http: aiohttp.ClientSession) -> None:
    """A client that fetches a token for each call is refused there, and its calls with a good token are not."""
    limit = (
        "{name: tokens, match: {operation: oauth.token}, algorithm: fixed_window, quota: 2, window: 60s, "
        "partition: client}"
    )
    async with simulator(f"{FROZEN}limits:\n  - {limit}\n", registries()) as box:
        url = box.url_of("oauth")
        statuses = []
        for _ in range(3):
            async with http.post(f"{url}/token", data={"grant_type": "client_credentials"}, headers=BASIC) as answer:
                statuses.append(answer.status)
                body = await answer.json()

        assert statuses == [200, 200, 429]
        assert body["error"] == "too_many_requests"


@pytest.mark.slow
def test_stripe_says_which_object_is_locked() -> None:
    """The official SDK raises its class for limits, with `lock_timeout` and without the header of limits."""
    text = (
        "brownout: 1\nlimits:\n  - {name: lock, algorithm: lock, match: {operation: stripe.payment_intents.*}}\n"
        "faults:\n  - {name: slow, kind: latency, match: {operation: stripe.payment_intents.update}, delay: 400ms, "
        "target: request}\n"
    )
    with simulator(text, registries()) as box:
        client = stripe.StripeClient("sk_test_shop", base_addresses=box.stripe_bases, max_network_retries=0)
        intent = client.v1.payment_intents.create({"amount": 1000, "currency": "usd"})

        async def both() -> list[Any]:
            return await asyncio.gather(
                *(
                    asyncio.to_thread(client.v1.payment_intents.update, intent.id, {"metadata": {"by": who}})
                    for who in "ab"
                ),
                return_exceptions=True,
            )

        done = asyncio.run(both())

        (refused,) = [one for one in done if isinstance(one, Exception)]
        assert isinstance(refused, stripe.RateLimitError)
        assert refused.error is not None
        assert refused.error.code == "lock_timeout"
        assert "Stripe-Rate-Limited-Reason" not in refused.headers
        (record,) = [one for one in box.exchanges() if one.decided["limit"]]
        assert "another request held the same object" in record.explain()
