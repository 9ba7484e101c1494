"""A shop that hears of its payments by webhook: what it believes, what it passes over, and what it misses."""

from __future__ import annotations

import http.client
import json
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from brownout_clients.hearing import HEARD, NOT_OURS, NOT_YET, signed
from brownout_clients.inbox import SHUT_SECONDS, SHUT_SHARE, UNAVAILABLE, Door, LoopbackInbox
from brownout_clients.journeys import JOURNEYS
from brownout_clients.naive import Naive
from brownout_clients.protocols import Failure, Lost, Response
from brownout_clients.resilient import HEARD_MOST_SECONDS, TRIES_MOST, Resilient
from made_up_shop import INTENT, STRIPE, Clock, Provider, no, ok, shop

from brownout.providers.stripe.deliveries import signature

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LOOKED_UP = INTENT | {"metadata": {"order_id": "order-1"}}
SECRET = "whsec_a"
ENDPOINT = ok({"id": "we_1", "secret": SECRET})


class Posts:
    """An inbox into which tests put what they like."""

    def open(self, name: str, hear: Callable[[Mapping[str, str], bytes], int]) -> str:
        """Keep who listens."""
        self.hear = hear
        return f"http://127.0.0.1:9/{name}"

    def post(self, event: Any, *, secret: str = SECRET) -> int:
        """Deliver an event as Stripe does."""
        body = json.dumps(event).encode()
        return self.hear({"Stripe-Signature": signature(body, (secret,), 1_795_000_000)}, body)


def _event(name: str = "evt_1", kind: str = "payment_intent.succeeded", order: str = "order-1") -> dict[str, Any]:
    return {"id": name, "type": kind, "data": {"object": INTENT | {"metadata": {"order_id": order}}}}


def _listening(kind: type, *answers: Response | Exception) -> tuple[Any, Provider, Posts]:
    client, provider, _ = shop(kind, *answers)
    posts = Posts()
    client.around = client.around._replace(inbox=posts)
    return client, provider, posts


def test_naive_counts_each_webhook() -> None:
    """Told twice, the order has paid twice."""
    client, _, posts = _listening(Naive, ENDPOINT)
    client.subscribe()
    posts.post(_event())
    posts.post(_event(), secret="whsec_somebody_else")

    assert client.news(STRIPE, None).amount_minor == 2 * 1999


def test_resilient_counts_each_event_once_and_only_stripes() -> None:
    """A repeat is thanked for and passed over, a forgery refused; what comes in another order doesn't matter."""
    client, _, posts = _listening(Resilient, ENDPOINT, ok(LOOKED_UP))
    client.subscribe()

    assert posts.post(_event(), secret="whsec_somebody_else") == NOT_OURS
    assert posts.post(_event("evt_0", "payment_intent.payment_failed")) == HEARD
    assert [posts.post(_event()) for _ in range(3)] == [HEARD] * 3
    assert len(client.hearing.told["order-1"]) == 1
    assert client.news(STRIPE, None).amount_minor == 1999


@pytest.mark.parametrize("kind", [Naive, Resilient])
def test_a_shop_registers_once(kind: type) -> None:
    """However many orders it has."""
    client, provider, _ = _listening(kind, ENDPOINT)

    for _ in range(3):
        client.subscribe()

    assert len(provider.sent) == 1


def test_a_lost_registration_is_repeated_with_its_key() -> None:
    """So there is one endpoint; the naive client, which has no keys, makes another."""
    resilient, sent, _ = _listening(Resilient, Lost("reset"), ENDPOINT)
    naive, other, _ = _listening(Naive, Lost("reset"), ENDPOINT)

    resilient.subscribe()
    with pytest.raises(Failure):
        naive.subscribe()
    naive.subscribe()

    assert {headers["Idempotency-Key"] for _, headers, _ in sent.sent} == {"endpoint-http://127.0.0.1:9/stripe"}
    assert ["Idempotency-Key" in headers for _, headers, _ in other.sent] == [False, False]


def test_news_before_the_secret_is_asked_for_again() -> None:
    """What can't be checked yet is neither believed nor lost."""
    client, _, posts = _listening(Resilient, Lost("reset"), ENDPOINT)
    statuses = []
    client.around.clock.sleep = lambda _: statuses.append(posts.post(_event()))
    client.subscribe()

    assert statuses == [NOT_YET]
    assert "order-1" not in client.hearing.told


