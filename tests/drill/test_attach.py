"""A service, Locust and Brownout as three processes: `brownout drill --attach`, and `judge` in a locustfile."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
import pytest

import brownout

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.slow, pytest.mark.e2e]

SUPPORT = Path(__file__).parents[1] / "support"
ENV = {**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(Path(brownout.__file__).parents[1])}
LOCUSTFILE = """
import itertools
from locust import {user}, constant, task
{first}
NUMBERS = itertools.count(1)

class Buyer({user}):
    wait_time = constant(0.05)

    @task
    def buy(self):
        self.client.post("/pay", json={{"order_id": f"o-{{next(NUMBERS)}}"}})
"""
SCENARIO = """
brownout: 1
seed: 2
identity: {stripe.payment_intents.create: body.metadata.order_id}
faults:
  - {name: lost-answer, kind: abort, match: {operation: stripe.payment_intents.create}, percentage: 25,
     target: response, connection: reset}
load: {rate: 20/s, duration: 3s, users: 4}
arms: {resilient: {client: resilient}}
thresholds:
  payments.duplicated: ["count == 0"]
  payments.lost: ["count == 0"]
  ledger.violations: ["count == 0"]
"""


class Place(NamedTuple):
    """A Brownout and a shop that calls it, both running, and a folder with a scenario and a locustfile."""

    url: str
    shop: str
    folder: Path

    def start(self, *arguments: str, locust: bool = False) -> subprocess.Popen[str]:
        """Start `brownout` or `locust`, in the folder."""
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "locust" if locust else "brownout", *arguments],
            cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENV,
        )  # fmt: skip

    def drill(self, *arguments: str, seconds: float = 90) -> tuple[int, str]:
        """Drill the shop; return the exit code and all that was said."""
        running = self.start("drill", "mine.yaml", "--attach", self.url, "--sandbox", "load", "--target", self.shop,
                             "-f", "locustfile.py", *arguments)  # fmt: skip
        out, err = running.communicate(timeout=seconds)
        return running.returncode, out + err

    def verdict(self, report: str = "brownout-report/mine") -> dict[str, Any]:
        """Return the verdict that was kept."""
        return orjson.loads((self.folder / report / "verdict.json").read_bytes())

    def admin(self, path: str, method: str = "GET", body: bytes | None = None) -> Any:
        """Ask the sandbox's admin API."""
        request = urllib.request.Request(f"{self.url}/~load/_brownout{path}", body, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=5) as answer:
            return json.loads(answer.read())


@contextlib.contextmanager
def running(*command: str) -> Iterator[str]:
    """Give the first line that a program prints, as long as it is needed."""
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True, env=ENV)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


