"""`brownout run` as a user types it: another program, its streams, its signals, its exit code."""

from __future__ import annotations

import getpass
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from brownout.verdict.files import read_journal

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.slow, pytest.mark.e2e]
BROWNOUT = [sys.executable, "-m", "brownout", "run"]
PAGE = (Path(__file__).parents[2] / "docs" / "run.md").read_text()
SHOP = re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)[0]


@pytest.fixture
def shop(tmp_path: Path) -> list[str]:
    """The docs' shop, as a command."""
    (tmp_path / "shop.py").write_text(SHOP)
    return [sys.executable, str(tmp_path / "shop.py")]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it to its end; never a traceback of ours."""
    done = subprocess.run([*BROWNOUT, *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert "brownout/cli" not in done.stderr, done.stderr
    return done


def test_a_double_charge_is_told_and_repeated(shop: list[str]) -> None:
    """The docs' example: what was injected, what the client did, what broke; exit code 5, twice the same."""
    first, second = (run("lost-answer", "--seed", "2", "--", *shop) for _ in range(2))

    assert first.returncode == second.returncode == 5
    for line in [
        "lost-answer (abort at response): struck 4 of 24 matching calls",
        "4 x stripe.payment_intents.create: no answer (reset), but the money had moved",
        "tried again without an idempotency key: PAID AGAIN, ",
        "BROKEN  the client charged order-1 twice: $20.00 too much",
        "held    money was neither made nor lost (48 entries of the ledger)",
        "repeat   brownout run lost-answer --seed 2 -- ",
    ]:
        assert line in first.stderr
    assert re.findall("BROKEN.*", first.stderr) == re.findall("BROKEN.*", second.stderr)
    assert re.findall("BROKEN.*", first.stderr) == re.findall("BROKEN.*", PAGE)


def test_the_line_that_explains_it_works(shop: list[str]) -> None:
    """As printed."""
    said = run("lost-answer", "--seed", "2", "--", *shop).stderr
    line = re.search(r"explain  brownout (.*)", said)
    assert line is not None

    done = subprocess.run(
        [sys.executable, "-m", "brownout", *line[1].split()], capture_output=True, text=True, check=True
    )

    assert "order-1 was charged twice: $20.00 too much" in done.stdout


def test_seeds_are_a_table_and_the_failing_ones_are_the_same_each_time(shop: list[str]) -> None:
    """Seed 2 is known to fail; the exit code is the first failure's."""
    said = [run("lost-answer", "--seeds", "1..4", "--", *shop) for _ in range(2)]

    failing = [re.findall("failing seeds: .*", done.stderr) for done in said]
    assert failing[0] == failing[1] != []
    assert " 2" in failing[0][0]
    assert {done.returncode for done in said} == {5}
    assert len(re.findall(r"^ +\d+ +\d+ +\d+ ", said[0].stderr, flags=re.MULTILINE)) == 4
    assert len(re.findall("^repeat   ", said[0].stderr, flags=re.MULTILINE)) == 1


def test_streams_are_the_programs_own() -> None:
    """Bytes go in and out untouched; what we say goes to standard error."""
    every = bytes(range(256)) * 40

    done = subprocess.run([*BROWNOUT, "lost-answer", "--", "cat"], input=every, capture_output=True, check=True)

    assert done.stdout == every
    assert b"It made no request that came here" in done.stderr


@pytest.mark.parametrize(
    ("command", "code", "says"),
    [
        (["sh", "-c", "exit 3"], 3, "the command ended with exit code 3"),
        (["sh", "-c", "kill -9 $$"], 137, "the command was killed by SIGKILL (exit code 137, as a shell has it)"),
        (["brownout-nosuch"], 2, "brownout-nosuch can't be started: no program of that name is in PATH"),
        (["./nosuch"], 2, "./nosuch can't be started: there is no such file"),
        (["sh -c true"], 2, "Write its words apart, without quotes: -- sh -c true"),
        (["A=b", "true"], 2, "to set a variable, write: env A=b COMMAND"),
        (["/"], 2, "it is a folder"),
        ([""], 2, "its name is empty"),
    ],
)
def test_exit_codes(command: list[str], code: int, says: str) -> None:
    """The command's own, or why it couldn't be started."""
    done = run("lost-answer", "--", *command)

    assert done.returncode == code
    assert says in done.stderr


