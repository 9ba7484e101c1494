"""Somebody's own client in a drill, `--client MODULE:CLASS`: whatever is wrong with it is said, and never green."""

from __future__ import annotations

from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from brownout import assembly
from brownout.core.errors import UsageError
from brownout.core.plan import Arm, Load, Plan
from brownout.drill.conduct import Drill, with_client
from brownout.drill.folder import Folder
from brownout.drill.progress import Silent

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = [pytest.mark.slow, pytest.mark.e2e]

PLAN = Plan(
    name="own",
    load=Load(journey="payment", rate_per_second=20, duration_seconds=0.5, users=10),
    arms={"naive": Arm(name="naive", client="naive", control=True), "other": Arm(name="other", client="resilient")},
    thresholds={"payments.lost": ("count == 0",), "goodput.rate": ("value >= 0.9",)},
)
WHOLE = """
from brownout_clients.naive import Naive

class Mine(Naive):
    {method}
"""


def _run(path: Path, program: str, monkeypatch: pytest.MonkeyPatch, client: str = "mine:Mine", **options: Any) -> Any:
    """Return the verdict over a client that is in the user's own folder."""
    (path / "mine.py").write_text(program)
    monkeypatch.chdir(path)
    plan = with_client(PLAN, client, ["other"])
    folder = Folder(path / "report")
    return Drill(
        plan=plan, registries=assembly.registries(), folder=folder, watch=Silent(), arms=["other"], **options
    ).run(Event())


def test_own_client_plays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A class of the current folder takes the place of the arm that decides; the verdict is about it."""
    verdict = _run(tmp_path, WHOLE.format(method="careful = True"), monkeypatch)

    assert verdict["arms"]["other"]["client"] == "mine:Mine"
    assert verdict["arms"]["other"]["metrics"]["operations.good"]["count"] == 10


@pytest.mark.parametrize(
    ("program", "client", "words"),
    [
        ("", "nowhere:Mine", "nowhere can't be imported: ModuleNotFoundError"),
        ("1 / 0", "mine:Mine", r"mine can't be imported: ZeroDivisionError: .*mine.py:1"),
        ("class Min: pass", "mine:Mine", "mine has no class 'Mine'; it has Min"),
        ("Mine = 3", "mine:Mine", "mine has no class 'Mine'; it has none"),
        ("class Mine:\n  def pay(self, order): ...", "mine:Mine", "lacks onboard, refund, reconcile"),
        (WHOLE.format(method="def __init__(self): ..."), "mine:Mine", "Mine can't be made: TypeError"),
    ],
)
def test_client_that_cannot_be_had_is_a_usage_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, client: str, words: str
) -> None:
    """What is wrong with it is said with its file and line, before an order is sent."""
    with pytest.raises(UsageError, match=rf"arms\.other\.client: .*{words}"):
        _run(tmp_path, program, monkeypatch, client)


def test_client_that_raises_is_never_green(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its exception is told with each order, which counts as one that nobody knows the end of."""
    verdict = _run(tmp_path, WHOLE.format(method="def pay(self, order): return 1 / 0"), monkeypatch)
    arm = verdict["arms"]["other"]

    assert verdict["status"] == "fail"
    assert arm["errors"]["operations"] == {"client_bug": 10}
    assert arm["metrics"]["payments.unresolved"]["count"] == 10
    assert "ZeroDivisionError" in (tmp_path / "report/claims-other.jsonl").read_text()


def test_client_that_never_answers_is_inconclusive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while without any progress the generator is ended, and that is the reason."""
    never = WHOLE.format(method="def pay(self, order): import time; time.sleep(999)")

    verdict = _run(tmp_path, never, monkeypatch, stalled_seconds=3.0)

    assert verdict["status"] == "inconclusive"
    assert any("did nothing for 3 s and was ended" in reason for reason in verdict["reasons"])


def test_target_that_dies_is_inconclusive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is gone in the middle of a run is said to be, and what it can't tell is not judged."""
    monkeypatch.setattr("brownout.drill.host.Host.alive", property(lambda host: host.app.stopping))

    verdict = _run(tmp_path, WHOLE.format(method="careful = True"), monkeypatch)

    assert verdict["status"] == "inconclusive"
    assert any("the target died" in reason for reason in verdict["reasons"])


def test_it_must_be_clear_which_arm_it_plays() -> None:
    """With several arms that decide, or none, somebody has to say."""
    several = replace(PLAN, arms=PLAN.arms | {"third": Arm(name="third", client="resilient")})

    with pytest.raises(UsageError, match="say with --arm which arm it plays: other, third"):
        with_client(several, "mine:Mine")
    assert with_client(several, "mine:Mine", ["naive"]).arms["naive"].client == "mine:Mine"
    assert with_client(PLAN, "mine:Mine").arms["other"].client == "mine:Mine"
