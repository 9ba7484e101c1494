"""A provider of a few calls, so that tests of the engine, the faults and the server depend on no real one.

`POST /v1/payments` takes `amount` and `order` as JSON and captures the money; `GET /v1/payments/{id}` shows it, and
`GET /v1/payments` lists all. A static key (`key-CLIENT`) may do everything. `POST /v1/token` gives its bearer a token
(`tok-CLIENT-…`) for the scopes asked for as `scope`; with a token, paying needs `payments.write` and the rest
`payments.read`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson

from brownout.core.exchange import Answer, Credential, Exchange, Request
from brownout.core.operation import Call, Operation
from brownout.core.provider import Endpoint, Problem, SdkLine, Variable
from brownout.core.registries import Registries
from brownout.core.tokens import TokenRules
from brownout.faults import FAULTS
from brownout.stores import STORES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from brownout.core.sandbox import Sandbox

KEY = {"Authorization": "Bearer key-shop"}
READ, WRITE = frozenset({"payments.read"}), frozenset({"payments.write"})
TOKENS = TokenRules(access_ttl_seconds=600.0)
STATUS = {
    "rate_limited": 429,
    "concurrency_limited": 429,
    "object_locked": 409,
    "key_in_flight": 409,
    "key_other_params": 422,
    "key_other_endpoint": 422,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ToyOptions:
    """Where the toy's webhooks go."""

    webhooks: tuple[str, ...] = ()


def _create(call: Call) -> Answer:
    amount = call.params.get("amount")
    if not isinstance(amount, int):
        return Answer(400, {"error": "amount"}, error="invalid", stored=False)
    payment = call.create(
        "payment",
        {"id": f"pay_{call.draw_text('payment', 12)}", "amount": amount, "created": call.now, "settled": False},
    )
    for kind in ("authorize", "capture"):
        call.post(
            kind,
            payment=payment["id"],
            object_id=payment["id"],
            amount_minor=amount,
            currency="usd",
            key=call.key,
        )
    call.emit({"id": f"ev_{call.draw_text('event', 12)}", "type": "payment.captured", "payment": payment["id"]})
    call.later(60.0, "settle", lambda _later: payment.update(settled=True))
    return Answer(200, payment)


def _retrieve(call: Call) -> Answer:
    payment = call.table("payment").get(call.path["id"])
    return Answer(404, {"error": "absent"}, error="absent") if payment is None else Answer(200, payment)


def _list(call: Call) -> Answer:
    return Answer(200, {"data": list(call.table("payment").oldest_first())})


def _token(call: Call) -> Answer:
    if call.account == "anonymous":
        return Answer(401, {"error": "client"}, error="client_unknown")
    wanted = frozenset(str(call.params.get("scope", "payments.read payments.write")).split())
    if not wanted <= READ | WRITE:
        return Answer(400, {"error": "scope"}, error="scope_invalid")
    token = call.issue(
        "access",
        f"tok-{call.account}-{call.draw_text('token', 16)}",
        client_id=call.account,
        scopes=wanted,
        life_seconds=call.world.token_rules("toy", TOKENS).access_ttl_seconds,
    )
    told = call.world.clock.wire_seconds(token.told_seconds or 0.0)
    return Answer(200, {"access_token": token.text, "expires_in": told, "scope": " ".join(sorted(token.told_scopes))})


def _unknown(call: Call) -> Answer:
    return Answer(404, {"error": "no such call"}, error="unknown_url", stored=False)


