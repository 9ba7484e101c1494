"""Stripe without a socket, a clock or a thread: the engine transport, by hand or under the official SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import orjson
import stripe
from everything import everything

from brownout.core.plan import Plan
from brownout.testing import EngineTransport

if TYPE_CHECKING:
    from brownout.core.sandbox import Sandbox
    from brownout.providers.stripe import StripeOptions
    from brownout.testing import Sent

START = 1_767_225_600.0  # 2026-01-01T00:00:00Z
KEY = "sk_test_shop"


class Answered:
    """An answer: status, headers and the parsed body."""

    def __init__(self, sent: Sent) -> None:
        self.status = sent.status
        self.headers = dict(sent.headers)
        self.raw = sent.body
        self.body: Any = orjson.loads(sent.body)

    @property
    def error(self) -> dict[str, Any]:
        return self.body["error"]  # type: ignore[no-any-return]


class World:
    """One sandbox with Stripe in it, and a wall clock that moves only when told."""

    FORM: ClassVar = {"Content-Type": "application/x-www-form-urlencoded"}

    def __init__(self, options: StripeOptions | None = None, plan: Plan | None = None) -> None:
        plan = plan or Plan(seed=7, providers={} if options is None else {"stripe": options})
        self.transport = EngineTransport(plan, wall=START)

    @property
    def box(self) -> Sandbox:
        """The sandbox itself."""
        return self.transport.world

    @property
    def wall(self) -> float:
        """The wall clock, which moves only when told."""
        return self.transport.wall

    @wall.setter
    def wall(self, wall: float) -> None:
        self.transport.wall = wall

    def send(
        self, method: str, path: str, form: str | bytes = "", *, query: str = "", headers: Any = None,
        key: str | None = KEY,
    ) -> Answered:  # fmt: skip
        body = form.encode() if isinstance(form, str) else form
        given = {"Authorization": f"Bearer {key}"} if key is not None else {}
        if body:
            given.update(self.FORM)
        given.update(headers or {})
        url = f"/stripe{path}?{query}" if query else f"/stripe{path}"
        return Answered(self.transport.send(method, url, headers=given, body=body))

    def get(self, path: str, query: str = "", **more: Any) -> Answered:
        return self.send("GET", path, query=query, **more)

    def post(self, path: str, form: str | bytes = "", **more: Any) -> Answered:
        return self.send("POST", path, form, **more)

    def advance(self, seconds: float) -> None:
        """Let `seconds` of world time pass, and play what falls due in order."""
        self.transport.advance(seconds)

    def client(self, key: str = KEY, **options: Any) -> stripe.StripeClient:
        return stripe.StripeClient(key, http_client=InProcess(self), **options)

    def events(self, **filters: str) -> list[str]:
        """Return the types of all events so far, oldest first."""
        query = "&".join(f"{name}={value}" for name, value in ({"limit": "100"} | filters).items())
        return [one["type"] for one in reversed(self.get("/v1/events", query).body["data"])]

    def state(self) -> bytes:
        """Return everything that a refused call must leave as it was."""
        return everything(self.box)


class InProcess(stripe.HTTPClient):
    """The official SDK's transport, answered by the engine in the caller's own thread."""

    name = "in-process"

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    def request(self, method: str, url: str, headers: Any, post_data: Any = None, **_: Any) -> Any:
        parts = urlsplit(url)
        path = f"/stripe{parts.path}?{parts.query}" if parts.query else f"/stripe{parts.path}"
        body = post_data.encode() if isinstance(post_data, str) else post_data or b""
        sent = self.world.transport.send(method.upper(), path, headers=headers or {}, body=body)
        return sent.body, sent.status, dict(sent.headers)

    def close(self) -> None:
        """Hold nothing open."""
