"""The same drill twice with one seed: the same D0 and D1 firings, and the same verdict."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from crowded import only_crowded

from brownout import assembly, scenario
from brownout.drill.conduct import Drill
from brownout.drill.folder import Folder
from brownout.drill.progress import Silent
from brownout.verdict.files import read_journal

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.e2e]

TEXT = """\
brownout: 1
seed: 20261123
identity: {stripe.payment_intents.create: body.metadata.order_id}
load: {journey: payment, rate: 12/s, duration: 5s, users: 1}
arms: {naive: {client: naive, control: true}, resilient: {client: resilient}}
faults:
  - {name: lost-answer, kind: abort, match: {operation: stripe.payment_intents.create}, target: response,
     connection: reset, percentage: 25}
  - {name: third, kind: abort, match: {operation: stripe.payment_intents.create}, target: request, status: 503,
     nth: [3, 9]}
  - {name: some-wait, kind: latency, match: {operation: paypal.orders.*}, delay: 10ms, every: 4}
thresholds:
  payments.duplicated: ["count == 0"]
  payments.lost: ["count == 0"]
  operations.failed{arm:resilient}: ["rate < 0.9 at 95%"]
"""
"""One user, so that each client's own order is the same: what D1 asks for."""


def _decided(journal: Path) -> list[tuple[Any, ...]]:
    """Return what was decided about each exchange that is D0 or D1, in the journal's order."""
    records = read_journal(journal.read_bytes().splitlines(keepends=True), journal.name).parts[0].records
    return [
        (
            one["id"], one["operation"], one["key"], one["occurrence"], one["repeatability"], one["status"],
            tuple((fired["rule"], fired["state"], fired["repeatability"], fired.get("draw")) for fired in one["fired"]),
        )
        for one in (record["decided"] for record in records)
        if one["repeatability"] in ("D0", "D1")
    ]  # fmt: skip


def test_the_same_drill_twice_is_the_same(tmp_path: Path) -> None:
    """Percentages (D0) and counts (D1) strike the same calls, and each threshold comes to the same."""
    plan = scenario.load(TEXT, assembly.registries())
    verdicts = [
        Drill(plan=plan, registries=assembly.registries(), folder=Folder(tmp_path / run), watch=Silent()).run(Event())
        for run in "ab"
    ]

    for arm in plan.arms:
        first, second = (_decided(tmp_path / run / f"journal-{arm}.jsonl") for run in "ab")
        assert first == second
        classes = {fired[2] for one in first for fired in one[6] if fired[1] == "applied"}
        assert classes == {"D0", "D1"}
    first, second = (
        [(one["message"], one["holds"]) for arm in verdict["arms"].values() for one in arm["thresholds"]]
        for verdict in verdicts
    )
    assert first == second
    assert any(holds is False for _, holds in first)
    assert verdicts[0]["rests_on"] == verdicts[1]["rests_on"]
    for verdict in verdicts:
        assert verdict["status"] == "pass" or only_crowded(verdict["reasons"])
