"""Drills in one process, on virtual time: what they find, and that they always find the same."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, Final

import orjson
import pytest
from crowded import only_crowded

from brownout import assembly, scenario
from brownout.cli import run
from brownout.core.errors import UsageError
from brownout.core.plan import Arm
from brownout.core.units import parse_duration
from brownout.drill.conduct import Drill
from brownout.drill.folder import Folder
from brownout.drill.progress import Silent
from brownout.drill.sim.conduct import Simulation
from brownout.scenario.scale import scaled
from brownout.server.system import monotonic
from brownout.verdict.files import read_journal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.plan import Plan
    from brownout.drill.glance import Snapshot

pytestmark = pytest.mark.slow

SHOP: Final = """
brownout: 1
title: A shop
seed: 3
providers: {stripe: {}, paypal: {}}
load: {journey: payment, rate: 5/s, duration: 4s, users: 8}
arms: {resilient: {client: resilient}}
thresholds: {payments.duplicated: ["count == 0"]}
"""
CLIENTS: Final = Path(__file__).parents[1] / "support" / "sim_clients.py"
STORIES: Final = (("everything", "24s"), ("webhooks-missed", "6s"))


def plan(text: str = SHOP, **fields: Any) -> Plan:
    """Return a scenario of this file, or one of the library's."""
    registries = assembly.registries()
    found = scenario.load(text, registries) if "\n" in text else scenario.load_file(scenario.find(text), registries)
    return replace(found, **fields)


def sim(of: Plan, path: Path, **options: Any) -> dict[str, Any]:
    """Return the verdict of a simulation that leaves its files in `path`."""
    simulation = Simulation(plan=of, registries=assembly.registries(), folder=Folder(path), watch=Silent(), **options)
    return simulation.run(Event())


def journal(path: Path, arm: str = "resilient") -> list[Mapping[str, Any]]:
    """Return an arm's records."""
    return list(read_journal((path / f"journal-{arm}.jsonl").read_bytes().splitlines(), arm).parts[0].records)


def claims(path: Path, arm: str = "resilient") -> list[dict[str, Any]]:
    """Return an arm's claims."""
    return [orjson.loads(line) for line in (path / f"claims-{arm}.jsonl").read_bytes().splitlines()]


def test_equal_runs_leave_equal_files(tmp_path: Path) -> None:
    """Two processes with other hash seeds, in other folders: every file is the same, the verdict and the page too."""
    written = []
    for seed in ("1", "4242"):
        place = tmp_path / seed
        place.mkdir()
        env = {**os.environ, "PYTHONHASHSEED": seed, "NO_COLOR": "1"}
        command = [sys.executable, "-m", "brownout", "sim"]
        for name, duration in STORIES:
            subprocess.run(
                [*command, name, "--duration", duration], cwd=place, env=env, check=True, capture_output=True
            )
        reports = place / "brownout-report"
        written.append({path.relative_to(reports): path.read_bytes() for path in reports.rglob("*") if path.is_file()})
    first, second = written

    assert {path.name for path in first} >= {"verdict.json", "journal-naive.jsonl", "claims-resilient.jsonl"}
    assert first.keys() == second.keys()
    assert [str(path) for path in first if first[path] != second[path]] == []


def _struck(path: Path, arm: str) -> dict[tuple[str, str, int], list[Any]]:
    """Return which rules struck each call of an arm by the seed alone, and with which draw."""
    decided = (record["decided"] for record in journal(path, arm))
    return {
        (one["operation"], one["key"], one["occurrence"]): [
            (fired["rule"], fired.get("draw")) for fired in one["fired"] if fired["repeatability"] == "D0"
        ]
        for one in decided
        if one["key_source"] == "baggage" and one["key"] != "reconcile"
    }


@pytest.mark.e2e
@pytest.mark.parametrize("name", ["lost-answer", "drift-overnight"])
def test_a_simulation_and_a_drill_agree(tmp_path: Path, name: str) -> None:
    """Of one seed, both strike the same orders with the same draws, charge the same ones twice, and say the same."""
    told = plan(name)
    drill = Drill(plan=told, registries=assembly.registries(), folder=Folder(tmp_path / "drill"), watch=Silent())
    drilled, simulated = drill.run(Event()), sim(told, tmp_path / "sim")

    for arm in told.arms:
        first, second = (_struck(tmp_path / folder, arm) for folder in ("drill", "sim"))
        both = first.keys() & second.keys()
        assert len(both) > 0.95 * max(len(first), len(second))
        assert {call for call in both if first[call] != second[call]} == set()
        assert any(first[call] for call in both)
    twice = [
        sorted(one["key"] for one in verdict["arms"]["naive"]["findings"] if one["kind"] == "duplicated")
        for verdict in (drilled, simulated)
    ]
    assert twice[0] == twice[1] != []
    late = [doubt for arm in drilled["arms"].values() for doubt in arm["doubts"]]
    assert simulated["status"] == "pass"
    assert drilled["status"] == "pass" or only_crowded(late)


