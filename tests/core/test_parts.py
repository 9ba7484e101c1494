"""The small parts: routes, identities, ledger, hooks, words for an explanation, registries."""

from __future__ import annotations

from contextlib import suppress

import pytest
from toy import KEY, REGISTRIES, ToyOptions

from brownout.core import gateway
from brownout.core.chance import Chance
from brownout.core.errors import Mistake, ScenarioError
from brownout.core.identity import REPEATS_REMEMBERED, Identities
from brownout.core.ledger import Entry, Ledger
from brownout.core.limits import PARTITIONS_KEPT, Limit, Limits
from brownout.core.match import Match, look_up
from brownout.core.operation import Operation
from brownout.core.plan import Plan
from brownout.core.routes import Routes
from brownout.core.rules import Count, Rule
from brownout.faults.abort import Abort
from brownout.faults.latency import Latency
from brownout.stores.memory import GAPS_TOLERATED, MemoryStore, MemoryTable
from brownout.testing.transport import EngineTransport

PAY = b'{"amount":100,"order":"o-1"}'


def operation(method: str, path: str) -> Operation:
    """Return an operation that is never run."""
    return Operation(name=f"x.{method}.{path}", method=method, path=path, run=lambda _: None)  # type: ignore[arg-type, return-value]


def test_a_fixed_segment_wins_over_a_placeholder() -> None:
    """`/v1/things/search` is not the thing called search."""
    routes = Routes([operation("GET", "/v1/things/{id}"), operation("GET", "/v1/things/search")])

    found = routes.find("GET", "/v1/things/search")
    assert found is not None
    assert found[0].path == "/v1/things/search"
    assert routes.find("GET", "/v1/things/7") == (operation_of(routes, "/v1/things/7"), {"id": "7"})
    assert routes.methods("/v1/things/7") == ["GET"]
    assert routes.methods("/v2") == []


def operation_of(routes: Routes, path: str) -> Operation:
    """Return the operation a path leads to."""
    found = routes.find("GET", path)
    assert found is not None
    return found[0]


def test_a_word_of_the_api_is_no_id() -> None:
    """A path that a provider has but that isn't modelled is unknown, not an object of that name."""
    routes = Routes([operation("GET", "/v1/things/{id}")], frozenset({"search"}))

    assert routes.find("GET", "/v1/things/search") is None


@pytest.mark.parametrize("path", ["/v1/things/", "/v1/things//x", "/v1", "", "/"])
def test_an_empty_segment_is_no_id(path: str) -> None:
    """A trailing slash leads nowhere."""
    assert Routes([operation("GET", "/v1/things/{id}")]).find("GET", path) is None


def test_two_operations_cannot_claim_one_path() -> None:
    """Found when the table is built, not when a request comes."""
    with pytest.raises(ValueError, match="claimed twice"):
        Routes([operation("GET", "/a/{id}"), operation("GET", "/a/{other}")])


def test_repeats_are_remembered_up_to_a_bound() -> None:
    """The oldest idempotency key is forgotten first: its next use counts as a new call."""
    identities = Identities()
    for number in range(REPEATS_REMEMBERED + 1):
        identities.allocate_counted("shop", "op", f"k{number}")

    assert identities.allocate_counted("shop", "op", "k1").occurrence == 2
    assert identities.allocate_counted("shop", "op", "k0").key == f"#{REPEATS_REMEMBERED + 2}"


@pytest.mark.parametrize("amount", [-1, 1.5, True, "5"])
def test_the_ledger_takes_only_whole_minor_units(amount: object) -> None:
    """Money is an integer of at least 0; anything else is our own bug."""
    ledger = Ledger()
    with pytest.raises(ValueError, match="amount_minor"):
        ledger.post("capture", at=0, provider="p", account="a", payment="x", object_id="x", amount_minor=amount,
                    currency="usd")  # type: ignore[arg-type]  # fmt: skip
    assert len(ledger) == 0


def test_a_ledger_entry_survives_being_written_down() -> None:
    """`as_dict` and `from_dict` are inverse."""
    entry = Ledger().post("capture", at=1.5, provider="p", account="a", payment="x", object_id="x", amount_minor=100,
                          currency="usd", fee_minor=3, key="o-1")  # fmt: skip

    assert Entry.from_dict(entry.as_dict()) == entry
    assert sum(dict(entry.legs).values()) == 0


