"""What the faults that fired for an exchange do to it, stage by stage.

Order within a stage: all delays add up, then the first effect that ends the exchange wins, and whatever else would have
happened there is shadowed. Every rule was decided before, so none of this moves another rule's count or draw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias, assert_never

from brownout.core.edits import apply as apply_edit
from brownout.core.edits import readable
from brownout.core.effects import (
    Alter,
    Certify,
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
from brownout.core.tokens import Imposed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brownout.core.effects import FaultEffect, Flaw
    from brownout.core.exchange import Exchange
    from brownout.core.fault import Target
    from brownout.core.moment import Moment
    from brownout.core.plan import Decision
    from brownout.core.sandbox import Sandbox

_FLAWS: Final[dict[Flaw, str]] = {
    "expired": "a certificate that has expired",
    "wrong_name": "a certificate for another host",
    "unknown_authority": "a certificate of an unknown authority",
}

State: TypeAlias = Literal["applied", "shadowed", "unreached", "passed"]
"""What became of a rule that fired; see `Fired`."""


class Strike(NamedTuple):
    """What the faults of one stage add up to: a wait, then at most one end."""

    delay_seconds: float
    end: Refuse | Reset | Hang | None


def strike(world: Sandbox, exchange: Exchange, target: Target, now: Moment, body: Any = None) -> Strike:
    """Do what the fired rules of one target do, and return what of it is for the caller to act on.

    `body` is that of the answer, which they may change: into `exchange.altered`.
    """
    struck = [
        (decision, _effects(decision, exchange))
        for decision in exchange.decisions
        if decision.rule.rule.target == target
    ]
    delay, end, ender = 0.0, None, None
    for decision, effects in struck:
        for effect in effects:
            if isinstance(effect, Delay):
                delay += effect.seconds
            elif end is None and isinstance(effect, Refuse | Reset | Hang):
                end, ender = effect, decision
    for decision, effects in struck:
        state: State = "passed" if end is None else "shadowed"
        if decision is ender or any(isinstance(effect, Delay) for effect in effects):
            state = "applied"
        if end is None:
            for effect in effects:
                if _act(world, exchange, effect, decision, now, body):
                    state = "applied"
        _note(world, exchange, decision, state, effects)
    return Strike(delay, end)


def _effects(decision: Decision, exchange: Exchange) -> tuple[FaultEffect, ...]:
    rule, packed = decision.rule, exchange.identity_bytes
    return tuple(rule.rule.fault.effects(exchange, lambda purpose: rule.draw(purpose, packed)))


def _act(
    world: Sandbox, exchange: Exchange, effect: FaultEffect, decision: Decision, now: Moment, body: Any
) -> bool:  # fmt: skip
    """Do what neither waits nor ends the exchange; return whether that changed anything yet."""
    rule, provider = decision.rule.rule.name, exchange.operation.provider
    secret = exchange.credential.secret if exchange.credential is not None else ""
    match effect:
        case ShortenLife() | WithholdScopes():
            exchange.terms = [*(exchange.terms or ()), Imposed(effect, rule)]
            return False  # `note_terms` says so once a token was issued under it
        case RevokeToken() | DropScopes() if not secret:
            return False
        case RevokeToken():
            exchange.stateful = True  # whether it was still good hangs on who came before
            return world.tokens.revoke_presented(provider, secret, now.world, f"rule {rule}")
        case DropScopes(scopes):
            exchange.stateful = True
            return world.tokens.drop_scopes(provider, secret, scopes, f"rule {rule}")
        case Alter(edit):
            edited = apply_edit(readable(body) if exchange.altered is None else exchange.altered, edit)
            if edited.changed:
                exchange.altered = edited.body
            return edited.changed
        case Certify(flaw):
            shown, exchange.flaw = exchange.flaw, exchange.flaw or flaw
            return shown is None
        case Delay() | Refuse() | Reset() | Hang():
            return False
        case _:
            assert_never(effect)


def note_terms(world: Sandbox, exchange: Exchange) -> None:
    """Note which of the rules that set terms for tokens changed one: known once the operation has run."""
    changed = {one.rule for one in exchange.terms or () if one.changed}
    for place, fired in enumerate(exchange.fired or ()):
        if fired.rule in changed and fired.state != "applied":
            exchange.fired[place] = fired._replace(state="applied")  # type: ignore[index]
            world.count_fired(fired.rule)


def note_unreached(world: Sandbox, exchange: Exchange) -> None:
    """Note the rules that fired at a stage which the exchange never reached."""
    seen = {one.rule for one in exchange.fired or ()}
    for decision in exchange.decisions:
        if decision.rule.rule.name not in seen:
            _note(world, exchange, decision, "unreached", ())


def _note(
    world: Sandbox, exchange: Exchange, decision: Decision, state: State, effects: Sequence[FaultEffect]
) -> None:  # fmt: skip
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
    if state == "applied":
        world.count_fired(rule.name)


def _say(effect: FaultEffect) -> str:
    match effect:
        case Delay(seconds):
            return f"delay {seconds:.6g}s"
        case Refuse():
            return f"answer {effect.status} ({effect.body})"
        case Reset() | Hang():
            return type(effect).__name__.lower()
        case ShortenLife(seconds):
            return f"let the token live {seconds:.6g}s"
        case WithholdScopes(scopes):
            return f"withhold {' '.join(scopes) or 'every scope'}"
        case RevokeToken():
            return "revoke the credential"
        case DropScopes(scopes):
            return f"drop {' '.join(scopes) or 'every scope'}"
        case Alter(edit):
            return edit.said
        case Certify(flaw):
            return f"show {_FLAWS[flaw]}"
        case _:
            assert_never(effect)
