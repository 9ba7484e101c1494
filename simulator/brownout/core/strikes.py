"""What the faults that fired for an exchange do to it, stage by stage.

Order within a stage: all delays add up, then the first effect that ends the exchange wins; a later one is noted as
shadowed. Every rule was decided before, so none of this moves another rule's count or draw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from brownout.core.edits import apply as apply_edit
from brownout.core.effects import (
    Alter,
    Delay,
    DropScopes,
    Hang,
    Refuse,
    Reset,
    RevokeToken,
    ShortenLife,
    WithholdScopes,
)
from brownout.core.journal import Fired

if TYPE_CHECKING:
    from collections.abc import Iterable

    from brownout.core.effects import FaultEffect, TokenEffect
    from brownout.core.exchange import Exchange
    from brownout.core.fault import Target
    from brownout.core.moment import Moment
    from brownout.core.plan import Decision
    from brownout.core.sandbox import Sandbox


class Strike(NamedTuple):
    """What the faults of one stage add up to: a wait, then at most one end."""

    delay_seconds: float
    end: Refuse | Reset | Hang | None


_NOTHING = Strike(0.0, None)


def strike(world: Sandbox, exchange: Exchange, target: Target, now: Moment, shape: Any = None) -> Strike:
    """Add up what the fired rules of one target do: all delays, then the first that ends the exchange.

    `shape` is the body of the answer, which they may change: into `exchange.altered`.
    """
    strike = _NOTHING
    for decision in exchange.decisions:
        if decision.rule.rule.target == target:
            strike = _apply(world, exchange, decision, strike, now, shape)
    return strike


def _apply(world: Sandbox, exchange: Exchange, decision: Decision, before: Strike, now: Moment, shape: Any) -> Strike:
    rule, packed = decision.rule, exchange.identity_bytes
    delay, end = before
    state = "passed"
    effects = rule.rule.fault.effects(exchange, lambda purpose: rule.draw(purpose, packed))
    for effect in effects:
        if isinstance(effect, Delay):
            delay += effect.seconds
            state = "applied"
        elif not isinstance(effect, Refuse | Reset | Hang):
            if end is None and _act(world, exchange, effect, rule.rule.name, now, shape):
                state = "applied"
        elif end is None:
            end = effect
            state = "applied"
        elif state == "passed":
            state = "shadowed"
    _note(exchange, decision, state, effects)
    if state == "applied":
        world.count_fired(rule.rule.name)
    return Strike(delay, end)


def _act(world: Sandbox, exchange: Exchange, effect: TokenEffect | Alter, rule: str, now: Moment, shape: Any) -> bool:
    """Do what doesn't end the exchange; return whether that changed anything."""
    credential, provider = exchange.credential, exchange.operation.provider
    match effect:
        case ShortenLife() | WithholdScopes():
            exchange.terms = [*(exchange.terms or ()), effect]
            return True
        case RevokeToken():
            return credential is not None and world.tokens.revoke_presented(
                provider, credential.secret, now.world, rule
            )
        case DropScopes(scopes):
            return credential is not None and world.tokens.drop_scopes(provider, credential.secret, scopes)
        case Alter(edit):
            body, changed = apply_edit(shape if exchange.altered is None else exchange.altered, edit)
            if changed:
                exchange.altered = body
            return changed


def note_unreached(exchange: Exchange) -> None:
    """Note the rules that fired at a stage which the exchange never reached."""
    seen = {one.rule for one in exchange.fired or ()}
    for decision in exchange.decisions:
        if decision.rule.rule.name not in seen:
            _note(exchange, decision, "unreached", ())


def _note(exchange: Exchange, decision: Decision, state: str, effects: Iterable[FaultEffect]) -> None:
    rule = decision.rule.rule
    exchange.fired = exchange.fired if exchange.fired is not None else []
    exchange.fired.append(
        Fired(
            rule=rule.name,
            kind=rule.fault.kind,
            target=rule.target,
            state=state,
            repeatability=decision.repeatability,
            draw=decision.draw,
            threshold=None if decision.draw is None else (decision.rule.percentage or 0.0) / 100,
            number=decision.number,
            effects=tuple(_say(effect) for effect in effects),
        )
    )


def _say(effect: FaultEffect) -> str:
    match effect:
        case Delay(seconds):
            return f"delay {seconds:.6g}s"
        case Refuse():
            return f"answer {effect.status} ({effect.body})"
        case Reset():
            return "reset"
        case Hang():
            return "hang"
        case ShortenLife(seconds):
            return f"let the token live {seconds:.6g}s"
        case WithholdScopes(scopes):
            return f"withhold {' '.join(scopes)}"
        case RevokeToken():
            return "revoke the token"
        case DropScopes(scopes):
            return f"drop {' '.join(scopes)}"
        case Alter(edit):
            return edit.said