def test_full_partitions_are_forgotten_beyond_a_bound() -> None:
    """A limit by address doesn't grow for ever; what is still drained is kept."""
    limit = Limit(name="ip", match=Match(), algorithm="token_bucket", rate_per_second=1.0, burst=5.0, partition="ip")
    slots = Limit(name="slots", match=Match(), algorithm="concurrency", quota=2)
    limits = Limits()
    limits.take([(limit, "drained")], cost=5, now=99.0)
    held = limits.take([(slots, "busy")], cost=1, now=0.0)
    for number in range(PARTITIONS_KEPT):
        limits.take([(limit, f"p{number}")], cost=1, now=0.0)
        assert isinstance(limits.take([(slots, f"p{number}")], cost=1, now=0.0), list) or number
        limits.settle([])
    limits.take([(limit, "one more")], cost=1, now=100.0)

    kept = limits.describe([limit], 100.0)[0]["levels"]
    assert set(kept) == {"drained", "one more"}
    assert held


def test_a_draw_has_at_most_64_letters() -> None:
    """More would need more than one hash."""
    assert len(Chance(1).text(b"x", 64)) == 64
    with pytest.raises(ValueError, match="64"):
        Chance(1).text(b"x", 65)


def test_a_gateway_page_has_its_own_words() -> None:
    """Known phrases as nginx prints them, others from HTTP, and none at all for a made-up status."""
    assert b"503 Service Temporarily Unavailable" in gateway.page(503).body
    assert b"404 Not Found" in gateway.page(404).body
    assert b"599 Unknown Error" in gateway.page(599).body


@pytest.mark.parametrize(
    ("mistake", "text"),
    [
        (Mistake(message="bad"), "scenario: bad"),
        (Mistake(message="bad", file="f", line=3), "f:3: bad"),
        (Mistake(message="bad", file="f", line=3, key="a.b"), "f:3: a.b: bad"),
        (Mistake(message="bad", key="a"), "scenario: a: bad"),
    ],
)
def test_a_mistake_says_where(mistake: Mistake, text: str) -> None:
    """File, line, key, as far as they are known; a scenario's error lists them all."""
    assert str(mistake) == text
    assert str(ScenarioError([mistake, mistake])) == f"{text}\n{text}"


def test_tables_keep_the_order_of_creation() -> None:
    """Replacing keeps the place, removing takes it, cursors are exclusive."""
    table = MemoryStore().table("a", "x")
    for name in "abcd":
        table.put({"id": name})
    table.put({"id": "b", "new": True})
    assert table.remove("c") == {"id": "c"}
    assert table.remove("c") is None

    assert [one["id"] for one in table.newest_first()] == ["d", "b", "a"]
    assert [one["id"] for one in table.newest_first(older_than="d")] == ["b", "a"]
    assert [one["id"] for one in table.oldest_first(newer_than="b")] == ["d"]
    assert (len(table), table.get("b")) == (3, {"id": "b", "new": True})


def test_a_table_that_only_passes_things_through_stays_small() -> None:
    """Removing the oldest again and again, as a bounded list of events does, leaves no trail."""
    table = MemoryTable()
    for number in range(50_000):
        next(table.newest_first(), None)  # which has it write down where each stands
        table.put({"id": f"e{number}"})
        if number >= 10:
            table.remove(f"e{number - 10}")

    assert len(table._order or ()) <= 2 * GAPS_TOLERATED  # noqa: SLF001 - what is measured
    assert [one["id"] for one in table.newest_first()][:2] == ["e49999", "e49998"]
    assert [one["id"] for one in table.oldest_first(newer_than="e49997")] == ["e49998", "e49999"]