class Toy:
    """The provider."""

    api = 1
    name = "toy"
    title = "Toy"
    operations = (
        Operation(
            name="toy.payments.create",
            method="POST",
            path="/v1/payments",
            run=_create,
            effect="write",
            object_type="payment",
            key=("body.order",),
            idempotent=True,
            scopes=WRITE,
        ),
        Operation(
            name="toy.payments.retrieve",
            method="GET",
            path="/v1/payments/{id}",
            run=_retrieve,
            object_type="payment",
            id_param="id",
            scopes=READ,
        ),
        Operation(
            name="toy.payments.list", method="GET", path="/v1/payments", run=_list, object_type="payment", scopes=READ
        ),
        Operation(name="toy.token", method="POST", path="/v1/token", run=_token, effect="token", public=True),
    )
    roots = frozenset({"v1"})
    path_words = frozenset({"search"})
    unknown = Operation(name="toy.unknown", method="*", path="*", run=_unknown, public=True)
    options_type = ToyOptions
    idempotency_ttl_seconds = 3600.0
    webhook_ladder_seconds = (10.0, 100.0)
    webhook_timeout_seconds = 5.0

    def credential(self, request: Request) -> Credential | None:
        """Return the bearer's key or token."""
        text = request.headers.get("Authorization", "")
        if not text.startswith("Bearer "):
            return None
        secret = text[7:]
        kind, _, rest = secret.partition("-")
        account = rest.partition("-")[0] if kind == "tok" else secret.removeprefix("key-")
        client = account if request.path == "/v1/token" else None
        return Credential("token" if kind == "tok" else "key", secret, account, client=client)

    def decode(self, operation: Operation, request: Request) -> dict[str, Any] | Answer:
        """Return the JSON body."""
        if not request.body:
            return {}
        try:
            return orjson.loads(request.body)
        except orjson.JSONDecodeError:
            return Answer(400, {"error": "json"}, error="malformed", stored=False)

    def idempotency_key(self, request: Request) -> str | None:
        """Return the usual header."""
        return request.headers.get("Idempotency-Key")

    def authorise(self, exchange: Exchange, world: Sandbox) -> Answer | None:
        """Refuse whoever has no good key or token, and a token without the operation's scopes."""
        presented = exchange.credential
        if presented is None:
            return Answer(401, {"error": "key"}, error="unauthorised")
        if presented.kind == "key":
            revoked = world.tokens.key_revoked(self.name, presented.secret)
            return Answer(401, {"error": "key revoked"}, error="token_revoked") if revoked else None
        needed = exchange.operation.scopes
        reason = world.tokens.examine(self.name, presented.secret, world.moment.world, needed=needed).reason
        if reason is None:
            return None
        return Answer(403 if reason == "scope_missing" else 401, {"error": reason}, error=reason)

    def refuse(self, exchange: Exchange, problem: Problem) -> Answer:
        """Say what the engine refused."""
        wait = problem.detail.get("retry_after")
        headers = {} if wait is None else {"Retry-After": str(wait)}
        return Answer(STATUS[problem.reason], {"error": problem.reason}, headers=headers, error=problem.reason)

    def injected(self, exchange: Exchange, status: int, code: str | None) -> Answer:
        """Fail with a status."""
        return Answer(status, {"error": code or "failed"}, error=code or "failed")

    def stores(self, answer: Answer, *, injected: bool) -> bool:
        """Keep what was executed."""
        return answer.stored

    def request_id(self, exchange: Exchange, world: Sandbox) -> str:
        """Draw on the identity."""
        return world.id_chance.text(b"request|" + exchange.identity_bytes, 8)

    def headers(self, exchange: Exchange, answer: Answer, *, replay_of: str | None) -> dict[str, str]:
        """Return JSON's headers."""
        replayed = {} if replay_of is None else {"Replayed": replay_of}
        return {
            "Content-Type": "application/json",
            "Request-Id": exchange.request_id,
            **replayed,
            **(answer.headers or {}),
        }

    def encode(self, body: Any) -> bytes:
        """Return JSON."""
        return body if isinstance(body, bytes) else orjson.dumps(body)

    def seed(self, world: Sandbox) -> None:
        """Seed nothing."""

    def endpoints(self, world: Sandbox, account: str) -> Iterable[Endpoint]:
        """Return the configured endpoints."""
        urls = world.options(self.name).webhooks
        return [Endpoint(f"we_{number}", url, ("shh",), ("*",), None) for number, url in enumerate(urls)]

    def event_name(self, event: Mapping[str, Any]) -> str:
        """Return its type."""
        return str(event["type"])

    def payload(self, event: Mapping[str, Any], endpoint: Endpoint) -> bytes:
        """Return JSON."""
        return orjson.dumps(event)

    def signature(self, body: bytes, endpoint: Endpoint, wire_at: float) -> dict[str, str]:
        """Show the wire time."""
        return {"Toy-Time": str(wire_at)}

    def webhook_secret(self, world: Sandbox) -> str | None:
        """Return the toy's secret."""
        return "shh"

    def with_webhook(self, options: ToyOptions, url: str) -> ToyOptions:
        """Add an endpoint."""
        return replace(options, webhooks=(*options.webhooks, url))

    def sdk_lines(self, url: str) -> list[SdkLine]:
        """Show curl."""
        return [SdkLine("curl", f"curl {url}/v1/payments/ID -H 'Authorization: Bearer key-shop'")]

    def hosts(self, options: ToyOptions) -> tuple[str, ...]:
        """Have one that nobody else has."""
        return ("api.toy.test",)

    def environment(self, url: str, world: Sandbox) -> list[Variable]:
        """Have a key and a place."""
        return [Variable("TOY_KEY", "key-shop", "toys"), Variable("TOY_URL", url, "toys", leads=True)]


REGISTRIES = Registries(providers={"toy": Toy()}, faults=FAULTS, stores=STORES)
