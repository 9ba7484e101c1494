"""What can be said before a run."""

from __future__ import annotations

import pytest

from brownout.assembly import registries
from brownout.core.match import Match
from brownout.core.plan import Plan
from brownout.core.rules import Count, Rule
from brownout.faults.abort import Abort
from brownout.faults.certificate import Certificate
from brownout.faults.connect import Connect
from brownout.replay.forecast import never

PAY = Match(operation=("stripe.payment_intents.create",))


def said(*rules: Rule, intercept: bool = False) -> list[str]:
    """Return what is said of a plan with these rules."""
    return [*never(Plan(rules=rules), registries(), intercept=intercept)]


@pytest.mark.parametrize(
    ("match", "count", "why"),
    [
        (Match(operation=("stripe.payment_intents.create",), method=("GET",)), Count(), "no operation fits"),
        (PAY, Count(percentage=0), "its percentage is 0"),
        (Match(cohort=0), Count(), "its cohort is 0%"),
    ],
)
def test_a_rule_that_can_never_fire_is_named(match: Match, count: Count, why: str) -> None:
    """With the reason."""
    rule = Rule(name="dud", fault=Abort(status=503), target="request", match=match, count=count)

    assert said(rule)[0].startswith("rule 'dud' can never fire: ")
    assert why in said(rule)[0]


def test_a_rule_behind_another_is_named() -> None:
    """What ends every call before it leaves nothing to it."""
    first = Rule(name="first", fault=Abort(status=503), target="edge", match=PAY)
    second = Rule(name="second", fault=Abort(status=500), target="request", match=PAY)

    assert said(first, second) == [
        "rule 'second' can never change anything: 'first' ends every call that it could strike"
    ]


def test_certificates_need_tls() -> None:
    """So they need interception; with it, nothing is said."""
    rule = Rule(name="expired", fault=Certificate(change="expired"), target="edge")

    assert said(rule) == ["rule 'expired' can never fire: it is about TLS, which needs --intercept"]
    assert said(rule, intercept=True) == []


def test_nothing_is_said_of_rules_that_may() -> None:
    """The library's own are such."""
    assert said(Rule(name="lost", fault=Abort(connection="reset"), target="response", match=PAY)) == []


def test_a_fault_of_a_providers_own_port_needs_clients_that_come_by_it() -> None:
    """A run opens one for each provider; intercepted clients come by another."""
    rule = Rule(name="down", fault=Connect(change="refused"), target="edge")

    assert said(rule) == []
    assert "a provider's own port" in said(rule, intercept=True)[0]
