"""Stripe's own limits over the wire: each one met, worded as Stripe words it, and what stripe-python makes of it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
import stripe

from brownout.testing import Simulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from brownout.testing import Sandbox

pytestmark = [pytest.mark.sdk, pytest.mark.slow]

FROZEN: Final = "brownout: 1\nclock: {frozen: true, start: 2026-01-01T00:00:30Z}\n"
SLOW: Final = "faults: [{name: slow, kind: latency, target: request, delay: 400ms, match: {operation: '%s'}}]\n"
KEY: Final = {"Authorization": "Bearer sk_test_shop"}
REASON: Final = "Stripe-Rate-Limited-Reason"
CUSTOMERS: Final = ("GET", "/v1/customers", {})


class Shop:
    """Calls one sandbox by hand, for numbers, and through the SDK, for what it makes of them."""

    def __init__(self, box: Sandbox, wire: httpx.Client) -> None:
        self.box = box
        self._wire = wire
        self.v1 = self.sdk().v1

    def sdk(self, **options: Any) -> stripe.StripeClient:
        """Return a client."""
        return stripe.StripeClient("sk_test_shop", base_addresses=self.box.stripe_bases, **options)

    def send(self, method: str, path: str, form: dict[str, str] | None = None) -> httpx.Response:
        """Return an answer, whatever it is."""
        return self._wire.request(method, self.box.url_of("stripe") + path, headers=KEY, data=form or None)

    def admitted(self, calls: int, method: str, path: str, form: dict[str, str]) -> tuple[int, set[str | None]]:
        """Send so many calls in one moment; return how many were let in, and why the others weren't."""
        answers = [self.send(method, path, form) for _ in range(calls)]
        refused = [one for one in answers if one.status_code == 429]
        assert all("Retry-After" not in one.headers for one in refused)
        return calls - len(refused), {one.headers.get(REASON) for one in refused}


@contextmanager
def shop(limits: str, more: str = "") -> Iterator[Shop]:
    """Open a sandbox whose clock stands still, under `limits`."""
    with Simulator(f"{FROZEN}limits: {limits}\n{more}") as box, httpx.Client() as wire:
        yield Shop(box, wire)


@contextmanager
def refused(reason: str | None) -> Iterator[None]:
    """Expect the SDK's error for limits, of one of Stripe's sorts."""
    with pytest.raises(stripe.RateLimitError) as caught:
        yield
    error = caught.value
    headers = error.headers or {}
    assert error.error is not None
    assert (error.http_status, error.error.code) == (429, "rate_limit" if reason else "lock_timeout")
    assert headers.get(REASON) == reason
    assert headers.get("Stripe-Should-Retry") == (None if reason else "true")


@pytest.mark.parametrize(
    ("used", "let_in"), [("stripe.live", 100), ("stripe.sandbox", 25)]
)  # fmt: skip
def test_an_account_has_so_many_a_second(used: str, let_in: int) -> None:
    """Whatever it calls; the next second, and another account, have as many again."""
    paths = [f"/v1/{name}" for name in ("customers", "charges", "refunds", "events", "products", "prices")]
    with shop(f"[{{use: {used}}}]") as it:
        got = [it.send("GET", paths[number % 6]) for number in range(let_in + 5)]
        with refused("global-rate"):
            it.v1.customers.list()
        other = stripe.StripeClient("sk_test_other", base_addresses=it.box.stripe_bases).v1.customers.list()
        it.box.clock.advance("1s")
        again = it.v1.customers.list()

    assert [one.status_code for one in got] == [200] * let_in + [429] * 5
    assert got[-1].json()["error"]["message"].startswith("Request rate limit exceeded.")
    assert other.data == again.data == []


