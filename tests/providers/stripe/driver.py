"""Drives the engine as a server would, without a socket, a clock or a thread."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, ClassVar
from urllib.parse import urlsplit

import orjson
import stripe

from brownout.core.effects import Delay, Reply
from brownout.core.engine import Engine
from brownout.core.exchange import Request
from brownout.core.plan import Plan
from brownout.core.sandbox import Sandbox
from brownout.providers.stripe import STRIPE, StripeOptions
from brownout.stores.memory import MemoryStore

START = 1_767_225_600.0  # 2026-01-01T00:00:00Z
KEY = "sk_test_shop"


class Headers(dict[str, str]):
    """Headers looked up in any case, as a server's are."""

    def __init__(self, given: Any = ()) -> None:
        super().__init__({name.lower(): value for name, value in dict(given).items()})

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)


class Answered:
    """An answer: status, headers and the parsed body."""

    def __init__(self, reply: Reply) -> None:
        self.status = reply.status
        self.headers = dict(reply.headers)
        self.raw = reply.body
        self.body: Any = orjson.loads(reply.body)

    @property
    def error(self) -> dict[str, Any]:
        return self.body["error"]  # type: ignore[no-any-return]


class World:
    """One sandbox with Stripe in it, and a wall clock that moves only when told."""

    FORM: ClassVar = {"Content-Type": "application/x-www-form-urlencoded"}

    def __init__(self, options: StripeOptions | None = None, plan: Plan | None = None) -> None:
        self.wall = START
        self.engine = Engine({"stripe": STRIPE})
        plan = plan or Plan(seed=7, providers={} if options is None else {"stripe": options})
        self.box = Sandbox("test", plan=plan, providers=self.engine.providers, store=MemoryStore(), wall=self.wall)

    def send(
        self, method: str, path: str, form: str | bytes = "", *, query: str = "", headers: Any = None,
        key: str | None = KEY,
    ) -> Answered:  # fmt: skip
        body = form.encode() if isinstance(form, str) else form
        given = {"Authorization": f"Bearer {key}"} if key is not None else {}
        if body:
            given.update(self.FORM)
        given.update(headers or {})
        return Answered(self.reply(Request(method, path, query=query, headers=Headers(given), body=body)))

    def get(self, path: str, query: str = "", **more: Any) -> Answered:
        return self.send("GET", path, query=query, **more)

    def post(self, path: str, form: str | bytes = "", **more: Any) -> Answered:
        return self.send("POST", path, form, **more)

    def reply(self, request: Request) -> Reply:
        exchange = self.engine.begin(self.box, STRIPE, request, self.wall)
        running = self.engine.run(self.box, STRIPE, exchange)
        effect = next(running)
        while isinstance(effect, Delay):
            self.wall += effect.seconds
            effect = running.send(self.box.arrive(self.wall))
        assert isinstance(effect, Reply), effect
        with suppress(StopIteration):
            next(running)
        self.engine.finish(self.box, exchange, "sent")
        return effect

    def advance(self, seconds: float) -> None:
        """Let `seconds` of world time pass, and play what falls due in order."""
        self.box.clock.advance(seconds, self.wall)
        self.box.arrive(self.wall)

    def client(self, key: str = KEY, **options: Any) -> stripe.StripeClient:
        return stripe.StripeClient(key, http_client=InProcess(self), **options)

    def events(self, **filters: str) -> list[str]:
        """Return the types of all events so far, oldest first."""
        query = "&".join(f"{name}={value}" for name, value in ({"limit": "100"} | filters).items())
        return [one["type"] for one in reversed(self.get("/v1/events", query).body["data"])]

    def state(self) -> bytes:
        """Return everything that a refused call must leave as it was."""
        tables: Any = self.box.store._tables  # type: ignore[attr-defined] # noqa: SLF001 - a test of everything must see everything
        return orjson.dumps(
            [
                [list(key), [dict(row) for row in table.oldest_first()]]
                for key, table in sorted(tables.items())
                if len(table)
            ],
            default=list,
            option=orjson.OPT_NON_STR_KEYS,
        ) + orjson.dumps([entry.as_dict() for entry in self.box.ledger] + [len(self.box.timers)])


class InProcess(stripe.HTTPClient):
    """The official SDK's transport, answered by the engine in the caller's own thread."""

    name = "in-process"

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    def request(self, method: str, url: str, headers: Any, post_data: Any = None, **_: Any) -> Any:
        parts = urlsplit(url)
        body = post_data.encode() if isinstance(post_data, str) else post_data or b""
        request = Request(method.upper(), parts.path, query=parts.query, headers=Headers(headers or {}), body=body)
        reply = self.world.reply(request)
        return reply.body, reply.status, dict(reply.headers)

    def close(self) -> None:
        """Hold nothing open."""
