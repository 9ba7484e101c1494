"""What a scenario takes in with `use`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from toy import KEY, REGISTRIES

from brownout import scenario
from brownout.assembly import registries as all_registries
from brownout.cli.list_ import command
from brownout.core.explain import explain
from brownout.scenario import library
from brownout.scenario.check import check
from brownout.scenario.json_schema import schema
from brownout.testing import EngineTransport

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from brownout.core.plan import Plan
    from brownout.core.registries import Registries

LOST = """\
brownout: 1
seed: 99
title: Answers to calls for tokens are lost
identity: {bank.payments.create: body.invoice}
providers: {bank: {review: 9s, access_ttl: 60s}}
oauth: {access_ttl: 60s, rotation: true}
limits: [{name: few, algorithm: concurrency, quota: 2}]
faults:
  - {name: token-504, kind: abort, match: {operation: bank.token}, percentage: 10, target: response, status: 504}
  - {kind: latency, delay: 1s}
load: {rate: 1/s}
"""
SLOW = "brownout: 1\nproviders: {bank: {review: 2s}}\nfaults: [{name: slow, kind: latency, delay: 1s}]\n"


@pytest.fixture(autouse=True)
def incidents(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path | None:
    """A library of two incidents and a scenario; the folder that the incidents are in."""
    if "name" in request.fixturenames:
        return None
    folder = tmp_path / "scenarios" / "incidents"
    folder.mkdir(parents=True)
    (folder / "lost.yaml").write_text(LOST, encoding="utf-8")
    (folder / "slow.yaml").write_text(SLOW, encoding="utf-8")
    (folder.parent / "whole.yaml").write_text("brownout: 1\n", encoding="utf-8")
    monkeypatch.setattr(library, "_FOLDERS", (tmp_path / "scenarios",))
    return folder


def test_a_scenario_takes_what_goes_wrong_in_an_incident(load: Callable[..., Plan], registries: Registries) -> None:
    """Faults, limits, oauth, providers and identity hold as if they were written out; seed, title and load don't."""
    plan = load("use: lost\nseed: 7\n", name="mine")

    assert [(rule.name, rule.preset, rule.phase) for rule in plan.rules] == [
        ("token-504", "lost", None),
        ("lost.latency-1", "lost", None),
    ]
    assert [limit.name for limit in plan.limits] == ["few"]
    assert plan.oauth == {"access_ttl_seconds": 60.0, "rotation": True}
    assert (plan.providers["bank"].review, plan.identity) == (9.0, {"bank.payments.create": "body.invoice"})
    assert (plan.seed, plan.title, plan.load) == (7, "mine", None)


def test_a_scenarios_own_words_go_before_those_of_what_it_uses(load: Callable[..., Plan]) -> None:
    """Key by key: what it says itself wins, and of several incidents the later one; its own faults come first."""
    plan = load(
        "use: [lost, slow]\noauth: {access_ttl: 5m}\nproviders: {bank: {access_ttl: 1h}}\n"
        "identity: {bank.payments.create: body.order, bank.refunds.create: body.id}\n"
        "faults: [{name: mine, kind: abort, status: 500}]\n"
    )

    assert plan.oauth == {"access_ttl_seconds": 300.0, "rotation": True}
    assert (plan.providers["bank"].review, plan.providers["bank"].access_ttl) == (2.0, 3600.0)
    assert plan.identity == {"bank.payments.create": "body.order", "bank.refunds.create": "body.id"}
    assert [rule.name for rule in plan.rules] == ["mine", "token-504", "lost.latency-1", "slow"]


def test_phases_use_incidents_for_their_time(load: Callable[..., Plan]) -> None:
    """Names begin with the phase's, so that one incident can come twice; what it says holds in that phase alone."""
    plan = load(
        "providers: {bank: {review: 1s}}\n"
        "phases:\n"
        "  - {name: calm, duration: 5s}\n"
        "  - {name: storm, duration: 5s, use: lost, oauth: {rotation: false}}\n"
        "  - {name: again, duration: 5s, use: [slow, lost], providers: {bank: {review: 3s}}}\n"
    )

    assert [(rule.name, rule.phase) for rule in plan.rules] == [
        ("storm.token-504", "storm"),
        ("storm.lost.latency-1", "storm"),
        ("again.slow", "again"),
        ("again.token-504", "again"),
        ("again.lost.latency-1", "again"),
    ]
    assert [(limit.name, limit.phase) for limit in plan.limits] == [("few", "storm"), ("few", "again")]
    calm, storm, again = plan.phases
    assert (calm.providers, storm.oauth) == ({}, {"access_ttl_seconds": 60.0, "rotation": False})
    assert (storm.providers["bank"].review, storm.providers["bank"].access_ttl) == (9.0, 60.0)
    assert (again.providers["bank"].review, again.providers["bank"].access_ttl) == (3.0, 60.0)
    assert plan.identity == {"bank.payments.create": "body.invoice"}


