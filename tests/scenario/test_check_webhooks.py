"""What reading and `check` say of versions and types of events in rules about webhooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from brownout import assembly
from brownout.core.errors import ScenarioError
from brownout.scenario import load
from brownout.scenario.check import check

if TYPE_CHECKING:
    from brownout.core.plan import Plan
    from brownout.core.registries import Registries


@pytest.fixture(scope="module")
def registries() -> Registries:
    """The real providers: the made-up bank sends no webhooks."""
    return assembly.registries()


def _plan(registries: Registries, fault: str) -> Plan:
    return load(f"brownout: 1\nfaults:\n  - {{name: a, {fault}}}\n", registries)


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("to: '2025-03-31'", "unknown '2025-03-31'; did you mean '2025-03-31.basil'?"),
        ("to: 2020-08-27.acacia, match: {provider: stripe}", "unknown '2020-08-27.acacia'"),
        ("to: latest, tries: 1", "unknown 'latest'; known: "),
    ],
)
def test_a_version_that_cant_be_one_is_a_mistake(fault: str, says: str, registries: Registries) -> None:
    """With its place, and the nearest that there is."""
    with pytest.raises(ScenarioError) as caught:
        _plan(registries, f"kind: webhook_version, {fault}")

    assert f"faults[0].to: can't be a version: {says}" in str(caught.value)


@pytest.mark.parametrize("fault", ["to: 2020-08-27", "to: 2099-01-01.endive", "to: v2, match: {provider: onfido}"])
def test_versions_that_could_be_and_those_of_providers_that_cant_say_are_taken(
    fault: str, registries: Registries
) -> None:
    """Newer ones too; and what changes nothing is advised against, not refused."""
    assert _plan(registries, f"kind: webhook_version, {fault}").rules


@pytest.mark.parametrize(
    ("match", "says"),
    [
        ("event: payment_intent.suceeded", "did you mean 'payment_intent.succeeded'?"),
        ("provider: onfido, event: check.complete", "Onfido has no type of event like 'check.complete'"),
        ("provider: stripe, event: [charge.*, PAYMENT.CAPTURE.*]", "Stripe has no type of event like 'PAYMENT.CAP"),
        ("event: payment_intent.*", None),
        ("event: PAYMENT.CAPTURE.COMPLETED", None),
        ("provider: paypal, event: '* (simulated)'", None),
        ("provider: onfido, event: check.*", None),
    ],
)
def test_a_type_of_event_that_nobody_has_is_advised_against(
    match: str, says: str | None, registries: Registries
) -> None:
    """Of the providers that a rule is about, with the nearest that there is."""
    plan = _plan(registries, f"kind: webhook_drop, match: {{{match}}}")

    found: list[Any] = [one for one in check(plan, registries) if one.key.endswith("match.event")]

    assert [one.severity for one in found] == ([] if says is None else ["warning"])
    assert all(says is not None and says in one.message for one in found)
