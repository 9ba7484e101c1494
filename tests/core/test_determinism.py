"""Same seed, same run: whatever the order, the company and the process."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy import KEY, REGISTRIES

from brownout.core.chance import Chance, pack, uniform
from brownout.core.match import Match
from brownout.core.plan import ClockOptions, Phase, Plan
from brownout.core.rules import Count, Rule
from brownout.faults.abort import Abort
from brownout.faults.drift import Drift
from brownout.faults.latency import Latency
from brownout.testing.transport import EngineTransport

if TYPE_CHECKING:
    from collections.abc import Iterable

CLIENTS = ("ann", "bob", "cid")
FROZEN = ClockOptions(start=1_780_000_000.0, frozen=True)


def lost(percentage: float, name: str = "lost") -> Rule:
    """Return a rule that loses a share of the answers."""
    return Rule(name=name, fault=Abort(status=503), target="response", count=Count(percentage=percentage))


def run(order: Iterable[tuple[str, str]], rules: Iterable[Rule], seed: int = 7) -> dict[tuple[str, str, int], tuple]:
    """Pay (client, order) in this order; return what became of each identity, and which payment it made."""
    transport = EngineTransport(Plan(seed=seed, rules=tuple(rules), clock=FROZEN), registries=REGISTRIES)
    for client, key in order:
        body = orjson.dumps({"amount": 5, "order": key})
        transport.send("POST", "/toy/v1/payments", headers={"Authorization": f"Bearer key-{client}"}, body=body)
    return {
        (one.client, one.key, one.occurrence): (one.id, one.status, one.objects, tuple(f.rule for f in one.fired))
        for one in transport.world.journal
    }


calls = st.lists(st.tuples(st.sampled_from(CLIENTS), st.sampled_from(["o1", "o2", "o3"])), min_size=1, max_size=25)


@given(calls, st.randoms(use_true_random=False), st.integers())
def test_any_interleaving_gives_the_same_fires_and_ids(order: list, shuffler: object, seed: int) -> None:
    """With an explicit key the nth call of an identity is the same whenever it comes."""
    shuffled = list(order)
    shuffler.shuffle(shuffled)  # type: ignore[attr-defined]

    assert run(order, [lost(40)], seed) == run(shuffled, [lost(40)], seed)


@given(calls, st.floats(0, 100), st.floats(0, 100))
def test_raising_a_percentage_only_adds_fires(order: list, one: float, other: float) -> None:
    """Whoever was hit at the lower share is hit at the higher."""
    low, high = sorted((one, other))
    hit_low = {who for who, what in run(order, [lost(low)]).items() if what[3]}
    hit_high = {who for who, what in run(order, [lost(high)]).items() if what[3]}

    assert hit_low <= hit_high


@given(calls, st.integers(1, 4))
def test_adding_a_rule_moves_no_other(order: list, nth: int) -> None:
    """Neither a draw nor a count changes when a rule is put before it, even one that ends the exchange."""
    counted = Rule(name="counted", fault=Latency(delay=0.1), target="response", count=Count(nth=(nth,)))
    alone = run(order, [lost(30), counted])
    joined = run(order, [Rule(name="new", fault=Abort(status=500), target="edge", count=Count(percentage=50)),
                         lost(30), counted])  # fmt: skip

    def fired(what: dict) -> dict:
        return {who: {rule for rule in rules if rule != "new"} for who, (_, _, _, rules) in what.items()}

    assert fired(alone) == fired(joined)


PHASES = (Phase(name="calm", duration_seconds=10.0), Phase(name="storm", duration_seconds=10.0))
dues = st.lists(
    st.tuples(st.sampled_from(CLIENTS), st.sampled_from(["o1", "o2", "o3"]), st.floats(0, 30)), min_size=1, max_size=25
)


def run_in_phases(
    order: Iterable[tuple[str, str, float]], rules: Iterable[Rule], phases: tuple[Phase, ...] = PHASES
) -> list[tuple]:
    """Pay (client, order) as due then; return of each call its record, which rules fired and their draws and counts."""
    plan = Plan(seed=7, rules=tuple(rules), clock=FROZEN, phases=phases)
    transport = EngineTransport(plan, registries=REGISTRIES)
    for client, key, due in order:
        headers = {"Authorization": f"Bearer key-{client}", "baggage": f"brownout.due={due!r}"}
        body = orjson.dumps({"amount": 5, "order": key})
        transport.send("POST", "/toy/v1/payments", headers=headers, body=body)
    return [
        (one.id, one.objects, one.repeatability, {f.rule: (f.draw, f.number) for f in one.fired})
        for one in transport.world.journal
    ]


@given(dues, st.integers(1, 4))
def test_a_phases_rule_moves_no_other(order: list, nth: int) -> None:
    """Neither draws nor counts of the base or of another phase, nor ids, whatever it does where it is in force."""
    counted = Rule(name="counted", fault=Latency(delay=0.1), target="response", count=Count(nth=(nth,)))
    rules = [lost(30), counted, replace(lost(30, "calm"), phase="calm")]
    new = [
        Rule(name="new-end", fault=Abort(status=500), target="edge", count=Count(percentage=50), phase="storm"),
        Rule(name="new-drift", fault=Drift(path="$.id", change="null"), target="response", phase="calm"),
        Rule(name="new-count", fault=Latency(delay=0.1), target="edge", count=Count(every=2), phase="storm"),
    ]

    def old(record: tuple) -> dict:
        return {rule: how for rule, how in record[3].items() if not rule.startswith("new")}

    alone, joined = run_in_phases(order, rules), run_in_phases(order, [*new, *rules])

    assert [(one[0], old(one)) for one in alone] == [(one[0], old(one)) for one in joined]


@given(dues)
def test_phases_alone_change_nothing(order: list) -> None:
    """The same ids and draws with them and without, and no less repeatable where the client says what was due."""
    assert run_in_phases(order, [lost(30)]) == run_in_phases(order, [lost(30)], phases=())


@given(dues, st.randoms(use_true_random=False))
def test_in_phases_too_any_interleaving_gives_the_same(order: list, shuffler: object) -> None:
    """Which phase a call falls into hangs on when it was due, never on when it came: its nth call has its own due."""
    distinct = [(client, f"{key}-{number}", due) for number, (client, key, due) in enumerate(order)]
    shuffled = list(distinct)
    shuffler.shuffle(shuffled)  # type: ignore[attr-defined]
    rules = [replace(lost(40), phase="storm"), lost(20, "base")]

    assert sorted(run_in_phases(distinct, rules)) == sorted(run_in_phases(shuffled, rules))


def test_a_share_of_100_000_identities_fires_within_its_binomial_interval() -> None:
    """5% of 100,000 is 5,000 ± 227 at 99.9%."""
    chance = Chance(7, "rule", "lost", "fire")

    fires = sum(chance.uniform(pack("shop", "toy.payments.create", f"o-{n}", 1)) < 0.05 for n in range(100_000))

    assert abs(fires - 5_000) <= 227


def test_two_rules_are_independent() -> None:
    """At 5% each, both fire together in about 0.25% of 100,000: within ± 52 of 250 at 99.9%."""
    one, other = Chance(7, "rule", "a", "fire"), Chance(7, "rule", "b", "fire")
    keys = [pack("shop", "x", f"o-{n}", 1) for n in range(100_000)]

    both = sum(one.uniform(key) < 0.05 and other.uniform(key) < 0.05 for key in keys)

    assert abs(both - 250) <= 52


@given(st.integers(), st.lists(st.one_of(st.text(), st.integers())))
def test_a_draw_is_in_the_unit_interval(seed: int, key: list) -> None:
    """Never 1, so that 100% always fires and 0% never."""
    assert 0.0 <= uniform(seed, *key) < 1.0


PLAY = """
import sys
sys.path[:0] = {paths!r}
import orjson
from toy import KEY, REGISTRIES
from brownout.core.plan import ClockOptions, Phase, Plan
from brownout.core.rules import Count, Rule
from brownout.faults.abort import Abort
from brownout.faults.drift import Drift
from brownout.faults.latency import Latency
from brownout.faults.scope import Scope
from brownout.faults.token import Token
from brownout.testing.transport import EngineTransport

