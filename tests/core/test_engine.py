"""The way of a request: order of steps, overlap, identities, faults per stage."""

from __future__ import annotations

import orjson
import pytest
from toy import KEY, REGISTRIES, ToyOptions

from brownout.core.effects import Delay, Reply
from brownout.core.exchange import Request
from brownout.core.limits import Limit
from brownout.core.match import Match
from brownout.core.plan import Plan
from brownout.core.rules import Count, Rule
from brownout.faults.abort import Abort
from brownout.faults.latency import Latency
from brownout.testing.transport import EngineTransport, Sent

CREATE = "toy.payments.create"
PAY = b'{"amount":100,"order":"o-1"}'


def engine(*rules: Rule, **plan: object) -> EngineTransport:
    """Return a transport whose world runs on `rules`."""
    return EngineTransport(Plan(rules=rules, **plan), registries=REGISTRIES)  # type: ignore[arg-type]


def pay(transport: EngineTransport, key: str | None = None, body: bytes = PAY) -> Sent:
    """Pay order o-1."""
    headers = KEY if key is None else {**KEY, "Idempotency-Key": key}
    return transport.send("POST", "/toy/v1/payments", headers=headers, body=body)


def captured(transport: EngineTransport) -> int:
    """Return how much was really taken."""
    return sum(one.amount_minor for one in transport.world.ledger if one.kind == "capture")


def rule(fault: object, target: str, **count: object) -> Rule:
    """Return a rule about payments."""
    return Rule(name="r", fault=fault, target=target, match=Match(operation=(CREATE,)), count=Count(**count))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("target", "charged", "stage"), [("edge", 0, "edge"), ("request", 0, "request"), ("response", 100, "response")]
)
def test_a_fault_strikes_on_its_side_of_the_commit(target: str, charged: int, stage: str) -> None:
    """Before the effect nothing is charged; at the response the effect stands though the client sees a failure."""
    transport = engine(rule(Abort(status=503), target))

    answer = pay(transport)

    assert answer.status == 503
    assert captured(transport) == charged
    assert next(iter(transport.world.journal)).stage == stage


def test_an_edge_fault_comes_before_the_credential() -> None:
    """Whoever has no key meets the outage all the same, and learns nothing about keys."""
    transport = engine(rule(Abort(status=502, body="html"), "edge"))

    answer = transport.send("POST", "/toy/v1/payments", body=PAY)

    assert (answer.status, answer.headers["Server"]) == (502, "nginx")
    assert b"502 Bad Gateway" in answer.body
    assert "Request-Id" not in answer.headers


@pytest.mark.parametrize("target", ["edge", "request", "response"])
def test_a_lost_answer_replays_the_truth_under_its_key(target: str) -> None:
    """The retry with the same key is answered by the one payment there is, however the first one ended."""
    transport = engine(rule(Abort(connection="reset"), target, first=1))

    with pytest.raises(ConnectionResetError):
        pay(transport, "k")
    retried = pay(transport, "k")

    assert retried.status == 200
    assert captured(transport) == 100
    assert ("Replayed" in retried.headers) == (target == "response")


def test_a_failure_before_the_effect_is_kept_where_the_provider_keeps_it() -> None:
    """The toy keeps executed results, so its own 500 replays; a gateway's page was never the provider's."""
    own, gateway = (
        engine(rule(Abort(status=500), "request", first=1)),
        engine(rule(Abort(status=500, body="html"), "request", first=1)),
    )

    assert [pay(own, "k").status, pay(own, "k").status] == [500, 500]
    assert [pay(gateway, "k").status, pay(gateway, "k").status] == [500, 200]


def test_a_duplicate_during_an_injected_delay_meets_the_key_in_flight() -> None:
    """While the first answer is held back the key is in flight (409); afterwards it replays."""
    transport = engine(rule(Latency(delay=2.0), "response", first=1))
    first = transport.open("POST", "/toy/v1/payments", headers={**KEY, "Idempotency-Key": "k"}, body=PAY)

    assert isinstance(first.step(), Delay)
    during = pay(transport, "k")
    done = first.finish()
    after = pay(transport, "k")

    assert (during.status, done.status, after.status) == (409, 200, 200)
    assert after.body == done.body
    assert captured(transport) == 100


