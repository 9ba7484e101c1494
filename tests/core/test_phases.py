"""Phases: which one a request falls into, what is in force there, and what that does to repeatability."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest
from toy import KEY, REGISTRIES, TOKENS, ToyOptions

from brownout.core.limits import Limit
from brownout.core.match import Match
from brownout.core.plan import Phase, Plan
from brownout.core.rules import Count, Rule
from brownout.faults.abort import Abort
from brownout.faults.drift import Drift
from brownout.faults.latency import Latency
from brownout.testing.transport import EngineTransport, Sent

PAY = b'{"amount":100,"order":"o-1"}'
CALM, STORM, AFTER = (
    Phase(name="calm", duration_seconds=10.0),
    Phase(name="storm", duration_seconds=5.0),
    Phase(name="after", duration_seconds=5.0),
)
PHASES = (CALM, STORM, AFTER)


def down(phase: str | None, name: str = "down", **count: Any) -> Rule:
    """Return a rule that answers 503 in a phase."""
    return Rule(name=name, fault=Abort(status=503), target="request", phase=phase, count=Count(**count))


def bucket(name: str, phase: str | None = None, *, burst: float = 2.0, **more: Any) -> Limit:
    """Return a token bucket that practically never refills."""
    return Limit(name=name, match=Match(), algorithm="token_bucket", rate_per_second=0.001, burst=burst, phase=phase,
                 **more)  # fmt: skip


def engine(*rules: Rule, phases: tuple[Phase, ...] = PHASES, **plan: Any) -> EngineTransport:
    """Return a transport under phases."""
    return EngineTransport(Plan(rules=rules, phases=phases, **plan), registries=REGISTRIES)


def pay(transport: EngineTransport, due: object = None, **headers: str) -> Sent:
    """Pay order o-1, as an operation that was due so many seconds after the beginning."""
    baggage = {} if due is None else {"baggage": f"a=b,brownout.due={due}"}
    return transport.send("POST", "/toy/v1/payments", headers={**KEY, **baggage, **headers}, body=PAY)


def phases(transport: EngineTransport) -> list[str | None]:
    """Return the phase of each record."""
    return [record.decided()["phase"] for record in transport.world.journal]


@pytest.mark.parametrize(
    ("due", "phase"),
    [("0", "calm"), ("9.999", "calm"), ("10", "storm"), ("14.99", "storm"), ("15", "after"), ("20", "after"),
     ("1e9", "after"), ("10;property=1", "storm"), ("%31%30", "storm")],
)  # fmt: skip
def test_a_drill_says_when_its_operation_was_due(due: str, phase: str) -> None:
    """After the last phase too it is that one's: a drill's clock doesn't end on the second. No clock has a say."""
    transport = engine(down("storm"))

    answer = pay(transport, due)

    assert phases(transport) == [phase]
    assert answer.status == (503 if phase == "storm" else 200)
    assert next(iter(transport.world.journal)).repeatability == "D0"


@pytest.mark.parametrize("due", ["", "soon", "-1", "nan", "inf", "1e400", "0x10", "-inf", "None", "\u0661x"])
def test_a_due_that_says_nothing_leaves_it_to_the_clock(due: str) -> None:
    """As if it weren't there: world time decides, and the record says so."""
    transport = engine()
    transport.wall += 12.0
    pay(transport, due)

    (record,) = transport.world.journal
    assert (record.phase, record.repeatability) == ("storm", "D2")


def test_by_the_clock_phases_follow_world_time() -> None:
    """After the last there is none, and only the base is in force; what the clock chose is stateful."""
    transport = engine(down(None, "base", nth=(4,)), down("storm"))
    statuses = []
    for _ in range(5):
        statuses.append(pay(transport).status)
        transport.wall += 5.0

    assert phases(transport) == ["calm", "calm", "storm", "after", None]
    assert statuses == [200, 200, 503, 503, 200]
    assert {record.repeatability for record in transport.world.journal} == {"D2"}