rules = (
    Rule(name="late", fault=Latency(delay=0.5, jitter=1.0), target="request", count=Count(percentage=30)),
    Rule(name="lost", fault=Abort(status=503), target="response", count=Count(percentage=30)),
    Rule(name="third", fault=Abort(status=500), target="edge", count=Count(every=3)),
    Rule(name="drift", fault=Drift(path="$.amount", change="retype"), target="response", phase="storm"),
    Rule(name="short", fault=Token(change="short_life", life=9.0), target="request", count=Count(percentage=50)),
    Rule(name="less", fault=Scope(change="withhold", scopes=("*.write",)), target="request", count=Count(nth=(5,))),
    Rule(name="drop", fault=Scope(change="drop"), target="edge", count=Count(nth=(30,))),
    Rule(name="gone", fault=Token(change="revoke"), target="edge", count=Count(nth=(3,)), phase="storm"),
)
phases = (Phase(name="calm", duration_seconds=30.0), Phase(name="storm", duration_seconds=30.0))
plan = Plan(seed=11, rules=rules, phases=phases, clock=ClockOptions(start=1e9))
transport = EngineTransport(plan, registries=REGISTRIES)
for number in range(60):
    body = orjson.dumps({{"amount": number, "order": f"o-{{number % 17}}"}})
    if number % 6 == 0:
        made = transport.send("POST", "/toy/v1/token", headers=KEY).body
        token = orjson.loads(made).get("access_token", "tok-shop-none")
    headers = {{"Authorization": f"Bearer {{token}}", "Idempotency-Key": f"k{{number % 23}}"}}
    transport.send("POST", "/toy/v1/payments", headers=headers, body=body)
    transport.wall += 1.0