def test_an_exchange_cut_in_a_delay_before_the_effect_changed_nothing() -> None:
    """A server that stops mid-delay frees the key and leaves no payment."""
    transport = engine(rule(Latency(delay=2.0), "request", first=1))
    flight = transport.open("POST", "/toy/v1/payments", headers={**KEY, "Idempotency-Key": "k"}, body=PAY)
    flight.step()

    transport.worlds.engine.finish(transport.world, flight.exchange, "stopped")

    assert captured(transport) == 0
    assert pay(transport, "k").status == 200


def test_the_key_is_compared_with_parameters_and_endpoint() -> None:
    """Other parameters under a known key are refused and change nothing."""
    transport = engine()
    pay(transport, "k")

    other = pay(transport, "k", b'{"amount":999,"order":"o-1"}')

    assert other.status == 422
    assert captured(transport) == 100


def test_every_retry_is_an_identity_of_its_own() -> None:
    """Same order, next occurrence: another id, another draw; the business key stays."""
    transport = engine()

    first, second = orjson.loads(pay(transport).body), orjson.loads(pay(transport).body)

    assert first["id"] != second["id"]
    assert [(one.key, one.occurrence) for one in transport.world.journal] == [("o-1", 1), ("o-1", 2)]
    assert {one.key for one in transport.world.ledger} == {"o-1"}


@pytest.mark.parametrize(
    ("plan", "headers", "body", "key", "source"),
    [
        ({}, {"baggage": "a=b, brownout.key=order-9;x=y"}, PAY, "order-9", "baggage"),
        ({"identity": {CREATE: "body.amount"}}, {}, PAY, "100", "scenario"),
        ({"identity": {CREATE: "header.X-Order"}}, {"X-Order": "h-1"}, PAY, "h-1", "scenario"),
        ({}, {}, PAY, "o-1", "operation"),
        ({}, {}, b'{"amount":1}', "#1", "counted"),
        ({}, {"baggage": "brownout.key="}, PAY, "o-1", "operation"),
    ],
)
def test_where_the_logical_key_comes_from(
    plan: dict, headers: dict[str, str], body: bytes, key: str, source: str
) -> None:
    """Baggage, the scenario's place, the operation's own, else counting: the first that exists."""
    transport = engine(**plan)

    transport.send("POST", "/toy/v1/payments", headers={**KEY, **headers}, body=body)

    record = next(iter(transport.world.journal))
    assert (record.key, record.key_source) == (key, source)
    assert record.repeatability == ("D1" if source == "counted" else "D0")


def test_a_repeat_by_idempotency_key_is_the_same_counted_call() -> None:
    """Without a business key, a retry under its idempotency key keeps its number; a new key is a new call."""
    transport = engine()
    for key in ("a", "b", "a"):
        pay(transport, key, b'{"amount":1}')

    assert [(one.key, one.occurrence) for one in transport.world.journal] == [("#1", 1), ("#2", 1), ("#1", 2)]


def test_a_limit_refuses_before_the_key_is_looked_at() -> None:
    """A refused request stores nothing under its key, and its answer says when to come back if it is announced."""
    limit = Limit(name="one", match=Match(), algorithm="token_bucket", rate_per_second=0.5, burst=1.0,
                  announce="retry_after")  # fmt: skip
    transport = engine(limits=(limit,))
    pay(transport, "a")

    refused = pay(transport, "b")
    transport.wall += 2.0
    later = pay(transport, "b")

    assert (refused.status, refused.headers["Retry-After"], later.status) == (429, "2", 200)
    assert [one.limit for one in transport.world.journal] == [None, "one", None]


def test_a_concurrency_slot_is_held_through_the_delay_and_given_back() -> None:
    """Reserve on the way in, settle when the wire is done."""
    limit = Limit(name="slots", match=Match(), algorithm="concurrency", quota=1)
    transport = engine(rule(Latency(delay=1.0), "response", first=1), limits=(limit,))
    first = transport.open("POST", "/toy/v1/payments", headers=KEY, body=PAY)
    first.step()

    assert pay(transport).status == 429
    first.finish()
    assert pay(transport).status == 200


