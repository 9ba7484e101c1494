"""Journals, ledgers and claims as lines of text."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import orjson
import pytest
from story import Story, phased, rule

from brownout.core.errors import UsageError
from brownout.core.exchange import Answer
from brownout.core.limits import Limit
from brownout.core.match import Match
from brownout.core.operation import Operation
from brownout.core.plan import Arm, Load, Phase, Plan
from brownout.core.rules import Count, Rule
from brownout.faults.abort import Abort
from brownout.verdict import Head, judge
from brownout.verdict.files import claim_lines, journal_lines, ledger_lines, read_claims, read_journal, read_ledger
from brownout.verdict.limits import PlannedLimit
from brownout.verdict.phases import PlannedPhase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

BURST = Limit(name="burst", match=Match(), algorithm="token_bucket", rate_per_second=1.0, burst=1.0, phase="calm")
HEAD = b'{"brownout_journal":1,"arm":"keyed"}\n'


def test_verdict_is_the_same_from_files() -> None:
    """What is written and read again is judged exactly as it was."""
    told = phased(
        but={17: {"outcome": "unknown", "charges": 2}},
        rules=(rule(count=Count(percentage=8), phase="storm", operations=("stripe.payment_intents.create",)),),
        limits=(PlannedLimit(name="burst", phase="storm"),),
        steady_state={"goodput.rate": ("value >= 0.9",)},
    )
    run = told.run(versions={"brownout": "0.1.0"})

    journal = list(journal_lines(run.head, (orjson.dumps(one) + b"\n" for one in run.records)))
    kept = read_journal(journal, "journal.jsonl")
    again = replace(
        kept.parts[0],
        entries=read_ledger(ledger_lines(run.entries), "ledger.jsonl"),
        claims=read_claims(claim_lines(run.claims or ()), "claims.jsonl"),
    )

    assert judge([again]) == judge([run])
    assert (len(kept.parts), kept.one_file, kept.missing) == (1, False, None)


def test_head_holds_what_a_verdict_needs_of_a_plan() -> None:
    """A journal's first line says which arm of which plan it is, by what it is judged and what should have fired."""
    lost = Rule(name="lost-answer", fault=Abort(connection="reset"), target="response", count=Count(percentage=8))
    plan = Plan(
        name="lost-answer",
        title="Lost",
        seed=7,
        digest="d",
        rules=(lost,),
        arms={"naive": Arm(name="naive", client="careless", control=True)},
        thresholds={"payments.lost": ("count == 0",)},
        steady_state={"goodput.rate": ("value >= 0.9",)},
        phases=(Phase(name="calm", duration_seconds=5),),
        limits=(BURST,),
        load=Load(journey="checkout"),
    )

    head = Head.of(plan, "naive", orders_planned=105, load_began_at=7.5)

    assert Head.from_dict(orjson.loads(orjson.dumps(head.as_dict()))) == head
    assert head.phases == (PlannedPhase(name="calm", duration_seconds=5),)
    assert head.limits == (PlannedLimit(name="burst", phase="calm"),)
    assert head.steady_state == {"goodput.rate": ("value >= 0.9",)}
    assert (head.load, head.rate_per_second, head.duration_seconds) == (asdict(Load(journey="checkout")), 15.0, 5)
    assert (head.client, head.control, head.seed, head.digest) == ("careless", True, 7, "d")
    assert [planned.name for planned in head.rules] == ["lost-answer"]


def test_head_takes_the_servers_operations_and_what_the_run_knows_better() -> None:
    """A rule is held to the operations that it concerns; what the run says takes the place of the plan's."""
    plan = Plan(
        rules=(Rule(name="r", fault=Abort(connection="reset"), target="edge", match=Match(operation=("a.*",))),),
        arms={"naive": Arm(name="naive", client="careless")},
    )
    operations = [
        Operation(name=name, method="GET", path="/", run=lambda _: Answer(200, None)) for name in ("a.list", "b.list")
    ]

    head = Head.of(plan, "naive", operations, phases=(PlannedPhase(name="x", duration_seconds=1, planned=3),))

    assert head.rules[0].operations == ("a.list",)
    assert head.phases[0].planned == 3
    assert (head.load, head.rate_per_second, replace(head, phases=()).duration_seconds) == (None, None, None)


def test_heads_of_earlier_versions_are_read() -> None:
    """A journal that knows nothing of phases, limits and load is judged as it always was."""
    old = {"brownout_journal": 1, "arm": "keyed", "thresholds": {"payments.lost": ["count == 0"]}, "rules": [
        {"name": "r", "kind": "abort", "target": "edge"}
    ]}  # fmt: skip

    head = Head.from_dict(old)

    assert (head.phases, head.limits, head.load, head.rules[0].operations) == ((), (), None, None)


