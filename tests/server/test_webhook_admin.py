"""Admin calls about webhooks: the log, sending again, rolled secrets, and listeners; asked over the wire."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web

from brownout.core.hooks import ANSWER_KEPT_BYTES
from brownout.core.plan import Plan
from brownout.providers.stripe import StripeOptions, WebhookOptions
from brownout.server.admin import webhooks
from brownout.server.listeners import LISTENERS_MOST
from brownout.testing import Simulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from brownout.testing import AsyncSandbox

CREATED = "customer.created"


class Shop:
    """A shop whose webhooks answer with `answers` first and then with 200, and the admin API that it asks."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http
        self.box: AsyncSandbox
        self.got: list[tuple[str, bytes]] = []
        self.answers: list[int] = []

    async def hear(self, request: web.Request) -> web.Response:
        """Take a webhook."""
        self.got.append((request.headers["Stripe-Signature"], await request.read()))
        return web.Response(status=self.answers.pop(0) if self.answers else 200, text="é" * ANSWER_KEPT_BYTES)

    async def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Ask the admin API."""
        async with self._http.request(method, f"{self.box.url}/_brownout{path}", json=body) as answer:
            return answer.status, await answer.json()

    async def make(self, path: str = "customers", form: str = "", method: str = "POST", key: str = "shop") -> Any:
        """Call Stripe, and return once what that caused is delivered."""
        url = f"{self.box.url_of('stripe')}/v1/{path}"
        headers = {"Authorization": f"Bearer sk_test_{key}", "Content-Type": "application/x-www-form-urlencoded"}
        async with self._http.request(method, url, data=form.encode(), headers=headers) as answer:
            made = await answer.json()
        await self.box.settle()
        return made

    async def deliveries(self, query: str = "") -> list[dict[str, Any]]:
        """Return the log."""
        status, found = await self("GET", f"/deliveries?{query}")
        assert status == 200, found
        return found["deliveries"]  # type: ignore[no-any-return]


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    """A sandbox with two configured endpoints: one for everything, one for products."""
    async with aiohttp.ClientSession() as http:
        made = Shop(http)
        app = web.Application()
        app.router.add_post("/hook", made.hear)
        runner = web.AppRunner(app, handle_signals=False)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
        hooks = (WebhookOptions(url=url, secret="whsec_own"), WebhookOptions(url=url, events=("product.created",)))
        async with Simulator(Plan(providers={"stripe": StripeOptions(webhooks=hooks)})) as made.box:
            yield made
        await runner.cleanup()


def said(answer: tuple[int, Any]) -> tuple[int, str]:
    """Return the status of a refusal and what it says."""
    return answer[0], str(answer[1]["brownout"]["error"])


# ---------------------------------------------------------------- the log
async def test_the_log_is_filtered(shop: Shop) -> None:
    """By event, endpoint, state, type, account and provider; `limit` keeps the newest."""
    shop.answers = [500]
    await shop.make()
    await shop.make("products", "name=Tea")
    await shop.make(key="other")

    everything = await shop.deliveries()
    first = everything[0]

    assert [(one["type"], one["endpoint"]) for one in everything] == [
        (CREATED, "we_configured_1"),
        ("product.created", "we_configured_1"),
        ("product.created", "we_configured_2"),
        (CREATED, "we_configured_1"),
    ]
    assert await shop.deliveries(f"event={first['event']}") == [first]
    assert await shop.deliveries("state=pending") == [first]
    assert await shop.deliveries("endpoint=we_configured_2") == [everything[2]]
    assert await shop.deliveries(f"type={CREATED}&account={first['account']}") == [first]
    assert await shop.deliveries("provider=paypal") == []
    assert await shop.deliveries("limit=2") == everything[2:]
    assert await shop.deliveries("limit=0") == []
    assert (await shop("GET", "/webhooks"))[1]["webhooks"] == everything


async def test_one_delivery_shows_what_was_sent_and_answered(shop: Shop) -> None:
    """Every try with its headers, its status, how long it took, and the first kilobyte of the answer."""
    shop.answers = [503]
    await shop.make()
    await shop.box.clock.advance("1m")

    (delivery,) = await shop.deliveries()
    status, whole = await shop("GET", f"/deliveries/{delivery['id']}")

    assert (status, whole["state"]) == (200, "delivered")
    assert [one["status"] for one in whole["attempts"]] == [503, 200]
    assert [one["sent"]["Stripe-Signature"] for one in whole["attempts"]] == [signature for signature, _ in shop.got]
    assert [len(one["answer"].encode()) for one in whole["attempts"]] == [ANSWER_KEPT_BYTES] * 2
    assert all(one["seconds"] >= 0 for one in whole["attempts"])
    assert "sent" not in delivery["attempts"][0]


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("stat=failed", "did you mean 'state'"),
        ("state=faild", "did you mean 'failed'"),
        ("limit=-1", "limit must be a whole number"),
        (f"limit={'9' * 5000}", "limit must be a whole number"),
    ],
)
async def test_a_wrong_filter_says_what_there_is(shop: Shop, query: str, hint: str) -> None:
    """400, and nothing is listed."""
    status, error = said(await shop("GET", f"/deliveries?{query}"))

    assert status == 400
    assert hint in error


# ---------------------------------------------------------------- sending again
async def test_an_event_is_sent_again_to_all_its_endpoints_or_to_one(shop: Shop) -> None:
    """Also when it was delivered: the same event and body, signed anew."""
    await shop.make("products", "name=Tea")
    event = json.loads(shop.got[0][1])["id"]

    status, all_of_it = await shop("POST", "/resend", {"event": event})
    _, one = await shop("POST", "/resend", {"event": event, "endpoint": "we_configured_2"})

    assert status == 200
    assert [len(each["attempts"]) for each in all_of_it["deliveries"]] == [2, 2]
    assert [(each["endpoint"], len(each["attempts"])) for each in one["deliveries"]] == [("we_configured_2", 3)]
    assert len(shop.got) == 5
    assert len({body for _, body in shop.got}) == 1
    assert {each["state"] for each in await shop.deliveries()} == {"delivered"}


async def test_what_was_given_up_can_be_sent_again(shop: Shop) -> None:
    """By its delivery; once it is heard, the event has reached everybody."""
    shop.answers = [500] * 20
    await shop.make()
    await shop.box.clock.advance("4d")
    shop.answers.clear()
    (failed,) = await shop.deliveries("state=failed")
    pending = (await shop.make(f"events/{failed['event']}", method="GET"))["pending_webhooks"]

    _, again = await shop("POST", f"/deliveries/{failed['id']}/resend")

    assert (again["state"], len(again["attempts"])) == ("delivered", len(failed["attempts"]) + 1)
    assert (pending, (await shop.make(f"events/{failed['event']}", method="GET"))["pending_webhooks"]) == (1, 0)


async def test_sending_again_says_what_it_cannot_find(shop: Shop) -> None:
    """An event that nobody has, an endpoint that never had it, a delivery that there isn't."""
    await shop.make()
    event = json.loads(shop.got[0][1])["id"]

    assert said(await shop("POST", "/resend", {})) == (
        400, 'say which event: {"event": "evt_…"}, and an "endpoint" if only one is to get it',
    )  # fmt: skip
    assert said(await shop("POST", "/resend", {"event": "evt_1"}))[0] == 404
    status, error = said(await shop("POST", "/resend", {"event": event, "endpoint": "we_configured_2"}))
    assert (status, "did you mean 'we_configured_1'" in error) == (404, True)
    assert said(await shop("POST", "/resend", {"evnt": event})) == (
        400,
        "resend: unknown 'evnt'; did you mean 'event'?",
    )
    assert said(await shop("POST", "/deliveries/whd_1/resend"))[0] == 404
    assert said(await shop("GET", "/deliveries/whd_1"))[0] == 404
    assert len(shop.got) == 1


