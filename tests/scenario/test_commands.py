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
WHERE = "(brownout list scenarios and list incidents show all; a file needs its path)"
EACH, ONE = "if each of", "makes one such call"
TO_KEEP = ", and draws hang on it: give a name that can stay"
GOOD = """\
brownout: 1
title: Answers are lost
seed: 2
faults:
  - {name: lost, kind: abort, match: {operation: stripe.payment_intents.create}, percentage: 8, target: response,
     connection: reset}
load: {rate: 15/s, duration: 7s}
arms: {naive: {client: naive}}
thresholds: {payments.duplicated: ["count == 0"]}
"""
PHASED = """\
brownout: 1
title: Trouble
identity: {stripe.refunds.create: body.metadata.refund_id}
faults:
  - {name: slow, kind: latency, delay: 50ms, percentage: 30, match: {operation: stripe.refunds.create}}
phases:
  - {name: baseline, duration: 2s}
  - name: trouble
    duration: 5s
    oauth: {access_ttl: 130s, rotation: true, on_reuse: reject}
    providers: {stripe: {settlement_days: 3}}
    limits: [{name: burst, algorithm: token_bucket, rate: 10/s, burst: 20}]
    faults:
      - {name: gone, kind: abort, match: {operation: stripe.payment_intents.create}, percentage: 10, status: 503}
      - {kind: abort, match: {operation: stripe.refunds.create}, status: 503}
load: {rate: 15/s}
arms: {naive: {client: naive}}
thresholds: {"errors{phase:trouble}": ["rate < 0.1"]}
"""
WARNED = "brownout: 1\narms: {a: {client: x}}\n"


def _run(command: click.Command, *arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(command, arguments, input=given)


@pytest.fixture
def good(tmp_path: Path) -> str:
    """A scenario with one fault, as a file."""
    path = tmp_path / "good.yaml"
    path.write_text(GOOD, encoding="utf-8")
    return str(path)


def test_check_says_how_often_a_rule_should_fire(good: str) -> None:
    """A good scenario is shown with its seed and what to expect of each rule; the exit code is 0."""
    done = _run(check.command, good)

    assert done.exit_code == 0
    assert done.stdout == (
        f"{good}: good: Answers are lost (seed 2)\n"
        "  load: 15 a second for 7s: 105 orders\n"
        "  arm naive: naive\n"
        "  lost: abort at response of stripe.payment_intents.create\n"
        f"    8% of matching calls: expected 8.4 firings (95% interval 3..14) {EACH} 105 orders {ONE}\n"
        "  payments.duplicated count == 0 over 105 orders: fails a client that does it to more than 1.52% of orders, "
        "in 4 runs of 5\n"
    )


def test_check_shows_phases_with_what_holds_in_them() -> None:
    """Rules stand under the phase that they are in force in, after those that always are; a calm phase is named too."""
    done = _run(check.command, "-", given=PHASED)

    assert done.stdout.splitlines()[:17] == [
        "-: good: Trouble (seed 0)",
        "  load: 15 a second for 7s: 105 orders",
        "  arm naive: naive",
        "  always",
        "    slow: latency at response of stripe.refunds.create",
        f"      30% of matching calls: expected 31.5 firings (95% interval 23..41) {EACH} 105 orders {ONE}",
        "  baseline (2s, 30 orders)",
        "  trouble (5s, 75 orders)",
        "    oauth: access_ttl 130s, rotation true, on_reuse reject",
        "    providers: stripe",
        "    limits: burst",
        "    gone: abort at request of stripe.payment_intents.create",
        f"      10% of matching calls: expected 7.5 firings (95% interval 3..13) {EACH} 75 orders due in trouble {ONE}",
        "    trouble.abort-2: abort at request of stripe.refunds.create",
        f"      every matching call: expected 75 firings {EACH} 75 orders due in trouble {ONE}",
        (
            "  errors{phase:trouble} rate < 0.1 over 75 orders: fails a client that comes to more than 13.3% in the "
            "long run, in 4 runs of 5; the 95% interval is ±6.9 points"
        ),
        f"  hint: phases[1].faults[1].name: trouble.abort-2 is a name by position{TO_KEEP}",
    ]
    assert done.exit_code == 0


def test_check_shows_phases_without_a_load() -> None:
    """For `serve` there are no orders to count: phases are shown by their durations."""
    done = _run(check.command, "-", given="brownout: 1\nphases: [{name: calm, duration: 1m30s}]\n")

    assert done.stdout.splitlines() == ["-: good: stdin (seed 0)", "  calm (90s)"]


def test_check_names_mistakes_of_several_files(tmp_path: Path, good: str) -> None:
    """Each broken file's mistakes go to standard error, the good file is still shown, and the exit code is 2."""
    broken = tmp_path / "broken.yaml"
    broken.write_text(BROKEN, encoding="utf-8")

    done = _run(check.command, str(broken), good, "lost-anwser")

    assert done.exit_code == 2
    assert done.stderr.splitlines() == [
        f"{broken}:3: faults[0].kind: unknown 'latncy'; did you mean 'latency'?",
        f"scenario: unknown 'lost-anwser'; did you mean 'lost-answer'? {WHERE}",
    ]
    assert done.stdout.startswith(f"{good}: good: ")


def test_check_reads_standard_input() -> None:
    """`-` is standard input, and warnings leave the exit code at 0."""
    done = _run(check.command, "-", given=WARNED)

    assert done.exit_code == 0
    assert done.stdout.splitlines()[1:] == [
        "  arm a: x",
        "  warning: arms: nothing is sent to compare them by: there is no load",
    ]
    assert _run(check.command, "-", given=BROKEN).stderr.startswith("<stdin>:3: faults[0].kind: ")


def test_check_as_json(tmp_path: Path, good: str) -> None:
    """With --json everything found is one JSON object, for good and broken files alike."""
    broken = tmp_path / "broken.yaml"
    broken.write_text(BROKEN, encoding="utf-8")

    done = _run(check.command, "--json", good, str(broken))

    good, bad = json.loads(done.stdout)["files"]
    assert (good["ok"], good["seed"], good["rules"][0]["expected"], good["advice"]) == (True, 2, 8.4, [])
    assert (bad["ok"], bad["mistakes"][0]["line"], bad["mistakes"][0]["key"]) == (False, 3, "faults[0].kind")
    assert done.exit_code == 2


def test_phases_as_json() -> None:
    """Each phase is told with its length, its orders and the names of what it holds."""
    (found,) = json.loads(_run(check.command, "--json", "-", given=PHASED).stdout)["files"]

    assert found["phases"][1] == {
        "name": "trouble",
        "duration_seconds": 5.0,
        "orders": 75,
        "faults": ["gone", "trouble.abort-2"],
        "limits": ["burst"],
        "oauth": {"access_ttl_seconds": 130.0, "rotation": True, "on_reuse": "reject"},
        "providers": ["stripe"],
    }
    assert [rule["phase"] for rule in found["rules"]] == [None, "trouble", "trouble"]


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
        ("faults", {"kind": "abort", "target": "request"}),
        ("incidents", {"name": "refresh-lost-504", "goes wrong": ["refresh-lost-504"]}),
        ("scenarios", {"name": "lost-answer", "faults": ["lost-answer"], "arms": ["naive", "resilient"]}),
        ("limits", {"name": "token_bucket", "keys": ["rate", "burst"]}),
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
    file.write_text("brownout: 1\nload: {journey: paymnt}\narms: {a: {client: naive}}\n")

    done = _run(check.command, str(file))

    assert done.exit_code == 2
    assert "did you mean 'payment'?" in done.output
