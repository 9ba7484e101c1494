"""Stripe as the engine sees it: the parts of this folder behind the Protocol of a provider."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import orjson

from brownout.core.exchange import Answer
from brownout.core.operation import Operation
from brownout.core.provider import SdkLine
from brownout.providers.stripe import (
    balance,
    challenges,
    charges,
    checkout,
    connect,
    customers,
    deliveries,
    disputes,
    events,
    files,
    funds,
    identity,
    injected,
    keys,
    payment_intents,
    payment_methods,
    prices,
    products,
    radar,
    reach,
    refunds,
    search,
    setup_intents,
    sources,
    versions,
    webhook_endpoints,
    wire,
)
from brownout.providers.stripe.errors import INVALID, envelope, log_url, logs_url
from brownout.providers.stripe.generic import conjure, routes
from brownout.providers.stripe.generic.tables import tables
from brownout.providers.stripe.limits import LIMITS
from brownout.providers.stripe.options import LADDER_SECONDS, StripeOptions, WebhookOptions, webhook_secret
from brownout.providers.stripe.triggers import TRIGGERS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from brownout.core.exchange import Credential, Exchange, Request
    from brownout.core.operation import Call
    from brownout.core.provider import Endpoint, Problem, Variable
    from brownout.core.sandbox import Sandbox

_DAY: Final = 86_400.0
_USER_AGENT: Final = "Stripe/1.0 (+https://stripe.com/docs/webhooks)"


def _unknown(call: Call) -> Answer:
    """Answer a URL that doesn't exist, in the words of its family."""
    method, path = call.path["method"], call.path["path"]
    message = injected.unrecognized_url(method, path)
    if path.startswith("/oauth/"):
        return Answer(
            404, {"error": "invalid_request", "error_description": message}, error="unknown_url", stored=False
        )
    body = envelope(INVALID, message, request_log_url=log_url(call))
    return Answer(404, body, error="unknown_url", stored=False)


def _modelled(operation: Operation) -> Operation:
    """Return an operation as it is answered: in its caller's version, and of what is conjured if that is asked for."""
    conjure.MODELLED.add(operation.object_type)
    return conjure.conjuring(versions.dated(operation))


def _logged(exchange: Exchange, answer: Answer) -> Answer:
    """Add where the Dashboard would show this request, as every error but a 401 says."""
    error = answer.body.get("error")
    if isinstance(error, dict) and answer.status != 401 and not exchange.request.path.startswith("/v2/"):
        url = logs_url(exchange.account, exchange.request_id)
        answer.body = {**answer.body, "error": dict(sorted({**error, "request_log_url": url}.items()))}
    return answer