@pytest.mark.parametrize(
    ("text", "mode", "says"),
    [
        ("echo hi\n", 0o755, "it doesn't say what runs it"),
        ("#!/nope/python\n", 0o755, "what its first line asks for isn't there (#!/nope/python)"),
        ("#!/bin/sh\n", 0o644, "it isn't executable: chmod +x"),
    ],
)
def test_scripts_that_cant_be_started(tmp_path: Path, text: str, mode: int, says: str) -> None:
    """With what to do about each."""
    script = tmp_path / "script"
    script.write_text(text)
    script.chmod(mode)

    done = run("lost-answer", "--", str(script))

    assert done.returncode == 2
    assert says in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "which scenario?"),
        (["lost-answer"], "which command?"),
        (["lost-answer", "--"], "which command?"),
        (
            ["lost-answer", "python", "shop.py"],
            "write -- before the command: brownout run lost-answer -- python shop.py",
        ),
        (["a", "b", "--", "true"], "one scenario at a time"),
        (["lost-answr", "--", "true"], "did you mean 'lost-answer'?"),
        (["lost-answer", "--allow-host", "x", "--", "true"], "--allow-host is for --intercept"),
        (["lost-answer", "--seed", "1", "--seeds", "1..2", "--", "true"], "exclude each other"),
        (["lost-answer", "--journal", "/nope/j", "--", "true"], "--journal /nope/j: No such file"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: list[str], says: str) -> None:
    """Exit code 2, and what was meant."""
    done = run(*arguments)

    assert done.returncode == 2
    assert says in done.stderr


def test_a_command_that_forks_and_leaves_is_not_waited_for() -> None:
    """What it left is named; nobody ends it."""
    started = time.monotonic()

    done = run("lost-answer", "--", "sh", "-c", "(setsid sleep 4 >/dev/null 2>&1 &); exit 0")

    assert time.monotonic() - started < 4
    left = re.search(r"left running: (\d+) \(sleep 4\)", done.stderr)
    assert left is not None
    os.kill(int(left[1]), 0)  # it lives
    os.kill(int(left[1]), signal.SIGTERM)


WAIT = """
import signal, sys, time
signal.signal(signal.{0}, lambda *_: sys.exit(7))
print("ready", flush=True)
time.sleep(30)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2])
def test_signals_are_handed_on(number: signal.Signals) -> None:
    """The program decides what they mean."""
    code = WAIT.format(number.name)
    process = subprocess.Popen(
        [*BROWNOUT, "lost-answer", "--", sys.executable, "-c", code],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.wait(timeout=10) == 7


def in_a_terminal(arguments: list[str], act: Callable[[int], None]) -> tuple[int, str]:
    """Return exit code and output of a run in a terminal of its own; `act` types into it once it says `ready`."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [*BROWNOUT, *arguments])  # noqa: S606 - that is the point
    said = b""
    while b"ready" not in said:
        said += os.read(terminal, 4096)
    act(terminal)
    try:
        while more := os.read(terminal, 4096):
            said += more
    except OSError:  # Linux says so when the other side is closed
        pass
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), said.decode()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_ctrl_c_reaches_the_program_and_is_waited_for() -> None:
    """It may tidy up; then it is told, and the exit code is 130."""
    code = (
        "import time\ntry:\n print('ready', flush=True); time.sleep(30)\nexcept KeyboardInterrupt:\n print('tidied up')"
    )

    exit_code, said = in_a_terminal(
        ["lost-answer", "--", sys.executable, "-c", code], lambda terminal: void(os.write(terminal, b"\x03"))
    )

    assert exit_code == 130
    assert -1 < said.find("tidied up") < said.find("it was interrupted, so the exit code is 130")


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_second_ctrl_c_kills() -> None:
    """A program that won't end doesn't keep anybody waiting."""
    code = "import signal,time; signal.signal(2, lambda *_: print('no', flush=True)); print('ready', flush=True)\n"
    code += "while True: time.sleep(0.1)"

    def twice(terminal: int) -> None:
        os.write(terminal, b"\x03")
        while b"no" not in os.read(terminal, 4096):
            pass
        os.write(terminal, b"\x03")

    exit_code, said = in_a_terminal(["lost-answer", "--", sys.executable, "-c", code], twice)

    assert exit_code == 130
    assert "was killed by SIGKILL" in said


