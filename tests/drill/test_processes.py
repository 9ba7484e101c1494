"""A load spread over Locust's workers: the same orders, each sent once, and nobody left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import orjson
import psutil
import pytest

import brownout
from brownout import assembly
from brownout.cli import run
from brownout.core.errors import UsageError
from brownout.core.match import Match
from brownout.core.plan import Arm, Load, Plan
from brownout.core.rules import Count, Rule
from brownout.drill import limits
from brownout.drill.conduct import Drill
from brownout.drill.drivers import Drivers
from brownout.drill.folder import Folder
from brownout.drill.progress import Silent
from brownout.drill.spread import Spread
from brownout.faults.abort import Abort

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.drill.glance import Snapshot

CREATE = "stripe.payment_intents.create"
PLAN = Plan(
    name="spread",
    seed=2,
    identity={CREATE: "body.metadata.order_id"},
    rules=(
        Rule(
            name="lost-answer",
            fault=Abort(connection="reset"),
            target="response",
            match=Match(operation=(CREATE,)),
            count=Count(percentage=30),
        ),
    ),
    load=Load(journey="payment", rate_per_second=30, duration_seconds=1.5, users=20),
    arms={"naive": Arm(name="naive", client="naive")},
    thresholds={"payments.duplicated": ("count == 0",)},
)
LONG = replace(PLAN, load=replace(PLAN.load or Load(), duration_seconds=60))
ENV = {**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(Path(brownout.__file__).parents[1])}
slow = pytest.mark.slow
e2e = pytest.mark.e2e


class Watch(Silent):
    """Calls back once orders are through."""

    def __init__(self, then: Callable[[], None]) -> None:
        """Remember whom to call."""
        self._then: Callable[[], None] | None = then

    def tick(self, seen: Snapshot) -> None:
        """Call."""
        if self._then is not None and seen.orders > 5:
            self._then()
            self._then = None


def _drill(path: Path, spread: Spread, plan: Plan = PLAN, watch: Silent | None = None, **options: Any) -> Any:
    drill = Drill(plan=plan, registries=assembly.registries(), folder=Folder(path), watch=watch or Silent(), **options)
    drill.over(spread)
    return drill.run(Event())


def _told(path: Path) -> tuple[Any, list[str], set[str]]:
    """Return what was claimed and charged: outcomes by order, orders in the order of claims, keys charged twice."""
    claims = [orjson.loads(line) for line in (path / "claims-naive.jsonl").read_bytes().splitlines()]
    entries = [orjson.loads(line) for line in (path / "ledger-naive.jsonl").read_bytes().splitlines()]
    charged = Counter(one["key"] for one in entries if one["kind"] == "capture")
    outcomes = {one["key"]: one["outcome"] for one in claims}
    return outcomes, [one["key"] for one in claims], {key for key, count in charged.items() if count > 1}


def _workers(parent: int) -> list[psutil.Process]:
    """Return the workers among what a process has started."""
    return [one for one in psutil.Process(parent).children(recursive=True) if "--worker" in one.cmdline()]


@slow
@e2e
def test_two_processes_send_what_one_sends(tmp_path: Path) -> None:
    """Each order once, at its time, by one of them; the same orders are hit, and the verdict is the same."""
    alone = _drill(tmp_path / "1", Spread())
    both = _drill(tmp_path / "2", Spread(processes=2))

    outcomes, claimed, doubles = _told(tmp_path / "2")
    assert sorted(claimed) == sorted(set(claimed)) == sorted(outcomes)
    assert both["arms"]["naive"]["orders"] == {"planned": 45, "claimed": 45}
    assert doubles
    assert (outcomes, doubles) == (_told(tmp_path / "1")[0], _told(tmp_path / "1")[2])
    assert both["status"] == alone["status"] == "fail"
    assert not psutil.Process().children()


@slow
@e2e
def test_a_worker_that_dies_is_told(tmp_path: Path) -> None:
    """Its orders aren't sent by anybody else: the verdict is inconclusive and says why, and no process is left."""

    def kill() -> None:
        _workers(os.getpid())[0].kill()

    verdict = _drill(tmp_path, Spread(processes=2), LONG, Watch(kill))

    assert verdict["status"] == "inconclusive"
    assert any("of 2 died of SIGKILL: its orders weren't sent" in reason for reason in verdict["reasons"])
    assert not psutil.Process().children()


