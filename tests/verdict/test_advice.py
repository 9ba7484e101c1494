"""What a verdict advises about a threshold that was missed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from story import Story

from brownout.core.metrics import METRICS
from brownout.verdict import judge
from brownout.verdict.advice import ADVICE, advice

DOCS = (Path(__file__).parents[2] / "docs" / "verdict.md").read_text()


@pytest.mark.parametrize("metric", ADVICE)
def test_advice_is_one_sentence_about_a_metric(metric: str) -> None:
    """What is wrong, a colon, what to do."""
    wrong, colon, todo = ADVICE[metric].partition(": ")

    assert metric in METRICS
    assert wrong
    assert colon
    assert todo
    assert not re.search(r"\. |[.;]$|\n", ADVICE[metric])


def test_what_the_docs_advise_on_the_verdict_does_too() -> None:
    """Each metric in the docs' tables of what to do has its sentence."""
    rows = re.findall(r"^\| if this is missed \| do that \|\n\|---\|---\|\n((?:\|.*\n)+)", DOCS, re.MULTILINE)
    named = {
        metric
        for table in rows
        for row in table.splitlines()
        for metric in re.findall(r"`([\w.]+)`", row.split("|")[1])
    }

    assert len(rows) == 3
    assert named <= ADVICE.keys()


def test_only_what_was_missed_is_advised_on() -> None:
    """What holds, isn't measured or hangs on everything has none."""
    asked = {
        "payments.duplicated": ("count == 0", "count < 9"),
        "retry.wave": ("value < 0.6",),
        "errors": ("count == 0",),
    }
    checks = judge([Story(thresholds=asked).order("order-1", charges=2).run()])["arms"]["keyed"]["thresholds"]

    assert [(one["assertion"], one["holds"], one["advice"]) for one in checks] == [
        ("count == 0", False, advice("payments.duplicated")),
        ("count < 9", True, None),
        ("value < 0.6", None, None),
        ("count == 0", False, None),
    ]