@contextlib.contextmanager
def set_up(folder: Path, *ways: str, user: str = "HttpUser", first: str = "") -> Iterator[Place]:
    """Start both, under a plan that has a fault of its own."""
    (folder / "mine.yaml").write_text(SCENARIO)
    with running("-m", "brownout", "serve", "--port", "0", "--json") as ready:
        url = json.loads(ready)["url"]
        (folder / "locustfile.py").write_text(LOCUSTFILE.format(user=user, first=first.format(url=url)))
        with running(str(SUPPORT / "attached_shop.py"), f"{url}/~load", *ways) as shop:
            place = Place(url, shop, folder)
            place.admin("/scenario", "PUT", b"brownout: 1\ntitle: Mine before\nfaults: []")
            yield place


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A shop that pays twice when an answer is lost."""
    with set_up(tmp_path) as made:
        yield made


def test_a_service_that_pays_twice_fails(place: Place) -> None:
    """Its own customers drive it; what they were told is compared with the ledger, and the sandbox is given back."""
    code, said = place.drill()

    assert code == 1, said
    assert "FAIL" in said
    assert "payments.duplicated missed" in said
    assert "lease" not in said
    verdict = place.verdict()
    (arm,) = verdict["arms"].values()
    assert arm["metrics"]["payments.duplicated"]["count"] > 0
    assert arm["metrics"]["payments.lost"]["count"] == 0
    assert arm["metrics"]["operations.ok"]["rate"] > 0.9
    assert verdict["load"]["executor"] == "users"
    assert f"--attach {place.url} --sandbox load" in verdict["again"]
    assert place.admin("/lease")["held"] is False
    assert place.admin("/scenario")["title"] == "Mine before"
    assert place.admin("/faults") == {"faults": []}


def test_a_careful_service_passes_and_earlier_runs_do_not_count(tmp_path: Path) -> None:
    """With one idempotency key for all tries nothing is charged twice; the same orders of a run before are no doubles.

    The keys of answers may be where the service has them.
    """
    with set_up(tmp_path, "careful", user="FastHttpUser") as place:
        first, said = place.drill()
        again, more = place.drill("--key", "response:order_id", "--report", "again")

        assert (first, again) == (0, 0), said + more
        assert place.verdict("again")["status"] == "pass"
        assert "op-00001" in (tmp_path / "brownout-report/mine/claims-service.jsonl").read_text()
        assert '"key":"o-1"' in (tmp_path / "again/claims-service.jsonl").read_text()


def test_a_drill_that_is_killed_leaves_no_fault_behind(place: Place) -> None:
    """After one lease the sandbox is as it was before, and nobody drives the service any more."""
    drill = place.start("drill", "mine.yaml", "--attach", f"{place.url}/~load", "--target", place.shop,
                        "-f", "locustfile.py", "--duration", "2m", "--lease", "2s")  # fmt: skip
    until = time.monotonic() + 30
    while not place.admin("/faults")["faults"] and time.monotonic() < until:
        time.sleep(0.05)
    assert place.admin("/lease")["owner"].startswith("brownout drill of ")

    drill.send_signal(signal.SIGKILL)
    drill.communicate(timeout=30)
    ends_at = place.admin("/lease").get("until", 0.0)
    assert ends_at <= time.time() + 2  # nobody renews it any more
    while time.time() <= ends_at:
        time.sleep(0.05)

    assert place.admin("/faults") == {"faults": []}
    assert place.admin("/scenario")["title"] == "Mine before"
    seen, until = -1, time.monotonic() + 20
    while (now := place.admin("/sandboxes/load")["exchanges"]) != seen and time.monotonic() < until:
        seen = now
        time.sleep(0.5)
    assert now == seen


def test_ctrl_c_gives_the_sandbox_back_at_once(place: Place) -> None:
    """And what there is by then is kept, marked as a part."""
    drill = place.start("drill", "mine.yaml", "--attach", f"{place.url}/~load", "--target", place.shop,
                        "-f", "locustfile.py", "--duration", "2m", "--lease", "1h")  # fmt: skip
    until = time.monotonic() + 30
    while place.admin("/sandboxes/load")["exchanges"] < 5 and time.monotonic() < until:
        time.sleep(0.05)

    drill.send_signal(signal.SIGINT)
    out, err = drill.communicate(timeout=60)

    assert drill.returncode == 130, out + err
    assert place.verdict()["interrupted"] is True
    assert place.admin("/lease")["held"] is False


def test_two_drills_do_not_share_a_sandbox(place: Place) -> None:
    """The second is told who has it, and until when."""
    place.admin("/lease", "PUT", b'{"ttl": "1m", "owner": "ada"}')

    code, said = place.drill()

    assert code == 2
    assert "sandbox 'load' is held by ada until " in said


@pytest.mark.parametrize(
    ("text", "message"),
    [("import nonsense_x", "Locust can't read it: "), ("X = 1", "it defines no User"), (None, "there is no such file")],
)
def test_a_locustfile_that_drives_nobody(tmp_path: Path, text: str | None, message: str) -> None:
    """Exit code 2, before the sandbox is touched."""
    with set_up(tmp_path) as place:
        if text is None:
            (tmp_path / "locustfile.py").unlink()
        else:
            (tmp_path / "locustfile.py").write_text(text)

        code, said = place.drill()

        assert code == 2
        assert f"brownout: --locustfile locustfile.py: {message}" in said
        assert place.admin("/scenario")["title"] == "Mine before"


def test_a_service_whose_calls_name_no_order_is_not_accused(tmp_path: Path) -> None:
    """What was claimed can't be compared with what was charged, so nobody knows; the verdict says what to do."""
    with set_up(tmp_path, "mute") as place:
        code, said = place.drill()

        assert code == 3, said
        assert "so they can't be compared: the service must forward the baggage header" in said


def test_a_service_that_calls_elsewhere_is_noticed(place: Place) -> None:
    """A run that never met its sandbox shows nothing."""
    place.admin("/sandboxes/other", "PUT")

    code, said = place.drill("--sandbox", "other")

    assert code == 3, said
    assert "no request reached sandbox 'other': the service must call its providers there" in said
    assert f"such as Stripe at {place.url}/~other/stripe" in said


def test_without_claims_the_verdict_says_what_it_cannot_measure(place: Place) -> None:
    """Double charges are seen all the same; what is believed of them isn't known."""
    code, said = place.drill("--claims", "none")

    assert code == 1, said
    assert "payments.lost is not measured, since the client made no claims" in said
    assert "payments.duplicated is" in said