# ---------------------------------------------------------------- secrets
async def test_a_rolled_secret_is_told_once_and_signs_first(shop: Shop) -> None:
    """Two signatures for as long as the old secret is good, then one."""
    status, rolled = await shop("POST", "/webhook-secrets/roll", {"endpoint": "we_configured_1", "expires_after": "1h"})
    await shop.make()
    await shop.box.clock.advance("2h")
    await shop.make()

    assert (status, rolled["endpoint"], rolled["expires_after"]) == (200, "we_configured_1", 3600.0)
    assert rolled["secret"].startswith("whsec_")
    assert shop.box.webhook_secret("stripe") == rolled["secret"]
    assert [signature.count("v1=") for signature, _ in shop.got] == [2, 1]


@pytest.mark.parametrize(
    ("body", "status", "hint"),
    [
        ({}, 400, "say which endpoint"),
        ({"endpoint": "we_configured_3"}, 404, "no webhook endpoint 'we_configured_3' of Stripe"),
        ({"endpoint": "we_configured_1", "expires_after": "25h"}, 400, "stays good for 0 to 24h"),
        ({"endpoint": "we_configured_1", "expires_after": "soon"}, 400, "expires_after: "),
        ({"endpoint": "we_configured_1", "account": 1}, 400, "account must be a text"),
        ({"endpoint": "we_configured_1", "expire_after": 1}, 400, "did you mean 'expires_after'"),
        ({"endpoint": "1", "provider": "paypal"}, 400, "PayPal has no signing secrets that could be rolled"),
        ({"endpoint": "1", "provider": "onfido"}, 400, "Onfido has no signing secrets that could be rolled"),
        ({"endpoint": "1", "provider": "strip"}, 400, "did you mean 'stripe'"),
    ],
)
async def test_a_roll_that_cannot_be_is_refused(shop: Shop, body: dict[str, Any], status: int, hint: str) -> None:
    """And the secret stays."""
    refused, error = said(await shop("POST", "/webhook-secrets/roll", body))

    assert refused == status
    assert hint in error
    assert shop.box.webhook_secret("stripe") == "whsec_own"


