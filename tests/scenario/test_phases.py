"""Scenarios with phases, and what plan they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brownout import assembly, scenario
from brownout.core.errors import ScenarioError
from brownout.core.limits import Limit
from brownout.core.match import Match
from brownout.core.plan import Arm, Phase
from brownout.core.rules import Count, Rule
from brownout.faults.abort import Abort
from brownout.scenario.overlays import merged
from brownout.scenario.scale import scaled

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.core.errors import Mistake
    from brownout.core.plan import Plan
    from brownout.core.registries import Registries


STORY = """\
providers: {bank: {review: 9s, hooks: [{url: http://base}]}}
oauth: {access_ttl: 130s, rotation: true, on_reuse: reject}
limits:
  - {name: burst, algorithm: token_bucket, rate: 100/s, burst: 200}
faults:
  - {name: always, kind: abort, status: 500, percentage: 1}
phases:
  - {name: calm, duration: 15s}
  - name: storm
    duration: 25s
    limits:
      - {name: burst, algorithm: concurrency, quota: 3}
    faults:
      - {name: gone, kind: abort, status: 503, percentage: 10, match: {operation: bank.payments.create, cohort: 3}}
      - {kind: abort, status: 504}
    oauth: {access_ttl: 20s, refresh_ttl: 30d, reuse_grace: 0}
    providers: {bank: {review: 1m}}
  - {name: after, duration: 1m30s}
load: {rate: 2/s, users: 5}
arms: {mine: {client: "shop.clients:Mine"}}
steady_state: {"goodput.rate{arm:mine}": ["value >= 0.98"]}
thresholds:
  "errors{arm:mine,phase:storm}": ["rate < 0.1"]
  "op.latency{phase:after}": ["p(95) < 800ms"]
"""


def test_phases_reach_the_plan(load: Callable[..., Plan], registries: Registries) -> None:
    """What a phase says is in the plan with its name; what the top says holds in every phase, and comes first."""
    plan = load(STORY)

    bank = registries.providers["bank"].options_type
    hook = plan.providers["bank"].hooks[0]
    assert plan.phases == (
        Phase(name="calm", duration_seconds=15.0),
        Phase(
            name="storm",
            duration_seconds=25.0,
            providers={"bank": bank(review=60.0, hooks=(hook,))},
            oauth={"access_ttl_seconds": 20.0, "refresh_ttl_seconds": 2_592_000.0, "reuse_grace_seconds": 0.0},
        ),
        Phase(name="after", duration_seconds=90.0),
    )
    assert plan.oauth == {"access_ttl_seconds": 130.0, "rotation": True, "on_reuse": "reject"}
    assert [(limit.name, limit.algorithm, limit.phase) for limit in plan.limits] == [
        ("burst", "token_bucket", None),
        ("burst", "concurrency", "storm"),
    ]
    assert plan.limits[1] == Limit(
        name="burst", match=Match(salt="burst"), algorithm="concurrency", quota=3, phase="storm"
    )
    assert [(rule.name, rule.phase) for rule in plan.rules] == [
        ("always", None),
        ("gone", "storm"),
        ("storm.abort-2", "storm"),
    ]
    assert plan.rules[1] == Rule(
        name="gone",
        fault=Abort(status=503),
        target="request",
        match=Match(operation=("bank.payments.create",), cohort=3.0, salt="gone"),
        count=Count(percentage=10.0),
        phase="storm",
    )
    assert plan.arms == {"mine": Arm(name="mine", client="shop.clients:Mine")}
    assert plan.steady_state == {"goodput.rate{arm:mine}": ("value >= 0.98",)}
    assert list(plan.thresholds) == ["errors{arm:mine,phase:storm}", "op.latency{phase:after}"]


def test_a_load_lasts_as_long_as_its_phases(load: Callable[..., Plan]) -> None:
    """Phases say how long a drill takes, with a load that says nothing else too."""
    plan = load(STORY)

    assert plan.load is not None
    assert (plan.load.duration_seconds, plan.load.rate_per_second) == (130.0, 2.0)
    assert load("phases: [{name: a, duration: 3s}]\nload: {}\n").load.duration_seconds == 3.0  # type: ignore[union-attr]
    assert load("phases: [{name: a, duration: 3s}]\n").load is None


def test_phases_change_the_digest(load: Callable[..., Plan]) -> None:
    """Two runs under other phases are runs of other scenarios."""
    assert load(STORY).digest != load(STORY.replace("duration: 25s", "duration: 26s")).digest


def test_sections_and_parts_of_phases_may_be_left_empty(load: Callable[..., Plan]) -> None:
    """What is there but empty is as if it were not there, in a phase as at the top."""
    empty = load("phases:\noauth:\nsteady_state:\n")
    assert (empty.phases, empty.oauth, empty.steady_state) == ((), {}, {})
    assert load("phases: []\nload: {duration: 3s}\nsteady_state: {}\n").phases == ()

    phase = "phases: [{name: a, duration: 1s, faults: , limits: , oauth: {rotation: }, providers: {bank: }}]\n"
    (made,) = load("providers: {bank: {review: 9s}}\n" + phase).phases
    assert (made.oauth, made.providers) == ({}, {})


def test_default_names_stay_when_another_phase_grows(load: Callable[..., Plan]) -> None:
    """A fault without a name is numbered within its phase: what another phase or the base gains doesn't rename it."""
    storm = "phases: [{name: storm, duration: 1s, faults: [{kind: abort, status: 500}]}"

    alone = load(storm + "]\n")
    among = load(
        "faults: [{kind: abort, status: 500}]\n"
        "phases: [{name: calm, duration: 1s, faults: [{kind: abort, status: 500}]}," + storm[9:] + "]\n"
    )

    assert [rule.name for rule in alone.rules] == ["storm.abort-1"]
    assert [rule.name for rule in among.rules] == ["abort-1", "calm.abort-1", "storm.abort-1"]


def test_options_of_a_phase_lie_over_the_bases(load: Callable[..., Plan]) -> None:
    """Lists take the place of lists, keys that a phase leaves out are the base's, and the base's own stay."""
    plan = load(
        "providers: {bank: {review: 9s, hooks: [{url: http://a}, {url: http://b}]}}\n"
        "phases:\n"
        "  - {name: a, duration: 1s, providers: {bank: {hooks: [{url: http://c}]}}}\n"
        "  - {name: b, duration: 1s, providers: {bank: {}}}\n"
    )

    first, second = (phase.providers["bank"] for phase in plan.phases)
    assert ([hook.url for hook in first.hooks], first.review) == (["http://c"], 9.0)
    assert second == plan.providers["bank"]


def test_a_phase_can_mend_what_the_base_has_wrong_only_for_itself(
    mistakes: Callable[[str], tuple[Mistake, ...]],
) -> None:
    """A mistake of the base is said once and at its own line; one that a phase makes again is said there too."""
    text = (
        "brownout: 1\nproviders: {bank: {review: 4}}\nphases:\n"
        "  - {name: a, duration: 1s, providers: {bank: {review: 4s}}}\n"
        "  - {name: b, duration: 1s, providers: {bank: {review: 4}}}\n"
    )

    assert [(one.line, one.key) for one in mistakes(text)] == [
        (2, "providers.bank.review"),
        (5, "phases[1].providers.bank.review"),
    ]


def test_every_mistake_of_every_phase_is_found_at_once(mistakes: Callable[[str], tuple[Mistake, ...]]) -> None:
    """A phase that is wrong as a whole hides nothing that is wrong inside of it, nor in the next."""
    text = (
        "brownout: 1\n"
        "phases:\n"
        "  - name: a b\n"
        "    faults: [{kind: abrt}]\n"
        "    oauth: {access_ttl: 0}\n"
        "  - name: c\n"
        "    duration: -1s\n"
        "    limits: [{name: x}]\n"
        "thresholds: {'errors{phase:d}': []}\n"
    )

    assert [(one.line, one.key) for one in mistakes(text)] == [
        (3, "phases[0].duration"),
        (3, "phases[0].name"),
        (4, "phases[0].faults[0].kind"),
        (5, "phases[0].oauth.access_ttl"),
        (7, "phases[1].duration"),
        (8, "phases[1].limits[0].algorithm"),
        (9, "thresholds.errors{phase:d}"),
        (9, "thresholds.errors{phase:d}"),
    ]


VALUES = st.recursive(
    st.integers() | st.text(max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
MAPPINGS = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3)


@given(under=MAPPINGS, over=MAPPINGS)
def test_laying_over_changes_neither_and_is_idempotent(under: dict[str, object], over: dict[str, object]) -> None:
    """Laying the same over again changes nothing, nothing over something leaves it, and all keys of both are there."""
    before = repr((under, over))

    made = merged(under, over)

    assert merged(made, over) == made
    assert (merged(under, {}), merged({}, over)) == (under, over)
    assert set(made) == {*under, *over}
    assert repr((under, over)) == before


def test_scaling_keeps_shares_and_everything_else(load: Callable[..., Plan]) -> None:
    """A drill of another length has the same phases, each by the same factor; rules, rates and lifetimes stay."""
    plan = load(STORY)

    shorter = scaled(plan, 13.0)

    assert [phase.duration_seconds for phase in shorter.phases] == pytest.approx([1.5, 2.5, 9.0])
    assert shorter.load is not None
    assert (shorter.load.duration_seconds, shorter.load.rate_per_second) == (13.0, 2.0)
    assert [(phase.name, phase.oauth) for phase in shorter.phases] == [(one.name, one.oauth) for one in plan.phases]
    assert (shorter.rules, shorter.limits, shorter.digest) == (plan.rules, plan.limits, plan.digest)
    assert shorter.phase_at(1.6) == "storm"


def test_scaling_without_phases_is_the_loads_duration(load: Callable[..., Plan]) -> None:
    """Without phases only the load's duration changes; without a load there is the default one then."""
    longer = scaled(load("load: {rate: 2/s, duration: 1s}\n"), 60.0).load
    default = scaled(load(""), 60.0).load

    assert longer is not None
    assert default is not None
    assert (longer.duration_seconds, longer.rate_per_second) == (60.0, 2.0)
    assert (default.duration_seconds, default.rate_per_second) == (60.0, 15.0)


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan")])
def test_a_load_takes_longer_than_nothing(load: Callable[..., Plan], seconds: float) -> None:
    """What can't be a length is refused, whatever it is."""
    with pytest.raises(ValueError, match="longer than nothing"):
        scaled(load(STORY), seconds)


def test_options_that_check_themselves_name_their_place_in_a_phase() -> None:
    """What a provider finds wrong deep inside of its options is named at the phase's line, with the whole path."""
    text = (
        "brownout: 1\n"
        "providers: {oauth: {scopes: [read, write], fixtures: {/api/me: {scopes: [read], body: {}}}}}\n"
        "phases:\n"
        "  - {name: good, duration: 1s, providers: {oauth: {fixtures: {/api/me: {status: 503}}}}}\n"
        "  - name: bad\n"
        "    duration: 1s\n"
        "    providers:\n"
        "      oauth:\n"
        "        fixtures:\n"
        "          /api/me: {scopes: [raed]}\n"
        "    faults:\n"
        "      - {kind: drift, path: $.a, change: remove, target: edge}\n"
    )

    with pytest.raises(ScenarioError) as refused:
        scenario.load(text, assembly.registries())
    good = scenario.load(text[: text.index("  - name: bad")], assembly.registries())

    assert [(one.line, one.key) for one in refused.value.mistakes] == [
        (10, "phases[1].providers.oauth.fixtures./api/me.scopes[0]"),
        (12, "phases[1].faults[0].target"),
    ]
    fixture = good.phases[0].providers["oauth"].fixtures["/api/me"]
    assert (fixture.status, fixture.scopes) == (503, ("read",))
