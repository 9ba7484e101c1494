"""What the faults that fired for an exchange do to it, stage by stage.

Order within a stage: all delays add up, then the first effect that ends the exchange wins, and whatever else would have
happened there is shadowed. Else, in the order of their rules: changes of the answer's body, then of the answer as it
is sent, then of how it is sent. Every rule was decided before, so none of this moves another rule's count or draw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from brownout.core.comeback import with_retry_after
from brownout.core.dates import http_date
from brownout.core.edits import apply as apply_edit
from brownout.core.edits import readable
from brownout.core.effects import (
    TOKEN_EFFECTS,
    Alter,
    AnswerIn,
    Certify,
    Delay,
    Deliver,
    Delivery,
    Hang,
    Refuse,
    Reply,
    Reset,
    Reword,
    RotateSecret,
    ShortenLife,
    Shut,
    SkewClock,
    Spoil,
    TakeFor,
    TellLife,
    WithholdScopes,
)
from brownout.core.journal import Fired
from brownout.core.tokens import Imposed
from brownout.core.tokens.acts import act as act_on_token
from brownout.core.tokens.doubts import Doubted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brownout.core.effects import End, FaultEffect, TokenEffect
    from brownout.core.exchange import Exchange
    from brownout.core.fault import Target
    from brownout.core.moment import Moment
    from brownout.core.rules import Decision, Rule
    from brownout.core.sandbox import Sandbox

State: TypeAlias = Literal["applied", "shadowed", "unreached", "passed"]
"""What became of a rule that fired; see `Fired`."""


class Strike(NamedTuple):
    """What the faults of one stage add up to: a wait, then at most one end."""

    delay_seconds: float
    end: End | None


class Wording:
    """A change of the answer as it is sent, or of how it is, that waits until there is one."""

    __slots__ = ("effect", "rule")

    def __init__(self, effect: Reword | Deliver, rule: str) -> None:
        """Keep what `rule` wants."""
        self.effect = effect
        self.rule = rule


def strike(world: Sandbox, exchange: Exchange, target: Target, now: Moment, body: Any = None) -> Strike:
    """Do what the fired rules of one target do, and return what of it is for the caller to act on.

    `body` is that of the answer, which they may change: into `exchange.altered`. Changes of the encoded answer wait in
    `exchange.wordings` for `reword`.
    """
    struck = [
        (decision, struck_effects(decision, exchange))
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
        note(world, exchange, decision, state, effects)
    return Strike(delay, with_retry_after(world, exchange, ender, end, now))


def struck_effects(decision: Decision, exchange: Exchange) -> tuple[Any, ...]:
    """Return what a rule that fired does to an exchange."""
    rule, packed = decision.rule, exchange.identity_bytes
    if getattr(rule.rule.fault, "timed", False):
        exchange.lasted = rule.lasted(exchange.elapsed)
        exchange.stateful = exchange.stateful or exchange.timed  # when it came has a say
    return tuple(rule.rule.fault.effects(exchange, lambda purpose: rule.draw(purpose, packed)))


def _act(
    world: Sandbox, exchange: Exchange, effect: FaultEffect, decision: Decision, now: Moment, body: Any
) -> bool:  # fmt: skip
    """Do what neither waits nor ends the exchange; return whether that changed anything yet."""
    rule = decision.rule.rule.name
    if isinstance(effect, TOKEN_EFFECTS):
        return _act_on_credential(world, exchange, effect, rule, now)
    match effect:
        case Alter(edit):
            edited = apply_edit(readable(body) if exchange.altered is None else exchange.altered, edit)
            if edited.changed:
                exchange.altered = edited.body
            return edited.changed
        case AnswerIn(version):
            asked, exchange.version = exchange.version, version
            return asked != version
        case Reword() | Deliver():
            exchange.wordings = [*(exchange.wordings or ()), Wording(effect, rule)]
            return False  # `reword` says so once there is an answer
        case Shut():
            return True
        case Certify(flaw):
            shown, exchange.flaw = exchange.flaw, exchange.flaw or flaw
            return shown is None
        case _:  # what waits or ends was done by the caller
            return False


def _act_on_credential(
    world: Sandbox, exchange: Exchange, effect: TokenEffect, rule: str, now: Moment
) -> bool:  # fmt: skip
    """Do what concerns tokens, clients and the provider's clock; return whether that changed anything yet."""
    match effect:
        case ShortenLife() | TellLife() | Spoil() | WithholdScopes():
            exchange.terms = [*(exchange.terms or ()), Imposed(effect, rule)]
            return False  # `note_terms` says so once a token was issued under it
        case TakeFor() | RotateSecret():
            exchange.doubts = [*(exchange.doubts or ()), Doubted(effect, rule)]
            return False  # `note_doubts` says so once somebody has looked
        case SkewClock(seconds):
            exchange.ahead_seconds += seconds
            exchange.ahead_by = f"rule {rule}"
            exchange.clocks = [*(exchange.clocks or ()), rule]
            return False  # `redate` says so once there is an answer
        case _:
            return act_on_token(world, exchange, effect, rule, now)


