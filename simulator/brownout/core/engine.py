"""The way of a request, as a generator that yields effects and is resumed with moments.

    route ▸ identity ▸ faults:edge ▸ limits by IP ▸ authorise ▸ admit ▸ idempotency
          ▸ faults:request ▸ operation ▸ faults:response ▸ journal ▸ wire ▸ finish

Between effect, ledger entry and journal record nothing is yielded, so nothing can come between them. What was
reserved on the way in (keys, slots) is settled by `finish`, once the wire is done with the exchange.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING
from urllib.parse import unquote

from brownout.core import causes
from brownout.core.admission import admit, recheck
from brownout.core.attempts import note_attempt, noted
from brownout.core.effects import Delay, Hang, Reply, Reset
from brownout.core.errors import Refused
from brownout.core.exchange import Answer, Exchange
from brownout.core.live import asked
from brownout.core.match import look_up
from brownout.core.operation import Call, credential_account
from brownout.core.replies import conclude
from brownout.core.routes import Routes, takes_all
from brownout.core.strikes import note_doubts, note_terms, note_unreached, redate, reword, strike

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from brownout.core.effects import Await, Effect, End, Outcome
    from brownout.core.exchange import Request
    from brownout.core.fault import Target
    from brownout.core.idempotency import Stored
    from brownout.core.identity import Identity
    from brownout.core.journal import Record
    from brownout.core.moment import Moment
    from brownout.core.provider import Provider
    from brownout.core.sandbox import Sandbox

_BAGGAGE_KEY = "brownout.key"
_BAGGAGE_DUE = "brownout.due"


class Engine:
    """Runs requests against worlds. Holds no state of its own beyond the route tables."""

    def __init__(self, providers: Mapping[str, Provider]) -> None:
        """Build a route table for each provider."""
        self.providers = providers
        self.routes = {name: Routes(provider.operations, provider.path_words) for name, provider in providers.items()}
        self._beyond = {name: getattr(provider, "beyond", None) for name, provider in providers.items()}
        self._acting = {name: getattr(provider, "acting", None) for name, provider in providers.items()}

    def owners(self, method: str, path: str) -> list[str]:
        """Return the providers that have exactly this method and path."""
        found = ((name, routes.find(method, path)) for name, routes in self.routes.items())
        return [name for name, one in found if one is not None and not takes_all(one[0])]

    def begin(self, world: Sandbox, provider: Provider, request: Request, wall: float) -> Exchange:
        """Route the request, name it, and decide every fault that it will meet."""
        exchange = Exchange(request, world.arrive(wall), seed=world.plan.seed, epoch=world.epoch)
        found = self.routes[provider.name].find(request.method, request.path)
        if found is None and (beyond := self._beyond[provider.name]) is not None:
            found = beyond(request.method, request.path)  # what the provider has, but isn't modelled
        if found is None:
            found = provider.unknown, {"method": request.method, "path": request.path}
        operation, exchange.path_params = found
        exchange.operation = operation
        credential = exchange.credential = provider.credential(request)
        presented = credential_account(credential)
        exchange.account = world.plan.accounts.get(presented, presented)
        if (acting := self._acting[provider.name]) is not None:
            exchange.account = acting(exchange, world)  # a platform's key, on behalf of a customer of its own
        decoded = provider.decode(operation, request)
        if isinstance(decoded, Answer):
            exchange.refusal, exchange.params = decoded, {}
        else:
            exchange.params = decoded
        if operation.idempotent:
            exchange.key_text = provider.idempotency_key(request)
        baggage = request.headers.get("baggage")
        if world.plan.phases:
            due = _due_seconds(baggage)
            exchange.phase = world.phase_at(exchange.arrived, due)
            exchange.stateful = due is None  # which phase it fell into was a matter of time
        if world.rules.timed or request.asked:
            due = _due_seconds(baggage)
            exchange.timed, exchange.windowed = due is None, world.rules.timed
            exchange.elapsed = world.elapsed(exchange.arrived) if due is None else due
            exchange.began_at = world.began_at
        identity = exchange.identity = self._identify(world, exchange, baggage)
        packed = exchange.identity_bytes = identity.packed()
        exchange.id = "ex_" + world.id_chance.text(b"exchange|" + packed, 20)
        exchange.request_id = provider.request_id(exchange, world)
        exchange.decisions = world.rules.decide(exchange)
        if request.asked:  # first: whoever asks for a fault wants to see that one
            exchange.decisions = (*asked(request.asked, exchange), *exchange.decisions)
        return exchange

    def run(self, world: Sandbox, provider: Provider, exchange: Exchange) -> Generator[Effect, Moment, None]:
        """Yield what has to happen on the wire; the last effect is a `Reply`, a `Reset` or a `Hang`.

        `exchange.record` is set as soon as the answer is decided. An exchange cut before that changed nothing.
        """
        now = exchange.arrived
        answer: Answer | None = None
        end: End | None = None
        replay: Stored | None = None
        news: Await | None = None
        if exchange.decisions:
            now, end = yield from self._meet(world, exchange, "edge", now)
        if end is None:
            world.phase = exchange.phase
            answer, replay = admit(world, provider, exchange, now)
            if replay is not None and (again := exchange.operation.again) is not None:
                retold = again(self._call(world, provider, exchange, now), replay)
                replay = replay.retold(retold, provider.encode(retold.body))
            elif answer is None and replay is None:
                if exchange.decisions:
                    now, end = yield from self._meet(world, exchange, "request", now)
                if end is None:
                    hooks = world.hooks
                    hooks.answering = True
                    answer = recheck(world, provider, exchange, now) if exchange.unsettled else None
                    answer = answer or self._operate(world, provider, exchange, now)
                    hooks.answering = False
                    news = hooks.awaited() if hooks.early else None
        if world.epoch != exchange.epoch:
            yield Reset()
            return
        delay = 0.0
        if end is None and exchange.decisions:
            body = replay.body if replay is not None else answer.body if answer is not None else None
            delay, end = strike(world, exchange, "response", now, body)
        last = self._last(world, provider, exchange, answer, replay, end, now)
        exchange.record = self._write(world, exchange, last)
        yield from _pauses(delay, news)
        yield last

    def finish(
        self, world: Sandbox, exchange: Exchange, outcome: Outcome, cost_seconds: float | None = None,
        wall: float | None = None,
    ) -> None:  # fmt: skip
        """Settle what the exchange reserved, and note what became of it on the wire; `wall` is when, if known."""
        if exchange.reservation is not None:
            world.keys.settle(exchange.reservation)
            exchange.reservation = None
        if exchange.held:
            world.limits.settle(exchange.held, succeeded=0 < exchange.status < 400 and exchange.error is None)
            exchange.held = None
        if exchange.record is not None:
            exchange.record.flushed(outcome, cost_seconds, wall)
            if world.tape is not None and world.epoch == exchange.epoch:
                world.tape.flushed(exchange.record)

    def _identify(self, world: Sandbox, exchange: Exchange, baggage: str | None) -> Identity:
        operation, request = exchange.operation, exchange.request
        client = request.client_label or self._client(world, exchange)
        key = _from_baggage(baggage, _BAGGAGE_KEY)
        if key is not None:
            return world.identities.allocate(client, operation.name, key, "baggage")
        given = world.plan.identity.get(operation.name)
        if given is not None and (key := read(exchange, given)) is not None:
            return world.identities.allocate(client, operation.name, key, "scenario")
        for place in operation.key:
            if (key := read(exchange, place)) is not None:
                return world.identities.allocate(client, operation.name, key, "operation")
        for place in operation.key_objects:
            if (key := read(exchange, place)) is not None:
                return world.identities.allocate(client, operation.name, key, "path")
        if operation.id_param is not None and (key := exchange.path_params.get(operation.id_param)) is not None:
            return world.identities.allocate(client, operation.name, key, "path")
        return world.identities.allocate_counted(client, operation.name, exchange.key_text)

    def _client(self, world: Sandbox, exchange: Exchange) -> str:
        place = world.plan.client_from
        return (read(exchange, place) if place is not None else None) or exchange.account

    def _meet(
        self, world: Sandbox, exchange: Exchange, target: Target, now: Moment
    ) -> Generator[Effect, Moment, tuple[Moment, End | None]]:
        """Wait out the delays of one stage; return the moment after them, and what ends the exchange there.

        A world that began again meanwhile has no place for the exchange: its connection is reset.
        """
        delay, end = strike(world, exchange, target, now)
        if delay:
            now = yield Delay(delay)
            if world.epoch != exchange.epoch:
                return now, Reset()
        if end is not None:
            exchange.stage = target
        return now, end

    def _operate(self, world: Sandbox, provider: Provider, exchange: Exchange, now: Moment) -> Answer:
        exchange.stage = "operation"
        call = self._call(world, provider, exchange, now)
        try:
            answer = exchange.operation.run(call)
        except Refused as refused:
            answer = refused.answer
        exchange.effects = call.effects
        exchange.objects = call.objects
        exchange.issued = call.issued
        exchange.cause = answer.cause or call.cause
        exchange.conjured = call.conjured
        if call.stateful or causes.tells_of_others(answer.cause):
            exchange.stateful = True
        if exchange.terms:
            note_terms(world, exchange)
        return answer

    def _last(
        self, world: Sandbox, provider: Provider, exchange: Exchange, answer: Answer | None, replay: Stored | None,
        end: End | None, now: Moment,
    ) -> Reply | Reset | Hang:  # fmt: skip
        last = conclude(provider, exchange, answer, replay, end)
        if exchange.doubts:
            note_doubts(world, exchange)
        if exchange.clocks and (exchange.issued or isinstance(last, Reply)):
            redate(world, exchange, last, now)
        if exchange.wordings and isinstance(last, Reply):
            return reword(world, exchange, last)
        return last

    def _call(self, world: Sandbox, provider: Provider, exchange: Exchange, now: Moment) -> Call:
        world.moment = now
        world.phase = exchange.phase
        world.tokens.ahead_seconds = exchange.ahead_seconds
        identity = exchange.identity
        return Call(
            world,
            provider=provider.name,
            account=exchange.account,
            packed=exchange.identity_bytes,
            moment=now,
            params=exchange.params,
            path=exchange.path_params,
            key=None if identity.source in ("counted", "path") else identity.key,
            request_id=exchange.request_id,
            idempotency_key=exchange.key_text,
            terms=exchange.terms or (),
            base_url=exchange.request.base_url,
            headers=exchange.request.headers,
            doubts=exchange.doubts or (),
            ahead_seconds=exchange.ahead_seconds,
            ahead_by=exchange.ahead_by,
            version=exchange.version,
        )

    def _write(self, world: Sandbox, exchange: Exchange, last: Reply | Reset | Hang) -> Record:
        if exchange.decisions:
            note_unreached(world, exchange)
        answered = type(last).__name__.lower()
        if exchange.operation.effect == "token":
            note_attempt(world, exchange, answered)
        return world.journal.write(
            exchange,
            offset=exchange.arrived.world - world.clock.started_at,
            answered=answered,
            body=last.body if isinstance(last, Reply) else b"",
            noted=noted(world, exchange, last),
        )


def _pauses(delay_seconds: float, news: Await | None) -> Generator[Effect, Moment, None]:
    """Yield what an answer waits for before it goes out."""
    if delay_seconds:
        yield Delay(delay_seconds)
    if news is not None:
        yield news


def read(exchange: Exchange, place: str) -> str | None:
    """Return what a request holds at `body.PATH` or `header.NAME`, None if nothing."""
    where, _, name = place.partition(".")
    if where == "header":
        return exchange.request.headers.get(name)
    return look_up(exchange.params, name)


def _due_seconds(baggage: str | None) -> float | None:
    """Return when the operation that a drill's client works on was due, None if nothing sensible says so."""
    try:
        due = float(_from_baggage(baggage, _BAGGAGE_DUE) or "nan")
    except ValueError:
        return None
    return due if 0 <= due < inf else None


def _from_baggage(header: str | None, wanted: str) -> str | None:
    """Return what a W3C `baggage` header (Baggage §3.2.1.3: percent-encoded) says under a name, None if nothing."""
    if header is None:
        return None
    for member in header.split(","):
        name, _, value = member.partition("=")
        if name.strip() == wanted:
            return unquote(value.partition(";")[0].strip()) or None
    return None
