"""However a drill ends, and whoever else is at work: nothing is left behind or mixed up, nothing turns green."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from threading import Event
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from brownout import assembly
from brownout.cli import drill as drill_command
from brownout.core.errors import UsageError
from brownout.core.plan import Plan
from brownout.drill import orphan
from brownout.drill.arrivals import arrival
from brownout.drill.feeder import Feeder
from brownout.drill.folder import Folder
from brownout.drill.generator import Driver, Generator
from brownout.server.host import Host

if TYPE_CHECKING:
    from pathlib import Path

ECHO = """
import json, sys
for line in sys.stdin:
    print(json.dumps({"key": json.loads(line)["key"], "outcome": "ok"}), flush=True)
"""
NOISE = "import sys\nfor _ in range(5000): print('noise')\nsys.stdin.read()"


def test_two_drills_do_not_share_a_folder(tmp_path: Path) -> None:
    """The second would give the first one's later arms other orders: it is refused, and may begin when that is over."""
    first, second = Folder(tmp_path), Folder(tmp_path)
    with first.alone():
        first.plan([arrival(1, 1, 0.0)])
        planned = first.arrivals.read_bytes()
        with pytest.raises(UsageError, match="another drill is at work there; name another folder"), second.alone():
            raise AssertionError("unreachable")
        assert first.arrivals.read_bytes() == planned

    with second.alone():
        assert second.arrivals.exists()


def test_a_folder_of_somebody_elses_is_not_touched(tmp_path: Path) -> None:
    """Not even by a file that says that we are at work."""
    (tmp_path / "verdict.json").write_text("{}")

    with pytest.raises(UsageError, match="name another folder"), Folder(tmp_path).alone():
        raise AssertionError("unreachable")

    assert [path.name for path in tmp_path.iterdir()] == ["verdict.json"]


def test_a_child_whose_parent_died_early_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it could ask who that is: the environment says who started it."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for told, alone in (
        (str(gone.pid), True), (str(os.getppid()), False), (str(os.getpid()), False), ("", False), ("x", False),
    ):  # fmt: skip
        monkeypatch.setenv(orphan.STARTED_BY, told)
        assert orphan.orphaned()() is alone, told


def test_a_child_is_told_who_started_it(tmp_path: Path) -> None:
    """As a number in its environment."""
    text = f"import os; print(os.environ[{orphan.STARTED_BY!r}], os.getppid())"
    child = Generator(Driver((sys.executable, "-c", text), (), {}), tmp_path / "log")
    assert child.ended(30) == 0
    child.end()

    assert (tmp_path / "log").read_text().split() == [str(os.getpid())] * 2


def test_ctrl_c_while_a_child_is_ended_ends_it_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that takes no notice of SIGTERM."""
    text = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(600)"
    child = Generator(Driver((sys.executable, "-c", text), (), {}), tmp_path / "log")
    while not (tmp_path / "log").read_bytes():
        assert child.ended(0.05) is None

    def again(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("brownout.drill.generator.sleep", again)
    with pytest.raises(KeyboardInterrupt):
        child.end()

    assert child.ended(0) == -9


def test_ctrl_c_ends_a_rehearsal(tmp_path: Path) -> None:
    """However long it would take to load what is loaded; without that it is given up after a while."""
    stop = Event()
    child = Generator(Driver((sys.executable, "-c", "import time; time.sleep(600)"), (), {}), tmp_path / "log")
    with pytest.raises(TimeoutError):
        child.rehearsed(0.0, stop)
    stop.set()
    began = time.monotonic()
    assert child.rehearsed(600.0, stop) is None
    child.end()

    assert time.monotonic() - began < 60


async def _fed(program: str, path: Path, url: str, token: str | None) -> int:
    (path / "client.py").write_text(program)
    orders = (arrival(1, number, 0.0) for number in range(1, 4))
    feeder = Feeder(url, orders, users=1, ends_at=None, think=0.0, admin_token=token)
    return await feeder.run([sys.executable, "client.py"], str(path))


async def test_a_program_claims_where_a_token_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As a server wants one that others can reach; without it, no claim is taken, and the program is told so."""
    registries = assembly.registries()
    with Host(registries, Plan(), records_kept=10, admin_token="open") as host:
        world = host.fresh("mine", Plan())
        url = f"{host.url}/~{world.name}"
        assert await _fed(ECHO, tmp_path, url, "open") == 0
        assert [claim["key"] for claim in world.claims] == ["order-0001", "order-0002", "order-0003"]
        assert await _fed(ECHO, tmp_path, url, None) == 70
    assert "line 1 of its output: the admin API needs" in capsys.readouterr().err