# ---------------------------------------------------------------- listeners
async def handed(shop: Shop, listener: str) -> list[dict[str, Any]]:
    """Return what has arrived for a listener."""
    status, found = await shop("GET", f"/listeners/{listener}?wait=1s")
    assert status == 200, found
    return found["deliveries"]  # type: ignore[no-any-return]


async def test_a_listener_is_handed_what_it_wants_and_answers_it(shop: Shop) -> None:
    """What it says of a try is what the log has, and what the ladder follows."""
    status, listener = await shop("POST", "/listeners", {"events": ["customer.*"]})
    assert (status, listener["events"], listener["secret"]) == (201, ["customer.*"], "whsec_own")
    making = asyncio.create_task(shop.make())

    (one,) = await handed(shop, listener["id"])
    said_so = {"number": one["number"], "status": 500, "seconds": 0.25, "answer": "no"}
    taken = (await shop("POST", f"/listeners/{listener['id']}/answer", said_so))[1]["taken"]
    late = (await shop("POST", f"/listeners/{listener['id']}/answer", said_so))[1]["taken"]
    await making

    assert (taken, late) == (True, False)
    assert json.loads(base64.b64decode(one["body"]))["type"] == one["type"] == CREATED
    (delivery,) = await shop.deliveries(f"endpoint={listener['id']}")
    whole = (await shop("GET", f"/deliveries/{delivery['id']}"))[1]["attempts"][0]
    assert (delivery["state"], whole["status"], whole["seconds"], whole["answer"]) == ("pending", 500, 0.25, "no")