for record in transport.world.journal:
    sys.stdout.buffer.write(orjson.dumps(record.decided(), option=orjson.OPT_SORT_KEYS) + b"\\n")
"""


PLAY_LIBRARY = """
import sys
sys.path[:0] = {paths!r}
import orjson
from dataclasses import replace
from brownout import scenario
from brownout.assembly import registries
from brownout.core.plan import ClockOptions
from brownout.testing.transport import EngineTransport

known = registries()
plan = scenario.load_file(scenario.find("lost-answer"), known)
transport = EngineTransport(replace(plan, clock=ClockOptions(start=1e9, frozen=True)), registries=known)
key = {{"Authorization": "Bearer sk_test_shop"}}
for number in range(60):
    form = f"amount=2499&currency=usd&payment_method=pm_card_visa&allowed_payment_method_types[0]=card&confirm=true"
    body = f"{{form}}&metadata[order_id]=order-{{number % 40}}".encode()
    headers = {{**key, "Idempotency-Key": f"k{{number % 40}}"}}
    try:
        made = transport.send("POST", "/stripe/v1/payment_intents", headers=headers, body=body)
    except ConnectionResetError:
        continue
    transport.send("GET", "/stripe/v1/payment_intents/" + orjson.loads(made.body)["id"], headers=key)
for record in transport.world.journal:
    sys.stdout.buffer.write(orjson.dumps(record.decided(), option=orjson.OPT_SORT_KEYS) + b"\\n")
"""


@pytest.mark.slow
@pytest.mark.parametrize(("play", "lines"), [(PLAY, 70), (PLAY_LIBRARY, None)], ids=["toy", "stripe under lost-answer"])
def test_two_processes_with_other_hash_seeds_write_the_same_decided_journal(play: str, lines: int | None) -> None:
    """Byte for byte: nothing depends on the order of a set or on Python's own hash."""
    here = Path(__file__).parents[1]
    program = play.format(paths=[str(here.parent / "simulator"), str(here / "support")])

    journals = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]

    assert journals[0] == journals[1]
    assert journals[0].count(b"\n") == lines or (lines is None and journals[0].count(b'"state":"applied"') > 1)


@settings(max_examples=30)
@given(st.lists(st.integers(0, 3), min_size=8, max_size=40))
def test_overlapping_exchanges_make_one_payment_a_key(schedule: list[int]) -> None:
    """However four duplicates interleave around their delays, the key is executed once."""
    slow = (
        Rule(name="before", fault=Latency(delay=1.0), target="request"),
        Rule(name="after", fault=Latency(delay=1.0), target="response"),
    )
    transport = EngineTransport(Plan(rules=slow), registries=REGISTRIES)
    flights: dict[int, object] = {}
    for number in schedule:
        flight = flights.get(number)
        if flight is None:
            headers = {**KEY, "Idempotency-Key": "same"}
            flights[number] = transport.open(
                "POST", "/toy/v1/payments", headers=headers, body=b'{"amount":5,"order":"o"}'
            )
        elif type(flight.last).__name__ != "Reply":  # type: ignore[attr-defined]
            flight.step()  # type: ignore[attr-defined]
    statuses = {flight.finish().status for flight in flights.values()}  # type: ignore[attr-defined]

    assert statuses <= {200, 409}
    assert len([one for one in transport.world.ledger if one.kind == "capture"]) == 1


def test_a_cohort_is_the_same_clients_every_time() -> None:
    """A stable share of the clients, whatever they call and how often."""
    match = Match(cohort=50.0, salt="r")
    plan = Plan(seed=3, rules=(Rule(name="r", fault=Abort(status=500), target="edge", match=match),))
    transport = EngineTransport(plan, registries=REGISTRIES)

    def status(client: int) -> int:
        headers = {"Authorization": f"Bearer key-{client}"}
        return transport.send("GET", "/toy/v1/payments/x", headers=headers).status

    first, second = [status(n) for n in range(200)], [status(n) for n in range(200)]

    assert first == second
    assert 70 <= first.count(500) <= 130
