"""Two verdicts compared: what is worse is found, what is chance isn't called so, and unlike runs are refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from scipy.stats import bootstrap
from story import Story

from brownout.core.chance import uniform
from brownout.core.metrics import METRICS
from brownout.verdict import judge
from brownout.verdict.better import BETTER, FACTS, compared
from brownout.verdict.compare import Asked, compare, deciding, gate, judged_metrics, other_version, unlike
from brownout.verdict.history import history
from brownout.verdict.over_seeds import SEEDS_LEAST, compare_seeds
from brownout.verdict.pairs import of_both

if TYPE_CHECKING:
    from brownout.verdict import ArmRun
    from brownout.verdict.compare import Difference
    from brownout.verdict.pairs import Paired

pytestmark = pytest.mark.slow

ORDERS = 200


def _run(side: str, bad: float, *, seed: int = 7, orders: int = ORDERS, twice: int = 0, **head: Any) -> ArmRun:
    """A run in which each order fails by a draw, rightly; the first `twice` are charged twice."""
    told = Story(thresholds={"payments.duplicated": ("count == 0",), "retry.amplification": ("value < 3",)}, **head)
    for n in range(orders):
        failed = uniform(seed, side, n) < bad
        told.order(f"order-{n:04d}", "fail" if failed else "ok", charges=2 if n < twice else int(not failed))
    return told.run(seed=seed)


def _arm(run: ArmRun) -> dict[str, Any]:
    arm: dict[str, Any] = judge([run])["arms"]["keyed"]
    return arm


def _compared(
    a: ArmRun, b: ArmRun, *, paired: bool = True, **margins: float
) -> tuple[str, list[str], list[Difference]]:
    one, other = _arm(a), _arm(b)
    margins = {name.replace("_", "."): value for name, value in margins.items()}
    orders: Paired | None = of_both(history(a), history(b)) if paired else None
    found = compare(one, other, Asked(metrics=judged_metrics(one) | margins.keys(), margins=margins), orders)
    return *gate(found, []), found


def _of(found: list[Difference], metric: str) -> Difference:
    return next(one for one in found if one.metric == metric)


def test_every_metric_has_a_direction() -> None:
    """Or says that it has none; what nobody put down could never be judged."""
    assert set(METRICS) <= set(BETTER)
    assert all(compared(metric) for metric in METRICS)
    assert all(BETTER[metric] == "less" for metric in FACTS)


@pytest.mark.parametrize("paired", [True, False], ids=["orders", "shares"])
def test_the_same_client_is_not_called_worse(paired: bool) -> None:  # noqa: FBT001 - a case
    """Over 60 seeds, with all that a gate judges at once, at most 1 in 20 is."""
    said = [
        _compared(_run("main", 0.08, seed=seed), _run("branch", 0.08, seed=seed), paired=paired)[0]
        for seed in range(60)
    ]

    assert said.count("fail") <= 3
    assert "inconclusive" not in said


@pytest.mark.parametrize("paired", [True, False], ids=["orders", "shares"])
def test_a_planted_regression_is_found(paired: bool) -> None:  # noqa: FBT001 - a case
    """From 2 orders in 100 that fail to 15 in 100."""
    said = [
        _compared(_run("main", 0.02, seed=seed), _run("branch", 0.15, seed=seed), paired=paired) for seed in range(30)
    ]

    assert sum(status == "fail" for status, *_ in said) >= 28
    assert all(reasons[0].startswith("goodput.rate is worse: 0.9") for status, reasons, _ in said if status == "fail")


def test_an_improvement_passes() -> None:
    """And is called one."""
    status, reasons, found = _compared(_run("main", 0.3), _run("branch", 0.02))

    assert status == "pass"
    assert _of(found, "goodput.rate").outcome == "better"
    assert reasons[0].endswith("is shown to be worse")


def test_a_first_double_charge_is_a_fact() -> None:
    """From none to one: no interval excuses it."""
    status, reasons, _ = _compared(_run("main", 0.0), _run("main", 0.0, twice=1))

    assert (status, reasons[0]) == ("fail", "payments.duplicated is worse: 0 before, 1 now")


def test_one_more_of_many_double_charges_may_be_chance() -> None:
    """Where there were some before, chance has its say."""
    assert _compared(_run("main", 0.0, twice=9), _run("main", 0.0, twice=10))[0] == "pass"
    assert _compared(_run("main", 0.0, twice=9), _run("main", 0.0, twice=60))[0] == "fail"


def test_a_margin_has_to_be_shown() -> None:
    """Too few orders to rule out a drop of 1 point, enough to rule out one of 20."""
    a, b = _run("main", 0.05), _run("branch", 0.05)

    status, reasons, _ = _compared(a, b, goodput_rate=0.01)

    assert status == "inconclusive"
    assert reasons[0].startswith("goodput.rate may be worse by more than 0.01")
    assert _compared(a, b, goodput_rate=0.2)[0] == "pass"
    assert _compared(_run("main", 0.0), _run("branch", 0.5), goodput_rate=0.2)[0] == "fail"


def test_what_has_no_interval_is_held_to_its_margin() -> None:
    """Without one a figure that was measured once is only shown."""
    a, b = _run("main", 0.0), _run("main", 0.0, twice=9)
    asked = Asked(metrics=frozenset({"retry.amplification"}))
    strict = replace(asked, margins={"retry.amplification": 0.01})
    wide = replace(asked, margins={"retry.amplification": 0.5})

    outcomes = [_of(compare(_arm(a), _arm(b), each), "retry.amplification").outcome for each in (asked, strict, wide)]

    assert outcomes == [None, "worse", "no_worse"]


def test_what_is_no_longer_measured_is_open() -> None:
    """A client that stops making claims must not pass for one that has become better."""
    silent = replace(_run("main", 0.0), claims=None)

    status, reasons, _ = _compared(_run("main", 0.0), silent)

    assert status == "inconclusive"
    assert "goodput.rate was measured before, and isn't now" in reasons


def test_a_doubtful_run_decides_nothing_but_money() -> None:
    """What newly goes astray is a fact all the same."""
    worse = compare(_arm(_run("main", 0.0)), _arm(_run("main", 0.5)), Asked(metrics=frozenset({"goodput.rate"})))
    money = compare(_arm(_run("main", 0.0)), _arm(_run("main", 0.0, twice=1)), Asked(metrics=frozenset(FACTS)))

    assert gate(worse, ["B: the generator was late"])[0] == "inconclusive"
    assert gate(money, ["B: the generator was late"])[0] == "fail"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"scenario": {"name": "other", "digest": "", "title": ""}}, "the scenario: lost-answer and other"),
        ({"scenario": {"name": "lost-answer", "digest": "f" * 64, "title": ""}}, "the scenario's content: none and"),
        ({"load": {"rate_per_second": 9}}, "load.rate_per_second: none and 9"),
        ({"phases": [{"name": "storm", "duration_seconds": 1.0}]}, "the phases and their lengths"),
        ({"simulated": {"why": "sim"}}, "how it was played: on the wire and simulated"),
        ({"brownout_verdict": 2}, "the shape of the verdict: 1 and 2"),
    ],
)
def test_unlike_runs_say_in_what(change: dict[str, Any], said: str) -> None:
    """What is left to differ must be the client alone."""
    verdict = judge([_run("main", 0.0, orders=3)])

    [found] = unlike(verdict, {**verdict, **change})

    assert found.startswith(said)
    assert unlike(verdict, verdict) == []


def test_other_versions_are_told() -> None:
    """Of Brownout, not of Python or Locust."""
    verdict = judge([_run("main", 0.0, orders=3)])
    newer = {**verdict, "versions": {"brownout": "9.9", "python": "3.14"}}

    assert other_version(verdict, newer) == "Brownout unknown and 9.9"
    assert other_version(newer, {**newer, "versions": {"brownout": "9.9"}}) is None


def test_arms_are_compared_by_name_or_alone() -> None:
    """A control arm never; two that decide under different names only if nobody can mix them up."""
    one, two, control = ({"arms": {name: {"decides": decides}}} for name, decides in
                         (("mine", True), ("yours", True), ("naive", False)))  # fmt: skip

    assert deciding(one, one) == [("mine", "mine")]
    assert deciding(one, two) == [("mine", "yours")]
    assert deciding(one, control) == []
    assert deciding({"arms": {**one["arms"], **two["arms"]}}, {"arms": {"third": {"decides": True}}}) == []


def _seeds(side: str, bad: float, number: int = 24, **how: Any) -> dict[int, dict[str, Any]]:
    return {seed: _arm(_run(side, bad, seed=seed, orders=60, **how)) for seed in range(number)}


def test_means_over_seeds_tell_what_one_seed_cant() -> None:
    """A small drop is found over 24 seeds, with by how much failures were reduced, and none over the same client."""
    main, branch, same = _seeds("main", 0.05), _seeds("branch", 0.12), _seeds("again", 0.05)
    asked = Asked(metrics=frozenset({"goodput.rate", "errors"}))

    worse, alike = compare_seeds(main, branch, asked), compare_seeds(main, same, asked)
    errors = _of(compare_seeds(branch, main, asked), "errors")

    assert gate(worse, [])[0] == "fail"
    assert gate(alike, [])[0] == "pass"
    assert errors.reduction is not None
    assert errors.reduction_interval is not None
    assert errors.reduction_interval[0] < 1 - 0.05 / 0.12 < errors.reduction_interval[1]


def test_the_interval_over_seeds_is_scipys() -> None:
    """Paired by seed, of the mean difference."""
    main, branch = _seeds("main", 0.05), _seeds("branch", 0.12)
    found = _of(compare_seeds(main, branch, Asked(metrics=frozenset())), "goodput.rate")
    differences = [branch[n]["metrics"]["goodput.rate"]["value"] - main[n]["metrics"]["goodput.rate"]["value"]
                   for n in main]  # fmt: skip

    expected = bootstrap((differences,), lambda x, axis: x.mean(axis=axis), method="percentile").confidence_interval

    assert found.interval == pytest.approx(tuple(expected), abs=0.004)
    assert found.difference == pytest.approx(sum(differences) / len(differences))


def test_few_seeds_are_open_except_for_new_harm() -> None:
    """Below 20 there is no interval, so a gate can't tell; the first double charge it can."""
    few = SEEDS_LEAST - 1
    asked = Asked(metrics=frozenset({"goodput.rate", "payments.duplicated"}))

    status, reasons = gate(compare_seeds(_seeds("main", 0.05, few), _seeds("branch", 0.05, few), asked), [])
    charged = gate(compare_seeds(_seeds("main", 0.0, few), _seeds("main", 0.0, few, twice=1), asked), [])

    assert status == "inconclusive"
    assert "goodput.rate can't be told from so few seeds" in reasons
    assert charged[0] == "fail"


def test_comparisons_are_the_same_every_time() -> None:
    """Resampling is seeded."""
    main, branch = _seeds("main", 0.05), _seeds("branch", 0.12)
    asked = Asked(metrics=frozenset({"goodput.rate"}))

    assert compare_seeds(main, branch, asked) == compare_seeds(main, branch, asked)