class Stripe:
    """Stripe's API, version 2026-10-28.endive, in test mode."""

    api = 1
    documented_limits = LIMITS
    triggers = TRIGGERS
    name = "stripe"
    title = "Stripe"
    operations: Sequence[Operation] = tuple(
        _modelled(operation)
        for operation in (
            *customers.OPERATIONS,
            *payment_methods.OPERATIONS,
            *checkout.guarded(payment_intents.OPERATIONS),
            *charges.OPERATIONS,
            *refunds.OPERATIONS,
            *balance.OPERATIONS,
            *events.OPERATIONS,
            *webhook_endpoints.OPERATIONS,
            *products.OPERATIONS,
            *prices.OPERATIONS,
            *checkout.guarded(setup_intents.OPERATIONS),
            *search.OPERATIONS,
            *disputes.OPERATIONS,
            *connect.OPERATIONS,
            *funds.OPERATIONS,
            *files.OPERATIONS,
            *sources.OPERATIONS,
            *radar.OPERATIONS,
            *identity.OPERATIONS,
            *checkout.OPERATIONS,
            *challenges.operations({"payment_intent": checkout.settle_payment, "setup_intent": checkout.settle_setup}),
        )
    )
    roots = frozenset({"v1", "v2", "oauth", "links", "identity", "c", "b", "setup", "express", "3d_secure_2"})
    path_words = frozenset({"search", "create_preview", "preview"})
    unknown = Operation(name="stripe.unknown", method="GET", path="/", run=_unknown, public=True)
    options_type: type[Any] = StripeOptions
    idempotency_ttl_seconds = _DAY
    webhook_ladder_seconds: Sequence[float] = LADDER_SECONDS
    webhook_timeout_seconds = deliveries.TIMEOUT_SECONDS

    def beyond(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """Return the operation that Stripe has for a path that isn't modelled, and the values of its placeholders."""
        return routes.find(method, path)

    def operations_beyond(self) -> Sequence[Operation]:
        """Return the operations that Stripe has and that aren't modelled."""
        return routes.beside(self.operations)

    def credential(self, request: Request) -> Credential | None:
        """Return the API key as presented, None if there is none."""
        return keys.credential(request.headers)

    def acting(self, exchange: Exchange, world: Sandbox) -> str:
        """Return the account that a call acts for: its key's own, or one that is connected to that."""
        return keys.acting(exchange, world)

    def decode(self, operation: Operation, request: Request) -> dict[str, Any] | Answer:
        """Return the parameters, or the refusal of a body that can't be read."""
        if operation is self.unknown:
            return {}
        return wire.decode_json(request) if request.path.startswith("/v2/") else wire.decode(request)

    def idempotency_key(self, request: Request) -> str | None:
        """Return the idempotency key as sent, None for none or an empty one."""
        return request.headers.get("Idempotency-Key") or None

    def authorise(self, exchange: Exchange, world: Sandbox) -> Answer | None:
        """Return the refusal of a key, account or version that isn't good for this call."""
        return keys.authorise(exchange, world) or wire.check_version(exchange, world.options(self.name))

    def refuse(self, exchange: Exchange, problem: Problem) -> Answer:
        """Return what the engine refuses, in Stripe's words."""
        return _logged(exchange, injected.refuse(exchange, problem))

    def injected(self, exchange: Exchange, status: int, code: str | None) -> Answer:
        """Return what Stripe answers when it fails with `status` and `code`."""
        return _logged(exchange, injected.injected(exchange, status, code))

    def stores(self, answer: Answer, *, injected: bool) -> bool:
        """Return whether the endpoint had begun to run: only then is its answer kept under the key."""
        return answer.stored

    def request_id(self, exchange: Exchange, world: Sandbox) -> str:
        """Return `req_` and fourteen letters, fixed by the identity."""
        return "req_" + world.id_chance.text(b"stripe request|" + exchange.identity_bytes, 14)

    def headers(self, exchange: Exchange, answer: Answer, *, replay_of: str | None) -> dict[str, str]:
        """Return the headers of an answer."""
        return wire.headers(exchange, answer, replay_of=replay_of)

    def encode(self, body: Any) -> bytes:
        """Return JSON, or a page as it is."""
        return body if isinstance(body, bytes) else orjson.dumps(body)

    def seed(self, world: Sandbox) -> None:
        """Put nothing into a new world: a test account begins empty."""

    def endpoints(self, world: Sandbox, account: str) -> list[Endpoint]:
        """Return where this account's webhooks go."""
        return deliveries.endpoints(world, account)

    def event_name(self, event: Mapping[str, Any]) -> str:
        """Return the event's type."""
        return str(event["type"])

    def payload(self, event: Mapping[str, Any], endpoint: Endpoint) -> bytes:
        """Return the event as JSON, in the endpoint's version if it has one; platforms are told whose it is."""
        told = event if endpoint.version is None else events.in_version(event, endpoint.version)
        if "account" in told and not isinstance(endpoint, deliveries.Connected):
            told = {name: one for name, one in told.items() if name != "account"}  # of its own account
        return orjson.dumps(told)

    def signature(self, body: bytes, endpoint: Endpoint, wire_at: float) -> dict[str, str]:
        """Return the headers of a delivery."""
        return {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": _USER_AGENT,
            "Stripe-Signature": deliveries.signature(body, endpoint.secrets, int(wire_at)),
        }

    def is_version(self, name: str) -> bool:
        """Return whether an endpoint can have its events in this version."""
        return versions.is_version(name)

    def known_versions(self) -> Sequence[str]:
        """Return the versions in which something changed, and the newest: what to suggest."""
        return (*dict.fromkeys(one.version for one in versions.CHANGES), versions.API_VERSION)

    def event_types(self) -> Collection[str]:
        """Return the types of events that there are."""
        return tables().events

    def webhook_secret(self, world: Sandbox) -> str | None:
        """Return the secret that signs deliveries to the first configured endpoint, or would to one."""
        return deliveries.configured_secret(world) or webhook_secret(world.plan)

    def roll_webhook_secret(self, world: Sandbox, account: str, endpoint_id: str, expires_after: float) -> str | None:
        """Give an endpoint another signing secret; see `deliveries.roll`."""
        return deliveries.roll(world, account, endpoint_id, expires_after)

    def with_webhook(self, options: StripeOptions, url: str) -> StripeOptions:
        """Return `options` with one more configured endpoint, for every event."""
        return replace(options, webhooks=(*options.webhooks, WebhookOptions(url=url)))

    def sdk_lines(self, url: str) -> Sequence[SdkLine]:
        """Return how stripe-python and stripe-node are pointed at `url`."""
        bases = f'dict.fromkeys(("api", "files", "connect", "meter_events"), "{url}")'
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        node = f'new Stripe("sk_test_brownout", {{host: "{parts.hostname}", port: {port}, protocol: "{parts.scheme}"}})'
        return (
            SdkLine("stripe-python", f'stripe.StripeClient("sk_test_brownout", base_addresses={bases})'),
            SdkLine("stripe-python (module)", f'stripe.api_key, stripe.api_base = "sk_test_brownout", "{url}"'),
            SdkLine("stripe-node (takes no path: serve Stripe on a port of its own, or at the root)", node),
        )

    def hosts(self, options: StripeOptions) -> Sequence[str]:
        """Return the hosts of test and live mode."""
        return reach.HOSTS

    def environment(self, url: str, world: Sandbox) -> Sequence[Variable]:
        """Return what programs read: credentials, and where the API is."""
        return reach.variables(url, world.options(self.name), self.webhook_secret(world) or "")


STRIPE: Final = Stripe()
