"""Drills with a real server; the load generator is real where it says so, else one that misbehaves."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from crowded import only_crowded

from brownout import assembly
from brownout.core.errors import UsageError
from brownout.core.match import Match
from brownout.core.plan import Arm, Load, Plan
from brownout.core.rules import Count, Rule
from brownout.drill.conduct import Drill, ready
from brownout.drill.folder import Folder
from brownout.drill.generator import COMMAND
from brownout.faults.abort import Abort

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.drill.glance import Snapshot

CREATE = "stripe.payment_intents.create"
LOST = Rule(
    name="lost-answer",
    fault=Abort(connection="reset"),
    target="response",
    match=Match(operation=(CREATE,)),
    count=Count(percentage=30),
)
NAIVE = Arm(name="naive", client="naive", control=True)
RESILIENT = Arm(name="resilient", client="resilient")
PLAN = Plan(
    name="lost-answer",
    title="Lost",
    seed=2,
    digest="d",
    identity={CREATE: "body.metadata.order_id"},
    rules=(LOST,),
    load=Load(journey="payment", rate_per_second=20, duration_seconds=1, users=20),
    arms={"naive": NAIVE, "resilient": RESILIENT},
    thresholds={"payments.duplicated": ("count == 0",), "payments.lost": ("count == 0",)},
)


class Watch:
    """Remembers what it was told; `on_tick` is called each time."""

    def __init__(self, on_tick: Callable[[], None] | None = None) -> None:
        """Begin knowing nothing."""
        self.told: list[str] = []
        self._on_tick = on_tick

    def begin(self, arm: str, orders: int | None) -> None:
        """Note it."""
        self.told.append(f"{arm}: {orders}")

    def tick(self, seen: Snapshot) -> None:
        """Call back."""
        if self._on_tick is not None:
            self._on_tick()

    def finding(self, text: str) -> None:
        """Note it."""
        self.told.append(text)

    def end(self) -> None:
        """Note it."""
        self.told.append("end")


def _drill(path: Path, *, plan: Plan = PLAN, watch: Watch | None = None, **options: Any) -> Drill:
    return Drill(plan=plan, registries=assembly.registries(), folder=Folder(path), watch=watch or Watch(), **options)


def _python(text: str) -> list[str]:
    return [sys.executable, "-c", text]


def _doubles(verdict: dict[str, Any], arm: str) -> list[tuple[str, str]]:
    return [
        (finding["message"], " ".join(finding["payments"]))
        for finding in verdict["arms"][arm]["findings"]
        if finding["kind"] == "duplicated"
    ]


@pytest.mark.slow
@pytest.mark.e2e
def test_same_seed_charges_the_same_orders_twice(tmp_path: Path) -> None:
    """The careless client charges orders twice, the careful one none; with one seed they are always the same ones."""
    watch = Watch()

    first = _drill(tmp_path / "first", watch=watch).run(Event())
    second = _drill(tmp_path / "second", arms=["naive"]).run(Event())

    assert _doubles(first, "naive")
    assert _doubles(first, "naive") == _doubles(second, "naive")
    assert _doubles(first, "resilient") == []
    assert [arm["orders"] for arm in first["arms"].values()] == [{"planned": 20, "claimed": 20}] * 2
    assert first["arms"]["resilient"]["metrics"]["operations.good"]["count"] == 20
    # A crowded machine can make the generator late, which is then the only thing to say against a pass.
    assert first["status"] == "pass" or all(only_crowded(arm["doubts"]) for arm in first["arms"].values())
    key = first["arms"]["naive"]["findings"][0]["key"]
    assert f"charged {key} twice" in watch.told
    assert (tmp_path / "first/verdict.json").exists() is False  # the command writes reports, not the drill


@pytest.mark.slow
@pytest.mark.e2e
def test_unknown_client_is_a_wrong_scenario(tmp_path: Path) -> None:
    """A client that the journey doesn't have is said with those that it has."""
    plan = Plan(arms={"a": Arm(name="a", client="nobody")}, load=PLAN.load)

    with pytest.raises(
        UsageError, match=r"arms.a.client: known are naive, resilient, correct, .*, or MODULE:CLASS .* not 'nobody'"
    ):
        _drill(tmp_path, plan=plan).run(Event())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (_python("import sys; sys.exit('Traceback: no luck')"), r"died with exit code 1; its last words .*no luck"),
        (_python("import os; os._exit(9)"), r"died with exit code 9, without a word"),
        (_python("import os, signal; os.kill(os.getpid(), signal.SIGKILL)"), r"died of SIGKILL"),
        (["/nowhere/python"], r"couldn't be started: .*No such file"),
    ],
)
def test_generator_that_fails_is_inconclusive(tmp_path: Path, command: list[str], reason: str) -> None:
    """A generator that can't start or dies is told with its last words, and no further arm is tried."""
    verdict = _drill(tmp_path, command=command).run(Event())

    assert verdict["status"] == "inconclusive"
    assert list(verdict["arms"]) == ["naive"]
    assert any(re.search(reason, each, re.DOTALL) for each in verdict["reasons"])