def test_the_journal_survives_the_run(shop: list[str], tmp_path: Path) -> None:
    """It holds all, and says that it is whole; `verdict` fails it for the double charges."""
    path = tmp_path / "run.jsonl"
    run("lost-answer", "--seed", "2", "--journal", str(path), "--", *shop)

    with path.open("rb") as lines:
        kept = read_journal(lines, str(path))
    verdict = subprocess.run(
        [sys.executable, "-m", "brownout", "verdict", str(path)], capture_output=True, text=True, check=False
    )

    assert kept.missing is None
    assert len(kept.parts[0].records) == 24
    assert verdict.returncode == 1
    assert "payments.duplicated is 4" in verdict.stdout
    assert "again  brownout run lost-answer --seed 2 -- " in verdict.stdout


SUITE = """
import os
from urllib.request import Request, urlopen

url, key = os.environ["BROWNOUT_URL"], {"Authorization": "Bearer sk_test_x"}
for _ in range(2):
    urlopen(Request(url + "/stripe/v1/balance", headers=key)).close()
    urlopen(Request(url + "/_brownout/reset", data=b"")).close()
urlopen(Request(url + "/~other/stripe/v1/balance", headers=key)).close()
"""


def test_worlds_that_begin_again_are_told_one_by_one() -> None:
    """As a test suite does it between its tests: what was before a reset isn't forgotten."""
    done = run("lost-answer", "--", sys.executable, "-c", SUITE)

    assert "3 requests in" in done.stderr
    assert done.stderr.count("injected in sandbox default") == 2
    assert done.stderr.count("injected in sandbox other") == 1


def void(_: object) -> None:
    """Return nothing."""


def test_a_mistyped_command_costs_no_journal(tmp_path: Path) -> None:
    """One that an earlier run left stays as it was."""
    kept = tmp_path / "run.jsonl"
    run("lost-answer", "--journal", str(kept), "--", "true")
    before = kept.read_bytes()

    done = run("lost-answer", "--journal", str(kept), "--", "brownout-nosuch")

    assert done.returncode == 2
    assert before == kept.read_bytes() != b""


def test_arguments_that_arent_utf_8_are_kept_as_well_as_they_can_be(tmp_path: Path) -> None:
    """They reach the program as they are; the journal, which is UTF-8, shows them escaped."""
    kept = tmp_path / "run.jsonl"

    done = run("lost-answer", "--journal", str(kept), "--", "sh", "-c", "exit ${#1}", "sh", os.fsdecode(b"a\xffb"))

    assert done.returncode == 3
    assert "a\\\\udcffb" in kept.read_text()


def test_a_journal_that_nobody_asked_for_and_that_has_no_place_costs_nothing(shop: list[str], tmp_path: Path) -> None:
    """The run is told of all the same, with its own exit code."""
    (tmp_path / f"brownout-{getpass.getuser()}" / "lost-answer-2.jsonl").mkdir(parents=True)
    (tmp_path / f"brownout-{getpass.getuser()}").chmod(0o700)
    command = [*BROWNOUT, "lost-answer", "--seed", "2", "--", *shop]

    done = subprocess.run(
        command, env={**os.environ, "TMPDIR": str(tmp_path)}, capture_output=True, text=True, check=False
    )

    assert done.returncode == 5
    assert "Is a directory" in done.stderr
    assert "BROKEN  the client charged order-1 twice" in done.stderr
    assert "explain  " not in done.stderr