async def test_a_program_that_only_makes_noise_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A few of its lines are told; the others aren't even kept."""
    with Host(assembly.registries(), Plan(), records_kept=10) as host:
        assert await _fed(NOISE, tmp_path, f"{host.url}/~{host.fresh('mine', Plan()).name}", None) == 70

    said = capsys.readouterr().err
    assert "line 3 of its output: not JSON" in said
    assert said.endswith("; and 4997 more like it\n")


async def test_claims_that_nobody_takes_do_not_end_the_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A server that has gone is said to have; the program isn't left with a full pipe."""
    post = aiohttp.ClientSession.post

    def gone(self: Any, url: str, **more: Any) -> Any:
        return post(self, "http://127.0.0.1:1/" if url.endswith("/claims") else url, **more)

    monkeypatch.setattr(aiohttp.ClientSession, "post", gone)
    with Host(assembly.registries(), Plan(), records_kept=10) as host:
        assert await _fed(ECHO, tmp_path, f"{host.url}/~{host.fresh('mine', Plan()).name}", None) == 70

    assert "line 1 of its output: nobody took the claim: ClientConnectorError; line 2" in capsys.readouterr().err


def test_what_makes_it_again_can_be_typed(tmp_path: Path) -> None:
    """Also if a path or a name has a blank in it."""
    options = {"arms": ["my arm"], "client": "a b.py", "duration": None, "workers": "a,b", "bind": None}
    finding = {"exchanges": ["x"], "arm": "my arm", "key": "o 1"}
    folder = Folder(tmp_path / "my report")

    found = drill_command._directions(  # noqa: SLF001 - what a drill ends with
        "my plan.yaml", Plan(seed=7), options, folder, {"arms": {"my arm": {"findings": [finding]}}}, "drill"
    )

    assert shlex.split(found["again"]) == [
        "brownout", "drill", "my plan.yaml", "--seed", "7", "--arm", "my arm", "--client", "a b.py",
        "--workers", "a,b",
    ]  # fmt: skip
    assert shlex.split(found["explain"])[2:] == [str(folder.journal("my arm")), "o 1"]


JUDGED = """
from locust import User, constant, task
from brownout.drill.judge import judge
from brownout.drill.attach import session

def broken(self, *_):
    raise RuntimeError("our own bug")

session.Session.{method} = broken
judge("mine.yaml", attach="{url}")

class Nobody(User):
    wait_time = constant(0.1)

    @task
    def idle(self):
        pass
"""


@pytest.mark.slow
@pytest.mark.e2e
@pytest.mark.parametrize("method", ["begin", "end"])
def test_a_test_that_could_not_be_judged_is_not_green(tmp_path: Path, method: str) -> None:
    """Locust goes on after an exception in a hook; its exit code then says that there is no verdict."""
    (tmp_path / "mine.yaml").write_text("brownout: 1\nload: {rate: 1/s, duration: 1s, users: 1}\n")
    with Host(assembly.registries(), Plan(), records_kept=10) as host:
        (tmp_path / "locustfile.py").write_text(JUDGED.format(url=host.url, method=method))
        ended = subprocess.run(
            [sys.executable, "-P", "-m", "locust", "-f", "locustfile.py", "--headless", "-u", "1", "-t", "1s",
             "--host", "http://127.0.0.1:1"],
            cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    assert "our own bug" in ended.stderr
    assert ended.returncode == 2, ended.stderr