def test_what_nobody_tells_is_looked_up() -> None:
    """The resilient client looks at the payment; the naive one takes silence for a failure."""
    resilient, provider, _ = _listening(Resilient, ENDPOINT, ok(INTENT), ok(LOOKED_UP))
    naive, _, _ = _listening(Naive, ENDPOINT, ok(INTENT))

    known = JOURNEYS["webhooks"](resilient, STRIPE, resilient.around.clock)
    silent = JOURNEYS["webhooks"](naive, STRIPE, naive.around.clock)

    assert (known.outcome, known.amount_minor) == ("ok", 1999)
    assert known.seen_at is not None
    assert known.seen_at >= HEARD_MOST_SECONDS
    assert provider.sent[-1][0].endswith("/payment_intents/pi_1")
    assert (silent.outcome, silent.error) == ("fail", "transport")


def test_without_an_id_the_list_tells() -> None:
    """The answer to the payment was lost for good: it is found by its order, or for certain isn't there."""
    lost = [Lost("reset")] * (2 * TRIES_MOST)
    there, _, _ = _listening(Resilient, ENDPOINT, *lost, ok({"data": [LOOKED_UP], "has_more": False}))
    gone, _, _ = _listening(Resilient, ENDPOINT, *lost, ok({"data": [], "has_more": False}))

    assert JOURNEYS["webhooks"](there, STRIPE, there.around.clock).outcome == "ok"
    assert JOURNEYS["webhooks"](gone, STRIPE, gone.around.clock).outcome == "fail"


def test_a_declined_payment_is_not_waited_for() -> None:
    """Nothing was charged, so nothing will be told."""
    client, provider, _ = _listening(Resilient, ENDPOINT, no(402))

    assert JOURNEYS["webhooks"](client, STRIPE, client.around.clock).outcome == "fail"
    assert len(provider.sent) == 2


def test_nowhere_to_listen_is_said() -> None:
    """A drill gives an inbox; whoever plays a client without one is told."""
    client, _, _ = shop(Resilient)

    with pytest.raises(Failure, match="there is no inbox"):
        client.subscribe()


@pytest.mark.parametrize("header", ["", "t=1", "v1=", "t=1,v1=00", "nonsense", "t=1,v1=ü"])
def test_what_is_no_signature_signs_nothing(header: str) -> None:
    """Whatever somebody sends."""
    assert not signed(header, b"{}", SECRET)


def test_the_door_is_shut_to_one_order_in_ten_for_half_a_minute() -> None:
    """The seed says to which; each try in that time is refused, a later one is let in."""
    clock = Clock()
    shut = {name for number in range(1000) if Door(Posts(), clock, 7).shut(_body(name := f"order-{number:04d}"))}
    door = Door(Posts(), clock, 7)
    first = min(shut)

    assert 0.7 * SHUT_SHARE < len(shut) / 1000 < 1.3 * SHUT_SHARE
    assert [door.shut(_body(first)), door.shut(_body(first))] == [True, True]
    clock.at += SHUT_SECONDS
    assert not door.shut(_body(first))
    assert not door.shut(b"no order at all")


def test_what_meets_the_shut_door_is_never_heard() -> None:
    """It is answered 503, and the client knows nothing of it."""
    posts, heard = Posts(), []
    door = Door(posts, Clock(), 7)
    door.open("stripe", lambda _, body: heard.append(body) or HEARD)
    shut = next(name for number in range(1000) if door.shut(_body(name := f"order-{number:04d}")))

    assert posts.hear({}, _body(shut)) == UNAVAILABLE
    assert heard == []


def _body(order: str) -> bytes:
    return json.dumps(_event(order=order)).encode()


def test_an_inbox_hears_what_is_posted_to_it() -> None:
    """Headers in any case and the raw body arrive; what a receiver raises is 500, another path 404."""
    heard: list[tuple[str, bytes]] = []

    def hear(headers: Mapping[str, str], body: bytes) -> int:
        if not body:
            raise ValueError("a receiver's own mistake")
        heard.append((headers["stripe-SIGNATURE"], body))
        return HEARD

    inbox = LoopbackInbox()
    where = urlsplit(inbox.open("stripe", hear))
    try:
        statuses = [
            _posted(where.netloc, path, body) for path, body in (("/stripe", b"{}"), ("/stripe", b""), ("/", b""))
        ]
    finally:
        inbox.close()

    assert statuses == [200, 500, 404]
    assert heard == [("t=1", b"{}")]


def _posted(netloc: str, path: str, body: bytes) -> int:
    """Return what is answered to a POST from a thread of the system: gevent serves while this one waits."""
    import gevent  # noqa: PLC0415 - the inbox is served by gevent's loop

    def post() -> int:
        with closing(http.client.HTTPConnection(netloc, timeout=5)) as connection:
            connection.request("POST", path, body, {"Stripe-Signature": "t=1"})
            with connection.getresponse() as answer:
                answer.read()
                return answer.status

    return int(gevent.get_hub().threadpool.apply(post))