def reword(world: Sandbox, exchange: Exchange, reply: Reply) -> Reply:
    """Return what is sent instead of `reply`, and how, and note which rules had a part in it."""
    wordings = exchange.wordings or ()
    for one in wordings:
        if isinstance(one.effect, Reword) and (changed := one.effect.change(reply)) is not None:
            reply = changed
            _note_applied(world, exchange, one.rule)
    for one in wordings:
        if isinstance(one.effect, Deliver):
            delivery = one.effect.plan(_size(exchange, reply), reply.delivery or Delivery())
            if delivery is not None:
                reply.delivery = delivery
                _note_applied(world, exchange, one.rule)
    exchange.status = reply.status
    return reply


def _size(exchange: Exchange, reply: Reply) -> int:
    """Return how many bytes of body go out: some answers have none on the wire."""
    return 0 if exchange.request.method == "HEAD" or reply.status in (204, 304) else len(reply.body)


def redate(world: Sandbox, exchange: Exchange, last: Reply | Reset | Hang, now: Moment) -> None:
    """Let an answer carry the date of the provider's clock, where rules put that wrong, and note them.

    A token that was issued by such a clock keeps its times, even if its answer is lost.
    """
    if isinstance(last, Reply):
        last.headers = {**last.headers, "Date": http_date(now.wall + world.clock.pace(exchange.ahead_seconds))}
    for rule in exchange.clocks or ():
        _note_applied(world, exchange, rule)


def note_doubts(world: Sandbox, exchange: Exchange) -> None:
    """Note which of the rules that have a credential taken for another came to that."""
    for one in exchange.doubts or ():
        if one.changed:
            _note_applied(world, exchange, one.rule)


def note_terms(world: Sandbox, exchange: Exchange) -> None:
    """Note which of the rules that set terms for tokens changed one: known once the operation has run."""
    for one in exchange.terms or ():
        if one.changed:
            _note_applied(world, exchange, one.rule)


def note_unreached(world: Sandbox, exchange: Exchange) -> None:
    """Note the rules that fired at a stage which the exchange never reached."""
    seen = {one.rule for one in exchange.fired or ()}
    for decision in exchange.decisions:
        if decision.rule.rule.name not in seen:
            note(world, exchange, decision, "unreached", ())


def _note_applied(world: Sandbox, exchange: Exchange, rule: str) -> None:
    """Note that a rule which had passed so far did something after all."""
    for place, fired in enumerate(exchange.fired or ()):
        if fired.rule == rule and fired.state != "applied":
            exchange.fired[place] = fired._replace(state="applied")  # type: ignore[index]
            world.count_fired(rule)


def _more(rule: Rule, decision: Decision) -> dict[str, Any]:
    """Return what is known of a firing only where its rule has a window, an end, or isn't the scenario's own."""
    more: dict[str, Any] = {}
    if rule.when is not None and decision.lasted_seconds is not None:
        more["lasted"] = round(rule.when.inside(decision.lasted_seconds) or 0.0, 6)
        more["ramp"] = round(decision.share, 6) if decision.share < 1 else None
    if decision.firing is not None:
        more["firing"], more["most"] = decision.firing, rule.count.most
    if rule.preset is not None:
        more["preset"] = rule.preset
    if rule.origin != "scenario":
        more["origin"], more["ttl"] = rule.origin, rule.ttl_seconds
    return more


def note(
    world: Sandbox, exchange: Exchange, decision: Decision, state: State, effects: Sequence[FaultEffect]
) -> None:  # fmt: skip
    """Note in the exchange what became of a rule that fired, and count it where it was applied."""
    rule = decision.rule.rule
    timely = exchange.timed and effects and getattr(rule.fault, "timed", False)  # when it came says what it does
    exchange.fired = exchange.fired if exchange.fired is not None else []
    exchange.fired.append(
        Fired(
            rule=rule.name,
            kind=rule.fault.kind,
            target=rule.target,
            state=state,
            repeatability="D2" if timely else decision.repeatability,
            draw=decision.draw,
            threshold=decision.threshold,
            number=decision.number,
            effects=tuple(effect.said for effect in effects),
            above=decision.above,
            **_more(rule, decision),
        )
    )
    if state == "applied":
        world.count_fired(rule.name)