def _record(**without: str) -> bytes:
    record = Story().call("order-1").records[0]
    for name in without.values():
        del record["decided"][name]
    return orjson.dumps(record)


def test_a_drills_cut_journal_is_read_and_says_so() -> None:
    """What is there is judged, and can't pass."""
    kept = read_journal([HEAD, _record() + b"\n", b'{"decided":'], "j")

    assert len(kept.parts[0].records) == 1
    assert kept.missing is not None
    assert kept.parts[0].head.trouble == kept.missing


def test_lines_of_one_file_are_nothing_to_a_drills_journal() -> None:
    """Its ledger lies beside it: an entry in it is a mistake."""
    with pytest.raises(UsageError, match="j:2: not a journal record"):
        read_journal([HEAD, b'{"entry":{}}\n'], "j")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"entry":{}}', "j:2: not a ledger entry: 'id' is missing"),
        (b'{"claim":{"key":"a"}}', "j:2: not a claim: outcome"),
        (b'{"number":1,"observed":{}}', "j:2: not a journal record"),
        (b'{"now_under":{"arm":"a","more":1}}', "j:2: this head of a journal is broken"),
        (b'{"brownout_journal":7}', "j:2: this journal has version 7"),
    ],
)
def test_broken_lines_of_one_file_are_refused(line: bytes, message: str) -> None:
    """By their line."""
    with pytest.raises(UsageError, match=message):
        read_journal([b'{"brownout_journal":1,"one_file":true,"arm":"a"}\n', line + b"\n"], "j")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "j:1: not a journal"),
        ([b"{}"], "j:1: not a journal"),
        ([b'{"decided":{}}'], "j:1: not a journal"),
        ([b'{"brownout_journal":2}'], "j:1: this journal has version 2, and this Brownout reads version 1"),
        ([b'{"brownout_journal":1}'], "j:1: the journal's first line is broken: .*arm"),
        ([b'{"brownout_journal":1,"arm":"a","more":1}'], "j:1: the journal's first line is broken: .*more"),
        ([b'{"brownout_journal":1,"arm":"a","rules":[{}]}'], "j:1: the journal's first line is broken"),
        ([b'{"brownout_journal":1,"arm":"a","phases":[{"name":"x"}]}'], "j:1: the journal's first line is broken"),
        ([b'{"brownout_journal":1,"arm":"a","limits":[7]}'], "j:1: the journal's first line is broken"),
        ([b"{"], "j:1: not JSON"),
        ([HEAD, b"{\n"], "j:2: not JSON"),
        ([HEAD, b"{", HEAD], "j:2: not JSON"),
        ([HEAD, b"", b"[]"], "j:3: each line must be a JSON object"),
        ([HEAD, b"{}"], "j:2: not a journal record: it has no decided part"),
        ([HEAD, _record(), _record(one="key", other="fired")], "j:3: .* its decided part has no key, fired"),
    ],
)
def test_broken_journals_are_refused_by_line(lines: list[bytes], message: str) -> None:
    """What can't be read names file and line."""
    with pytest.raises(UsageError, match=message):
        read_journal(lines, "j")


@pytest.mark.parametrize(
    ("read", "line", "message"),
    [
        (read_ledger, b"{}", "f:2: not a ledger entry: 'id' is missing"),
        (read_ledger, b"nonsense", "f:2: not JSON"),
        (read_claims, b'{"outcome":"ok"}', "f:2: not a claim: key must be"),
        (read_claims, b'{"key":7,"outcome":"ok"}', "f:2: not a claim: key must be"),
        (read_claims, b'{"key":"k","outcome":"paid"}', "f:2: not a claim: outcome must be one of ok, fail, unknown"),
        (read_claims, b'{"key":"k","outcome":"ok","amount_minor":1.5}', "f:2: not a claim: amount_minor must be"),
    ],
)
def test_broken_ledgers_and_claims_are_refused_by_line(
    read: Callable[[Iterable[bytes], str], object], line: bytes, message: str
) -> None:
    """What can't be read names file and line, whichever file it is."""
    with pytest.raises(UsageError, match=message):
        read([b"\n", line], "f")


def test_ledger_entry_of_the_wrong_shape_is_refused() -> None:
    """An entry whose legs aren't a mapping is named by line."""
    entry = next(iter(Story().charge("order-1").ledger)).as_dict() | {"legs": 7}

    with pytest.raises(UsageError, match="f:1: not a ledger entry"):
        read_ledger([orjson.dumps(entry)], "f")