@pytest.mark.slow
def test_generator_that_does_nothing_is_inconclusive(tmp_path: Path) -> None:
    """A generator that ends well without having sent anything shows nothing."""
    verdict = _drill(tmp_path, command=_python("")).run(Event())

    assert verdict["status"] == "inconclusive"
    assert "ended before its first order was through" in verdict["reasons"][0]


@pytest.mark.slow
def test_hanging_generator_is_ended_with_all_it_started(tmp_path: Path) -> None:
    """A generator that does nothing is ended after a while, and so is what it started itself."""
    child = "import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(99)'])"

    verdict = _drill(tmp_path, command=_python(f"{child}; print(p.pid, flush=True); p.wait()"), stalled_seconds=2).run(
        Event()
    )

    assert "did nothing for 2 s and was ended" in verdict["reasons"][0]
    assert not _alive(int((tmp_path / "client-naive.log").read_text()))


def _alive(pid: int) -> bool:
    """Return whether a process still runs; one that waits to be reaped doesn't."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        stat = Path(f"/proc/{pid}/stat")
        return not stat.exists() or ") Z " not in stat.read_text()
    return False


@pytest.mark.slow
def test_stopped_drill_leaves_a_part_that_says_so(tmp_path: Path) -> None:
    """A drill that is told to stop ends its generator, keeps what there is and is never green."""
    stop = Event()

    verdict = _drill(tmp_path, command=_python("import time; time.sleep(99)"), watch=Watch(on_tick=stop.set)).run(stop)

    assert (verdict["interrupted"], verdict["status"]) == (True, "inconclusive")
    assert list(verdict["arms"]) == ["naive"]
    head = orjson.loads((tmp_path / "journal-naive.jsonl").read_bytes().splitlines()[0])
    assert (head["brownout_journal"], head["interrupted"]) == (1, True)


@pytest.mark.parametrize(
    ("plan", "options", "message"),
    [
        (Plan(name="mine"), {}, "mine: a drill needs arms"),
        (PLAN, {"arms": ["nave"]}, "--arm: unknown 'nave'; did you mean 'naive'"),
        (Plan(name="mine", arms={"a": NAIVE}, load=Load(journey="checkuot")), {}, "load.journey: .*'checkout'"),
        (
            Plan(name="mine", arms={"a": NAIVE}, load=Load(journey="payment", duration_seconds=0.01)),
            {},
            "mine: .* is no order at all",
        ),
    ],
)
def test_impossible_drills_are_refused_before_they_start(
    tmp_path: Path, plan: Plan, options: dict[str, Any], message: str
) -> None:
    """What can be known beforehand is said beforehand."""
    with pytest.raises(UsageError, match=message):
        _drill(tmp_path, plan=plan, **options)


def test_missing_extra_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Locust or Plotly there is a line to type."""
    ready()
    monkeypatch.setattr("brownout.drill.conduct.find_spec", lambda name: None if name == "locust" else object())

    with pytest.raises(UsageError, match=r"a drill needs locust: pip install 'brownout\[drill\]'"):
        ready()


def test_folder_forgets_the_last_drill_only(tmp_path: Path) -> None:
    """What an earlier drill left goes, what somebody else put there stays."""
    (tmp_path / "verdict.json").write_text('{"brownout_verdict": 1, "arms": {"old": {}}}')
    for name in ("journal-old.jsonl", "client-old.log", "journal-2025.jsonl", "notes.txt"):
        (tmp_path / name).touch()
    folder = Folder(tmp_path)
    assert (tmp_path / "verdict.json").exists()  # nothing is touched before the run

    folder.prepare()

    assert sorted(path.name for path in tmp_path.iterdir()) == ["arrivals.jsonl", "journal-2025.jsonl", "notes.txt"]


@pytest.mark.parametrize("verdict", ["{}", "mine", "[]", '{"arms": {"theirs": {}}}'])
def test_folder_with_somebody_elses_verdict_is_refused(tmp_path: Path, verdict: str) -> None:
    """A verdict.json that no drill wrote is left alone."""
    (tmp_path / "verdict.json").write_text(verdict)

    with pytest.raises(UsageError, match="name another folder"):
        Folder(tmp_path).prepare()
    with pytest.raises(UsageError, match="name a folder"):
        Folder(Path())
    assert (tmp_path / "verdict.json").read_text() == verdict


def test_folder_that_cannot_be_is_refused(tmp_path: Path) -> None:
    """A report folder that is a file is said to be one."""
    (tmp_path / "file").touch()

    with pytest.raises(UsageError, match=r"--report .*file"):
        Folder(tmp_path / "file" / "deeper").prepare()


def test_generator_cannot_be_shadowed() -> None:
    """A locust.py in the user's folder doesn't come before the real one."""
    assert "-P" in COMMAND
