"""Journals, ledgers and claims as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest
from story import Story, rule

from brownout.core.errors import UsageError
from brownout.core.plan import Arm, Count, Plan, Rule
from brownout.faults.abort import Abort
from brownout.verdict import ArmRun, Head, judge
from brownout.verdict.files import claim_lines, journal_lines, ledger_lines, read_claims, read_journal, read_ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

HEAD = b'{"brownout_journal":1,"arm":"keyed"}\n'


def test_verdict_is_the_same_from_files() -> None:
    """What is written and read again is judged exactly as it was."""
    told = Story(rules=(rule(count=Count(percentage=8)),)).orders(9).order("order-0117", "unknown", charges=2)
    run = told.run(orders_planned=10, versions={"brownout": "0.1.0"})

    journal = list(journal_lines(run.head, (orjson.dumps(one) + b"\n" for one in run.records)))
    head, records = read_journal(journal, "journal.jsonl")
    again = ArmRun(
        head=head,
        records=records,
        entries=read_ledger(ledger_lines(run.entries), "ledger.jsonl"),
        claims=read_claims(claim_lines(run.claims or ()), "claims.jsonl"),
    )

    assert judge([again]) == judge([run])


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
    )

    head = Head.of(plan, "naive", orders_planned=105)

    assert Head.from_dict(orjson.loads(orjson.dumps(head.as_dict()))) == head
    assert (head.client, head.control, head.seed, head.digest) == ("careless", True, 7, "d")
    assert [planned.name for planned in head.rules] == ["lost-answer"]


def _record(**without: str) -> bytes:
    record = Story().call("order-1").records[0]
    for name in without.values():
        del record["decided"][name]
    return orjson.dumps(record)


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
        ([HEAD, b"{"], "j:2: not JSON"),
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
