"""What has to be done so that a row of docs/failures.md strikes, where plain traffic doesn't get there.

`STORIES` is by the row's words. A story asserts what only it can see; that rules were applied and limits refused is
asserted for every row alike.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import aiohttp
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from traffic import ONFIDO, STRIPE
from visits import LOGIN, Answer, Visit

from brownout.core.tokens.signing import client_key

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Story = Callable[[Visit], Awaitable[None]]

CARD: Final = {"amount": "900", "currency": "usd", "allowed_payment_method_types[]": "card"}
PAID: Final = {**CARD, "confirm": "true", "payment_method": "pm_card_visa"}
ENDPOINTS: Final = ("customers", "charges", "refunds", "events", "payment_intents")
ORDER: Final = {"amount": {"currency_code": "USD", "value": "25.00"}}
SLOW: Final = "- {kind: latency, target: request, delay: 30ms}"
"""For limits of what is under way: calls last, so that they overlap."""


async def two_minutes(visit: Visit) -> None:
    """Say so, and die."""
    token = await visit.token()
    assert token.body["expires_in"] == 120
    assert await visit.use(token) == 200
    await visit.box.clock.advance("2m")
    assert await visit.use(token) == 401


async def signed(visit: Visit) -> None:
    """An assertion of this moment is refused."""
    key, now = RSAKey.import_key(client_key()), visit.box.clock.now
    url = visit.box.url_of("oauth")
    claims = {"iss": "robot", "sub": "robot", "aud": f"{url}/token", "iat": now, "exp": now + 120, "jti": "j-1"}
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt.encode({"alg": "RS256"}, claims, key),
    }
    answer = await visit.call("POST", "oauth", "/token", data=form)
    assert (answer.status, answer.body["error"]) == (401, "invalid_client")


async def good_once(visit: Visit) -> None:
    """The second use fails, what the first got lives."""
    first = await visit.token()
    second = await visit.refresh(first)
    assert (await visit.refresh(first)).body["error"] == "invalid_grant"
    assert await visit.use(second) == 200


async def costs_all(visit: Visit) -> None:
    """The second use fails, and takes along what the first got."""
    first = await visit.token()
    second = await visit.refresh(first)
    assert await visit.use(second) == 200
    assert (await visit.refresh(first)).body["error"] == "invalid_grant"
    assert await visit.use(second) == 401


async def grace(visit: Visit) -> None:
    """The second use returns what the line says; after ten seconds nothing."""
    first = await visit.token()
    tokens = [first, await visit.refresh(first), await visit.refresh(first)]
    old, new, again = (one.body["refresh_token"] for one in tokens)
    returns = visit.plan.oauth["grace_returns"]
    assert again == {"old": old, "same": new}.get(str(returns), again)
    assert (again not in (old, new)) == (returns == "new")
    await visit.box.clock.advance("11s")
    assert (await visit.refresh(first)).status == 400


async def unspent(visit: Visit) -> None:
    """The client has got nothing, and its refresh token is as good as before."""
    assert (await visit.refresh(await visit.token())).status >= 500
    assert [one.state for one in visit.box.tokens(kind="refresh")] == ["valid"]


async def spent(visit: Visit) -> None:
    """The client has got nothing, and its refresh token is spent: the new one is one that nobody has."""
    token = await visit.token()
    with suppress(aiohttp.ClientError):
        assert (await visit.refresh(token)).status >= 500
    assert [one.state for one in visit.box.tokens(kind="refresh")] == ["spent", "valid"]


async def at_once(visit: Visit) -> None:
    """One of the two is refused, and neither has anything that works."""
    first = await visit.token()
    both = await asyncio.gather(visit.refresh(first), visit.refresh(first))
    assert sorted(one.status for one in both) == [200, 400]
    assert await visit.use(next(one for one in both if one.status == 200)) == 401


async def a_day(visit: Visit) -> None:
    """And no longer, used or not."""
    token = await visit.token()
    await visit.box.clock.advance("24h")
    assert (await visit.refresh(token)).body["error"] == "invalid_grant"


async def an_hour(visit: Visit) -> None:
    """Each use begins it anew."""
    token = await visit.token()
    for _ in range(3):
        await visit.box.clock.advance("50m")
        token = Answer(200, {}, {**token.body, **(await visit.refresh(token)).body})
    await visit.box.clock.advance("61m")
    assert (await visit.refresh(token)).body["error"] == "invalid_grant"


async def ninety_days(visit: Visit) -> None:
    """However often it was renewed."""
    token = await visit.token()
    for _ in range(8):
        await visit.box.clock.advance("10d")
        token = Answer(200, {}, {**token.body, **(await visit.refresh(token)).body})
    await visit.box.clock.advance("10d")
    assert (await visit.refresh(token)).body["error"] == "invalid_grant"


async def crowd(visit: Visit) -> None:
    """Look at one payment six times at once: two are let in."""
    made = await visit.stripe("/v1/payment_intents", CARD)
    path = f"/v1/payment_intents/{made.body['id']}"
    most = int(visit.plan.limits[0].capacity * (0.5 if visit.plan.limits[0].shares else 1))
    answers = await asyncio.gather(*(visit.stripe(path) for _ in range(6)))
    assert Counter(one.status < 400 for one in answers) == {True: most, False: 6 - most}


async def writes_first(visit: Visit) -> None:
    """Reads are refused, and a payment goes through."""
    answers = [await visit.stripe("/v1/balance") for _ in range(6)]
    assert [one.status for one in answers] == [200] * 5 + [503]
    assert (await visit.stripe("/v1/payment_intents", PAID)).status == 200


async def several(visit: Visit) -> None:
    """Two at once, eight in a burst, ten a day: each refuses in its turn, and takes nothing from the others."""
    at_once = await asyncio.gather(*(visit.stripe("/v1/balance") for _ in range(4)))
    burst = [await visit.stripe("/v1/balance") for _ in range(8)]
    await visit.box.clock.advance("10s")
    daily = [await visit.stripe("/v1/balance") for _ in range(4)]
    passed = [sum(one.status == 200 for one in answers) for answers in (at_once, burst, daily)]
    assert passed == [2, 6, 2]


async def per_item(visit: Visit) -> None:
    """Two orders of three items are more than five."""
    body = {"intent": "CAPTURE", "purchase_units": [{**ORDER, "reference_id": str(number)} for number in range(3)]}
    grant = {"grant_type": "client_credentials"}
    token = await visit.call("POST", "paypal", "/v1/oauth2/token", headers=LOGIN, data=grant)
    bearer = {"Authorization": f"Bearer {token.body['access_token']}"}
    orders = [
        await visit.call("POST", "paypal", "/v2/checkout/orders", headers=bearer, json=body) for _ in range(2)
    ]  # fmt: skip
    assert [one.status for one in orders] == [201, 429]


async def penalty(visit: Visit) -> None:
    """The window is over after a second, the penalty isn't; whoever comes early waits anew, where the line says so."""
    anew = visit.plan.limits[0].penalty
    assert anew is not None
    first = [(await visit.stripe("/v1/balance")).status for _ in range(6)]
    later = []
    for _ in range(2):
        await visit.box.clock.advance("4m")
        later.append((await visit.stripe("/v1/balance")).status)
    assert first == [200] * 5 + [429]
    assert later == [429, 429 if anew.extend else 200]


