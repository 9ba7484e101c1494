"""The stories of the library, played: each makes the naive client fail and the resilient one pass."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from brownout import assembly, scenario
from brownout.drill.conduct import Drill
from brownout.drill.folder import Folder
from brownout.drill.progress import Silent
from brownout.scenario.scale import scaled
from brownout.verdict.files import read_journal

if TYPE_CHECKING:
    from pathlib import Path

    from brownout.core.plan import Plan

pytestmark = [pytest.mark.slow, pytest.mark.e2e]

STORIES = [name for name in scenario.names() if name != "default"]
LATE = ("late", "began more than", "the simulator was the bottleneck")
"""What a crowded machine may add to a verdict, and nothing else."""


def _play(plan: Plan, path: Path, **options: Any) -> dict[str, Any]:
    drill = Drill(plan=plan, registries=assembly.registries(), folder=Folder(path), watch=Silent(), **options)
    return drill.run(Event())


def _load(name: str) -> Plan:
    return scenario.load_file(scenario.find(name), assembly.registries())


@pytest.mark.parametrize("name", STORIES)
def test_story_hurts_the_naive_client_alone(tmp_path: Path, name: str) -> None:
    """The naive arm misses a threshold; the resilient one misses none, and nothing but the machine is in doubt."""
    verdict = _play(_load(name), tmp_path)
    naive, resilient = verdict["arms"]["naive"], verdict["arms"]["resilient"]

    assert any(check["holds"] is False for check in naive["thresholds"])
    assert [check["message"] for check in resilient["thresholds"] if check["holds"] is not True] == []
    assert [check["message"] for check in resilient["steady_state"] if check["holds"] is not True] == []
    assert all(any(word in doubt for word in LATE) for doubt in [*naive["doubts"], *resilient["doubts"]])
    assert verdict["status"] == "pass" or verdict["status"] == "inconclusive"


def test_one_seed_strikes_the_same_orders_again(tmp_path: Path) -> None:
    """Of two drills with one seed, every call that both made met the same rules, whatever the timing."""
    plan = scaled(_load("everything"), 14.0)
    decided = []
    for run in "ab":
        _play(plan, tmp_path / run, arms=["resilient"])
        lines = (tmp_path / run / "journal-resilient.jsonl").read_bytes().splitlines()
        records = read_journal(lines, run).parts[0].records
        decided.append(
            {
                (one["client"], one["operation"], one["key"], one["occurrence"]): [
                    (fired["rule"], fired.get("draw")) for fired in one["fired"] if fired["repeatability"] == "D0"
                ]
                for one in (record["decided"] for record in records)
                if one["key_source"] == "baggage" and one["key"] != "reconcile"
            }
        )
    first, second = decided
    both = first.keys() & second.keys()

    assert len(both) > 0.9 * max(len(first), len(second))
    assert {call for call in both if first[call] != second[call]} == set()
    assert sum(bool(first[call]) for call in both) > 10


@pytest.mark.parametrize("seed", [1, 2])
def test_a_client_beside_itself_is_no_different(tmp_path: Path, seed: int) -> None:
    """A/A: one client in both arms is struck alike and charged alike; benchmarks/a_a does it over 20 seeds."""
    from dataclasses import replace  # noqa: PLC0415 - only here

    plan = _load("lost-answer")
    naive = plan.arms["naive"]
    twins = {"left": replace(naive, name="left", control=False), "right": replace(naive, name="right", control=False)}

    verdict = _play(replace(plan, seed=seed, arms=twins), tmp_path)
    left, right = (verdict["arms"][name] for name in twins)

    assert [one["key"] for one in left["findings"]] == [one["key"] for one in right["findings"]]
    assert [check["holds"] for check in left["thresholds"]] == [check["holds"] for check in right["thresholds"]]
    assert left["metrics"]["money.error"] == right["metrics"]["money.error"]
