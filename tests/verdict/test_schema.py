"""The published schema of verdict.json: every verdict fits it, and nothing else does."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from jsonschema import Draft202012Validator
from sample_verdict import sample
from story import Story, phased

from brownout.cli import run
from brownout.verdict import VERSION, judge
from brownout.verdict.schema import schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCHEMA = schema(VERSION)
VALIDATOR = Draft202012Validator(SCHEMA)


def _wrong(verdict: dict[str, Any], validator: Draft202012Validator = VALIDATOR) -> list[str]:
    """What doesn't fit, of a verdict as it is written to a file."""
    errors = validator.iter_errors(orjson.loads(orjson.dumps(verdict)))
    return [f"{'.'.join(map(str, one.absolute_path))}: {one.message[:200]}" for one in errors]


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from _objects(each)
    elif isinstance(value, list):
        for each in value:
            yield from _objects(each)


def _silent(story: Story) -> Story:
    story.claims = None
    return story


@pytest.mark.parametrize(
    "told",
    [
        Story(),
        Story().orders(3),
        Story().orders(3, charges=2),
        Story(interrupted=True).orders(1),
        _silent(Story().orders(3)),
        phased(but={12: {"charges": 2}, 13: None, 14: {"outcome": "fail", "charges": 0, "claim": {"error": "server"}}}),
        phased(rate=40, steady_state={"goodput.rate": ("value >= 0.98 at 95%",)}),
    ],
    ids=["nothing", "good", "bad", "interrupted", "silent", "phases", "many"],
)
def test_every_verdict_fits(told: Story) -> None:
    """Whatever it says, and whatever isn't measured."""
    assert _wrong(judge([told.run()])) == []


def test_a_verdict_over_two_arms_fits() -> None:
    """With how they compare."""
    naive = Story("naive", control=True, thresholds={"payments.duplicated": ("count == 0",)}).orders(9, charges=2)
    keyed = Story(thresholds={"payments.duplicated": ("count == 0",)}).orders(9)

    assert _wrong(judge([naive.run(), keyed.run()])) == []


def test_what_a_command_adds_is_allowed() -> None:
    """How to type it again, where its files are, what earlier tries said."""
    told = {"again": "brownout drill x", "folder": "x", "page": "x", "explain": "x",
            "retries": [{"status": "inconclusive", "reasons": ["late"]}]}  # fmt: skip

    assert _wrong({**judge([Story().orders(2).run()]), **told}) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"colour": "red"}, "'colour' was unexpected"),
        ({"status": "maybe"}, "'maybe' is not one of"),
        ({"seed": "7"}, "'7' is not of type 'integer'"),
        ({"brownout_verdict": 2}, "1 was expected"),
    ],
)
def test_what_nobody_described_is_refused(change: dict[str, Any], said: str) -> None:
    """So that a key which the code adds and the schema doesn't know is noticed here."""
    [wrong] = _wrong({**judge([Story().orders(2).run()]), **change})

    assert said in wrong


def test_unknown_keys_are_refused_at_any_depth() -> None:
    """In an arm, a metric, a check and a finding."""
    verdict = judge([phased(but={12: {"charges": 2}}).run()])
    arm = verdict["arms"]["keyed"]
    for place in (arm, arm["metrics"]["errors"], arm["thresholds"][0], arm["findings"][0], arm["phases"][0]):
        place["colour"] = "red"

        assert any("'colour' was unexpected" in each for each in _wrong(verdict))
        del place["colour"]


def test_a_missing_key_is_refused() -> None:
    """Each of those that every verdict has."""
    verdict = judge([Story().orders(2).run()])

    for key in verdict:
        assert _wrong({name: value for name, value in verdict.items() if name != key})


def test_the_sample_of_the_reports_tests_fits_as_far_as_it_goes() -> None:
    """It leaves out what no report shows; what it has is of the right kind."""
    lenient = deepcopy(SCHEMA)
    for one in _objects(lenient):
        one.pop("required", None)

    assert _wrong(sample(), Draft202012Validator(lenient)) == []


def test_the_schema_is_one_and_says_what_things_are() -> None:
    """Draft 2020-12; each property of an object has a description, its own or that of what it refers to."""
    Draft202012Validator.check_schema(SCHEMA)
    numbers = ({"type": ["number", "null"]},)

    for one in _objects(SCHEMA):
        for name, value in one.get("properties", {}).items() if one.get("type") == "object" else ():
            assert "description" in value or "$ref" in value or "enum" in value or value in numbers, name


def test_the_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    """`brownout schema --verdict`, as JSON."""
    assert run(["schema", "--verdict"]) == 0
    assert orjson.loads(capsys.readouterr().out) == SCHEMA


@pytest.mark.slow
def test_the_verdict_of_a_real_drill_fits(tmp_path: Path) -> None:
    """Two arms, phases, faults, limits, as written to the folder; twice, with what the first try said."""
    code = run(["drill", "scope-dropped", "--duration", "4s", "--report", str(tmp_path)])

    assert code in (0, 1, 3)
    assert _wrong(orjson.loads((tmp_path / "verdict.json").read_bytes())) == []
