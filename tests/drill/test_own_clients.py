"""Somebody's own client in a drill, `--client MODULE:CLASS`: whatever is wrong with it is said, and never green."""

from __future__ import annotations

from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from brownout import assembly
from brownout.core.errors import UsageError
from brownout.core.plan import Arm, Load, Phase, Plan
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


def _run(
    path: Path,
    program: str,
    monkeypatch: pytest.MonkeyPatch,
    client: str = "mine:Mine",
    plan: Plan = PLAN,
    **options: Any,
) -> Any:
    """Return the verdict over a client that is in the user's own folder."""
    (path / "mine.py").write_text(program)
    monkeypatch.chdir(path)
    plan = with_client(plan, client, ["other"])
    folder = Folder(path / "report")
    return Drill(
        plan=plan, registries=assembly.registries(), folder=folder, watch=Silent(), arms=["other"], **options
    ).run(Event())


def test_own_client_plays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A class of the current folder takes the place of the arm that decides; the verdict is about it."""
    verdict = _run(tmp_path, WHOLE.format(method="careful = True"), monkeypatch)

    assert verdict["arms"]["other"]["client"] == "mine:Mine"
    assert verdict["arms"]["other"]["metrics"]["operations.good"]["count"] == 10


PAUSED = """
from brownout_clients.protocols import Payment
from gevent.monkey import get_original

class Mine:
    def __init__(self, around): ...
    def onboard(self, order): ...
    def pay(self, order):
        if order.order == "order-0300":
            get_original("time", "sleep")(0.6)  # the whole process stands still, as in a long garbage collection
        return Payment(order.order, order.amount_minor, order.order)
    def refund(self, order, payment):
        return order.refund_minor
    def reconcile(self, doubtful):
        return {}
"""


def test_a_paused_client_shows_the_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a client stands still orders go on being due: their wait is in the latency, and the generator was late.

    Service time alone, which a closed loop would have shown, tells of one slow order in twelve hundred.
    """
    load = Load(journey="payment", rate_per_second=300, duration_seconds=4, users=30)

    verdict = _run(tmp_path, PAUSED, monkeypatch, plan=replace(PLAN, load=load))

    arm = verdict["arms"]["other"]
    assert arm["orders"] == {"planned": 1200, "claimed": 1200}
    assert arm["service"]["p99_seconds"] < 0.3
    assert arm["service"]["max_seconds"] >= 0.6
    assert arm["metrics"]["op.co_gap"]["value"] == arm["latency"]["co_gap_seconds"] > 0.3
    assert arm["lag"]["late_share"] > 0.1
    assert any("the load generator was late" in doubt for doubt in arm["doubts"])


