"""docs/scenario.md is true: its examples run, and it names every key there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from brownout import scenario
from brownout.assembly import registries
from brownout.core.metrics import METRICS
from brownout.scenario import document
from brownout.scenario.build import SECTIONS
from brownout.scenario.check import check
from brownout.scenario.faults import KEYS
from brownout.scenario.json_schema import schema
from brownout.scenario.limits import LieSection, LimitSection, PenaltySection
from brownout.scenario.model import (
    ArmSection,
    ClockSection,
    FaultSection,
    Head,
    LoadSection,
    MatchSection,
    OAuthSection,
    PhaseSection,
)
from brownout.scenario.reader import keys_of

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "scenario.md").read_text(encoding="utf-8")
CATALOGUE = (Path(__file__).resolve().parents[2] / "docs" / "faults.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
MODELS = (
    Head,
    ClockSection,
    OAuthSection,
    MatchSection,
    FaultSection,
    LimitSection,
    PenaltySection,
    LieSection,
    PhaseSection,
    LoadSection,
    ArmSection,
)


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_loads_and_checks_clean(text: str) -> None:
    """What the page shows can be copied: no mistakes, and nothing that check would warn of."""
    known = registries()

    plan = scenario.load(text, known)

    assert [str(one) for one in check(plan, known) if one.severity == "warning"] == []


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_fits_the_schema(text: str) -> None:
    """An editor that follows `brownout schema` marks nothing in what the page shows."""
    found = Draft202012Validator(schema(registries())).iter_errors(document.read(text).data)

    assert [error.message for error in found] == []


def test_every_key_is_on_the_page() -> None:
    """No key or metric is undocumented; kinds of faults and their keys may be on the catalogue's page instead."""
    known = registries()
    keys = {key for model in MODELS for key in model.model_fields} | {*SECTIONS, *METRICS, *KEYS}
    of_faults = {key for fault in known.faults.values() for key in keys_of(fault)} | {*known.faults}

    assert [key for key in sorted(keys) if f"`{key}`" not in PAGE and f"{key}:" not in PAGE] == []
    told = PAGE + CATALOGUE
    assert [key for key in sorted(of_faults) if f"`{key}`" not in told and f"{key}:" not in told] == []


def test_metrics_are_told_as_the_code_has_them() -> None:
    """The table of metrics gives each one's aggregations, meaning and need of claims."""
    for name, metric in METRICS.items():
        has = ", ".join(f"`{one}`" for one in metric.aggregations)
        meaning = metric.meaning[0].upper() + metric.meaning[1:]
        assert f"| `{name}` | {has} | {meaning}.{' Needs claims.' if metric.needs_claims else ''} |" in PAGE