def test_a_deleted_endpoint_gets_no_more_tries() -> None:
    """The delivery is cancelled, and redelivering one that is known again tries it now."""
    transport = EngineTransport(
        Plan(providers={"toy": ToyOptions(webhooks=("http://127.0.0.1:1/a",))}), registries=REGISTRIES
    )
    transport.send("POST", "/toy/v1/payments", headers=KEY, body=PAY)
    world = transport.world
    world.arrive(transport.wall)
    world.plan = Plan(providers={"toy": ToyOptions()})
    delivery = world.hooks.take()
    assert delivery is not None
    assert world.hooks.prepare(delivery, world.moment) is None
    assert delivery.as_dict(world.clock.started_at)["state"] == "cancelled"

    world.plan = Plan(providers={"toy": ToyOptions(webhooks=("http://127.0.0.1:1/a",))})
    world.hooks.redeliver(delivery, world.moment)
    world.arrive(transport.wall)
    assert world.hooks.waiting
    assert world.hooks.find(delivery.id) is delivery
    assert world.hooks.take() is delivery
    attempt = world.hooks.prepare(delivery, world.moment)
    assert attempt is not None
    world.hooks.settle(delivery, 204, None, world.moment)
    assert delivery.state == "delivered"


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (Rule(name="r", fault=Abort(status=500), target="edge"), ["it fires on every match", "at the edge ended it"]),
        (Rule(name="r", fault=Abort(status=500), target="request", count=Count(first=1)), ["match number 1"]),
        (Rule(name="r", fault=Abort(connection="hang"), target="response", count=Count(percentage=100)),
         ["is below 1.0000", "its effects stand", "left hanging"]),
        (Rule(name="r", fault=Abort(connection="reset"), target="response", match=Match(client=("x",))), ["organic"]),
    ],
)  # fmt: skip
def test_an_explanation_says_what_fired_and_why(rule: Rule, told: list[str]) -> None:
    """In plain words: draw and threshold, or the count, and which side of the commit."""
    from brownout.core.explain import explain  # noqa: PLC0415 - only here

    transport = EngineTransport(Plan(rules=(rule,)), registries=REGISTRIES)
    with suppress(TimeoutError, ConnectionResetError):
        transport.send("POST", "/toy/v1/payments", headers=KEY, body=PAY)
    record = next(iter(transport.world.journal))
    text = explain({"decided": record.decided(), "observed": record.observed()})

    for words in told:
        assert words in text


def test_a_rule_is_counted_in_one_way_and_from_one() -> None:
    """Percentages lie between 0 and 100, counts begin at 1, and two ways exclude each other."""
    for wrong, words in (
        ({"percentage": 101.0}, "0 to 100"),
        ({"percentage": -1.0}, "0 to 100"),
        ({"nth": (0,)}, "count from 1"),
        ({"every": 0}, "count from 1"),
        ({"first": -2}, "count from 1"),
        ({"every": 2, "first": 1}, "every and first exclude each other"),
    ):
        with pytest.raises(ValueError, match=words):
            Count(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("partition", "other", "shared"),
    [
        ("ip", {"headers": {"Authorization": "Bearer key-other"}}, True),
        ("account", {"headers": {"Authorization": "Bearer key-other"}}, False),
        ("client", {"headers": {"Authorization": "Bearer key-other"}}, False),
        ("key", {"headers": {"Authorization": "Bearer key-other"}}, False),
        ("object", {"url": "/toy/v1/payments/y"}, False),
        ("object", {"headers": {"Authorization": "Bearer key-other"}}, True),
    ],
)
def test_what_a_limit_counts_together(partition: str, other: dict, shared: bool) -> None:  # noqa: FBT001
    """Two requests share a bucket exactly when their partition is the same."""
    limit = Limit(name="one", match=Match(), algorithm="token_bucket", rate_per_second=0.001, burst=1.0,
                  partition=partition)  # type: ignore[arg-type]  # fmt: skip
    transport = EngineTransport(Plan(limits=(limit,)), registries=REGISTRIES)
    call = {"url": "/toy/v1/payments/x", "headers": KEY}

    first = transport.send("GET", **call)  # type: ignore[arg-type]
    second = transport.send("GET", **{**call, **other})

    assert (first.status, second.status) == (404, 429 if shared else 404)


def test_a_limit_by_address_comes_before_the_credential() -> None:
    """Whoever hammers without a key is limited, not merely unauthorised; a limit by object has one bucket for lists."""
    limit = Limit(name="ip", match=Match(), algorithm="token_bucket", rate_per_second=0.001, burst=1.0, partition="ip")
    transport = EngineTransport(Plan(limits=(limit,)), registries=REGISTRIES)

    assert [transport.send("POST", "/toy/v1/payments", body=PAY).status for _ in range(2)] == [401, 429]