def test_a_jump_leads_into_a_later_phase() -> None:
    """Phases are of world time: advancing the clock is enough."""
    transport = engine()
    transport.advance(11.0)
    pay(transport)
    transport.advance(1000.0)
    pay(transport)

    assert phases(transport) == ["storm", None]


def test_without_phases_due_means_nothing() -> None:
    """No phase, and no loss of repeatability."""
    transport = engine(phases=())
    pay(transport, "12")
    pay(transport)

    assert phases(transport) == [None, None]
    assert transport.world.phase_at(transport.world.moment, 12.0) is None
    assert {record.repeatability for record in transport.world.journal} == {"D0"}


def test_phases_begin_again_with_another_scenario() -> None:
    """From the moment that it was put, however long the world had been quiet before; objects stay."""
    transport = engine()
    pay(transport)
    transport.wall += 12.0

    transport.world.use(transport.world.plan, transport.wall)
    pay(transport)
    transport.wall += 10.0
    pay(transport)

    assert phases(transport) == ["calm", "calm", "storm"]
    assert len(list(transport.world.ledger)) == 6


def test_phases_begin_again_with_a_reset() -> None:
    """Everything does."""
    transport = engine()
    transport.wall += 12.0
    pay(transport)
    transport.world.reset(transport.wall)
    pay(transport)

    assert phases(transport) == ["calm"]


def test_an_exchange_keeps_the_phase_that_it_arrived_in() -> None:
    """A delay that leads over the border changes nothing: its rules were decided on arrival."""
    late = Rule(name="late", fault=Latency(delay=8.0), target="request", phase="calm")
    transport = engine(late, providers={"toy": ToyOptions()})
    transport.wall += 5.0

    pay(transport)
    pay(transport)

    assert phases(transport) == ["calm", "storm"]


def test_an_exchange_under_way_outlives_its_scenario() -> None:
    """Its phase isn't in the new one: the new base serves it, and nothing breaks."""
    late = Rule(name="late", fault=Latency(delay=1.0), target="edge", phase="calm")
    transport = engine(late, oauth={"access_ttl_seconds": 30.0})
    flight = transport.open("POST", "/toy/v1/token", headers=KEY, body=b"{}")
    flight.step()

    transport.world.use(Plan(oauth={"access_ttl_seconds": 40.0}), transport.wall)
    answer = flight.finish()

    assert orjson.loads(answer.body)["expires_in"] == 40
    assert pay(transport).status == 200


def test_a_phase_has_options_of_its_own() -> None:
    """Those of providers whole, those of tokens field by field; a timer runs in the phase that it falls into."""
    storm = replace(STORM, providers={"toy": ToyOptions(webhooks=("http://storm/",))},
                    oauth={"access_ttl_seconds": 30.0})  # fmt: skip
    transport = engine(phases=(CALM, storm, AFTER), oauth={"access_ttl_seconds": 60.0, "rotation": True})
    world, seen = transport.world, []

    def look(_at: float) -> None:
        rules = world.token_rules("toy", TOKENS)
        seen.append((world.phase, world.options("toy").webhooks, rules.access_ttl_seconds, rules.rotation))

    for seconds in (9.0, 10.0, 14.0, 15.0, 25.0):
        world.timers.at(world.clock.started_at + seconds, look)
    transport.advance(1000.0)

    assert seen == [
        ("calm", (), 60.0, True),
        ("storm", ("http://storm/",), 30.0, True),
        ("storm", ("http://storm/",), 30.0, True),
        ("after", (), 60.0, True),
        (None, (), 60.0, True),
    ]
    assert world.phase is None


def test_a_drills_request_leaves_no_phase_behind() -> None:
    """What runs after it by the clock is in the clock's phase."""
    storm = replace(STORM, providers={"toy": ToyOptions(webhooks=("http://storm/",))})
    transport = engine(phases=(CALM, storm))
    pay(transport, 12)

    transport.world.arrive(transport.wall)

    assert transport.world.options("toy").webhooks == ()
    assert len(list(transport.world.hooks)) == 1


