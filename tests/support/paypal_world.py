"""PayPal without a socket, a clock or a thread: the engine transport, with a token that is fetched when needed."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

import orjson
from everything import everything

from brownout.core.plan import Plan
from brownout.testing import EngineTransport

if TYPE_CHECKING:
    from brownout.core.sandbox import Sandbox
    from brownout.providers.paypal import PayPalOptions
    from brownout.testing import Flight, Sent

START = 1_767_225_600.0  # 2026-01-01T00:00:00Z
CLIENT = "shop-client"
SECRET = "shop-secret"
FULL = {"Prefer": "return=representation"}
CARD = {"number": "4005519200000004", "expiry": "2030-01", "security_code": "123", "name": "Jane Roe"}


def basic(client: str = CLIENT, secret: str = SECRET) -> dict[str, str]:
    """Return the header with which an application asks for a token."""
    return {"Authorization": "Basic " + b64encode(f"{client}:{secret}".encode()).decode()}


def usd(value: str, currency: str = "USD") -> dict[str, str]:
    """Return money as PayPal spells it."""
    return {"currency_code": currency, "value": value}


def order(value: str = "100.00", *, intent: str = "CAPTURE", currency: str = "USD", **more: Any) -> dict[str, Any]:
    """Return the body of a new order of one unit; `unit` holds more of it."""
    unit = {"amount": usd(value, currency), **more.pop("unit", {})}
    return {"intent": intent, "purchase_units": [unit], **more}


class Answered:
    """An answer: status, headers and, where there is JSON, the parsed body."""

    def __init__(self, sent: Sent) -> None:
        self.status = sent.status
        self.headers = dict(sent.headers)
        self.raw = sent.body
        self.body: Any = orjson.loads(sent.body) if sent.body[:1] in (b"{", b"[") else None

    @property
    def issue(self) -> str:
        """The issue of the first detail."""
        return self.body["details"][0]["issue"]  # type: ignore[no-any-return]

    @property
    def links(self) -> dict[str, str]:
        """Where each relation leads."""
        return {one["rel"]: one["href"] for one in self.body["links"]}

    @property
    def capture(self) -> dict[str, Any]:
        """The first capture of an order."""
        return self.body["purchase_units"][0]["payments"]["captures"][0]  # type: ignore[no-any-return]

    @property
    def authorization(self) -> dict[str, Any]:
        """The first authorization of an order."""
        return self.body["purchase_units"][0]["payments"]["authorizations"][0]  # type: ignore[no-any-return]


class World:
    """One sandbox with PayPal in it, and a wall clock that moves only when told."""

    def __init__(self, options: PayPalOptions | None = None, plan: Plan | None = None) -> None:
        plan = plan or Plan(seed=7, providers={} if options is None else {"paypal": options})
        self.transport = EngineTransport(plan, wall=START)
        self._bearer: str | None = None

    @property
    def box(self) -> Sandbox:
        """The sandbox itself."""
        return self.transport.world

    @property
    def bearer(self) -> str:
        """A token, fetched once."""
        if self._bearer is None:
            self._bearer = self.token().body["access_token"]
        return self._bearer

    def token(self, form: str = "grant_type=client_credentials", *, headers: dict[str, str] | None = None) -> Answered:
        """Ask for a token."""
        given = basic() if headers is None else headers
        return Answered(self.transport.send("POST", "/paypal/v1/oauth2/token", headers=given, body=form.encode()))

    def open(self, method: str, path: str, body: Any = None, **headers: str) -> Flight:
        """Return an exchange that has arrived."""
        given = {"Authorization": f"Bearer {self.bearer}"}
        raw = b""
        if body is not None:
            raw = body if isinstance(body, bytes) else orjson.dumps(body)
            given["Content-Type"] = "application/json"
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.transport.open(method, f"/paypal{path}", headers=given, body=raw)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Answered:
        """Run one exchange to its end."""
        return Answered(self.open(method, path, body, **headers).finish())

    def get(self, path: str, **headers: str) -> Answered:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Answered:
        return self.send("POST", path, body, **headers)

    def create(self, value: str = "100.00", *, key: str | None = None, **more: Any) -> Answered:
        """Make an order."""
        headers = {} if key is None else {"PayPal_Request_Id": key}
        return self.post("/v2/checkout/orders", order(value, **more), **FULL, **headers)

    def capture(self, order_id: str, body: Any = None, **headers: str) -> Answered:
        """Capture an order."""
        return self.post(f"/v2/checkout/orders/{order_id}/capture", body, **FULL, **headers)

    def paid(self, value: str = "100.00", **more: Any) -> dict[str, Any]:
        """Return the capture of a new order."""
        return self.capture(self.create(value, **more).body["id"]).capture

    def refund(self, capture_id: str, value: str | None = None, *, currency: str = "USD", **headers: str) -> Answered:
        """Give back all or part of a capture."""
        body = {} if value is None else {"amount": usd(value, currency)}
        return self.post(f"/v2/payments/captures/{capture_id}/refund", body, **FULL, **headers)

    def advance(self, seconds: float) -> None:
        """Let `seconds` of world time pass, and play what falls due in order."""
        self.transport.advance(seconds)

    def state(self) -> bytes:
        """Return everything that a refused call must leave as it was."""
        return everything(self.box)