async def one_customer(visit: Visit) -> None:
    """Two payments of one customer, then no more; another's go on."""
    names = [(await visit.stripe("/v1/customers", {"name": name})).body["id"] for name in ("Ada", "Grace")]
    made = [names[0], names[0], names[0], names[1]]
    answers = [await visit.stripe("/v1/payment_intents", CARD | {"customer": name}) for name in made]
    assert [one.status for one in answers] == [200, 200, 429, 200]


async def wrong(visit: Visit) -> None:
    """Wrong credentials count, good ones don't, until nobody is let in."""
    bad = {"Authorization": "Bearer sk_live_shop"}
    good = [(await visit.stripe("/v1/balance")).status for _ in range(3)]
    refused = [(await visit.call("GET", "stripe", "/v1/balance", headers=bad)).status for _ in range(2)]
    assert (good, refused) == ([200] * 3, [401] * 2)
    assert (await visit.stripe("/v1/balance")).status == 429


async def stripes_own(visit: Visit) -> None:
    """As many calls as there can be a second, of each kind that counts apart, and updates of one object for an hour."""
    made = await visit.stripe("/v1/payment_intents", CARD)
    path = f"/v1/payment_intents/{made.body['id']}"
    await asyncio.gather(*(visit.stripe(f"/v1/{one}") for one in ENDPOINTS for _ in range(30)))
    for second in range(41):
        await visit.box.clock.advance("1s")
        await asyncio.gather(*(visit.stripe(path, {"metadata[n]": str(second)}) for _ in range(25)))
    bill = {"subscription": "sub_1"}
    quantity = {"items[0][quantity]": "2"}
    for path, form, seconds in (
        ("/v1/balance", None, 1),
        ("/v1/customers/search?query=name:'Ada'", None, 1),
        ("/v1/files", None, 1),
        ("/v1/files", {}, 1),
        ("/v1/payouts", {}, 1),
        ("/v1/invoices", bill, 1),
        ("/v1/subscriptions/sub_1", quantity, 9),
    ):
        for _ in range(seconds):
            await visit.box.clock.advance("1s")
            await asyncio.gather(*(visit.stripe(path, form) for _ in range(25)))
    for _ in range(2):
        await visit.box.clock.advance("1m")
        await asyncio.gather(*(visit.stripe("/v1/invoices", bill) for _ in range(11)))


