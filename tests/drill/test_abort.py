"""A threshold that ends a drill, and functions of the user's own that judge it."""

from __future__ import annotations

import sys
from itertools import pairwise
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from crowded import only_crowded

from brownout import assembly, scenario
from brownout.cli import run
from brownout.core.thresholds import Line
from brownout.drill.brake import Brake
from brownout.drill.conduct import Drill
from brownout.drill.folder import Folder
from brownout.drill.progress import Silent
from brownout.drill.so_far import Part
from brownout.verdict import Head

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
brownout: 1
seed: 3
identity: {stripe.payment_intents.create: body.metadata.order_id}
load: {journey: payment, rate: 20/s, duration: 20s, users: 20}
arms:
ARMS
faults:
  - {name: lost-answer, kind: abort, match: {operation: stripe.payment_intents.create}, target: response,
     connection: reset, percentage: 30}
thresholds:
  payments.duplicated: [{threshold: "count == 0", abort_on_fail: true, delay: 1s}]
"""


def _drill(path: Path, arms: str) -> tuple[dict[str, Any], float]:
    plan = scenario.load(TEXT.replace("ARMS", arms), assembly.registries())
    began = monotonic()
    verdict = Drill(plan=plan, registries=assembly.registries(), folder=Folder(path), watch=Silent()).run(Event())
    return verdict, monotonic() - began


@pytest.mark.slow
@pytest.mark.e2e
def test_a_missed_line_ends_the_arm_and_the_drill(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Long before its time, and no further arm is played; the files have the same verdict."""
    verdict, took = _drill(tmp_path, "  mine: {client: naive}\n  other: {client: resilient}")

    assert (verdict["status"], verdict["interrupted"], verdict["aborted"]) == ("fail", False, ["mine"])
    assert "mine: aborted after " in verdict["reasons"][0]
    assert list(verdict["arms"]) == ["mine"]
    assert took < 20  # which the load alone would take
    assert verdict["arms"]["mine"]["orders"]["claimed"] < 400
    assert verdict["arms"]["mine"]["metrics"]["payments.unresolved"]["count"] == 0

    assert run(["verdict", str(tmp_path / "journal-mine.jsonl"), "--json"]) == 1
    assert orjson.loads(capsys.readouterr().out)["reasons"] == verdict["reasons"]


@pytest.mark.slow
@pytest.mark.e2e
def test_a_control_arm_that_is_ended_leaves_the_others_alone(tmp_path: Path) -> None:
    """It is cut short, they are played to their end."""
    text = TEXT.replace("20s", "6s")
    plan = scenario.load(
        text.replace("ARMS", "  naive: {client: naive, control: true}\n  mine: {client: resilient}"),
        assembly.registries(),
    )

    verdict = Drill(plan=plan, registries=assembly.registries(), folder=Folder(tmp_path), watch=Silent()).run(Event())

    assert verdict["aborted"] == ["naive"]
    assert verdict["arms"]["mine"]["orders"] == {"planned": 120, "claimed": 120}
    assert verdict["status"] == "pass" or only_crowded(verdict["arms"]["mine"]["doubts"])


def test_looking_takes_a_tenth_of_the_time_at_most() -> None:
    """After a look that took long there is none for nine times as long; without such a line there is none at all."""
    now, looks = [100.0], []

    def read() -> Part:
        looks.append(now[0])
        now[0] += 1.0
        return Part([], [], [])

    marked = Head(arm="a", thresholds={"payments.lost": (Line(threshold="count == 0", abort_on_fail=True),)})
    brake = Brake(marked, read, now=lambda: now[0])
    for _ in range(400):
        now[0] += 0.1
        assert brake.pull(begun=True) is None

    assert len(looks) == 5
    assert all(later - earlier >= 10 for earlier, later in pairwise(looks))
    plain = Brake(Head(arm="a", thresholds={"payments.lost": ("count == 0",)}), read, now=lambda: now[0])
    now[0] += 99
    assert plain.pull(begun=True) is None
    assert len(looks) == 5


OWN = """\
def few(ledger, claims):
    return [] if len(claims) < 3 else [f"{len(claims)} claims"]
"""


@pytest.mark.slow
@pytest.mark.e2e
def test_a_drill_asks_the_users_own_invariants(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A violation fails the drill; `check` says which function can't be had, and then no drill begins."""
    monkeypatch.setattr("sys.path", [*sys.path])
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "own_few.py").write_text(OWN)
    file = tmp_path / "scenarios" / "own.yaml"
    text = TEXT.replace("20s", "1s").replace("ARMS", "  mine: {client: resilient}")
    text = text.replace(", abort_on_fail: true, delay: 1s", "")
    file.write_text(text + "invariants: ['own_few:few']\n")

    assert run(["drill", str(file), "--report", "out"]) == 1
    assert "mine: invariant own_few:few: 20 claims" in capsys.readouterr().out

    file.write_text(text + "invariants: ['own_few:fw', 'own_gone:x']\n")
    assert run(["check", str(file)]) == 2
    said = capsys.readouterr().err
    assert "own.yaml: invariants: own_few:fw: own_few has no such function: unknown 'fw'; did you mean 'few'?" in said
    assert "own_gone:x: there is no module 'own_gone'" in said
    assert run(["drill", str(file)]) == 2
    assert "invariants: own_gone:x: there is no module" in capsys.readouterr().err
