"""A world's journal on disk: what is in it at which moment, whatever happens to the server."""

from __future__ import annotations

import io
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from brownout.cli import run as brownout
from brownout.core.plan import Plan
from brownout.server.tape import Tape, heads
from brownout.server.tapes import Tapes
from brownout.server.worlds import Worlds
from brownout.testing import EngineTransport
from brownout.verdict.files import Kept, read_journal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from brownout.core.sandbox import Sandbox

HEADERS = {"Authorization": "Bearer sk_test_x", "Content-Type": "application/x-www-form-urlencoded"}


def form(order: str) -> bytes:
    """Return a payment of that order."""
    card = "payment_method=pm_card_visa&confirm=true&return_url=https://shop.test/"
    return f"amount=2000&currency=usd&{card}&metadata[order_id]={order}".encode()


def kept(path: Path) -> Kept:
    """Return what is in the file now."""
    with path.open("rb") as lines:
        return read_journal(lines, str(path))


class Taped:
    """A world without sockets whose journal goes to a file."""

    def __init__(self, path: Path) -> None:
        self.transport = EngineTransport(Plan())
        self.world: Sandbox = self.transport.world
        self.trouble: list[str] = []
        self.tape = Tape(path, heads(self.transport.registries, "again {seed}"), self.trouble.append)
        self.world.record_to(self.tape)
        self.path = path

    def pay(self, order: str) -> None:
        """Take a payment."""
        assert (
            self.transport.send("POST", "/stripe/v1/payment_intents", headers=HEADERS, body=form(order)).status == 200
        )

    def read(self) -> None:
        """Make a request that moves no money."""
        assert self.transport.send("GET", "/stripe/v1/balance", headers=HEADERS).status == 200


@pytest.fixture
def taped(tmp_path: Path) -> Taped:
    """A world with a journal."""
    return Taped(tmp_path / "j.jsonl")


def test_the_file_holds_what_the_world_does(taped: Taped) -> None:
    """Head, records with their end, ledger; and it says that it is whole."""
    for order in "ab":
        taped.pay(order)
        taped.read()
    taped.world.claims.append(claim := {"key": "a", "outcome": "ok"})
    taped.tape.claimed([claim])
    taped.tape.close()

    found = kept(taped.path)

    (part,) = found.parts
    assert found.one_file
    assert found.missing is None
    assert [one["decided"] for one in part.records] == [one.decided() for one in taped.world.journal]
    assert [one["observed"]["outcome"] for one in part.records] == ["sent"] * 4
    assert list(part.entries) == list(taped.world.ledger)
    assert part.claims == [claim]
    assert part.head.repeat == "again 0"


def test_money_is_written_before_anybody_is_answered(taped: Taped) -> None:
    """While the exchange is under way, its payment is in the file already; its end is not."""
    seen: list[tuple[int, Any]] = []
    wrote = taped.tape.wrote

    def look(record: Any) -> None:
        wrote(record)
        part = kept(taped.path).parts[0]
        seen.append((len(part.entries), part.records[-1]["observed"]["outcome"]))

    taped.tape.wrote = look  # type: ignore[method-assign] # looks between the answer's decision and the wire
    taped.pay("a")

    assert seen == [(2, None)]
    assert kept(taped.path).parts[0].records[0]["observed"]["outcome"] == "sent"


def test_a_world_that_begins_again_begins_a_part(taped: Taped) -> None:
    """What was before stays in the file, apart from what comes after."""
    taped.pay("a")
    taped.world.reset(time.time())
    taped.pay("a")
    taped.pay("b")
    taped.tape.close()

    found = kept(taped.path)

    assert [len(part.records) for part in found.parts] == [1, 2]
    assert [len(part.entries) for part in found.parts] == [2, 4]
    assert found.missing is None


def test_another_scenario_goes_on_in_the_same_part(taped: Taped) -> None:
    """The head is the newest plan's: that is what is in force."""
    taped.pay("a")
    taped.world.use(Plan(name="other", seed=5), time.time())
    taped.pay("b")
    taped.tape.close()

    (part,) = kept(taped.path).parts

    assert (part.head.scenario, part.head.seed, len(part.records)) == ("other", 5, 2)


def test_a_cut_end_costs_the_last_line_alone(taped: Taped) -> None:
    """Wherever the file is cut, all whole lines before are read, and it says that its end is missing."""
    taped.pay("a")
    taped.read()
    whole = taped.path.read_bytes()  # head, two entries, the payment's record, its end, the other record
    records = [0, 0, 0, 0, 1, 1, 2]

    for end in range(whole.index(b"\n") + 1, len(whole)):
        found = read_journal(io.BytesIO(whole[:end]), "j")
        lines = whole[: end + 1].count(b"\n")  # one without its line feed is whole all the same
        assert found.missing is not None
        assert found.parts[0].head.trouble == found.missing
        assert len(found.parts[0].entries) == min(2, lines - 1)
        assert len(found.parts[0].records) == records[lines]