def test_closed_users_go_on_by_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each begins its next order when its last is done and it has thought; latency counts from there, as is said."""
    load = Load(
        executor="users", journey="payment", rate_per_second=None, duration_seconds=1, users=3, think_seconds=0.05
    )
    phases = tuple(Phase(name=name, duration_seconds=0.5) for name in ("calm", "storm"))

    verdict = _run(
        tmp_path, WHOLE.format(method="careful = True"), monkeypatch, plan=replace(PLAN, load=load, phases=phases)
    )

    arm = verdict["arms"]["other"]
    claims = [orjson.loads(line) for line in (tmp_path / "report/claims-other.jsonl").read_bytes().splitlines()]
    assert arm["orders"]["planned"] is None
    assert 3 < arm["orders"]["claimed"] <= 3 * 20
    assert all(0 <= claim["due"] < 1 and claim["started_at"] - claim["scheduled_at"] < 0.05 for claim in claims)
    assert sum(phase["operations"] for phase in arm["phases"]) == arm["orders"]["claimed"]
    assert (arm["lag"]["measured"], arm["latency"]["co_gap_seconds"]) == (0, None)
    assert any("the load was closed" in note for note in verdict["notes"])
    assert "planned" not in " ".join(verdict["reasons"])


@pytest.mark.parametrize(
    ("program", "client", "words"),
    [
        ("", "nowhere:Mine", "nowhere can't be imported: ModuleNotFoundError"),
        ("1 / 0", "mine:Mine", r"mine can't be imported: ZeroDivisionError: .*mine.py:1"),
        ("class Min: pass", "mine:Mine", "mine has no class 'Mine'; it has Min"),
        ("Mine = 3", "mine:Mine", "mine has no class 'Mine'; it has none"),
        ("class Mine:\n  def pay(self, order): ...", "mine:Mine", "lacks onboard, refund, reconcile"),
        (WHOLE.format(method="def __init__(self): ..."), "mine:Mine", "Mine can't be made: TypeError"),
        (WHOLE.format(method="def __init__(self, around): exit('bye')"), "mine:Mine", "can't be made: SystemExit: bye"),
        (WHOLE.format(method="async def pay(self, order): ..."), "mine:Mine", "has pay with `async def`"),
        ("import sys; sys.exit()", "mine:Mine", "mine can't be imported: SystemExit"),
        ("", "./mine.py:Mine", "'./mine.py' is not a module's name; write it as import would"),
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
    assert any("pay() raised ZeroDivisionError" in reason and "9 more" in reason for reason in verdict["reasons"])
    assert arm["errors"]["operations"] == {"client_bug": 10}
    assert arm["metrics"]["payments.unresolved"]["count"] == 10
    assert "ZeroDivisionError" in (tmp_path / "report/claims-other.jsonl").read_text()


def test_typing_error_in_a_client_costs_no_other_arm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found before the first arm is played."""
    monkeypatch.chdir(tmp_path)
    drill = Drill(
        plan=with_client(PLAN, "nowhere:Mine", ["other"]),
        registries=assembly.registries(),
        folder=Folder(tmp_path / "report"),
        watch=Silent(),
    )

    with pytest.raises(UsageError, match=r"nowhere can't be imported: .*looked for among what is installed, and in"):
        drill.run(Event())
    assert not (tmp_path / "report/journal-naive.jsonl").exists()


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("def refund(self, order, payment): super().refund(order, payment)", "refund() returned None"),
        ("def reconcile(self, doubtful): return None", "reconcile() returned None"),
        ("def reconcile(self, doubtful): raise SystemExit", "reconcile() raised SystemExit"),
        ("def pay(self, order): super().pay(order); raise ValueError('after')", "pay() raised ValueError: after"),
    ],
)
def test_nonsense_is_never_green(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, words: str) -> None:
    """Also where every threshold holds: what a client does beyond its protocol is a reason of its own."""
    lenient = replace(PLAN, thresholds={"goodput.rate": ("value >= 0",)})

    verdict = _run(tmp_path, WHOLE.format(method=method), monkeypatch, plan=lenient)

    assert verdict["status"] == "inconclusive"
    assert any(reason.startswith("other: the client did what no client may:") and words in reason
               for reason in verdict["reasons"])  # fmt: skip


def test_doubts_settled_late_are_not_a_late_generator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An order that is looked up in the end began when it began."""
    program = """
from brownout_clients.protocols import Failure, Payment
from brownout_clients.resilient import Resilient

class Mine(Resilient):
    def pay(self, order):
        self.around.shared[order.order] = super().pay(order)
        raise Failure("transport", "forgot", certain=False)

    def reconcile(self, doubtful):
        self.around.clock.sleep(0.3)
        return {order.order: self.around.shared[order.order] for order in doubtful}
"""
    verdict = _run(tmp_path, program, monkeypatch)

    assert verdict["arms"]["other"]["metrics"]["operations.good"]["count"] == 10
    assert not any("load generator was late" in reason for reason in verdict["reasons"])


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("def pay(self, order): __import__('os')._exit(0)", "ended before its first order was through"),
        ("def pay(self, order): __import__('os')._exit(2)", "died with exit code 2, without a word"),
        ("def pay(self, order): __import__('os').kill(__import__('os').getpid(), 9)", "died of SIGKILL"),
    ],
)
def test_generator_that_ends_itself_is_inconclusive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, words: str
) -> None:
    """However it does so."""
    verdict = _run(tmp_path, WHOLE.format(method=method), monkeypatch)

    assert verdict["status"] == "inconclusive"
    assert any(words in reason for reason in verdict["reasons"])


def test_client_that_never_answers_is_inconclusive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while without any progress the generator is ended, and that is the reason."""
    never = WHOLE.format(method="def pay(self, order): import time; time.sleep(999)")

    verdict = _run(tmp_path, never, monkeypatch, stalled_seconds=3.0)

    assert verdict["status"] == "inconclusive"
    assert any("did nothing for 3 s and was ended" in reason for reason in verdict["reasons"])


def test_target_that_dies_is_inconclusive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is gone in the middle of a run is said to be, and what it can't tell is not judged."""
    monkeypatch.setattr("brownout.server.host.Host.alive", property(lambda host: host.app.stopping))

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
