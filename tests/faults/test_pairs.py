"""Two faults on one exchange, of every two kinds: what happens is what the documented order says, and nothing else.

The reference below is written from docs/faults.md, not from the engine: stages follow each other; in a stage all delays
add up, the first end wins and shadows what is left, and after an end no later stage is reached.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import yaml
from catalogue import CATALOGUE
from hypothesis import given
from hypothesis import strategies as st
from toy import REGISTRIES

from brownout import scenario
from brownout.assembly import registries
from brownout.core.effects import TOKEN_EFFECTS, Delay, Hang, Refuse, Reset
from brownout.core.fault import TARGETS
from brownout.core.match import Match
from brownout.core.plan import Plan
from brownout.core.rules import Count
from brownout.faults import FAULTS
from brownout.testing import EngineTransport

if TYPE_CHECKING:
    from brownout.core.exchange import Exchange
    from brownout.core.rules import Rule
    from brownout.testing import Sent

START: Final = 1_780_000_000.0


def _rules() -> list[Rule]:
    """Return every example of the catalogue as a rule that strikes whatever it can, every time."""
    found = []
    for kind in sorted(FAULTS):
        examples = yaml.safe_load(CATALOGUE.entry_of(FAULTS[kind]).example)
        text = yaml.safe_dump({"brownout": 1, "faults": examples})
        found += scenario.load(text, registries(), file=f"catalogue: {kind}").rules
    return [
        replace(rule, match=Match(), count=Count(), when=None, band=None)
        for rule in found
        if not getattr(rule.fault, "handshakes", False) and not getattr(rule.fault, "deliveries", False)
    ]


RULES: Final = _rules()
CALLS: Final = (
    ("POST", "/toy/v1/payments", b'{"amount": 100, "order": "o-1"}'),
    ("GET", "/toy/v1/payments", b""),
    ("POST", "/toy/v1/token", b'{"scope": "payments.read payments.write"}'),
)


@given(
    pair=st.lists(st.sampled_from(RULES), min_size=2, max_size=2, unique_by=lambda rule: rule.name),
    call=st.sampled_from(CALLS),
)
def test_two_faults_compose_as_documented(pair: list[Rule], call: tuple[str, str, bytes]) -> None:
    """Nothing crashes, the journal names both, and each has the state that the order gives it."""
    transport = EngineTransport(Plan(rules=tuple(pair), seed=3), registries=REGISTRIES, wall=START)
    method, path, body = call
    headers = {"Authorization": "Bearer key-shop", "Idempotency-Key": "k-1"}
    flight = transport.open(method, path, headers=headers, body=body)

    answer: Any = None
    try:
        answer = flight.finish()
    except (ConnectionError, TimeoutError) as lost:
        answer = lost

    exchange = flight.exchange
    assert exchange.record is not None
    concerned = [rule for rule in pair if rule.concerns(exchange.operation)]
    states = {fired.rule: fired.state for fired in exchange.record.fired}
    assert set(states) == {rule.name for rule in concerned}
    _as_documented(exchange, concerned, states, answer, transport.wall - START)


def _as_documented(
    exchange: Exchange, rules: list[Rule], states: dict[str, str], answer: Sent | Exception, waited: float
) -> None:
    """Compare with the reference."""
    refused_early = exchange.stage in ("authorise", "limit", "idempotency", "route")  # by the provider: still answered
    ended, delay = False, 0.0
    for target in TARGETS:
        here = [(rule, _effects(exchange, rule)) for rule in rules if rule.target == target]
        # A credential that a fault spoils here is refused as if before: then the stage was reached all the same.
        spoiled = target == "request" and any(
            isinstance(one, TOKEN_EFFECTS) and states[rule.name] == "applied"
            for rule, effects in here
            for one in effects
        )
        if ended or (refused_early and target == "request" and not spoiled):
            assert all(states[rule.name] == "unreached" for rule, _ in here)
            continue
        ender = next(
            ((rule, one) for rule, effects in here for one in effects if isinstance(one, Refuse | Reset | Hang)), None
        )
        for rule, effects in here:
            delays = [one.seconds for one in effects if isinstance(one, Delay)]
            delay += sum(delays)
            if delays or (ender is not None and rule is ender[0]):
                assert states[rule.name] == "applied"
            elif ender is not None:
                assert states[rule.name] == "shadowed"
            else:
                assert states[rule.name] in ("applied", "passed")
        if ender is not None:
            ended = True
            _ends_so(ender[1], answer)
    assert waited >= delay - 1e-6


def _ends_so(end: Refuse | Reset | Hang, answer: Sent | Exception) -> None:
    if isinstance(end, Reset):
        assert isinstance(answer, ConnectionError)
    elif isinstance(end, Hang):
        assert isinstance(answer, TimeoutError)
    else:
        assert not isinstance(answer, Exception)
        assert answer.status == end.status


def _effects(exchange: Exchange, rule: Rule) -> tuple[Any, ...]:
    """Return what the fault asks for, drawn as it was then."""
    decision = next(one for one in exchange.decisions if one.rule.rule is rule)
    packed = exchange.identity_bytes
    return tuple(rule.fault.effects(exchange, lambda purpose: decision.rule.draw(purpose, packed)))
