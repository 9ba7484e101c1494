"""PayPal as the engine sees it: the parts of this folder behind the Protocol of a provider."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import orjson

from brownout.core.exchange import Answer
from brownout.core.operation import Operation
from brownout.core.provider import SdkLine
from brownout.providers.paypal import access, injected, reach, tokens, wire
from brownout.providers.paypal.billing import catalog, plans, subscription_actions, subscriptions
from brownout.providers.paypal.disputes import dispute_actions, disputes
from brownout.providers.paypal.errors import envelope
from brownout.providers.paypal.limits import LIMITS
from brownout.providers.paypal.options import PayPalOptions, WebhookOptions, first_webhook_id
from brownout.providers.paypal.orders import approvals, confirmations, orders, tracking, updates
from brownout.providers.paypal.payments import authorizations, captures, reauthorizations, refunds
from brownout.providers.paypal.payouts import payout_items, payouts
from brownout.providers.paypal.reporting import reporting
from brownout.providers.paypal.triggers import TRIGGERS
from brownout.providers.paypal.vault import vault, vault_page
from brownout.providers.paypal.webhooks import notifications, signing, webhook_events, webhooks
from brownout.providers.paypal.webhooks.webhook_types import TYPES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from brownout.core.exchange import Credential, Exchange, Request
    from brownout.core.operation import Call
    from brownout.core.provider import Endpoint, Problem, Variable
    from brownout.core.sandbox import Sandbox

_SHOWN_LETTERS: Final = 200


def _unknown(call: Call) -> Answer:
    """Answer a call that isn't there: PayPal's 404, in words that say whose fault it is."""
    body = envelope(404, call.request_id or "")
    asked = f"{call.path['method'][:20]} {call.path['path'][:_SHOWN_LETTERS]}"
    body["message"] += f" Brownout doesn't model {asked}; `brownout list operations` shows what it does."
    return Answer(404, body, error="unknown_url", stored=False)


class PayPal:
    """PayPal's sandbox: `api-m.sandbox.paypal.com`, and the page on which buyers approve orders."""

    api = 1
    documented_limits = LIMITS
    triggers = TRIGGERS
    name = "paypal"
    title = "PayPal"
    operations: Sequence[Operation] = (
        *tokens.OPERATIONS,
        *orders.OPERATIONS,
        *updates.OPERATIONS,
        *confirmations.OPERATIONS,
        *tracking.OPERATIONS,
        *approvals.OPERATIONS,
        *authorizations.OPERATIONS,
        *reauthorizations.OPERATIONS,
        *captures.OPERATIONS,
        *refunds.OPERATIONS,
        *webhooks.OPERATIONS,
        *notifications.OPERATIONS,
        *signing.OPERATIONS,
        *reporting.OPERATIONS,
        *payouts.OPERATIONS,
        *payout_items.OPERATIONS,
        *vault.OPERATIONS,
        *vault_page.OPERATIONS,
        *disputes.OPERATIONS,
        *dispute_actions.OPERATIONS,
        *catalog.OPERATIONS,
        *plans.OPERATIONS,
        *subscriptions.OPERATIONS,
        *subscription_actions.OPERATIONS,
    )
    roots = frozenset({"v1", "v2", "v3", "checkoutnow", "payment", "webapps", "agreements"})
    path_words: frozenset[str] = frozenset()
    unknown = Operation(name="paypal.unknown", method="GET", path="/", run=_unknown, public=True)
    options_type: type[Any] = PayPalOptions
    idempotency_ttl_seconds = wire.ORDERS_TTL_SECONDS
    webhook_ladder_seconds: Sequence[float] = webhooks.LADDER_SECONDS
    webhook_timeout_seconds = webhooks.TIMEOUT_SECONDS

    def credential(self, request: Request) -> Credential | None:
        """Return the client or the bearer token as presented, None if there is none."""
        return access.credential(request)

    def decode(self, operation: Operation, request: Request) -> dict[str, Any] | Answer:
        """Return the parameters, or the refusal of a body that can't be read."""
        return {} if operation is self.unknown else wire.decode(operation, request)

    def idempotency_key(self, request: Request) -> str | None:
        """Return the request id, which counts for one path."""
        return wire.idempotency_key(request)

    def authorise(self, exchange: Exchange, world: Sandbox) -> Answer | None:
        """Return the refusal of a token that isn't good for this call."""
        wire.finish_refusal(exchange)
        return access.authorise(exchange, world)

    def refuse(self, exchange: Exchange, problem: Problem) -> Answer:
        """Return what the engine refuses, in PayPal's words."""
        return injected.refuse(exchange, problem)

    def injected(self, exchange: Exchange, status: int, code: str | None) -> Answer:
        """Return what PayPal answers when it fails with `status` and `code`."""
        return injected.injected(exchange, status, code)

    def stores(self, answer: Answer, *, injected: bool) -> bool:
        """Return whether the call did something: only then does its request id stand for it."""
        return not injected and answer.status < 300

    def request_id(self, exchange: Exchange, world: Sandbox) -> str:
        """Return the debug id: `f` and twelve hex digits, fixed by the identity."""
        return "f" + world.id_chance.digest(b"paypal debug id|" + exchange.identity_bytes).hex()[:12]

    def headers(self, exchange: Exchange, answer: Answer, *, replay_of: str | None) -> dict[str, str]:
        """Return the headers of an answer."""
        return wire.headers(exchange, answer)

    def encode(self, body: Any) -> bytes:
        """Return JSON; bytes stay as they are."""
        return body if isinstance(body, bytes) else orjson.dumps(body)

    def seed(self, world: Sandbox) -> None:
        """Get ready to sign where webhooks are configured; a sandbox account begins empty."""
        options = world.plan.providers.get(self.name)
        if options is not None and options.webhooks:
            signing.get_ready()

    def endpoints(self, world: Sandbox, account: str) -> list[Endpoint]:
        """Return the account's webhooks, configured and made, and where its mock events go."""
        return webhooks.endpoints(world, account)

    def event_types(self) -> Collection[str]:
        """Return the types of events that there are, and what mocks of them go by."""
        return [*TYPES, *(name + webhooks.SIMULATED for name in TYPES)]

    def event_name(self, event: Mapping[str, Any]) -> str:
        """Return the event's type; that of a mock event is marked."""
        return webhook_events.name_of(event)

    def payload(self, event: Mapping[str, Any], endpoint: Endpoint) -> bytes:
        """Return the event's JSON."""
        return webhook_events.payload(event)

    def signature(self, body: bytes, endpoint: Endpoint, wire_at: float) -> dict[str, str]:
        """Return the headers of a delivery."""
        return signing.headers(body, endpoint, wire_at)

    def webhook_secret(self, world: Sandbox) -> str | None:
        """Return the id of the first configured webhook, or what it would be: receivers verify with it."""
        return first_webhook_id(world.plan.providers.get(self.name), world.plan.seed)

    def with_webhook(self, options: PayPalOptions, url: str) -> PayPalOptions:
        """Return `options` with one more webhook."""
        return replace(options, webhooks=(*options.webhooks, WebhookOptions(url=url)))

    def sdk_lines(self, url: str) -> Sequence[SdkLine]:
        """Return how paypal-server-sdk for Python is pointed at `url`: before a client is made."""
        line = f'Configuration.environments[Environment.SANDBOX][Server.DEFAULT] = "{url}"'
        return (SdkLine("paypal-server-sdk (Python)", line),)

    def hosts(self, options: PayPalOptions) -> Sequence[str]:
        """Return the hosts of sandbox and live."""
        return reach.HOSTS

    def environment(self, url: str, world: Sandbox) -> Sequence[Variable]:
        """Return what programs read: credentials, and where the API is."""
        return reach.variables(url, world.options(self.name), self.webhook_secret(world) or "")


PAYPAL: Final = PayPal()
