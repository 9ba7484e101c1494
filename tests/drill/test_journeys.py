"""What each journey's story tells apart, simulated over seeds; and what is said where a journey can't be played."""

from __future__ import annotations

from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from brownout import assembly, scenario
from brownout.core.errors import UsageError
from brownout.core.plan import Arm, Load, Plan
from brownout.drill import journeys
from brownout.drill.conduct import Drill, with_client
from brownout.drill.folder import Folder
from brownout.drill.progress import Silent
from brownout.drill.sim.conduct import Simulation

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.e2e]

STORIES = {
    "kyc-onboarding": {("operations.ok", "baseline"), ("goodput.rate", None), ("auth.failed", None)},
    "refunds-and-books": {("money.error", None), ("mishandled.unsafe_retry", None)},
    "webhooks-missed": {("payments.orphaned", None), ("money.error", None)},
    "token-heavy-sync": {("auth.failed", None), ("goodput.rate", None)},
}
"""What the naive client misses under every seed, by metric and phase."""
SEEDS = range(1, 6)
PLAIN = """
from brownout_clients.protocols import Payment

class Mine:
    def __init__(self, around): ...
    def onboard(self, order): ...
    def pay(self, order): return Payment(order.order, order.amount_minor, order.order)
    def refund(self, order, payment): return order.refund_minor
    def reconcile(self, doubtful): return {}
"""


@pytest.mark.parametrize("name", STORIES)
def test_the_naive_client_misses_what_the_story_is_about(tmp_path: Path, name: str) -> None:
    """Whatever the seed: the control misses each of the thresholds that tell it, the other client none."""
    for seed in SEEDS:
        verdict = _simulated(name, seed, tmp_path / str(seed))
        naive, resilient = verdict["arms"]["naive"], verdict["arms"]["resilient"]
        missed = {(check["metric"], check["phase"]) for check in naive["thresholds"] if check["holds"] is False}

        assert missed >= STORIES[name], f"seed {seed}"
        assert [check["message"] for check in resilient["thresholds"] if check["holds"] is not True] == []
        assert verdict["status"] == "pass", f"seed {seed}: {verdict['reasons']}"


def test_a_client_that_lets_everybody_in_is_found_out(tmp_path: Path) -> None:
    """Nothing is broken, every call is answered well, and still it isn't good."""
    plan = scenario.load_file(scenario.find("kyc-onboarding"), assembly.registries())
    calm = replace(plan, rules=(), limits=())

    verdict = _run(calm, tmp_path)

    assert verdict["arms"]["naive"]["metrics"]["operations.ok"]["rate"] == 1
    assert 0.65 < verdict["arms"]["resilient"]["metrics"]["operations.ok"]["rate"] < 0.9


def _simulated(name: str, seed: int, path: Path) -> dict[str, Any]:
    return _run(replace(scenario.load_file(scenario.find(name), assembly.registries()), seed=seed), path)


def _run(plan: Plan, path: Path) -> dict[str, Any]:
    return Simulation(plan=plan, registries=assembly.registries(), folder=Folder(path), watch=Silent()).run(Event())


@pytest.mark.parametrize("kind", [Drill, Simulation])
@pytest.mark.parametrize(
    ("journey", "lacks"), [("webhooks", "subscribe, news"), ("refunds", "audit"), ("sync", "records")]
)
def test_a_client_without_what_a_journey_needs_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Any, journey: str, lacks: str
) -> None:
    """Before anything is sent, with the names of the methods."""
    (tmp_path / f"plain_{journey}.py").write_text(PLAIN)
    monkeypatch.chdir(tmp_path)
    load = Load(journey=journey, rate_per_second=20, duration_seconds=0.5, users=2)
    plan = Plan(name="own", load=load, arms={"mine": Arm(name="mine", client="resilient")})
    plan = with_client(plan, f"plain_{journey}:Mine")

    with pytest.raises(UsageError, match=rf"arms.mine.client: plain_{journey}:Mine lacks {lacks}, which the journey"):
        kind(plan=plan, registries=assembly.registries(), folder=Folder(tmp_path / "r"), watch=Silent()).run(Event())


def test_an_unknown_journey_is_told_with_those_that_there_are() -> None:
    """A typing error is named with what it may have meant."""
    with pytest.raises(UsageError, match=r"load.journey: .*'onbording'.*onboarding"):
        journeys.find("onbording")
