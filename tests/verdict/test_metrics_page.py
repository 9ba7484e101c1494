"""docs/metrics.md and its pictures: made by their script, of every metric, from histories that are what they say."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from brownout.core.metrics import METRICS
from brownout.verdict.better import BETTER, compared

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PICTURES = sorted((DOCS / "pictures").glob("*.svg"))
MOST_BYTES = 6000


@pytest.fixture(scope="module")
def generator() -> Iterator[Any]:
    """Return scripts/make_metrics_page.py."""
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        yield importlib.import_module("make_metrics_page")
    finally:
        sys.path.remove(str(ROOT / "scripts"))


@pytest.fixture(scope="module")
def measured(generator: Any) -> dict[str, Any]:
    """Return what the verdict measures on the two histories of each metric."""
    return {metric: found for pair in generator.PAIRS for found in [generator.values(pair)] for metric in pair.metrics}


@pytest.mark.slow
def test_the_page_and_its_pictures_are_what_the_script_makes() -> None:
    """`python scripts/make_metrics_page.py` has been run, and makes the same bytes whatever the hash seed."""
    program = "import json, make_metrics_page as made; print(json.dumps([made.page(), made.pictures()]))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(ROOT / "scripts"), "PYTHONHASHSEED": "11"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    page, pictures = json.loads(done.stdout)

    assert (DOCS / "metrics.md").read_text(encoding="utf-8") == page
    assert {path.name: path.read_text(encoding="utf-8") for path in PICTURES} == pictures


def test_each_metric_has_its_histories_once(generator: Any) -> None:
    """And neither words nor advice of what is no metric."""
    told = Counter(metric for pair in generator.PAIRS for metric in pair.metrics)

    assert told == dict.fromkeys(METRICS, 1)
    assert set(generator.WORDS) == set(METRICS)


def test_each_metric_says_what_to_do(generator: Any) -> None:
    """What the verdict advises, else what the page has of its own: never both."""
    assert {name for name in METRICS if generator.advice(name) is None} == set(generator.REMEDIES)


@pytest.mark.slow
@pytest.mark.parametrize("metric", METRICS)
def test_the_bad_client_is_measured_as_worse(metric: str, measured: dict[str, Any]) -> None:
    """In something that is compared of the metric, and better in nothing; where neither is better, as other."""
    good, bad = (found[metric] for found in measured[metric])
    known = [one for one in compared(metric) if good[one] is not None]

    assert known
    assert known == [one for one in compared(metric) if bad[one] is not None]
    pairs = [(good[one], bad[one]) for one in known]
    assert any(well != ill for well, ill in pairs)
    if BETTER[metric] is not None:
        assert all(well <= ill if BETTER[metric] == "less" else well >= ill for well, ill in pairs), pairs


def test_a_picture_draws_each_request_and_each_coin(generator: Any) -> None:
    """As many as the journals and the ledgers of its histories have, and no other."""
    for pair in generator.PAIRS:
        if pair.view not in ("rows", "thin"):
            continue
        runs = [pair.good().run(), pair.bad().run()]
        text = (DOCS / "pictures" / generator.file_of(pair)).read_text(encoding="utf-8")
        marks = dict(re.findall(r'<path class="(\w+)" d="(.*)"/>', text))

        requests = sum(marks.get(kind, "").count("z") for kind in ("good", "bad", "limit"))
        coins = marks.get("coin", "").count("z")

        assert requests == sum(len(run.records) for run in runs), pair.metrics
        captures = sum(entry.kind == "capture" for run in runs for entry in run.entries)
        assert coins == (captures if pair.view == "rows" else 0), pair.metrics


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.stem)
def test_a_picture_stands_alone(picture: Path) -> None:
    """Small, titled, in both colour schemes, and with nothing from elsewhere; each is shown once at least."""
    text = picture.read_text(encoding="utf-8")
    svg = ET.fromstring(text)  # noqa: S314 - our own file
    title = svg.findtext("{http://www.w3.org/2000/svg}title")

    assert len(text.encode()) < MOST_BYTES
    assert title
    assert "prefers-color-scheme:dark" in text
    assert re.findall(r"https?://[^\s\"]+", text) == ["http://www.w3.org/2000/svg"]
    assert f"![{title}](pictures/{picture.name})" in (DOCS / "metrics.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("metric", METRICS)
def test_a_section_is_whole(metric: str) -> None:
    """Formula, picture, values, what to aim at, what to do; and the table leads to it."""
    page = (DOCS / "metrics.md").read_text(encoding="utf-8")
    section = page.partition(f"\n## `{metric}`\n")[2].partition("\n## ")[0]

    assert all(f"**{part}**: " in section for part in ("Formula", "Aim at", "What to do"))
    assert section.count("](pictures/") == 1
    assert all(f"| `{metric}` {asked} | " in section for asked in METRICS[metric].aggregations)
    assert f"[`{metric}`](#{metric.replace('.', '')})" in page


def test_each_link_to_the_verdicts_page_leads_to_a_heading() -> None:
    """Where it has more of a metric."""
    page, verdict = ((DOCS / name).read_text(encoding="utf-8") for name in ("metrics.md", "verdict.md"))
    headings = re.findall(r"^#+ (.+)$", verdict, re.MULTILINE)

    led = set(re.findall(r"\(verdict\.md#([\w-]+)\)", page))

    assert led <= {re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings}
