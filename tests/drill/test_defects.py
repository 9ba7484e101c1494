"""Eight clients with one planted defect each: the verdict names each by its own measure, and passes the correct one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest
from crowded import only_crowded

from brownout import assembly, scenario
from brownout.core.plan import Arm
from brownout.drill.conduct import Drill
from brownout.drill.folder import Folder
from brownout.drill.progress import Silent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from brownout.core.plan import Plan

pytestmark = [pytest.mark.slow, pytest.mark.e2e]


class Named(NamedTuple):
    """What has to be missed, of which metric with which advice; and what may be missed beside it."""

    metric: str
    assertion: str
    advice: str
    besides: frozenset[str] = frozenset()


LOST_ORDERS: Final = frozenset({"goodput.rate"})
"""Whatever is wrong may cost orders."""
DEFECTS: Final = {
    "RenewsInParallel": Named("refresh.overlapping", "count == 0", "single flight"),
    "IgnoresRetryAfter": Named("retry_after.honoured", "rate >= 0.9", "Retry-After is ignored"),
    "NewKeyOnRetry": Named(
        "mishandled.changed_key", "count == 0", "make the key once", LOST_ORDERS | {"payments.duplicated"}
    ),
    "NoJitter": Named(
        "retry.wave", "value < 0.6", "without jitter", frozenset({"retry.dispersion", "retry_after.wave"})
    ),
    "StrictEnum": Named("contract.failed", "count == 0", "read too strictly", LOST_ORDERS),
    "SwallowsRefusals": Named("payments.lost", "count == 0", "a 429 is swallowed", LOST_ORDERS),
    "RetriesForbidden": Named("auth.scope_loops", "count == 0", "insufficient_scope", LOST_ORDERS),
    "TrustsRemaining": Named("retry.at_once", "rate < 0.4", "whatever the headers say", LOST_ORDERS),
}
AT_A_TIME: Final = 3
"""So many drills run beside each other: most of a drill is waiting."""


def _play(plan: Plan, clients: Sequence[str], path: Path) -> dict[str, Any]:
    """Return the verdict on each client's arm."""
    arms = {one.rpartition(":")[2]: one for one in clients}
    plan = replace(plan, arms={name: Arm(name=name, client=client) for name, client in arms.items()})
    drill = Drill(plan=plan, registries=assembly.registries(), folder=Folder(path), watch=Silent())
    judged: dict[str, Any] = drill.run(Event())["arms"]
    return judged


def test_each_defect_is_named_and_the_correct_client_passes(tmp_path: Path) -> None:
    """One seed, nine clients: each misses its own threshold, with its own advice, and the ninth misses none."""
    plan = scenario.load_file(scenario.find("manners"), assembly.registries())
    clients = ["correct", *(f"brownout_clients.defective:{name}" for name in DEFECTS)]
    parts = [clients[first::AT_A_TIME] for first in range(AT_A_TIME)]
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        played = pool.map(lambda part: _play(plan, part[1], tmp_path / str(part[0])), enumerate(parts))
        arms = {name: arm for each in played for name, arm in each.items()}

    correct = arms.pop("correct")
    assert [one["message"] for one in (*correct["thresholds"], *correct["steady_state"]) if not one["holds"]] == []
    assert only_crowded(correct["doubts"]), correct["doubts"]
    assert arms.keys() == DEFECTS.keys()
    for name, told in DEFECTS.items():
        missed = {one["metric"]: one for one in arms[name]["thresholds"] if one["holds"] is False}
        assert arms[name]["status"] == "fail", name
        assert told.metric in missed, name
        assert missed[told.metric]["assertion"] == told.assertion
        assert told.advice in missed[told.metric]["advice"]
        assert missed.keys() - {told.metric} <= told.besides, name