async def locked(visit: Visit) -> None:
    """Two write to one payment at once; a third reads it."""
    made = await visit.stripe("/v1/payment_intents", CARD)
    path = f"/v1/payment_intents/{made.body['id']}"
    answers = await asyncio.gather(visit.stripe(path, CARD), visit.stripe(path, CARD), visit.stripe(path))
    assert sorted(one.status for one in answers) == [200, 200, 429]


async def too_many(visit: Visit) -> None:
    """A few hundred calls in one moment."""
    onfido = {limit.documented for limit in visit.plan.limits} == {"onfido.live"}
    for _ in range(17):
        if onfido:
            calls = [visit.call("GET", "onfido", "/v3.6/ping", headers=ONFIDO) for _ in range(25)]
        else:
            form = {"grant_type": "client_credentials"}
            calls = [visit.call("POST", "paypal", "/v1/oauth2/token", headers=LOGIN, data=form) for _ in range(25)]
        await asyncio.gather(*calls)
        if not visit.idle:
            break


async def closed(visit: Visit) -> None:
    """The system itself refuses, and later doesn't."""
    own = await visit.box.listen("stripe")
    async with aiohttp.ClientSession() as http:
        await asyncio.sleep(0.05)
        with pytest.raises(aiohttp.ClientConnectorError):
            await http.get(f"{own}/v1/balance", headers=STRIPE)
        await visit.box.clock.advance("10s")
        async with http.get(f"{own}/v1/balance", headers=STRIPE) as answer:
            assert answer.status == 200


async def thrown_out(visit: Visit) -> None:
    """Connected, and reset."""
    own = await visit.box.listen("stripe")
    async with aiohttp.ClientSession() as http:
        with pytest.raises((aiohttp.ClientOSError, aiohttp.ServerDisconnectedError)):
            await http.get(f"{own}/v1/balance", headers=STRIPE)


async def old_account(visit: Visit) -> None:
    """Payments have a list of charges, as they had then."""
    made = await visit.stripe("/v1/payment_intents", PAID)
    assert "charges" in made.body


async def retired(visit: Visit) -> None:
    """The client's tests pass, and Stripe will refuse it."""
    old = {name.removeprefix("allowed_"): value for name, value in PAID.items()}
    made = await visit.stripe("/v1/payment_intents", old)
    assert (made.status, made.body["payment_method_types"]) == (200, ["card"])