@slow
@e2e
def test_closed_users_of_two_processes_share_no_order(tmp_path: Path) -> None:
    """Without a plan, too, no two workers take the same order."""
    load = Load(executor="users", journey="payment", rate_per_second=None, duration_seconds=1, users=4,
                think_seconds=0.05)  # fmt: skip

    _drill(tmp_path, Spread(processes=2), replace(PLAN, load=load))

    _, claimed, _ = _told(tmp_path)
    assert len(claimed) > 4
    assert len(claimed) == len(set(claimed))


@slow
@e2e
def test_a_client_that_breaks_in_a_worker_is_never_green(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a client does that none may comes to the verdict from whichever worker it was in."""
    (tmp_path / "mine.py").write_text(
        "from brownout_clients.naive import Naive\n"
        "class Mine(Naive):\n    def pay(self, order): raise ValueError('no')\n"
    )
    monkeypatch.chdir(tmp_path)
    arms = {"naive": Arm(name="naive", client="mine:Mine")}

    verdict = _drill(tmp_path / "report", Spread(processes=2), replace(PLAN, arms=arms, rules=()))

    assert any("pay() raised ValueError: no" in reason for reason in verdict["reasons"])


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@slow
@e2e
def test_workers_from_elsewhere_are_sent_what_they_need(tmp_path: Path) -> None:
    """The line that is printed is all that a host is asked for: it gets the journey, the client and the orders."""
    spread = Spread(workers=("a", "b"), bind=f"127.0.0.1:{_free_port()}", wait_seconds=30)
    line = spread.directions()[0].partition("while ")[2].partition(";")[0].split()
    elsewhere = [
        subprocess.Popen([sys.executable, "-m", *line], cwd=tmp_path, env=ENV, stderr=subprocess.PIPE, text=True)
        for _ in spread.workers
    ]

    verdict = _drill(tmp_path / "report", spread)
    ends = [(one.communicate(timeout=60)[1], one.returncode) for one in elsewhere]

    _, claimed, _ = _told(tmp_path / "report")
    assert verdict["arms"]["naive"]["orders"] == {"planned": 45, "claimed": 45}, ends
    assert len(claimed) == len(set(claimed))
    assert [code for _, code in ends] == [0, 0], ends


@slow
@e2e
def test_workers_that_do_not_come_are_told(tmp_path: Path) -> None:
    """How many were there, and after how long, is the reason for there being no verdict."""
    spread = Spread(workers=("a", "b"), bind=f"127.0.0.1:{_free_port()}", wait_seconds=1)

    verdict = _drill(tmp_path, spread)

    assert verdict["status"] == "inconclusive"
    assert any("0 of 2 workers were there after 1 s" in reason for reason in verdict["reasons"])


class _StopsOnce(Silent):
    """Stops a drill as soon as something is in a folder."""

    def __init__(self, folder: Path) -> None:
        """Watch `folder`."""
        self.folder = folder
        self.stop = Event()
        self.seen: list[str] = []

    def tick(self, seen: Snapshot) -> None:
        """Look."""
        self.seen = self.seen or [str(one) for one in self.folder.rglob("*.py")]
        if self.seen:
            self.stop.set()


@slow
@e2e
def test_what_is_sent_to_workers_does_not_outlive_the_drill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has the drill's token in it: Ctrl-C removes it too."""
    watch = _StopsOnce(tmp_path / "tmp")
    watch.folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(watch.folder))
    spread = Spread(workers=("a",), bind=f"127.0.0.1:{_free_port()}", wait_seconds=60)
    drill = Drill(plan=PLAN, registries=assembly.registries(), folder=Folder(tmp_path / "report"), watch=watch)
    drill.over(spread)

    verdict = drill.run(watch.stop)

    assert verdict["interrupted"] is True
    assert len(watch.seen) == 1
    assert list(watch.folder.iterdir()) == []


