"""`brownout drill`, `verdict` and `explain` as a user types them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest
from story import Story

import brownout
from brownout.cli import run
from brownout.drill.folder import Folder

if TYPE_CHECKING:
    from collections.abc import Callable

DOCS = Path(__file__).parents[2] / "docs"
ENV = {**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(Path(brownout.__file__).parents[1])}


@pytest.fixture
def keep(tmp_path: Path) -> Callable[[Story], Path]:
    """Write an arm's files as a drill does; return the journal."""

    def write(told: Story) -> Path:
        folder = Folder(tmp_path)
        folder.keep(told.run(), [orjson.dumps(one) + b"\n" for one in told.records])
        return folder.journal(told.head.arm)

    return write


@pytest.fixture
def doubled(keep: Callable[[Story], Path]) -> Path:
    """The journal of an arm that charged order-0117 twice."""
    return keep(Story("naive").orders(2).order("order-0117", charges=2, objects=["pi_9"]))


def _says(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    return captured.out + captured.err


@pytest.mark.parametrize(
    ("told", "code", "word"),
    [
        (Story().orders(3), 0, "PASS"),
        (Story().orders(3, charges=2), 1, "FAIL"),
        (Story(), 3, "INCONCLUSIVE"),
        (Story(interrupted=True).orders(3), 130, "INCONCLUSIVE"),
    ],
    ids=["pass", "fail", "inconclusive", "interrupted"],
)
def test_verdict_exits_with_what_it_says(
    keep: Callable[[Story], Path], capsys: pytest.CaptureFixture[str], told: Story, code: int, word: str
) -> None:
    """A verdict reached again from files has its own exit code."""
    assert run(["verdict", str(keep(told))]) == code
    assert _says(capsys).startswith(word)


def test_verdict_as_json(doubled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--json` prints the verdict's value."""
    assert run(["verdict", str(doubled), "--json"]) == 1
    assert orjson.loads(_says(capsys))["status"] == "fail"


def test_verdict_without_claims_is_not_measured(
    keep: Callable[[Story], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a file of claims nothing is assumed of what the client believes."""
    journal = keep(Story().orders(3))
    (journal.parent / "claims-keyed.jsonl").unlink()

    assert run(["verdict", str(journal)]) == 3
    assert "payments.lost is not measured" in _says(capsys)


def test_verdict_takes_files_by_name(keep: Callable[[Story], Path], capsys: pytest.CaptureFixture[str]) -> None:
    """Claims and ledger may be anywhere; a journal without a ledger beside it says so."""
    journal = keep(Story().orders(3))
    moved = journal.rename(journal.parent / "other.jsonl")
    ledger, claims = (str(journal.parent / f"{what}-keyed.jsonl") for what in ("ledger", "claims"))

    assert run(["verdict", str(moved)]) == 2
    assert "there is no ledger beside it; name it with --ledger" in _says(capsys)
    assert run(["verdict", str(moved), claims, "--ledger", ledger]) == 0


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("nonsense", "j.jsonl:1: not JSON"),
        ('{"brownout_journal":1,"arm":"a","thresholds":{"payments.lots":["count == 0"]}}',
         "j.jsonl:1: thresholds: metric: unknown 'payments.lots'; did you mean 'payments.lost'?"),
    ],
)  # fmt: skip
def test_broken_files_are_named_with_their_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lines: str, message: str
) -> None:
    """What can't be read is a usage error that names file and line."""
    journal = tmp_path / "j.jsonl"
    journal.write_text(lines)
    (tmp_path / "l.jsonl").touch()

    assert run(["verdict", str(journal), "--ledger", str(tmp_path / "l.jsonl")]) == 2
    assert message in _says(capsys)


def test_missing_file_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A journal that isn't there is said not to be."""
    assert run(["explain", str(tmp_path / "none.jsonl"), "x"]) == 2
    assert "No such file" in _says(capsys)


@pytest.mark.parametrize("name", ["order-0117", "pi_9"])
def test_explain_tells_the_whole_story_of_an_order(
    doubled: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """An order is explained by all of its exchanges, a payment by those that made or touched it."""
    assert run(["explain", str(doubled), name]) == 0

    said = _says(capsys)
    assert ("order-0117 was charged twice: $24.99 too much" in said) is (name == "order-0117")
    assert [exchange for exchange in ("ex_0", "ex_1", "ex_2", "ex_3") if exchange in said] == ["ex_2", "ex_3"]


def test_explain_takes_an_exchange(doubled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One exchange is explained by itself."""
    assert run(["explain", str(doubled), "ex_3"]) == 0
    assert "call number 2 with that key" in _says(capsys)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("order-117", "nothing is called 'order-117'; did you mean 'order-0117'?"),
        ("zzz", "it has exchanges such as 'ex_0' and keys such as 'order-0000'"),
    ],
)
def test_explain_suggests(doubled: Path, capsys: pytest.CaptureFixture[str], name: str, message: str) -> None:
    """An unknown name is answered with a known one."""
    assert run(["explain", str(doubled), name]) == 2
    assert message in _says(capsys)


def test_explain_of_an_empty_journal(keep: Callable[[Story], Path], capsys: pytest.CaptureFixture[str]) -> None:
    """A journal in which nothing happened says so."""
    assert run(["explain", str(keep(Story())), "x"]) == 2
    assert "the journal holds no exchanges" in _says(capsys)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lost-anser"], "did you mean 'lost-answer'?"),
        (["lost-answer", "--arm", "nave"], "did you mean 'naive'?"),
        (["lost-answer", "--duration", "3"], "not a duration: '3'"),
        (["lost-answer", "--duration", "0s"], "must be longer than nothing"),
        (["lost-answer", "--seed", str(2**63)], "must fit 64 bits"),
        (["lost-answer", "--seed", "x"], "'x' is not a valid integer"),
    ],
)
def test_drill_refuses_what_it_cannot_do(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    """A wrong argument is a usage error that says what is right."""
    monkeypatch.chdir(tmp_path)

    assert run(["drill", *arguments]) == 2
    assert message in _says(capsys)


@pytest.mark.parametrize("command", ["drill", "verdict", "explain"])
def test_help_has_examples(capsys: pytest.CaptureFixture[str], command: str) -> None:
    """Each command's help shows how it is typed."""
    assert run([command, "--help"]) == 0
    assert f"  brownout {command} " in _says(capsys)


def _start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "brownout", "drill", "lost-answer", "--seed", "7", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENV,
    )


@pytest.mark.slow
@pytest.mark.e2e
def test_drill_from_the_command_line(tmp_path: Path) -> None:
    """The command leaves what docs/drill.md says it leaves, and the commands that it prints work."""
    process = _start(tmp_path, "--duration", "4s")
    out, err = process.communicate(timeout=120)
    folder = tmp_path / "brownout-report" / "lost-answer"

    assert process.returncode in (0, 3), out + err
    verdict = orjson.loads((folder / "verdict.json").read_bytes())
    assert process.returncode == {"pass": 0, "inconclusive": 3}[verdict["status"]]
    assert out.startswith(verdict["status"].upper())
    assert "naive: 60/60 orders" in err
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        ["verdict.json", "report.html", "junit.xml", "summary.md", "arrivals.jsonl"]
        + [f"{what}-{arm}.jsonl" for what in ("journal", "ledger", "claims") for arm in ("naive", "resilient")]
    )
    text = (DOCS / "drill.md").read_text()
    for name in (
        "verdict.json",
        "report.html",
        "junit.xml",
        "arrivals.jsonl",
        "journal-ARM.jsonl",
        "ledger-ARM.jsonl",
        "claims-ARM.jsonl",
    ):
        assert f"`{name}`" in text
    again = subprocess.run(
        [sys.executable, "-m", *verdict["explain"].split()],
        cwd=tmp_path,
        env=ENV,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "was charged twice" in again.stdout


def test_a_drill_that_can_only_be_a_coin_toss_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Too short for its rule to fire for sure: exit 2 before anything runs, with what would be enough."""
    assert run(["drill", "lost-answer", "--duration", "1s"]) == 2
    said = _says(capsys)
    assert "15% to never fire" in said
    assert "--duration" in said


@pytest.mark.slow
@pytest.mark.e2e
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_a_drill_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    """An interrupted drill exits with 130, leaves a partial verdict marked so, and no process behind."""
    process = _start(tmp_path, "--duration", "1m")
    assert process.stderr is not None
    for line in process.stderr:
        if " orders, " in line and not line.startswith("naive: 0/"):
            break

    process.send_signal(number)
    out, _ = process.communicate(timeout=60)

    verdict = orjson.loads((tmp_path / "brownout-report/lost-answer/verdict.json").read_bytes())
    assert process.returncode == 130
    assert (verdict["interrupted"], verdict["status"]) == (True, "inconclusive")
    assert "(interrupted: this is only a part of the run)" in out
    assert not _children_of(tmp_path)


@pytest.mark.slow
@pytest.mark.e2e
def test_generator_does_not_outlive_a_killed_drill(tmp_path: Path) -> None:
    """If the drill is killed outright, its generator notices and ends by itself."""
    process = _start(tmp_path, "--duration", "1m", "--arm", "naive")
    assert process.stderr is not None
    for line in process.stderr:
        if " orders, " in line and not line.startswith("naive: 0/"):
            break
    assert _children_of(tmp_path)

    process.kill()
    process.communicate(timeout=10)

    deadline = time.monotonic() + 10
    while _children_of(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _children_of(tmp_path)


def _children_of(folder: Path) -> list[str]:
    """Return the command lines of processes that were told of orders in `folder`."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if str(folder).encode() in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_bytes().decode())
        except OSError:
            continue
    return found