def test_delays_add_up_then_the_first_end_wins() -> None:
    """Within a stage: all delays, then the first rule that ends the exchange; the later one is shadowed."""
    transport = engine(
        Rule(name="late", fault=Latency(delay=1.0), target="request"),
        Rule(name="down", fault=Abort(status=500), target="request"),
        Rule(name="lost", fault=Abort(connection="reset"), target="request"),
        Rule(name="later", fault=Latency(delay=2.0), target="request"),
        Rule(name="never", fault=Abort(status=400), target="response"),
    )
    flight = transport.open("POST", "/toy/v1/payments", headers=KEY, body=PAY)

    assert flight.step() == Delay(3.0)
    assert flight.finish().status == 500
    record = next(iter(transport.world.journal))
    assert {one.rule: one.state for one in record.fired} == {
        "late": "applied", "down": "applied", "lost": "shadowed", "later": "applied", "never": "unreached",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("count", "fires"),
    [({"nth": (2, 4)}, [2, 4]), ({"every": 3}, [3, 6]), ({"first": 2}, [1, 2]), ({}, [1, 2, 3, 4, 5, 6])],
)
def test_the_ways_of_counting(count: dict, fires: list[int]) -> None:
    """Counted per client over the requests that match."""
    transport = engine(rule(Abort(status=500), "request", **count))

    statuses = [pay(transport).status for _ in range(6)]

    assert [number for number, status in enumerate(statuses, 1) if status == 500] == fires


def test_a_rule_is_not_evaluated_on_an_operation_it_cannot_match() -> None:
    """Compiled per operation: others don't see it at all."""
    transport = engine(rule(Abort(status=500), "request"))
    create, retrieve, *_ = transport.registries.providers["toy"].operations

    assert transport.world.rules.of(retrieve) == ()
    assert len(transport.world.rules.of(create)) == 1


@pytest.mark.parametrize(
    ("match", "fits"),
    [
        (Match(provider=("toy",)), True),
        (Match(operation=("toy.*.create",)), True),
        (Match(operation=("stripe.*",)), False),
        (Match(method=("GET", "POST")), True),
        (Match(path=("/v1/pay*",)), True),
        (Match(client=("other",)), False),
        (Match(account=("shop",)), True),
        (Match(key=("o-*",)), True),
        (Match(occurrence=(2,)), False),
        (Match(header={"authorization": ("Bearer *",)}), True),
        (Match(header={"x-absent": ("*",)}), False),
        (Match(body={"order": ("o-1",)}), True),
        (Match(body={"order.deep": ("*",)}), False),
        (Match(cohort=100.0, salt="s"), True),
        (Match(cohort=0.0, salt="s"), False),
    ],
)
def test_whom_a_rule_is_about(match: Match, fits: bool) -> None:  # noqa: FBT001
    """All given fields must fit; one left out fits everything."""
    transport = engine(Rule(name="r", fault=Abort(status=500), target="request", match=match))

    assert (pay(transport).status == 500) == fits


def test_client_and_account_may_differ() -> None:
    """`accounts` joins credentials to one account, `client_from` and the URL's label say who calls."""
    transport = engine(accounts={"shop": "joint"}, client_from="header.X-Worker")

    transport.send("POST", "/toy/v1/payments", headers={**KEY, "X-Worker": "w-1"}, body=PAY)
    pay(transport)

    assert [(one.account, one.client) for one in transport.world.journal] == [("joint", "w-1"), ("joint", "joint")]


def test_a_body_that_cannot_be_read_is_refused_after_the_credential() -> None:
    """401 comes first; with a key, the provider's own 400."""
    transport = engine()

    assert transport.send("POST", "/toy/v1/payments", body=b"{").status == 401
    assert transport.send("POST", "/toy/v1/payments", headers=KEY, body=b"{").status == 400


def test_an_unknown_path_is_the_providers_own_404() -> None:
    """No route is an operation like any other: journalled, and with the provider's words."""
    transport = engine()

    answer = transport.send("PUT", "/toy/v1/nothing", headers=KEY)

    assert answer.status == 404
    assert next(iter(transport.world.journal)).operation == "toy.unknown"