@slow
@e2e
def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    """Whoever binds where somebody else listens is told to name another port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        where = f"127.0.0.1:{taken.getsockname()[1]}"

        with pytest.raises(UsageError, match=rf"--bind {where}: can't listen there: Address already in use"):
            _drill(tmp_path, Spread(workers=("a",), bind=where))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--processes", "0"], "--processes: from 1 to 64, not 0"),
        (["--processes", "64"], "users (load.users) are too few for 64 processes"),
        (["--processes", "2", "--workers", "a"], "give one of them"),
        (["--workers", "a,,b"], "--workers: name a host for each"),
        (["--workers", "a", "--bind", "0.0.0.0"], "name the address by which workers find this machine"),
        (["--workers", "a", "--bind", "::"], "name the address by which workers find this machine"),
        (["--workers", "a", "--bind", "here:port"], "write ADDRESS or ADDRESS:PORT"),
        (["--bind", "10.0.0.5"], "--bind is where --workers find this machine: name them too"),
    ],
)
def test_what_cannot_be_spread_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    message: str,
) -> None:
    """A wrong option is a usage error that says what is right."""
    monkeypatch.chdir(tmp_path)

    assert run(["drill", "lost-answer", *options]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("bind", ["10.0.0.5:²", "10.0.0.5:0", "10.0.0.5:99999", "::1", "[::1]:5557"])
def test_an_address_that_none_can_be_is_refused(bind: str) -> None:
    """With what is one."""
    with pytest.raises(UsageError, match=r"write ADDRESS or ADDRESS:PORT"):
        Spread(workers=("one",), bind=bind)


def test_a_program_is_told_the_token_where_others_can_reach_the_server() -> None:
    """With workers elsewhere the server wants a token for claims, also of an arm that no worker plays."""
    arm = Arm(name="mine", client="x", command=("x",))
    for spread in Spread(workers=("one",)), Spread():
        told = Drivers(PLAN, Load(), Path("arrivals.jsonl"), (), spread=spread)._made(arm, {}, 1).told  # noqa: SLF001
        assert told.get("BROWNOUT_ADMIN_TOKEN") == (spread.admin_token if spread.workers else None)


def test_too_few_files_for_so_many_users_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the hard limit is too low, before anything starts; where it isn't, the soft one is raised."""
    resource = pytest.importorskip("resource")
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 4096))
    monkeypatch.setattr(resource, "setrlimit", lambda _, both: asked.append(both))

    limits.raise_open_files(800)
    limits.raise_open_files(2000)
    with pytest.raises(UsageError, match=r"5,000 users need 5,200 open files, .* 4,096: raise the hard limit"):
        limits.raise_open_files(5000)

    assert asked == [(4096, 4096)] * 2


def _typed(folder: Path, *more: str) -> subprocess.Popen[str]:
    """Start a drill over two processes and return once orders are through."""
    process = subprocess.Popen(
        [sys.executable, "-m", "brownout", "drill", "lost-answer", "--seed", "7", "--duration", "1m",
         "--processes", "2", *more],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENV,
    )  # fmt: skip
    assert process.stderr is not None
    for line in process.stderr:
        if " orders, " in line and not line.startswith("naive: 0/"):
            break
    return process


def _gone(processes: list[psutil.Process]) -> bool:
    """Return whether processes end within ten seconds."""
    return not psutil.wait_procs(processes, timeout=10)[1]


@slow
@e2e
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_workers_do_not_outlive_their_drill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    """However it ends: on Ctrl-C with a partial verdict, or killed outright."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setitem(ENV, "TMPDIR", str(tmp_path / "tmp"))
    process = _typed(tmp_path)
    started = psutil.Process(process.pid).children(recursive=True)
    assert len(_workers(process.pid)) == 2

    process.send_signal(number)
    process.communicate(timeout=60)

    assert _gone(started)
    assert list((tmp_path / "tmp").iterdir()) == []
    assert process.returncode == (130 if number == signal.SIGINT else -9)


@slow
@e2e
def test_workers_do_not_outlive_their_master(tmp_path: Path) -> None:
    """A master that is killed takes its workers along, and the drill says that its load generator died."""
    process = _typed(tmp_path, "--arm", "naive")
    (worker, _) = _workers(process.pid)
    started = psutil.Process(process.pid).children(recursive=True)

    os.kill(worker.ppid(), signal.SIGKILL)
    out, _ = process.communicate(timeout=60)

    assert _gone(started)
    assert process.returncode == 3, out
    assert "the load generator died of SIGKILL" in out