def test_a_phases_limit_holds_in_it_alone() -> None:
    """With its burst, its own announcement and the provider's 429; before and after nothing is limited."""
    transport = engine(limits=(bucket("burst", "storm", announce="retry_after"),))

    answers = [pay(transport, due) for due in (1, 2, 3, 11, 11, 11, 16, 16)]

    assert [answer.status for answer in answers] == [200, 200, 200, 200, 200, 429, 200, 200]
    assert answers[5].headers["Retry-After"] == "1000"
    assert orjson.loads(answers[5].body) == {"error": "rate_limited"}
    assert [record.limit for record in transport.world.journal][5] == "burst"


def test_an_undocumented_limit_tells_nothing() -> None:
    """No header says when to come back."""
    transport = engine(limits=(bucket("burst", "calm", burst=1.0),))

    assert "Retry-After" not in [pay(transport, 1), pay(transport, 1)][1].headers


def test_a_phases_limit_takes_the_place_of_the_bases_of_its_name() -> None:
    """With a level of its own: what was taken in one is not missing in the other, and the base goes on after."""
    transport = engine(limits=(bucket("burst"), bucket("burst", "storm", burst=3.0)))

    statuses = [pay(transport, due).status for due in (1, 1, 1, 11, 11, 11, 11, 16)]

    assert statuses == [200, 200, 429, 200, 200, 200, 429, 429]


def test_a_phases_limit_may_count_otherwise_than_the_bases() -> None:
    """A bucket in the base and slots in the phase share no number: tokens left are not requests under way."""
    slots = Limit(name="burst", match=Match(), algorithm="concurrency", quota=1, phase="storm")
    transport = engine(limits=(bucket("burst", burst=5.0), slots))

    assert [pay(transport, due).status for due in (1, 11, 11, 16)] == [200, 200, 200, 200]


def test_limits_of_other_names_hold_side_by_side() -> None:
    """Base and phase both: a request needs room in each, and takes from all or none."""
    transport = engine(limits=(bucket("base", burst=3.0), bucket("extra", "storm", burst=1.0)))

    assert [pay(transport, due).status for due in (11, 11, 1, 1, 1)] == [200, 429, 200, 200, 429]
    assert [record.limit for record in transport.world.journal] == [None, "extra", None, None, "base"]
    described = transport.world.limits.describe(transport.world.plan.limits, transport.wall)
    assert [(one["name"], one["phase"], one["admitted"], one["refused"]) for one in described] == [
        ("base", None, 3, 1), ("extra", "storm", 1, 1),
    ]  # fmt: skip


def test_a_rule_counts_only_where_it_is_in_force() -> None:
    """`nth` of a phase's rule is the nth call in the phase; the base's rule counts through all of them."""
    transport = engine(down("storm", nth=(2,)), down(None, "base", nth=(6,)))

    statuses = [pay(transport, due).status for due in (1, 1, 11, 11, 16, 16)]

    assert statuses == [200, 200, 200, 503, 200, 503]


def test_a_phases_drift_ends_with_it() -> None:
    """Overnight the shape changes; the objects made before it are seen through it while it lasts."""
    drift = Rule(name="d", fault=Drift(path="$.amount", change="retype"), target="response", phase="storm")
    transport = engine(drift)
    made = orjson.loads(pay(transport, 1).body)

    def seen(due: int) -> object:
        headers = {**KEY, "baggage": f"brownout.due={due}"}
        return orjson.loads(transport.send("GET", f"/toy/v1/payments/{made['id']}", headers=headers).body)["amount"]

    assert [seen(due) for due in (2, 11, 16)] == [100, "100", 100]


def test_a_live_rule_is_in_force_in_every_phase() -> None:
    """It is put over the scenario, and taken out again without moving a phase's counters."""
    transport = engine(down("storm", nth=(2,)))
    pay(transport, 11)
    transport.world.put_rule(down(None, "live"))
    assert [pay(transport, due).status for due in (1, 16)] == [503, 503]
    transport.world.drop_rule("live")

    assert pay(transport, 11).status == 503
