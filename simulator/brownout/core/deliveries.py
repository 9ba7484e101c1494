"""What faults make of webhook deliveries: decided once, when the event happens, and kept with the delivery.

A delivery runs as `PROVIDER.webhook.delivery`. It is journalled only if a rule fired for it: it is no call of an API.
Draws hang on the event and the endpoint alone, so a rule has the same victims whatever else goes on.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from brownout.core.chance import pack
from brownout.core.comeback import left_of
from brownout.core.effects import TOUCHES, ComeFirst, HoldBack, HurryUp, Lose, Repeat, Reverse
from brownout.core.effects.deliveries import Mangle, Missign, SendIn
from brownout.core.exchange import Exchange, Request
from brownout.core.handshake import never
from brownout.core.identity import Identity
from brownout.core.operation import Operation
from brownout.core.strikes import State, note, struck_effects

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from brownout.core.effects import DeliveryEffect, Touch
    from brownout.core.moment import Moment
    from brownout.core.provider import Endpoint, Provider
    from brownout.core.rules import Decision
    from brownout.core.sandbox import Sandbox

_GARBLED_BYTES: Final = 16
"""How much of a garbled body is no text any more."""


@lru_cache
def delivery_of(provider: str) -> Operation:
    """Return what a provider's webhook deliveries run as.

    >>> delivery_of("stripe").name
    'stripe.webhook.delivery'
    """
    name = f"{provider}.webhook.delivery"
    return Operation(name=name, method="POST", path="/{endpoint}/{event}", run=never, effect="delivery", public=True)


class Posted(NamedTuple):
    """What is posted: headers and body."""

    headers: Mapping[str, str]
    body: bytes


class Struck(NamedTuple):
    """What the rules that fired make of one delivery; the exchange is for the journal."""

    exchange: Exchange
    effects: tuple[DeliveryEffect, ...]
    until: float | None
    """World time at which it goes out, None for at once."""

    def all_of(self, *kinds: type[Any]) -> list[Any]:
        """Return the effects of these kinds."""
        return [one for one in self.effects if isinstance(one, kinds)]

    @property
    def never(self) -> bool:
        """Whether it is never sent."""
        return any(one.tries is None for one in self.all_of(Lose))

    def lost(self, number: int) -> bool:
        """Return whether the `number`th try, from 1, is lost on the way."""
        return any(one.tries is not None and number <= one.tries for one in self.all_of(Lose))

    @property
    def lanes(self) -> int:
        """How many like it may go out at the same time."""
        return max((one.at_once for one in self.all_of(HoldBack)), default=1)

    @property
    def again(self) -> tuple[float, ...]:
        """After how many seconds it comes again, each time that it was acknowledged."""
        return tuple(one.apart_seconds for one in self.all_of(Repeat) if not one.fresh for _ in range(one.copies))

    @property
    def copies(self) -> tuple[float, ...]:
        """How many seconds after it each of its copies goes out as another delivery."""
        return tuple(
            number * one.apart_seconds
            for one in self.all_of(Repeat)
            if one.fresh
            for number in range(1, 1 + one.copies)
        )

    @property
    def reverse(self) -> Reverse | None:
        """With how many others it changes places."""
        return next(iter(self.all_of(Reverse)), None)

    @property
    def first_seconds(self) -> float | None:
        """For how long the answer of the call that caused it waits for it."""
        return max((one.seconds for one in self.all_of(ComeFirst)), default=None)

    def timeout(self, number: int, own_seconds: float) -> float:
        """Return how long an answer to the `number`th try is waited for."""
        hurried = (one.seconds for one in self.all_of(HurryUp) if one.tries is None or number <= one.tries)
        return float(min((*hurried, own_seconds)))

    def posted(self, model: Provider, event: Mapping[str, Any], endpoint: Endpoint, wall: float, number: int) -> Posted:
        """Return what is posted as the `number`th try at wall time `wall`."""
        touches = [one for one in self.all_of(*TOUCHES) if one.tries is None or number <= one.tries]
        return touched(model, event, endpoint, wall, touches)


def decide(
    world: Sandbox, model: Provider, event: Mapping[str, Any], name: str, endpoint: Endpoint, account: str,
    moment: Moment,
) -> Struck | None:  # fmt: skip
    """Return what the rules that fire make of an event's delivery to `endpoint`; None if none fires."""
    operation = delivery_of(model.name)
    rules = world.rules.of(operation, world.phase)
    if not rules:
        return None
    exchange = _begun(world, operation, event, name, endpoint, account, moment)
    exchange.decisions = tuple(decision for rule in rules if (decision := rule.decide(exchange)) is not None)
    if not exchange.decisions:
        return None
    met = [(one, struck_effects(one, exchange)) for one in exchange.decisions]
    ends = [at for one, mine in met for each in mine if (at := _until(world, one, each, exchange, moment)) is not None]
    until = max(ends, default=None)
    effects: list[DeliveryEffect] = []
    for decision, mine in met:
        state: State = "passed"
        for effect in mine:
            if _shadowed(effect, effects, until):
                state = "shadowed"
            elif _changes(world, decision, effect, exchange, model, event, endpoint, moment):
                state = "applied"
                effects.append(effect)
        note(world, exchange, decision, state, mine)
    return Struck(exchange, tuple(effects), until)