def test_money_that_a_timer_moves_is_written_then(taped: Taped) -> None:
    """No request goes with it: a settlement, a review."""

    def settle(at: float) -> None:
        taped.world.ledger.post(
            "capture", at=at, provider="toy", account="a", payment="p", object_id="o", amount_minor=1, currency="usd"
        )

    taped.world.timers.at(taped.world.moment.world + 5, settle)
    taped.world.arrive(taped.transport.wall + 10)

    (part,) = kept(taped.path).parts
    assert [entry.payment for entry in part.entries] == ["p"]


def test_money_from_before_the_journal_is_in_it(tmp_path: Path) -> None:
    """A world may be looked at later than it began."""
    taped = Taped(tmp_path / "first.jsonl")
    taped.pay("a")
    later = Tape(tmp_path / "later.jsonl", heads(taped.transport.registries, ""), pytest.fail)
    taped.world.record_to(later)

    assert list(kept(later.path).parts[0].entries) == list(taped.world.ledger)


def test_an_exchange_of_a_forgotten_world_is_not_mixed_in(taped: Taped) -> None:
    """It may end after the reset: its record belongs to the part before, and stays as it was there."""
    step = taped.transport.open("POST", "/stripe/v1/payment_intents", headers=HEADERS, body=form("a"))
    step.step()
    taped.world.reset(taped.transport.wall)
    step.finish()
    taped.tape.close()

    before, after = kept(taped.path).parts
    assert before.records[0]["observed"]["outcome"] is None
    assert (after.records, after.entries) == ([], [])


def test_the_commands_read_it(taped: Taped, capsys: pytest.CaptureFixture[str]) -> None:
    """Exchanges and payments as tables, each with the part that it is of; explained by their key."""
    taped.pay("a")
    taped.world.reset(taped.transport.wall)
    taped.pay("a")
    taped.tape.close(interrupted=True)
    path = str(taped.path)

    assert brownout(["list", "exchanges", path]) == 0
    table = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in table] == [
        ["part", "id"],
        *(["1", table[1].split()[1]], ["2", table[1].split()[1]]),
    ]
    assert brownout(["list", "payments", path, "--json"]) == 0
    payments = json.loads(capsys.readouterr().out)
    assert [(one["part"], one["captured"], len(one["exchanges"])) for one in payments] == [
        (1, "$20.00", 1),
        (2, "$20.00", 1),
    ]
    assert brownout(["explain", path, payments[0]["payment"]]) == 0
    assert "part 2 of 2" in capsys.readouterr().out
    assert brownout(["verdict", path]) == 130
    assert "the world began again 1 times; this is about its last life (--part 2)" in capsys.readouterr().err
    assert brownout(["verdict", path, "--part", "3"]) == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["exchanges"], "name a journal: brownout list exchanges run.jsonl"), (["faults", "x"], "takes no journal")],
)
def test_lists_that_need_a_journal_and_those_that_dont(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Told apart."""
    assert brownout(["list", *arguments]) == 2
    assert says in capsys.readouterr().err


def test_a_broken_line_in_the_middle_is_an_error(taped: Taped, capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody edited it, or another program wrote to it: that is said with its place."""
    taped.pay("a")
    taped.tape.close()
    lines = taped.path.read_bytes().splitlines(keepends=True)
    taped.path.write_bytes(b"".join([*lines[:2], b'{"entry": {\n', *lines[2:]]))

    assert brownout(["verdict", str(taped.path)]) == 2
    assert f"{taped.path}:3: not JSON" in capsys.readouterr().err


def test_a_full_disk_is_said_once_and_ends_the_journal_alone(tmp_path: Path) -> None:
    """The world goes on; the file says itself that it isn't whole, so its verdict is inconclusive."""
    path = tmp_path / "j.jsonl"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    taped = Taped(path)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 1500, before[1]))  # Python ignores SIGXFSZ
    try:
        for order in "abcd":
            taped.pay(order)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    taped.pay("e")
    taped.tape.close()

    assert len(taped.trouble) == 1
    assert "j.jsonl: the journal ends here: File too large" in taped.trouble[0]
    assert len(taped.world.ledger) == 10
    assert kept(path).missing is not None
    assert brownout(["verdict", str(path)]) == 3