def test_a_day_takes_seconds(tmp_path: Path) -> None:
    """24 hours at an order a minute, with tokens that live half an hour: each is renewed when its time has come."""
    day = parse_duration("24h")
    text = SHOP.replace("rate: 5/s, duration: 4s", "rate: 1/m, duration: 24h") + "oauth: {access_ttl: 30m}\n"
    began = monotonic()

    verdict = sim(plan(text), tmp_path)

    assert monotonic() - began < 60
    arm = verdict["arms"]["resilient"]
    assert (verdict["status"], arm["orders"]) == ("pass", {"planned": 1440, "claimed": 1440})
    grants = [one for one in journal(tmp_path) if one["decided"]["operation"] == "paypal.token"]
    assert day / 2000 < len(grants) < day / 1770 + 1  # when less than 30 s are left, and somebody pays with PayPal
    told = claims(tmp_path)
    assert day - 120 < max(one["at"] for one in told) - min(one["at"] for one in told) < day


def test_the_verdict_says_that_it_was_simulated(tmp_path: Path) -> None:
    """In a note, in the journal's head, in what made it and in how to have it again; nothing was late."""
    verdict = sim(plan(), tmp_path)
    head = orjson.loads((tmp_path / "journal-resilient.jsonl").read_bytes().splitlines()[0])

    assert any(note.startswith("simulated, in one process and on virtual time") for note in verdict["notes"])
    assert (head["simulated"], "greenlet" in verdict["versions"], "locust" in verdict["versions"]) == (
        True,
        True,
        False,
    )
    assert verdict["repeat"] == "brownout sim scenario --seed 3"
    arm = verdict["arms"]["resilient"]
    assert (arm["server"]["loop_lag"], arm["server"]["busy_share"], arm["lag"]["max_seconds"]) == (None, None, 0.0)