async def old_hooks(visit: Visit) -> None:
    """The answer has no list of charges, the endpoint's event has."""
    made = await visit.stripe("/v1/payment_intents", PAID)
    await visit.box.clock.advance("1m")
    event = next(one for one in visit.posted if one["type"] == "payment_intent.succeeded")
    assert "charges" not in made.body
    assert event["data"]["object"]["charges"]["data"][0]["id"] == made.body["latest_charge"]


async def region(visit: Visit) -> None:
    """Whoever calls the other Host goes on."""
    hosts = ("eu.bank.example", "us.bank.example")
    answers = [await visit.call("GET", "stripe", "/v1/balance", headers=STRIPE | {"Host": host}) for host in hosts]
    assert [one.status for one in answers] == [503, 200]


async def no_tokens(visit: Visit) -> None:
    """Who has none yet gets none; who needs none can look."""
    assert (await visit.token()).status == 503
    assert (await visit.stripe("/v1/balance")).status == 200


async def dead_early(visit: Visit) -> None:
    """Two minutes before the end that its answer told."""
    token = await visit.token()
    await visit.box.clock.advance(token.body["expires_in"] - 119)
    assert await visit.use(token) == 401


async def not_yet(visit: Visit) -> None:
    """And it is two minutes later."""
    token = await visit.token()
    assert await visit.use(token) == 401
    await visit.box.clock.advance("2m")
    assert await visit.use(token) == 200


STORIES: Final[dict[str, Story]] = {
    "access tokens that live two minutes, and say so": two_minutes,
    "an API whose clock is ahead of the token endpoint's: tokens are dead two minutes early": dead_early,
    "an API whose clock is behind: a new token isn't valid yet": not_yet,
    "a signed request outside of its window: signed too long ago": signed,
    "a signed request outside of its window: signed in the future": signed,
    "a refresh answered 503, before the refresh token was spent": unspent,
    "a refresh answered 503, after it was spent": spent,
    "a refresh answered with a web page, before the refresh token was spent": unspent,
    "a refresh answered with a web page, after it was spent": spent,
    "a refresh whose answer is lost altogether, after it was spent": spent,
    "rotation: a refresh token is good once": good_once,
    "reuse detection: a second use costs every token of the grant": costs_all,
    "a grace period: the second use within ten seconds returns a new token": grace,
    "a grace period that returns what the first use did": grace,
    "a grace period that returns the old refresh token": grace,
    "two refreshes at once: the slower one meets a spent token, and takes the faster one's along": at_once,
    "refresh tokens that live a day from when they were issued": a_day,
    "refresh tokens that die when they aren't used for an hour": an_hour,
    "a grant that ends after 90 days, however often it is renewed": ninety_days,
    "so many requests at once": crowd,
    "one request at once for each object": crowd,
    "a cost for each item in the request": per_item,
    "a penalty: whoever went over is refused everything for five minutes": penalty,
    "a penalty that each early retry begins anew": penalty,
    "overload, where reads are refused before writes": writes_first,
    "overload by requests at once, where reads are refused before writes": crowd,
    "several limits at once": several,
    "Stripe's documented limits, live": stripes_own,
    "Stripe's documented limits, sandbox": stripes_own,
    "one write at once to each of Stripe's objects": locked,
    "PayPal's documented limit": too_many,
    "Onfido's documented limit": too_many,
    "a limit by bank connection, customer, or whatever the request names": one_customer,
    "a limit that counts failures, such as wrong credentials": wrong,
    "a connection that is refused for five seconds each minute, on a [port of the provider's own](faults.md#connect)":
        closed,
    "a connection that is reset before its request is read, on such a port": thrown_out,
    "an account that is pinned to an old version": old_account,
    "a key that is pinned to another version than its account": old_account,
    "a parameter that the newest version refuses, taken all the same": retired,
    "webhooks that are pinned to another version than the answers": old_hooks,
    "one region down, which clients call by another Host": region,
    "read-only mode that gives no tokens either": no_tokens,
}  # fmt: skip
