"""Every incident of the library is whole: it loads, tells its story, says where it is from, and has its test."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from incidents import FILES, WORDS, parts
from jsonschema import Draft202012Validator

from brownout import scenario
from brownout.assembly import registries
from brownout.scenario.check import check
from brownout.scenario.json_schema import schema

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[2]
SCHEMA = Draft202012Validator(schema(registries()))
ALLOWED = {"brownout", "title", "description", "identity", "providers", "oauth", "limits", "faults"}
"""What `use` takes, and what names a scenario."""


def generator() -> ModuleType:
    """Return scripts/make_incidents_page.py."""
    path = ROOT / "scripts" / "make_incidents_page.py"
    spec = importlib.util.spec_from_file_location("make_incidents_page", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_there_are_enough() -> None:
    """Issue 6 asks for 13."""
    assert len(FILES) >= 13


@pytest.mark.parametrize("name", FILES)
def test_every_incident_loads_clean(name: str) -> None:
    """It runs as it is, gives nothing to warn of, and leaves load and judgement to whoever uses it."""
    known = registries()

    plan = scenario.load_file(FILES[name], known)

    assert plan.name == name
    assert plan.load is None
    assert not plan.phases
    assert [str(one) for one in check(plan, known) if one.severity != "hint"] == []


@pytest.mark.parametrize("name", FILES)
def test_every_incident_fits_the_schema(name: str) -> None:
    """An editor that follows `brownout schema` marks nothing in it."""
    data = yaml.safe_load(FILES[name].read_text(encoding="utf-8"))

    assert [error.message for error in SCHEMA.iter_errors(data)] == []


@pytest.mark.parametrize("name", FILES)
def test_every_incident_is_taken_in_by_one_line(name: str) -> None:
    """`use: NAME` brings all of it into a scenario that says nothing else, and its rules say whose they are."""
    known = registries()

    own = scenario.load_file(scenario.find(name), known)
    taken = scenario.load(f"brownout: 1\nuse: {name}\n", known)

    assert [rule.fault for rule in taken.rules] == [rule.fault for rule in own.rules]
    assert {rule.preset for rule in taken.rules} <= {name}
    assert [replace(limit, preset=None) for limit in taken.limits] == list(own.limits)
    assert (taken.oauth, taken.identity, taken.providers) == (own.oauth, own.identity, own.providers)


def test_incidents_of_one_scenario_get_along() -> None:
    """Those of different failures stand side by side in one scenario, as `use: [A, B]`."""
    plan = scenario.load("brownout: 1\nuse: [refresh-lost-504, enum-sev1, 429-marks-dead]\n", registries())

    assert [rule.preset for rule in plan.rules] == ["refresh-lost-504", "enum-sev1"]
    assert [limit.name for limit in plan.limits] == ["four-a-day"]


@pytest.mark.parametrize("name", FILES)
def test_every_incident_tells_its_story(name: str) -> None:
    """What happened, what clients do about it, and a source with the day it was read; how to use it stands above."""
    text = FILES[name].read_text(encoding="utf-8")
    said = parts(name)

    assert tuple(said) == WORDS
    assert re.fullmatch(r"https://\S+ \(read \d{4}-\d{2}-\d{2}\)", said["Source"])
    assert text.startswith("# ")
    assert f"use: {name} " in text
    assert f"brownout serve {name} " in text
    assert set(re.findall(r"^(\w+):", text, flags=re.MULTILINE)) <= ALLOWED


@pytest.mark.parametrize("name", FILES)
def test_every_incident_has_a_test(name: str) -> None:
    """Named after it, with a naive client that fails."""
    assert name in generator().tests()


def test_the_page_says_what_the_files_say() -> None:
    """`python scripts/make_incidents_page.py` has been run."""
    module = generator()

    assert module.PAGE.read_text(encoding="utf-8") == module.page()