async def test_a_listener_that_leaves_leaves_nothing(shop: Shop) -> None:
    """What was with it has failed and isn't tried again; what happens afterwards isn't its affair."""
    listener = (await shop("POST", "/listeners"))[1]["id"]
    making = asyncio.create_task(shop.make())
    await handed(shop, listener)

    assert (await shop("DELETE", f"/listeners/{listener}")) == (200, {"deleted": listener})
    await making
    await shop.make()
    await shop.box.clock.advance("1h")

    (delivery,) = await shop.deliveries(f"endpoint={listener}")
    assert (delivery["state"], delivery["attempts"][0]["error"]) == ("cancelled", "the listener went away")
    assert said(await shop("GET", f"/listeners/{listener}"))[0] == 404


@pytest.mark.slow
async def test_a_listener_that_asks_no_more_is_forgotten(shop: Shop) -> None:
    """After its time to live, by itself: its program may be dead."""
    listener = (await shop("POST", "/listeners", {"ttl": "1s"}))[1]["id"]
    async with asyncio.timeout(10):
        while shop.box._world.hooks.guests:  # noqa: SLF001, ASYNC110 - asking over the wire would renew it
            await asyncio.sleep(0.01)

    await shop.make()

    assert await shop.deliveries(f"endpoint={listener}") == []


async def test_a_sandbox_that_begins_again_has_no_listeners(shop: Shop) -> None:
    """They are told so when they ask."""
    listener = (await shop("POST", "/listeners"))[1]["id"]
    await shop("POST", "/reset")

    status, error = said(await shop("GET", f"/listeners/{listener}"))

    assert status == 404
    assert "nobody listens" in error
    assert "it began again" in error


async def test_a_sandbox_has_so_many_listeners_and_no_more(shop: Shop) -> None:
    """Programs that die in a loop leave a bounded mess."""
    for _ in range(LISTENERS_MOST):
        assert (await shop("POST", "/listeners"))[0] == 201

    status, error = said(await shop("POST", "/listeners"))

    assert status == 400
    assert f"{LISTENERS_MOST} listen to sandbox" in error


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        ({"provder": "stripe"}, "did you mean 'provider'"),
        ({"provider": "strip"}, "did you mean 'stripe'"),
        ({"provider": "oauth"}, "oauth sends no webhooks"),
        ({"events": []}, "events must be a list"),
        ({"events": "charge.*"}, "events must be a list"),
        ({"events": ["charge.suceeded"]}, "did you mean 'charge.succeeded'"),
        ({"version": 3}, "version must be a text"),
        ({"version": "new"}, "can't be a version of Stripe's"),
        ({"secret": "é"}, "secret must be a text"),
        ({"ttl": "0.5s"}, f"ttl must be from {webhooks.TTL_LEAST_SECONDS:g} to {webhooks.TTL_MOST_SECONDS:g}"),
        ({"ttl": "soon"}, "ttl: "),
    ],
)
async def test_a_listener_that_cannot_be_is_refused(shop: Shop, body: dict[str, Any], hint: str) -> None:
    """400, and nobody listens."""
    status, error = said(await shop("POST", "/listeners", body))

    assert status == 400
    assert hint in error
    assert not shop.box._world.hooks.guests  # noqa: SLF001 - there is no list of them


@pytest.mark.parametrize(
    ("path", "body", "hint"),
    [
        ("/answer", {"number": "1"}, "number and status must be integers"),
        ("/answer", {"number": 1, "status": "200"}, "number and status must be integers"),
        ("/answer", {"number": 1, "answer": 1}, "answer must be a text"),
        ("/answer", {"number": 1, "stat": 1}, "did you mean 'status'"),
        ("?wait=1m", None, "wait must be at most the listener's ttl, 15s"),
    ],
)
async def test_a_listener_is_told_what_it_got_wrong(shop: Shop, path: str, body: Any, hint: str) -> None:
    """400, and it goes on listening."""
    listener = (await shop("POST", "/listeners"))[1]["id"]

    status, error = said(await shop("GET" if body is None else "POST", f"/listeners/{listener}{path}", body))

    assert status == 400
    assert hint in error
    assert (await shop("GET", f"/listeners/{listener}"))[0] == 200