def test_a_file_that_is_no_journal_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A slip of the keyboard doesn't cost anybody their work; an earlier journal is written over."""
    mine = tmp_path / "shop.py"
    mine.write_text("print('mine')")
    old = tmp_path / "old.jsonl"
    old.write_bytes(b'{"brownout_journal":1,"arm":"a"}\n')

    assert brownout(["run", "lost-answer", "--journal", str(mine), "--", "true"]) == 2
    assert "the file is there and is no journal" in capsys.readouterr().err
    assert mine.read_text() == "print('mine')"
    assert brownout(["run", "lost-answer", "--journal", str(old), "--", "true"]) == 0
    assert kept(old).parts[0].head.scenario == "lost-answer"


def test_two_at_once_dont_share_a_file(taped: Taped, capsys: pytest.CaptureFixture[str]) -> None:
    """The second one is refused, and what the first one wrote stays."""
    taped.pay("a")
    before = taped.path.read_bytes()

    assert brownout(["run", "lost-answer", "--journal", str(taped.path), "--", "true"]) == 2
    assert "another brownout is writing to it" in capsys.readouterr().err
    assert taped.path.read_bytes() == before


def test_a_pipe_that_nobody_reads_is_not_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Opened for writing, a named pipe waits for a reader."""
    os.mkfifo(tmp_path / "pipe")

    assert brownout(["run", "lost-answer", "--journal", str(tmp_path / "pipe"), "--", "true"]) == 2
    assert "--journal" in capsys.readouterr().err


def test_each_sandbox_has_its_own_file(tmp_path: Path) -> None:
    """Its name goes before the suffix; one that was dropped and comes again goes on in its file."""
    transport = EngineTransport(Plan())
    registries = transport.registries
    worlds = Worlds(registries, Plan(), wall=0.0)
    tapes = Tapes(tmp_path / "j.jsonl", heads(registries, ""), pytest.fail)
    worlds.watch(tapes.follow)
    for _ in range(2):
        world = worlds.make("t-1", 0.0)
        world.dropped = True
        worlds.drop("t-1")
    tapes.close()

    assert {path.name for path in tmp_path.iterdir()} == {"j.jsonl", "j.t-1.jsonl"}
    assert len(kept(tmp_path / "j.t-1.jsonl").parts) == 2
    assert kept(tmp_path / "j.t-1.jsonl").missing is None


def test_a_sandbox_whose_file_cant_be_made_lives_all_the_same(tmp_path: Path) -> None:
    """It is said; the other journals go on."""
    (tmp_path / "j.t-1.jsonl").write_text("mine")
    said: list[str] = []
    worlds = Worlds(EngineTransport(Plan()).registries, Plan(), wall=0.0)
    tapes = Tapes(tmp_path / "j.jsonl", heads(worlds.registries, ""), said.append)
    worlds.watch(tapes.follow)

    worlds.make("t-1", 0.0)
    tapes.close()

    assert tapes.trouble == said[0]
    assert "j.t-1.jsonl: the file is there and is no journal" in said[0]
    assert kept(tmp_path / "j.jsonl").missing is None


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str, Path]]:
    """A server in a process of its own, that keeps a journal: process, URL, journal."""
    journal = tmp_path / "j.jsonl"
    command = [sys.executable, "-m", "brownout", "serve", "--port", "0", "--json", "--journal", str(journal)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield process, json.loads(process.stdout.readline())["url"], journal
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.mark.slow
@pytest.mark.e2e
def test_kill_9_loses_no_payment_that_anybody_knows_of(served: tuple[subprocess.Popen[str], str, Path]) -> None:
    """Killed right after an answer, and while another exchange hangs after its payment: both payments are there."""
    process, url, journal = served
    for number in range(20):
        post(f"{url}/stripe/v1/payment_intents", form(f"o-{number}"))
    fault = {"kind": "abort", "connection": "hang", "target": "response"}
    request = urllib.request.Request(f"{url}/_brownout/faults/hang", data=json.dumps(fault).encode(), method="PUT")
    urllib.request.urlopen(request).close()
    body = form("hung")
    head = "".join(f"{name}: {value}\r\n" for name, value in {**HEADERS, "Content-Length": len(body)}.items())
    with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as client:
        client.sendall(f"POST /stripe/v1/payment_intents HTTP/1.1\r\nHost: x\r\n{head}\r\n".encode() + body)
        while b"hung" not in journal.read_bytes():
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    found = kept(journal)

    (part,) = found.parts
    assert found.missing is not None
    assert {entry.key for entry in part.entries} == {*(f"o-{number}" for number in range(20)), "hung"}
    assert [one["observed"]["outcome"] for one in part.records] == [*(["sent"] * 20), None]


def post(url: str, body: bytes) -> None:
    """Send a payment."""
    urllib.request.urlopen(urllib.request.Request(url, data=body, headers=HEADERS)).close()
