"""`brownout check`, `brownout schema` and `brownout list`, as a user calls them."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from brownout.cli import check, list_, schema

if TYPE_CHECKING:
    from pathlib import Path

    import click
    from click.testing import Result

BROKEN = "brownout: 1\nfaults:\n  - {name: a, kind: latncy}\n"
WHERE = "(brownout list scenarios shows all; a file needs its path)"
WARNED = "brownout: 1\narms: {a: {client: x}}\n"


def _run(command: click.Command, *arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(command, arguments, input=given)


def test_check_says_how_often_a_rule_should_fire() -> None:
    """A good scenario is shown with its seed and what to expect of each rule; the exit code is 0."""
    done = _run(check.command, "lost-answer")

    assert done.exit_code == 0
    assert done.stdout == (
        "lost-answer: good: The charge succeeds, its answer is lost, the client pays again (seed 2)\n"
        "  lost-answer: abort at response of stripe.payment_intents.create\n"
        "    8% of matching calls: expected 8.4 firings of 105 matching operations (95% interval 3..14)\n"
    )


def test_check_names_mistakes_of_several_files(tmp_path: Path) -> None:
    """Each broken file's mistakes go to standard error, the good file is still shown, and the exit code is 2."""
    broken = tmp_path / "broken.yaml"
    broken.write_text(BROKEN, encoding="utf-8")

    done = _run(check.command, str(broken), "lost-answer", "lost-anwser")

    assert done.exit_code == 2
    assert done.stderr.splitlines() == [
        f"{broken}:3: faults[0].kind: unknown 'latncy'; did you mean 'latency'?",
        f"scenario: unknown 'lost-anwser'; did you mean 'lost-answer'? {WHERE}",
    ]
    assert done.stdout.startswith("lost-answer: good: ")


def test_check_reads_standard_input() -> None:
    """`-` is standard input, and warnings leave the exit code at 0."""
    done = _run(check.command, "-", given=WARNED)

    assert done.exit_code == 0
    assert done.stdout.splitlines()[1:] == [
        "  warning: arms: nothing is sent to compare them by: there is no load",
    ]
    assert _run(check.command, "-", given=BROKEN).stderr.startswith("<stdin>:3: faults[0].kind: ")


def test_check_as_json(tmp_path: Path) -> None:
    """With --json everything found is one JSON object, for good and broken files alike."""
    broken = tmp_path / "broken.yaml"
    broken.write_text(BROKEN, encoding="utf-8")

    done = _run(check.command, "--json", "lost-answer", str(broken))

    good, bad = json.loads(done.stdout)["files"]
    assert (good["ok"], good["seed"], good["rules"][0]["expected"], good["advice"]) == (True, 2, 8.4, [])
    assert (bad["ok"], bad["mistakes"][0]["line"], bad["mistakes"][0]["key"]) == (False, 3, "faults[0].kind")
    assert done.exit_code == 2


def test_schema_is_printed_as_json() -> None:
    """What `brownout schema` prints is a JSON Schema that knows the installed providers."""
    made = json.loads(_run(schema.command).stdout)

    Draft202012Validator.check_schema(made)
    assert "stripe" in made["properties"]["providers"]["properties"]


@pytest.mark.parametrize(
    ("what", "row"),
    [
        ("providers", {"name": "stripe", "title": "Stripe"}),
        (
            "operations",
            {
                "name": "stripe.payment_intents.create",
                "method": "POST",
                "path": "/v1/payment_intents",
                "effect": "write",
                "key": ["body.metadata.order_id"],
                "fidelity": "modelled",
            },
        ),
        ("faults", {"kind": "latency", "target": "response", "keys": ["delay", "jitter"]}),
        ("scenarios", {"name": "lost-answer", "faults": ["lost-answer"], "arms": ["naive", "keyed"]}),
        ("limits", {"algorithm": "token_bucket", "keys": ["rate", "burst"]}),
    ],
)
def test_lists_as_tables_and_as_json(what: str, row: dict[str, Any]) -> None:
    """Each list holds what is there, as JSON for programs and as an aligned table for people."""
    rows = json.loads(_run(list_.command, what, "--json").stdout)
    table = _run(list_.command, what).stdout.splitlines()

    assert any(row.items() <= one.items() for one in rows)
    assert len(table) == len(rows) + 1
    column = table[0].index(list(rows[0])[1])
    assert all(line[column - 2 : column] == "  " and line[column] != " " for line in table)


def test_a_broken_library_scenario_is_listed_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One broken file doesn't hide the others from the list."""
    (tmp_path / "bad.yaml").write_text(BROKEN, encoding="utf-8")
    monkeypatch.setattr("brownout.scenario.library._FOLDERS", (tmp_path,))

    assert "can't be used: " in _run(list_.command, "scenarios").stdout


def test_an_empty_table_says_so() -> None:
    """Nothing to list is said, not shown as an empty line."""
    assert list_.aligned([]) == ["none"]


@pytest.mark.parametrize("command", [check.command, schema.command, list_.command])
def test_help_shows_examples(command: click.Command) -> None:
    """Every command's help ends with lines to copy."""
    assert "Examples:\n    brownout " in _run(command, "--help").stdout


def test_pydantic_stays_unloaded_without_a_scenario() -> None:
    """A server without a scenario must not wait for pydantic: finding the library doesn't import it."""
    code = "import sys, brownout.scenario as s; s.names(); sys.exit('pydantic' in sys.modules or 'yaml' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_journey_that_nobody_has_written_is_a_mistake(tmp_path: Path) -> None:
    """Said before the drill, with the one that was probably meant."""
    file = tmp_path / "mine.yaml"
    file.write_text("brownout: 1\nload: {journey: shp}\narms: {a: {client: naive}}\n")

    done = _run(check.command, str(file))

    assert done.exit_code == 2
    assert "did you mean 'shop'?" in done.output