def test_a_csv_has_the_last_word(tmp_path: Path) -> None:
    """What the database believes goes before what customers were told; a file that is wrong is named with its line."""
    with set_up(tmp_path, "careful") as place:
        drill = place.start("drill", "mine.yaml", "--attach", f"{place.url}/~load", "--target", place.shop,
                            "-f", "locustfile.py", "--key", "body:order_id", "--claims-csv", "db.csv")  # fmt: skip
        until = time.monotonic() + 40
        while place.admin("/sandboxes/load")["exchanges"] < 5 and time.monotonic() < until:
            time.sleep(0.05)
        with (tmp_path / "db.csv").open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerows([["key", "outcome", "amount_minor"], ["o-1", "fail", 2499], ["o-never", "ok", 100]])
        out, err = drill.communicate(timeout=60)

        assert drill.returncode == 1, out + err
        (arm,) = place.verdict()["arms"].values()
        assert arm["metrics"]["payments.orphaned"]["count"] == 1
        assert arm["metrics"]["payments.lost"]["count"] == 1

        journal = "brownout-report/mine/journal-service.jsonl"
        (tmp_path / "bad.csv").write_text("key,outcome\no-1,okay\n,ok\n")
        judged = place.start("verdict", journal, "bad.csv")
        out, err = judged.communicate(timeout=60)
        assert judged.returncode == 2
        assert "bad.csv:2: outcome: unknown 'okay'; did you mean 'ok'?\nbad.csv:3: key is empty" in err


def test_judge_in_a_locustfile_sets_the_exit_code(tmp_path: Path) -> None:
    """Two lines in a locustfile of one's own: plain `locust` ends with the verdict, and gives the sandbox back."""
    first = 'from brownout.drill.judge import judge\njudge("mine.yaml", attach="{url}/~load", report="out")'
    with set_up(tmp_path, first=first) as place:
        run = place.start("--headless", "--host", place.shop, "-u", "4", "-r", "4", "-t", "3s", locust=True)
        out, err = run.communicate(timeout=60)

        assert run.returncode == 1, out + err
        assert "payments.duplicated missed" in out
        (arm,) = place.verdict("out")["arms"].values()
        assert arm["metrics"]["operations.ok"]["rate"] > 0.9
        assert place.admin("/lease")["held"] is False
        assert place.admin("/scenario")["title"] == "Mine before"


def test_judge_with_workers_counts_what_all_of_them_did(tmp_path: Path) -> None:
    """The master holds the sandbox, the workers claim: no operation is left without its claim."""
    first = 'from brownout.drill.judge import judge\njudge("mine.yaml", attach="{url}/~load", report="out")'
    with set_up(tmp_path, "careful", first=first) as place:
        port = str(10_000 + os.getpid() % 20_000)
        workers = [place.start("--worker", "--master-port", port, locust=True) for _ in range(2)]
        try:
            master = place.start("--master", "--headless", "--expect-workers", "2", "--master-bind-port", port,
                                 "--host", place.shop, "-u", "4", "-r", "4", "-t", "3s", "--stop-timeout", "1",
                                 locust=True)  # fmt: skip
            out, err = master.communicate(timeout=60)
            assert master.returncode == 0, out + err
            for worker in workers:
                worker.communicate(timeout=30)
        finally:
            for worker in workers:
                worker.kill()
                worker.communicate()

        (arm,) = place.verdict("out")["arms"].values()
        assert arm["metrics"]["operations.ok"]["rate"] > 0.9
        claims = (tmp_path / "out/claims-service.jsonl").read_text()
        assert ('"w0-op-00001"' in claims, '"w1-op-00001"' in claims) == (True, True)


def test_a_threshold_that_aborts_ends_the_test(tmp_path: Path) -> None:
    """Under `drill` as under `judge`: the load ends long before its time, and the verdict says after how long."""
    first = 'from brownout.drill.judge import judge\njudge("abort.yaml", attach="{url}/~load", report="out")'
    text = SCENARIO.replace('payments.duplicated: ["count == 0"]',
                            'payments.duplicated: [{threshold: "count == 0", abort_on_fail: true}]')  # fmt: skip
    (tmp_path / "abort.yaml").write_text(text.replace("duration: 3s", "duration: 60s"))
    with set_up(tmp_path, first=first) as place:
        run = place.start("--headless", "--host", place.shop, "-u", "4", "-r", "4", "-t", "60s", locust=True)
        out, err = run.communicate(timeout=50)
        assert run.returncode == 1, out + err
        assert "brownout: is ended: payments.duplicated is" in err

        (tmp_path / "locustfile.py").write_text(LOCUSTFILE.format(user="HttpUser", first=""))
        (tmp_path / "mine.yaml").write_text((tmp_path / "abort.yaml").read_text())
        code, said = place.drill(seconds=50)
        assert code == 1, said
        assert "is ended: payments.duplicated is" in said
        assert place.admin("/lease")["held"] is False


def test_judge_that_cannot_begin_says_why(tmp_path: Path) -> None:
    """Exit code 2 and a line, before any customer comes."""
    first = 'from brownout.drill.judge import judge\njudge("mine.yaml", attach="{url}/~nobody")'
    with set_up(tmp_path, first=first) as place:
        run = place.start("--headless", "--host", place.shop, "-u", "1", "-t", "3s", locust=True)
        _, err = run.communicate(timeout=60)

        assert run.returncode == 2
        assert "brownout: --sandbox: unknown 'nobody'" in err
        assert place.admin("/sandboxes/load")["exchanges"] == 0