@pytest.mark.parametrize(
    ("call", "let_in", "reason"),
    [
        (CUSTOMERS, 25, "endpoint-rate"),
        (("POST", "/v1/customers", {"name": "Ada"}), 25, "endpoint-rate"),
        (("POST", "/v1/payouts", {"amount": "100", "currency": "usd"}), 15, "endpoint-rate"),
        (("GET", "/v1/customers/search?query=name:'Ada'", {}), 20, "resource-specific"),
        (("GET", "/v1/files", {}), 20, "resource-specific"),
        (("POST", "/v1/files", {"purpose": "dispute_evidence"}), 20, "resource-specific"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_an_endpoint_has_fewer(call: tuple[str, str, dict[str, str]], let_in: int, reason: str) -> None:
    """25 a second unless Stripe says otherwise, whatever becomes of the call. A second later, again."""
    with shop("[{use: stripe.live}]") as it:
        first = it.admitted(let_in + 5, *call)
        it.box.clock.advance("1s")

        assert first == it.admitted(let_in + 5, *call) == (let_in, {reason})


def test_the_sdk_raises_its_error_for_each() -> None:
    """Searches of all resources count together; reading a payment counts apart from making one."""
    with shop("[{use: stripe.live}]") as it:
        made = it.v1.payment_intents.create({"amount": 1000, "currency": "usd"}).id
        for _ in range(20):
            it.v1.customers.search({"query": "name:'Ada'"})
        with refused("resource-specific"):
            it.v1.payment_intents.search({"query": "amount>1"})
        for _ in range(25):
            it.v1.payment_intents.retrieve(made)
        with refused("endpoint-rate"):
            it.v1.payment_intents.retrieve(made)

        assert it.v1.payment_intents.create({"amount": 1000, "currency": "usd"}).id != made


def test_one_object_has_so_many_updates_an_hour() -> None:
    """1,000 of a payment intent; another one has its own, and an hour later it has them again."""
    with shop("[{use: stripe.live}]") as it:
        one, other = (it.v1.payment_intents.create({"amount": 1000, "currency": "usd"}).id for _ in range(2))
        for _ in range(40):
            it.box.clock.advance("1s")
            assert it.admitted(25, "POST", f"/v1/payment_intents/{one}", {"description": "Tea"}) == (25, set())
        it.box.clock.advance("1s")
        with refused("resource-specific"):
            it.v1.payment_intents.update(one, {"description": "Tea"})
        assert it.v1.payment_intents.update(other, {"description": "Tea"}).id == other
        it.box.clock.advance("1h")

        assert it.v1.payment_intents.update(one, {"description": "Tea"}).description == "Tea"


def test_a_subscription_has_limits_of_its_own() -> None:
    """10 new invoices a minute, 20 a day, 200 quantities an hour; another subscription has its own."""
    generic = "providers: {stripe: {generic: true}}\n"
    invoice = ("POST", "/v1/invoices", {"subscription": "sub_1"})
    quantity = ("POST", "/v1/subscriptions/sub_1", {"items[0][quantity]": "2"})
    with shop("[{use: stripe.live}]", generic) as it:
        minutes = []
        for _ in range(3):
            minutes.append(it.admitted(12, *invoice))
            it.box.clock.advance("1m")
        others = it.admitted(2, "POST", "/v1/invoices", {"subscription": "sub_2"})
        seconds = []
        for _ in range(9):
            it.box.clock.advance("1s")
            seconds.append(it.admitted(25, *quantity))
        without = it.admitted(2, "POST", "/v1/subscriptions/sub_1", {"description": "Tea"})

    specific = {"resource-specific"}
    assert minutes == [(10, specific), (10, specific), (0, specific)]
    assert others == (2, set())
    assert seconds == [(25, set())] * 8 + [(0, specific)]
    assert without == (2, set())  # it names no quantity


def at_once(calls: list[Callable[[], Any]]) -> tuple[list[Any], list[stripe.StripeError]]:
    """Make calls that really overlap, each in a thread; return what came back, and what was raised."""
    gate = threading.Barrier(len(calls))

    def one(call: Callable[[], Any]) -> Any:
        gate.wait()
        try:
            return call()
        except stripe.StripeError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        got = list(pool.map(one, calls))
    return [one for one in got if not isinstance(one, Exception)], [one for one in got if isinstance(one, Exception)]


@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        ("{name: at-once, match: {provider: stripe}, algorithm: concurrency, quota: 3}", "global-concurrency"),
        (
            "{name: each, algorithm: concurrency, quota: 3, partition: [account, operation]}",
            "endpoint-concurrency",
        ),
    ],
    ids=["global", "endpoint"],
)
def test_so_many_at_once(limit: str, reason: str) -> None:
    """Eight real calls overlap, three get in; once they are through, there is room again."""
    with shop(f"[{limit}]", SLOW % "stripe.customers.list") as it:
        clients = [it.sdk().v1 for _ in range(8)]
        good, bad = at_once([client.customers.list for client in clients])
        charges = it.v1.charges.list()
        after = it.v1.customers.list()

    assert (len(good), len(bad)) == (3, 5)
    assert all(isinstance(one, stripe.RateLimitError) for one in bad)
    assert {(one.headers or {}).get(REASON) for one in bad} == {reason}
    assert charges.data == after.data == []


def test_two_writes_to_one_object_collide() -> None:
    """Whoever finds it locked gets `lock_timeout`, without a reason, and is told to retry: the SDK does if it may."""
    with shop("[{use: stripe.locks}]", SLOW % "stripe.payment_intents.update") as it:
        one, other = (it.v1.payment_intents.create({"amount": 1000, "currency": "usd"}).id for _ in range(2))
        clients = [it.sdk().v1.payment_intents for _ in range(3)]
        calls: list[Callable[[], Any]] = [
            lambda: clients[0].update(one, {"metadata": {"a": "1"}}),
            lambda: clients[1].update(one, {"metadata": {"b": "1"}}),
            lambda: clients[2].update(other, {"metadata": {"c": "1"}}),
        ]
        good, bad = at_once(calls)
        patient = [it.sdk(max_network_retries=4).v1.payment_intents for _ in range(2)]
        retried, gave_up = at_once(
            [
                lambda: patient[0].update(one, {"metadata": {"d": "1"}}),
                lambda: patient[1].update(one, {"metadata": {"e": "1"}}),
            ]
        )
        kept = it.v1.payment_intents.retrieve(one).metadata.to_dict()
        locked = [one for one in it.box.exchanges() if one.decided["limit"]]

    assert (len(good), len(bad)) == (2, 1)
    assert isinstance(bad[0], stripe.RateLimitError)
    assert bad[0].error is not None
    assert (bad[0].error.code, REASON in (bad[0].headers or {})) == ("lock_timeout", False)
    assert (bad[0].headers or {})["Stripe-Should-Retry"] == "true"
    assert (len(retried), gave_up) == (2, [])
    assert {"d", "e"} <= set(kept)
    assert len(locked) >= 2


def test_a_lock_is_seen_by_one_client() -> None:
    """The error as the SDK has it."""
    with (
        shop("[{use: stripe.locks}]", "faults: [{name: lock, kind: abort, status: 429, code: lock_timeout}]\n") as it,
        refused(None),
    ):
        it.v1.customers.list()


def test_nothing_is_limited_unless_that_is_asked_for() -> None:
    """Two hundred calls in one moment."""
    with shop("[]") as it:
        assert it.admitted(200, *CUSTOMERS) == (200, set())