def versions_asked(world: Sandbox, provider: str) -> frozenset[str]:
    """Return the versions that faults want a provider's events to be sent in, whatever the endpoints were made with."""
    rules = world.rules.of(delivery_of(provider), world.phase)
    return frozenset(version for one in rules for version in getattr(one.rule.fault, "versions", ()))


def touched(
    model: Provider, event: Mapping[str, Any], endpoint: Endpoint, wall: float, touches: Sequence[Touch]
) -> Posted:  # fmt: skip
    """Return a delivery's headers and body, made as these effects have it."""
    signed_at, unsigned, mangled = wall, False, []
    body_as = endpoint
    signed_as = endpoint
    for one in touches:
        match one:
            case SendIn(version):
                body_as = body_as._replace(version=version)
            case Missign("stale", age_seconds):
                signed_at = wall - age_seconds
            case Missign("wrong_secret"):
                signed_as = signed_as._replace(secrets=tuple(f"{secret}_not" for secret in signed_as.secrets))
            case Missign():
                unsigned = True
            case Mangle():
                mangled.append(one)
    body = model.payload(event, body_as)
    headers = model.signature(body, signed_as, signed_at)
    if unsigned:
        headers = {key: value for key, value in headers.items() if "sig" not in key.lower()}
    for each in mangled:
        headers, body = _mangled(each, headers, body)
    return Posted(headers, body)


def write_down(world: Sandbox, exchange: Exchange) -> None:
    """Write a delivery that a rule fired for into the journal."""
    offset = exchange.arrived.world - world.clock.started_at
    record = exchange.record = world.journal.write(exchange, offset=offset, answered="delivery", body=b"")
    record.flushed("sent", None)
    if world.tape is not None:
        world.tape.flushed(record)


def _mangled(how: Mangle, headers: Mapping[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    whole = int(len(body) * how.share)
    match how.flaw:
        case "content_type":
            return {**headers, "Content-Type": how.content_type}, body
        case "truncated":
            return dict(headers), body[:whole]
        case _:
            # 0xFF never occurs in UTF-8, and no JSON goes on after it.
            return dict(headers), body[:whole] + b"\xff" * _GARBLED_BYTES + body[whole + _GARBLED_BYTES :]


def _until(
    world: Sandbox, decision: Decision, effect: DeliveryEffect, exchange: Exchange, moment: Moment
) -> float | None:
    """Return the world time until which an effect holds a delivery back, None if it doesn't."""
    if not isinstance(effect, HoldBack):
        return None
    if effect.seconds is not None:
        return moment.world + effect.seconds
    left = left_of(world, exchange, decision, moment)
    if not left:
        return None
    # Rounded, so that all of one window go out at one time, and so in their order.
    return world.began_at + round(exchange.elapsed + left, 6)


def _shadowed(effect: DeliveryEffect, before: Sequence[DeliveryEffect], until: float | None) -> bool:
    """Return whether what other rules do to a delivery leaves nothing for an effect to do.

    What is never sent is nothing else; what is held back changes places with nobody, and no answer waits for it.
    """
    if any(isinstance(one, Lose) and one.tries is None for one in before):
        return True
    if isinstance(effect, Reverse):
        return until is not None or any(isinstance(one, Reverse) for one in before)
    return isinstance(effect, ComeFirst) and until is not None


def _changes(
    world: Sandbox, decision: Decision, effect: DeliveryEffect, exchange: Exchange, model: Provider,
    event: Mapping[str, Any], endpoint: Endpoint, moment: Moment,
) -> bool:  # fmt: skip
    """Return whether an effect can make a difference to this delivery at all."""
    if isinstance(effect, HoldBack):
        return _until(world, decision, effect, exchange, moment) is not None
    if isinstance(effect, ComeFirst):
        return world.hooks.answering
    if isinstance(effect, HurryUp):
        return effect.seconds < model.webhook_timeout_seconds
    if isinstance(effect, TOUCHES):
        plain, other = (touched(model, event, endpoint, moment.wall, those) for those in ((), (effect,)))
        return plain != other
    return True


def _begun(
    world: Sandbox, operation: Operation, event: Mapping[str, Any], name: str, endpoint: Endpoint, account: str,
    moment: Moment,
) -> Exchange:  # fmt: skip
    """Return the exchange that a delivery is decided as. Its path has no address: that may be another in each run."""
    event_id = str(event["id"])
    request = Request("POST", f"/{endpoint.id}/{name}", headers={}, peer="")
    exchange = Exchange(request, moment, seed=world.plan.seed, epoch=world.epoch)
    exchange.operation, exchange.params = operation, {}
    exchange.path_params = {"event": name, "endpoint": endpoint.id, "url": endpoint.url}
    exchange.account = account
    exchange.phase = world.phase
    exchange.stateful = bool(world.plan.phases)  # which phase it fell into was a matter of time
    exchange.elapsed, exchange.timed, exchange.windowed = world.elapsed(moment), True, world.rules.timed
    exchange.identity = Identity(account, operation.name, event_id, 1, "operation")
    packed = exchange.identity_bytes = pack(operation.name, event_id, endpoint.id)
    exchange.id = "ex_" + world.id_chance.text(b"exchange|" + packed, 20)
    exchange.objects = [event_id]
    exchange.stage = "edge"
    return exchange
