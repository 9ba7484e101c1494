"""A provider that is made up answer by answer, for the shipped clients: no sockets, no waiting."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from brownout_clients.protocols import Order, Response, Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

STRIPE = Order(order="order-1", due_seconds=0.0, amount_minor=1999, currency="usd")
PAYPAL = Order(order="order-2", due_seconds=0.0, amount_minor=1999, currency="usd", provider="paypal")
INTENT = {"id": "pi_1", "status": "succeeded", "amount": 1999, "amount_received": 1999}
TOKEN = {"access_token": "t", "expires_in": 32400, "scope": "x", "token_type": "Bearer"}


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.at = 0.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.at

    def wall(self) -> float:
        return 1_795_000_000 + self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds


class Provider:
    """Answers with `answer(number, method, url, headers)`; remembers what it was sent."""

    def __init__(self, answer: Callable[[int, str, str, Mapping[str, str]], Response]) -> None:
        self.answer = answer
        self.sent: list[tuple[str, Mapping[str, str], bytes]] = []

    def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes) -> Response:
        self.sent.append((f"{method} {url.removeprefix('http://b')}", headers, body))
        return self.answer(len(self.sent), method, url, headers)


def ok(value: Any, status: int = 200) -> Response:
    """Return a good answer."""
    return Response(status, {}, json.dumps(value).encode())


def no(status: int, **headers: str) -> Response:
    """Return a refusal."""
    return Response(status, {name.replace("_", "-"): text for name, text in headers.items()}, b"{}")


def shop(kind: type, *answers: Response | Exception) -> tuple[Any, Provider, Clock]:
    """Return a client of `kind` whose provider gives `answers` in turn."""

    def answer(number: int, *_: Any) -> Response:
        found = answers[number - 1]
        if isinstance(found, Exception):
            raise found
        return found

    provider, clock = Provider(answer), Clock()
    return kind(Surroundings("http://b", provider, clock, 7, {})), provider, clock
