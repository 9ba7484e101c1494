"""docs/verdict.md and docs/metrics.md are true."""

from __future__ import annotations

import re
from pathlib import Path

from story import Story

from brownout.core.metrics import METRICS
from brownout.verdict import judge

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "verdict.md").read_text()


def test_every_metric_is_documented() -> None:
    """The table lists each metric with what can be asked of it, and whether it needs claims."""
    text = (DOCS / "metrics.md").read_text()
    rows = re.findall(r"^\| \[`([\w.]+)`\]\(#\w+\) \| ([\w(), ]+) \|.*\| (yes|no) \|$", text, re.MULTILINE)

    assert {name: (tuple(asked.split(", ")), needs == "yes") for name, asked, needs in rows} == {
        name: (metric.aggregations, metric.needs_claims) for name, metric in METRICS.items()
    }


def test_every_key_of_the_verdict_is_documented() -> None:
    """What verdict.json holds at its top and for each arm is named."""
    verdict = judge([Story().orders(2).run()])
    silent = {"client", "control", "exchanges", "exchanges_evicted", "arms"}  # they say themselves what they are

    named = set(re.findall(r"`(\w+)", TEXT.partition("## verdict.json")[2]))

    assert {*verdict, *verdict["arms"]["keyed"]} - silent <= named