def test_a_journal_of_a_simulation_is_judged_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`verdict` reaches the same from the files alone."""
    verdict = sim(plan("lost-answer"), tmp_path)

    assert run(["verdict", str(tmp_path / "journal-resilient.jsonl"), "--json"]) == 0
    again = orjson.loads(capsys.readouterr().out)
    assert again["arms"]["resilient"]["metrics"] == verdict["arms"]["resilient"]["metrics"]
    assert "simulated" in "".join(again["notes"])


def test_users_of_a_closed_load_take_orders_as_they_are_ready(tmp_path: Path) -> None:
    """Each begins its next when the last is done and it has thought; none is late, and none begins after the end."""
    text = SHOP.replace("rate: 5/s, duration: 4s, users: 8", "executor: users, think: 500ms, duration: 10s, users: 3")

    verdict = sim(plan(text), tmp_path)

    begun = sorted(one["due"] for one in claims(tmp_path))
    assert verdict["status"] == "pass"
    assert 3 * 10 <= len(begun) <= 3 * 20
    assert (begun[0], begun[-1] < 10) == (0.0, True)
    assert {one["scheduled_at"] for one in claims(tmp_path)} == {one["started_at"] for one in claims(tmp_path)}


@pytest.mark.parametrize(
    ("fault", "waited", "done"),
    [
        ("{kind: latency, delay: 8s, target: request}", 5.0, True),  # the shop left; the payment is made all the same
        ("{kind: abort, connection: hang, target: response}", 5.0, True),
        ("{kind: abort, connection: hang, target: request}", 5.0, False),
        ("{kind: abort, connection: reset, target: response}", 0.0, True),
        ("{kind: trickle, first_byte: 3s}", 3.0, True),
        ("{kind: trickle, first_byte: 6s}", 5.0, True),
        ("{kind: cut, connection: stall}", 5.0, True),
    ],
)
def test_a_client_waits_five_seconds_without_a_byte(tmp_path: Path, fault: str, waited: float, done: bool) -> None:  # noqa: FBT001
    """As under Locust; what it asked for is done, or not, whether it waited or left."""
    named = fault.replace("{", "{name: struck, match: {operation: stripe.payment_intents.create}, percentage: 100, ")
    text = SHOP.replace("resilient: {client: resilient}", "resilient: {client: naive}") + f"faults: [{named}]\n"

    sim(plan(text), tmp_path)

    tries = [one for one in journal(tmp_path) if one["decided"]["operation"] == "stripe.payment_intents.create"]
    lengths = {round(one["observed"]["ended_at"] - one["observed"]["wall_at"], 1) for one in tries}
    assert lengths <= {waited, 8.0}  # a delay that its client didn't wait out still ends when it ends
    assert all(bool(one["decided"]["objects"]) is done for one in tries)
    stripe = [one for one in claims(tmp_path) if one["provider"] == "stripe"]
    good = fault == "{kind: trickle, first_byte: 3s}"
    assert {one["outcome"] for one in stripe} == {"ok" if good else "fail"}
    took = 3.0 if good else 2 * waited + 0.3  # a customer tries once more
    assert all(took < one["at"] - one["started_at"] < took + 0.1 for one in stripe)


def test_a_connection_that_ends_with_its_next_request_loses_that_one(tmp_path: Path) -> None:
    """Nobody reads it: the client sees a reset, the journal nothing."""
    text = SHOP.replace("users: 8", "users: 1").replace("client: resilient", "client: naive")
    text += "faults: [{name: stale, kind: keepalive, match: {operation: stripe.payment_intents.create}, nth: 1}]\n"

    sim(plan(text), tmp_path)

    lost = [one for one in claims(tmp_path) if one["detail"] and one["detail"].startswith("ConnectionResetError")]
    assert lost == []  # the customer's second try came through
    counts = {one["decided"]["fired"][0]["state"] for one in journal(tmp_path) if one["decided"]["fired"]}
    late = [one for one in claims(tmp_path) if one["at"] - one["started_at"] > 0.3]
    assert (counts, len(late)) == ({"applied"}, 1)


def test_a_load_that_a_threshold_ends_is_ended_at_the_same_moment(tmp_path: Path) -> None:
    """`abort_on_fail` is looked at in virtual time."""
    text = SHOP.replace("duration: 4s", "duration: 40s").replace("client: resilient", "client: naive")
    text = text.replace('["count == 0"]', '[{threshold: "count == 0", abort_on_fail: true}]')
    text += "faults: [{name: lost, kind: abort, match: {operation: [stripe.payment_intents.create]}, percentage: 50,"
    text += " target: response, connection: reset}]\n"

    verdicts = [sim(plan(text), tmp_path / run) for run in "ab"]

    assert verdicts[0] == verdicts[1]
    assert (verdicts[0]["status"], verdicts[0]["aborted"]) == ("fail", ["resilient"])
    assert 0 < verdicts[0]["arms"]["resilient"]["orders"]["claimed"] < 100


@pytest.mark.parametrize(
    ("client", "message"),
    [
        ("nobody", r"arms.resilient.client: known are naive, resilient, correct, .*, or MODULE:CLASS"),
        ("sim_clients:Gone", r"arms.resilient.client: sim_clients has no class 'Gone'"),
        ("sim_clients:Unmakeable", r"arms.resilient.client: Unmakeable can't be made: ValueError: no luck"),
        ("sim_clients:HoldsRealLock", r"arms.resilient.client: .* of real time, at .*sim_clients.py:\d+; .*lock\(\)"),
    ],
)
def test_clients_that_cannot_be_simulated_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: str, message: str
) -> None:
    """Before anything is judged."""
    monkeypatch.setenv("BROWNOUT_CLIENT_PATH", str(CLIENTS.parent))
    arms = {"resilient": Arm(name="resilient", client=client)}

    with pytest.raises(UsageError, match=message):
        sim(plan(arms=arms), tmp_path, stalled_seconds=0.5)


@pytest.mark.parametrize(
    ("client", "message"),
    [
        ("SleepsInReal", r"pay\(\) raised WaitedInReal: time.sleep\(1\) at .*sim_clients.py:\d+ waits in real time"),
        ("SleepsForEver", r"pay\(\) raised ValueError: nobody sleeps for inf s"),
        ("KeepsLock", r"8 of 8 users wait for a lock that nobody gives back"),
        ("TakesTooLong", r"the load had not ended 72 s after its start, in virtual time"),
    ],
)
def test_what_no_client_may_makes_a_simulation_inconclusive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: str, message: str
) -> None:
    """As in a drill: the reason is said first."""
    monkeypatch.setenv("BROWNOUT_CLIENT_PATH", str(CLIENTS.parent))

    verdict = sim(plan(arms={"resilient": Arm(name="resilient", client=f"sim_clients:{client}")}), tmp_path)

    assert verdict["status"] == "inconclusive"
    assert re.search(message, verdict["reasons"][0])


def test_a_client_that_draws_from_pythons_own_generator_draws_the_same_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its chance hangs on the seed, too."""
    monkeypatch.setenv("BROWNOUT_CLIENT_PATH", str(CLIENTS.parent))
    arms = {"resilient": Arm(name="resilient", client="sim_clients:Rolls")}

    for run_ in "ab":
        sim(plan(arms=arms), tmp_path / run_)
    sim(plan(arms=arms, seed=4), tmp_path / "other")

    ends = [[one["at"] for one in claims(tmp_path / folder)] for folder in ("a", "b", "other")]
    assert ends[0] == ends[1] != ends[2]


