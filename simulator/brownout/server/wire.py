"""Acts on the engine's effects: waits, sends, resets, hangs. One call to `serve` is one exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

from brownout.core.effects import Await, Delay, Hang, Reply, Reset
from brownout.core.errors import InternalError
from brownout.server.delivery import Gone, deliver, reset
from brownout.server.system import stopwatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.core.effects import Effect, Outcome
    from brownout.core.exchange import Exchange, Request
    from brownout.core.provider import Provider
    from brownout.core.sandbox import Sandbox
    from brownout.server.protocol import Connection
    from brownout.server.system import Waits
    from brownout.server.worlds import Worlds


_LOOKS_EVERY_SECONDS: Final = 0.005


class Wire:
    """Runs exchanges of one server on the wire."""

    def __init__(
        self, worlds: Worlds, waits: Waits, wall: Callable[[], float], after: Callable[[Sandbox], None]
    ) -> None:
        """`after` is called with the world whenever an exchange may have set timers."""
        self._engine = worlds.engine
        self._waits = waits
        self._wall = wall
        self._after = after

    async def serve(
        self,
        incoming: web.BaseRequest,
        world: Sandbox,
        provider: Provider,
        request: Request,
        extra: dict[str, str],
    ) -> web.StreamResponse:
        """Run one exchange and return what was sent; `extra` are headers of our own to add."""
        engine, wall = self._engine, self._wall
        started = stopwatch()
        exchange = engine.begin(world, provider, request, wall())
        steps = engine.run(world, provider, exchange)
        outcome: Outcome = "stopped"
        response: web.StreamResponse = Gone()
        waited = 0.0
        cost: float | None = None
        try:
            effect = next(steps)
            while type(effect) is Delay or type(effect) is Await:
                paused = stopwatch()
                if not await self._pause(effect, world):
                    reset(incoming.protocol)  # type: ignore[arg-type]
                    return response
                waited += stopwatch() - paused
                effect = steps.send(world.arrive(wall()))
            cost = stopwatch() - started - waited
            outcome, response = await self._act(incoming, exchange, effect, extra)
        finally:
            steps.close()
            engine.finish(world, exchange, outcome, cost, wall())
            if world.timers.next_due is not None or world.hooks.waiting:
                self._after(world)
        return response

    async def _pause(self, effect: Delay | Await, world: Sandbox) -> bool:
        """Wait as long as an effect says; return False if the server stops meanwhile."""
        if isinstance(effect, Delay):
            return await self._waits.sleep(effect.seconds)
        self._after(world)
        began = stopwatch()
        while not effect.over() and stopwatch() - began < effect.seconds:
            if not await self._waits.sleep(_LOOKS_EVERY_SECONDS):
                return False
        return True

    async def _act(
        self, incoming: web.BaseRequest, exchange: Exchange, effect: Effect, extra: dict[str, str]
    ) -> tuple[Outcome, web.StreamResponse]:
        connection: Connection = incoming.protocol  # type: ignore[assignment]
        if type(effect) is Reply:
            headers = {**effect.headers, **extra, "Brownout-Exchange": exchange.id}
            if effect.delivery is not None:
                return await deliver(incoming, effect, headers, self._waits)
            response = web.Response(status=effect.status, headers=headers, body=effect.body)
            if connection.transport is None:
                return "client_gone", response
            try:
                await response.prepare(incoming)
                await response.write_eof()
            except ConnectionError:
                return "client_gone", Gone()
            return "sent", response
        if type(effect) is Reset:
            reset(connection)
            return "reset", Gone()
        if type(effect) is Hang:
            gone = connection.gone()
            if await self._waits.forever(gone):
                return "client_gone", Gone()
            reset(connection)
            return "stopped", Gone()
        raise InternalError(f"no way to act on {effect!r}")