def test_timers_are_played_before_a_request_sees_the_world() -> None:
    """A GET sees all that is due."""
    transport = engine()
    payment = orjson.loads(pay(transport).body)

    def settled() -> bool:
        answer = transport.send("GET", f"/toy/v1/payments/{payment['id']}", headers=KEY)
        return bool(orjson.loads(answer.body)["settled"])

    assert not settled()
    transport.advance(60.0)
    assert settled()


def test_the_journal_is_bounded_and_counts_what_is_gone() -> None:
    """The ring keeps the newest; eviction is counted per operation so that no count lies."""
    transport = engine()
    transport.world.journal.kept_most = 3
    for _ in range(5):
        pay(transport)

    journal = transport.world.journal
    assert (len(journal), journal.written, journal.evicted) == (3, 5, 2)
    assert (journal.evicted_of(CREATE), journal.evicted_of("toy.payments.retrieve"), journal.evicted_of(None)) == (
        2,
        0,
        2,
    )


def test_a_secret_is_in_no_record() -> None:
    """Credential and idempotency key as sent appear in neither part of a record."""
    transport = engine()

    pay(transport, "my-secret-key")

    line = next(iter(transport.world.journal)).line()
    assert b"my-secret-key" not in line
    assert b"key-shop" not in line


def test_a_hang_and_a_reset_send_nothing() -> None:
    """The journal says how the exchange ended, with status 0."""
    transport = engine(
        Rule(name="hang", fault=Abort(connection="hang"), target="response", count=Count(nth=(1,))),
        Rule(name="reset", fault=Abort(connection="reset"), target="response", count=Count(nth=(2,))),
    )

    with pytest.raises(TimeoutError):
        pay(transport)
    with pytest.raises(ConnectionResetError):
        pay(transport)

    assert [(one.answered, one.status, one.outcome) for one in transport.world.journal] == [
        ("hang", 0, "client_gone"),
        ("reset", 0, "reset"),
    ]


def test_webhooks_fall_due_with_their_event_and_climb_the_ladder() -> None:
    """An event is one delivery per endpoint; a failure sets the next rung, the last one gives up."""
    transport = engine(providers={"toy": ToyOptions(webhooks=("http://127.0.0.1:1/hook",))})
    pay(transport)
    world = transport.world
    world.arrive(transport.wall)
    states = []
    for _ in range(3):
        delivery = world.hooks.take()
        assert delivery is not None
        assert world.hooks.prepare(delivery, world.arrive(transport.wall)) is not None
        world.hooks.settle(delivery, 500, None, world.moment)
        states.append((delivery.state, delivery.next_at and round(delivery.next_at - world.clock.started_at)))
        transport.advance(1000.0)

    assert states == [("pending", 10), ("pending", 110), ("failed", None)]
    assert world.hooks.take() is None


def test_reset_forgets_everything_and_counts_afresh() -> None:
    """After a reset the same call has the same identity, and so the same id."""
    transport = engine(rule(Abort(status=500), "request", nth=(2,)))
    first = pay(transport).body
    transport.world.reset(transport.wall)

    assert pay(transport).body == first
    assert len(transport.world.journal) == 1
    assert pay(transport).status == 500


def test_a_live_rule_moves_no_other_rules_count() -> None:
    """Putting and dropping a rule keeps the counters of the rest."""
    transport = engine(rule(Abort(status=500), "request", nth=(3,)))
    pay(transport)
    transport.world.put_rule(Rule(name="extra", fault=Latency(delay=0.5), target="edge"))
    pay(transport)
    assert transport.world.drop_rule("extra")

    assert pay(transport).status == 500
    assert not transport.world.drop_rule("extra")


def test_a_request_knows_its_effects() -> None:
    """The record names what was created and which ledger entries it made."""
    transport = engine()
    made = orjson.loads(pay(transport).body)["id"]

    record = next(iter(transport.world.journal))
    assert record.objects == (made,)
    assert record.effects == (f"{made}/authorize", f"{made}/capture")


def test_the_engine_yields_one_last_effect() -> None:
    """After the reply there is nothing more to do."""
    transport = engine()
    world, toy = transport.world, transport.registries.providers["toy"]
    exchange = transport.worlds.engine.begin(
        world, toy, Request("POST", "/v1/payments", headers=KEY, body=PAY), transport.wall
    )

    effects = list(transport.worlds.engine.run(world, toy, exchange))

    assert [type(effect) for effect in effects] == [Reply]
