"""The stories of the library, played: each makes the naive client fail and the resilient one pass."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from crowded import only_crowded

from brownout import assembly, scenario
from brownout.drill.conduct import Drill
from brownout.drill.folder import Folder
from brownout.drill.progress import Silent
from brownout.drill.sim.conduct import Simulation

if TYPE_CHECKING:
    from pathlib import Path

    from brownout.core.plan import Plan

pytestmark = [pytest.mark.slow, pytest.mark.e2e]

STORIES = [name for name in scenario.names() if name != "default"]
DRILLED = ("everything", "kyc-onboarding", "refunds-and-books", "token-heavy-sync", "webhooks-missed")
"""What Locust plays here, too: every journey. Other tests drill `lost-answer`, `manners` and `drift-overnight`."""


def _play(plan: Plan, path: Path, **options: Any) -> dict[str, Any]:
    drill = Drill(plan=plan, registries=assembly.registries(), folder=Folder(path), watch=Silent(), **options)
    return drill.run(Event())


def _load(name: str) -> Plan:
    return scenario.load_file(scenario.find(name), assembly.registries())


@pytest.mark.parametrize("name", STORIES)
def test_story_in_virtual_time_hurts_the_naive_client_alone(tmp_path: Path, name: str) -> None:
    """The naive arm misses a threshold; the resilient one misses none, and nothing is in doubt."""
    simulation = Simulation(plan=_load(name), registries=assembly.registries(), folder=Folder(tmp_path), watch=Silent())

    verdict = simulation.run(Event())

    assert any(check["holds"] is False for check in verdict["arms"]["naive"]["thresholds"])
    assert (verdict["status"], verdict["arms"]["resilient"]["doubts"]) == ("pass", [])


@pytest.mark.parametrize("name", DRILLED)
def test_story_hurts_the_naive_client_alone(tmp_path: Path, name: str) -> None:
    """The naive arm misses a threshold; the resilient one misses none, and nothing but the machine is in doubt."""
    verdict = _play(_load(name), tmp_path)
    naive, resilient = verdict["arms"]["naive"], verdict["arms"]["resilient"]

    assert any(check["holds"] is False for check in naive["thresholds"])
    assert [check["message"] for check in resilient["thresholds"] if check["holds"] is not True] == []
    assert [check["message"] for check in resilient["steady_state"] if check["holds"] is not True] == []
    assert only_crowded([*naive["doubts"], *resilient["doubts"]])
    assert verdict["status"] == "pass" or verdict["status"] == "inconclusive"


def test_a_client_beside_itself_is_no_different(tmp_path: Path) -> None:
    """A/A: one client in both arms is struck alike and charged alike; benchmarks/a_a does it over 20 seeds."""
    from dataclasses import replace  # noqa: PLC0415 - only here

    plan = _load("lost-answer")
    naive = plan.arms["naive"]
    twins = {"left": replace(naive, name="left", control=False), "right": replace(naive, name="right", control=False)}

    verdict = _play(replace(plan, seed=1, arms=twins), tmp_path)
    left, right = (verdict["arms"][name] for name in twins)

    assert [one["key"] for one in left["findings"]] == [one["key"] for one in right["findings"]]
    assert [check["holds"] for check in left["thresholds"]] == [check["holds"] for check in right["thresholds"]]
    assert left["metrics"]["money.error"] == right["metrics"]["money.error"]
