"""The user's own invariants, whatever they do."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from story import Story

from brownout.core.errors import UsageError
from brownout.drill.invariants import load, load_any
from brownout.reports.junit import JunitReport
from brownout.verdict import judge

if TYPE_CHECKING:
    from pathlib import Path

MODULE = """
def no_doubles(ledger, claims):
    found = {}
    for entry in ledger:
        if entry["kind"] == "capture":
            found.setdefault(entry["key"], []).append(entry["payment"])
    return [f"{key} was charged {len(each)} times" for key, each in found.items() if len(each) > 1]

def known(ledger, claims):
    for claim in claims:
        yield from [] if claim["outcome"] in ("ok", "fail") else [f"{claim['key']} is in doubt"]

def breaks(ledger, claims):
    return [claim["price"] for claim in claims]

def leaves(ledger, claims):
    raise SystemExit(0)

def says_nothing(ledger, claims):
    pass

def says_one(ledger, claims):
    return "order-1 is wrong"

def says_numbers(ledger, claims):
    return [1]

async def waits(ledger, claims):
    return []

def writes(ledger, claims):
    claims[0]["outcome"] = "ok"
    return []

NUMBER = 5
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a module of invariants, and forget both afterwards."""
    monkeypatch.setattr("sys.path", [*sys.path])
    (tmp_path / "own_checks.py").write_text(MODULE)
    (tmp_path / "own_broken.py").write_text("import nothing_of_the_kind\n")
    monkeypatch.delitem(sys.modules, "own_checks", raising=False)
    return tmp_path


def _judged(folder: Path, *functions: str, charges: int = 1, outcome: str = "ok", **head: Any) -> dict[str, Any]:
    names = tuple(f"own_checks:{one}" for one in functions)
    told = Story(invariants=names, thresholds={"payments.lost": ("count == 0",)}, **head).orders(3)
    told.order("order-1", outcome, charges=charges)
    return judge([told.run()], invariants=load(names, [folder]))


def test_what_holds_passes(folder: Path) -> None:
    """A list or a generator of nothing is all that is asked for."""
    verdict = _judged(folder, "no_doubles", "known")

    assert verdict["status"] == "pass"
    assert "every invariant holds for keyed" in verdict["reasons"]


def test_a_violation_fails(folder: Path) -> None:
    """It is a reason, a failed test case and in verdict.json, although every threshold holds."""
    verdict = _judged(folder, "no_doubles", charges=2)

    assert verdict["status"] == "fail"
    assert verdict["reasons"] == ["keyed: invariant own_checks:no_doubles: order-1 was charged 2 times"]
    [own] = verdict["arms"]["keyed"]["invariants"]
    assert (own["holds"], own["count"], own["violations"]) == (False, 1, ["order-1 was charged 2 times"])
    assert 'failures="1"' in JunitReport().render(verdict)


def test_a_violation_by_a_control_arm_decides_nothing(folder: Path) -> None:
    """It is said, as its thresholds are."""
    names = ("own_checks:no_doubles",)
    asked: dict[str, Any] = {"payments.duplicated": ("count == 0",)}
    naive = Story("naive", control=True, invariants=names, thresholds=asked).order("o", charges=2)
    keyed = Story(invariants=names, thresholds=asked).order("o")

    verdict = judge([naive.run(), keyed.run()], invariants=load(names, [folder]))

    assert verdict["status"] == "pass"
    assert (
        "naive: invariant own_checks:no_doubles: o was charged 2 times; a control arm is there to show that"
        in (verdict["reasons"])
    )


@pytest.mark.parametrize(
    ("function", "why"),
    [
        ("breaks", "raised KeyError: 'price' (own_checks.py:14)"),
        ("leaves", "raised SystemExit: 0 (own_checks.py:17)"),
        ("says_nothing", "must return a list of texts, not nothing"),
        ("says_one", "must return a list of texts, not str 'order-1 is wrong'"),
        ("says_numbers", "must return a list of texts, and there is int 1 in it"),
        ("waits", "is async: it must return a list of texts, not a coroutine"),
        ("writes", "raised TypeError: 'mappingproxy' object does not support item assignment (own_checks.py:32)"),
    ],
)
def test_one_that_breaks_is_inconclusive(folder: Path, function: str, why: str) -> None:
    """Never a crash and never a pass: nobody knows what it would have found."""
    verdict = _judged(folder, function)

    assert verdict["status"] == "inconclusive"
    assert verdict["reasons"] == [f"keyed: invariant own_checks:{function} {why}"]


def test_a_breach_is_a_fact_beside_one_that_breaks(folder: Path) -> None:
    """A violation fails the run, whatever another function does."""
    assert _judged(folder, "breaks", "no_doubles", charges=2)["status"] == "fail"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("own_nowhere:a", "there is no module 'own_nowhere' in the scenario's folder, nor in the current one"),
        ("own_checks:no_double", "did you mean 'no_doubles'"),
        ("own_checks:NUMBER", "NUMBER is int 5, no function"),
        ("own_broken:a", "importing 'own_broken' raised ModuleNotFoundError: No module named 'nothing_of_the_kind'"),
    ],
)
def test_one_that_is_not_there_is_refused_before_the_run(folder: Path, name: str, why: str) -> None:
    """Each is named with what is wrong; where a run is judged again, it wasn't evaluated, which is no pass."""
    with pytest.raises(UsageError, match=r"invariants: own_") as refused:
        load([name], [folder])
    assert why in str(refused.value)

    told = Story(invariants=(name,)).orders(3)
    verdict = judge([told.run()], invariants=load_any([name], [folder]))
    assert verdict["status"] == "inconclusive"
    assert f"invariant {name} was not evaluated: " in verdict["reasons"][0]