DEFECTS: Final = {
    "RenewsInParallel": "refresh.overlapping",
    "IgnoresRetryAfter": "retry_after.honoured",
    "NewKeyOnRetry": "mishandled.changed_key",
    "NoJitter": "retry.wave",
    "StrictEnum": "contract.failed",
    "SwallowsRefusals": "payments.lost",
    "RetriesForbidden": "auth.scope_loops",
    "TrustsRemaining": "retry.at_once",
}


@pytest.mark.parametrize(("defect", "metric"), DEFECTS.items())
def test_a_planted_defect_is_named_as_in_a_drill(tmp_path: Path, defect: str, metric: str) -> None:
    """The threshold that names it is missed, and it is the client's one defect that does it: `correct` passes."""
    clients = {"correct": "correct", "defective": f"brownout_clients.defective:{defect}"}
    arms = {name: Arm(name=name, client=client) for name, client in clients.items()}

    judged = sim(plan("manners", arms=arms), tmp_path)["arms"]

    assert judged["correct"]["status"] == "pass"
    assert metric in {one["metric"] for one in judged["defective"]["thresholds"] if one["holds"] is False}


class StopsAtOnce(Silent):
    """Somebody who presses Ctrl-C at the first sight of an arm."""

    def __init__(self, stop: Event) -> None:
        self._stop = stop

    def tick(self, seen: Snapshot) -> None:
        """Press it."""
        self._stop.set()


def test_a_stopped_simulation_leaves_a_part_that_says_so(tmp_path: Path) -> None:
    """As a drill does: what there is is kept and never green."""
    stop = Event()
    told = plan("lost-answer")
    simulation = Simulation(
        plan=told, registries=assembly.registries(), folder=Folder(tmp_path), watch=StopsAtOnce(stop)
    )

    verdict = simulation.run(stop)

    assert (verdict["interrupted"], verdict["status"], list(verdict["arms"])) == (True, "inconclusive", ["naive"])
    assert (tmp_path / "journal-naive.jsonl").is_file()


def test_arms_that_need_a_network_are_refused(tmp_path: Path) -> None:
    """A locustfile or a program of somebody's sends over a socket: a drill plays it."""
    arms = {"mine": Arm(name="mine", client="cat", command=("cat",))}

    with pytest.raises(UsageError, match=r"arms.mine.command: a simulation has no network.*brownout drill plays"):
        sim(plan(arms=arms), tmp_path)


def test_a_shorter_run_keeps_the_shares_of_its_phases(tmp_path: Path) -> None:
    """`--duration` means what it means for a drill."""
    verdict = sim(scaled(plan("everything"), 16.5), tmp_path, arms=["resilient"])

    assert [phase["name"] for phase in verdict["phases"]] == [phase.name for phase in plan("everything").phases]
    assert verdict["arms"]["resilient"]["orders"]["planned"] == 132


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--seeds", "1..3", "--seed", "7"], "--seed goes with one seed, not with --seeds"),
        (["--seeds", "3..1"], "'3..1' is no range such as 1..200"),
        (["--seeds", "7"], "'7' is no range such as 1..200"),
        (["--seeds", "1..99999"], "of at most 10,000 seeds"),
        (["--processes", "2"], "No such option"),
        (["--on-inconclusive", "retry:2"], "a simulation says the same however often it runs: fail or pass"),
        (["--on-inconclusive", "perhaps"], "'perhaps' is none of fail, pass"),
        (["--client", "math:nothing"], "arms.resilient.client: math has no class 'nothing'"),
    ],
)
def test_wrong_options_are_said(capsys: pytest.CaptureFixture[str], options: list[str], message: str) -> None:
    """With what is wrong about them, and exit code 2."""
    assert run(["sim", "lost-answer", *options]) == 2
    assert message in capsys.readouterr().err


def test_missing_extra_says_what_to_type(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Locust isn't needed; greenlet and Plotly are."""
    monkeypatch.setattr("brownout.drill.conduct.find_spec", lambda name: None if name == "greenlet" else object())

    assert run(["sim", "lost-answer"]) == 2
    assert "a simulation needs greenlet: pip install 'brownout[drill]'" in capsys.readouterr().err