def test_an_explanation_tells_what_a_limit_and_a_key_did() -> None:
    """The limit's name, the replay, the shadowed and the unreached rule."""
    from brownout.core.explain import explain  # noqa: PLC0415 - only here

    limit = Limit(name="burst", match=Match(), algorithm="token_bucket", rate_per_second=0.001, burst=2.0)
    rules = (
        Rule(name="lost", fault=Abort(status=503), target="response", count=Count(nth=(1,))),
        Rule(name="also", fault=Abort(status=500), target="response", count=Count(nth=(1,))),
        Rule(name="late", fault=Abort(status=500), target="response", count=Count(nth=(3,))),
    )
    transport = EngineTransport(Plan(rules=rules, limits=(limit,)), registries=REGISTRIES)
    for _ in range(3):
        transport.send("POST", "/toy/v1/payments", headers={**KEY, "Idempotency-Key": "k"}, body=PAY)
    told = [explain({"decided": one.decided()}) for one in transport.world.journal]

    assert "another rule ended the exchange there" in told[0]
    assert "the stored answer was sent again" in told[1]
    assert "The limit 'burst' refused it" in told[2]
    assert "D2, stateful" in told[2]


def test_a_fault_may_let_a_request_pass() -> None:
    """The rule fired and its fault had nothing to do: noted, not counted."""

    class Nothing(Abort):
        def effects(self, *_: object) -> tuple[()]:  # type: ignore[override]
            return ()

    rule = Rule(name="idle", fault=Nothing(status=500), target="request")
    transport = EngineTransport(Plan(rules=(rule,)), registries=REGISTRIES)

    assert transport.send("POST", "/toy/v1/payments", headers=KEY, body=PAY).status == 200
    assert [one.state for one in next(iter(transport.world.journal)).fired] == ["passed"]
    assert transport.world.fired == {}


def test_deliveries_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest settled ones go first; what is pending stays."""
    monkeypatch.setattr("brownout.core.hooks.DELIVERIES_KEPT", 2)
    transport = EngineTransport(
        Plan(providers={"toy": ToyOptions(webhooks=("http://127.0.0.1:1/a",))}), registries=REGISTRIES
    )
    hooks = transport.world.hooks
    for number in range(4):
        transport.send("POST", "/toy/v1/payments", headers=KEY, body=b'{"amount":1,"order":"o-%d"}' % number)
        transport.world.arrive(transport.wall)
        if number < 3 and (delivery := hooks.take()) is not None:
            hooks.settle(delivery, 200, None, transport.world.moment)

    assert ([one.state for one in hooks], hooks.evicted) == (["delivered", "pending"], 2)


def test_a_reset_mid_flight_leaves_the_new_worlds_keys_alone() -> None:
    """An exchange of the old world ends after the reset: it settles nothing of the new one."""
    rule = Rule(name="slow", fault=Latency(delay=1.0), target="request", count=Count(first=1))
    transport = EngineTransport(Plan(rules=(rule,)), registries=REGISTRIES)
    headers = {**KEY, "Idempotency-Key": "k"}
    old = transport.open("POST", "/toy/v1/payments", headers=headers, body=PAY)
    old.step()
    transport.world.reset(transport.wall)
    new = transport.open("POST", "/toy/v1/payments", headers=headers, body=PAY)
    new.step()

    transport.worlds.engine.finish(transport.world, old.exchange, "stopped")

    assert transport.world.keys.describe() == {"kept": 0, "in_flight": 1, "evicted": 0}
    assert new.finish().status == 200


@pytest.mark.parametrize(
    ("path", "found"), [("a.0.b", "7"), ("a.1", None), ("a.x", None), ("a", None), ("yes", "true"), ("no", "false")]
)
def test_values_are_looked_up_by_dotted_path(path: str, found: str | None) -> None:
    """Through lists by position; a structure is no value; booleans read as forms spell them."""
    assert look_up({"a": [{"b": 7}], "yes": True, "no": False}, path) == found