def test_the_digest_covers_what_was_taken_in(incidents: Path, load: Callable[..., Plan]) -> None:
    """Another incident under the same name is another scenario."""
    before = load("use: lost\n").digest
    (incidents / "lost.yaml").write_text(LOST.replace("10,", "11,"), encoding="utf-8")

    assert load("use: lost\n").digest != before
    assert load("use:\n").rules == ()


def test_advice_says_from_which_incident_a_rule_is(load: Callable[..., Plan], registries: Registries) -> None:
    """Its key leads to the entry in the incident's file; a name by position is no longer the scenario's to change."""
    found = check(load("use: slow\nphases: [{name: a, duration: 1s, use: lost}]\n"), registries)

    assert [one.key for one in found if "name by position" in one.message] == []
    frozen = check(
        load("faults: [{name: never, kind: abort, status: 500, match: {cohort: 0}}]\nuse: slow\n"), registries
    )
    assert [one.key for one in frozen] == ["faults[0].match.cohort"]


def test_incidents_have_a_list_of_their_own() -> None:
    """They are found by name as scenarios are, and don't crowd these out."""
    assert (scenario.names(), scenario.incidents()) == (["whole"], ["lost", "slow"])
    assert scenario.find("lost").parent.name == "incidents"


@pytest.mark.parametrize("name", ["lost-answer"])
def test_all_incidents_can_be_used_at_once(name: str) -> None:
    """Together with a library scenario: no two have a rule of the same name, so any of them go together."""
    names = [name, *scenario.incidents()]
    plan = scenario.load(f"brownout: 1\nuse: {json.dumps(names)}\n", all_registries())

    assert {rule.preset for rule in plan.rules} <= set(names)
    assert len(plan.rules) > len(names) / 2


@pytest.mark.parametrize("name", scenario.incidents())
def test_every_incident_can_be_used(name: str) -> None:
    """At the top of any scenario, without a word more."""
    plan = scenario.load(f"brownout: 1\nuse: {name}\n", all_registries())

    assert plan.rules or plan.limits or plan.oauth or plan.providers
    assert {rule.preset for rule in plan.rules} <= {name}


@pytest.mark.parametrize("name", scenario.incidents()[:1])
def test_the_schema_knows_what_can_be_used(name: str) -> None:
    """An editor completes the names of scenarios and incidents."""
    validator = Draft202012Validator(schema(all_registries()))

    for use in (name, [name, "lost-answer"]):
        assert validator.is_valid({"brownout": 1, "use": use, "phases": [{"name": "a", "duration": "1s", "use": use}]})


@pytest.mark.parametrize("name", scenario.incidents()[:1])
def test_incidents_are_listed_with_their_source(name: str) -> None:
    """What went wrong, and where it is told."""
    rows = json.loads(CliRunner().invoke(command, ["incidents", "--json"]).stdout)

    first = next(row for row in rows if row["name"] == name)
    assert (first["source"].startswith("https://"), first["goes wrong"] != []) == (True, True)


def test_a_broken_incident_is_listed_as_such(incidents: Path) -> None:
    """The list isn't worth an exception; what is wrong is told."""
    (incidents / "slow.yaml").write_text("brownout: 1\nfaults: [{kind: abrt}]\n", encoding="utf-8")

    listed = CliRunner().invoke(command, ["incidents"]).stdout

    assert "can't be used: " in listed
    assert "did you mean 'abort'?" in listed


def test_explain_says_from_which_incident_a_rule_is(incidents: Path) -> None:
    """As does the journal."""
    (incidents / "slow.yaml").write_text(
        "brownout: 1\nfaults: [{name: down, kind: abort, target: edge, status: 503, at: 1s, max: 2}]\n",
        encoding="utf-8",
    )
    transport = EngineTransport(scenario.load("brownout: 1\nuse: slow\n", REGISTRIES), registries=REGISTRIES)
    transport.advance(3.5)

    assert transport.send("GET", "/toy/v1/payments/x", headers=KEY).status == 503

    [record] = transport.world.journal
    told = explain({"decided": record.decided()})
    assert [(one.preset, one.lasted, one.firing, one.most) for one in record.fired] == [("slow", 2.5, 1, 2)]
    assert (
        "Rule 'down' (abort at edge) fired: it fires on every match, 2.5 s into its window, firing 1 of at most 2, "
        "taken from 'slow', whose story and source are in its file; did: answer 503"
    ) in told
