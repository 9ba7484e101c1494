"""A real drill of a client that stands still for a second: what coordinated omission would have hidden."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

import numpy as np
import orjson
import pytest

from brownout import assembly
from brownout.core.plan import Arm, Load, Plan
from brownout.drill.conduct import Drill, with_client
from brownout.drill.folder import Folder
from brownout.drill.progress import Silent

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.e2e]

ORDERS = 1_040
PLAN = Plan(
    name="paused",
    load=Load(journey="payment", rate_per_second=80, duration_seconds=ORDERS / 80, users=20),
    arms={"paused": Arm(name="paused", client="naive")},
    thresholds={"payments.lost": ("count == 0",)},
)
PAUSED = """
from gevent import monkey
from brownout_clients.naive import Naive

class Paused(Naive):
    sent = 0

    def send(self, call):
        Paused.sent += 1
        if Paused.sent == 300:
            monkey.get_original("time", "sleep")(1.0)
        return super().send(call)
"""
"""At its 300th request the whole process stands still: a long collection of garbage, a lock, a slow disk."""


def test_a_paused_client_shows_its_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Orders that were due in that second waited for their turn, which latency counts and service doesn't.

    And the percentiles are those that numpy finds in the claims that Locust's users wrote.
    """
    (tmp_path / "mine.py").write_text(PAUSED)
    monkeypatch.chdir(tmp_path)
    plan, folder = with_client(PLAN, "mine:Paused", ["paused"]), Folder(tmp_path / "report")

    verdict = Drill(plan=plan, registries=assembly.registries(), folder=folder, watch=Silent()).run(Event())

    found = verdict["arms"]["paused"]
    lines = (tmp_path / "report" / "claims-paused.jsonl").read_bytes().splitlines()
    last = {claim["key"]: claim for claim in map(orjson.loads, lines)}.values()
    exact = {
        part: np.array([claim["at"] - claim[since] for claim in last])
        for part, since in (("latency", "scheduled_at"), ("service", "started_at"))
    }
    assert len(last) == ORDERS
    assert found["metrics"]["op.co_gap"]["value"] > 0.25
    assert found["latency"]["p99_seconds"] > found["service"]["p99_seconds"] + 0.25
    assert found["latency"]["p99_interval"][0] <= found["latency"]["p99_seconds"]
    for part, lengths in exact.items():
        for share in (50, 95, 99):
            by_numpy = np.percentile(lengths, share, method="inverted_cdf")
            assert found[part][f"p{share}_seconds"] == pytest.approx(by_numpy, rel=0.01, abs=2e-6)
