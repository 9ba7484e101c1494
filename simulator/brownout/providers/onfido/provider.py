"""Onfido as the engine sees it: the parts of this folder behind the Protocol of a provider."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from brownout.core.exchange import Answer
from brownout.core.operation import Operation
from brownout.core.provider import SdkLine
from brownout.providers.onfido import (
    access,
    applicants,
    checks,
    documents,
    events,
    injected,
    reach,
    reports,
    webhooks,
    wire,
)
from brownout.providers.onfido.limits import LIMITS
from brownout.providers.onfido.options import OnfidoOptions, WebhookOptions, webhook_token
from brownout.providers.onfido.words import ACTIONS, ROOT

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from brownout.core.exchange import Credential, Exchange, Request
    from brownout.core.operation import Call
    from brownout.core.provider import Endpoint, Problem, Variable
    from brownout.core.sandbox import Sandbox


def _ping(call: Call) -> Answer:
    return Answer(200, b"OK", headers={"Content-Type": "text/plain"})


class Onfido:
    """Onfido's API v3.6, in its sandbox."""

    api = 1
    documented_limits = LIMITS
    name = "onfido"
    title = "Onfido"
    operations: Sequence[Operation] = (
        *access.OPERATIONS,
        *applicants.OPERATIONS,
        *documents.OPERATIONS,
        *checks.OPERATIONS,
        *reports.OPERATIONS,
        *webhooks.OPERATIONS,
        Operation(name="onfido.ping", method="GET", path=f"{ROOT}/ping", run=_ping),
    )
    roots = frozenset({ROOT.strip("/")})
    path_words = frozenset({"resend"})
    unknown = Operation(name="onfido.unknown", method="GET", path="/", run=injected.unknown_url, public=True)
    options_type: type[Any] = OnfidoOptions
    idempotency_ttl_seconds = 0.0  # no operation takes a key
    webhook_ladder_seconds: Sequence[float] = events.LADDER_SECONDS
    webhook_timeout_seconds = events.TIMEOUT_SECONDS

    def credential(self, request: Request) -> Credential | None:
        """Return the token as presented, None if there is none."""
        return access.credential(request)

    def decode(self, operation: Operation, request: Request) -> dict[str, Any] | Answer:
        """Return the parameters, or the refusal of a body that can't be read."""
        return {} if operation is self.unknown else wire.decode(operation, request)

    def idempotency_key(self, request: Request) -> str | None:
        """Return None: Onfido has no idempotency keys."""
        return None

    def authorise(self, exchange: Exchange, world: Sandbox) -> Answer | None:
        """Return the refusal of a token that isn't good, None if it is."""
        return access.authorise(exchange, world)

    def refuse(self, exchange: Exchange, problem: Problem) -> Answer:
        """Return what the engine refuses, in Onfido's words."""
        return injected.refuse(exchange, problem)

    def injected(self, exchange: Exchange, status: int, code: str | None) -> Answer:
        """Return what Onfido answers when it fails with `status` and `code`."""
        return injected.injected(exchange, status, code)

    def stores(self, answer: Answer, *, injected: bool) -> bool:
        """Return False: there are no keys to keep answers under."""
        return False

    def request_id(self, exchange: Exchange, world: Sandbox) -> str:
        """Return a UUID, fixed by the identity."""
        return world.id_chance.uuid(b"onfido request|" + exchange.identity_bytes)

    def headers(self, exchange: Exchange, answer: Answer, *, replay_of: str | None) -> dict[str, str]:
        """Return the headers of an answer."""
        return wire.headers(exchange, answer)

    def encode(self, body: Any) -> bytes:
        """Return JSON, or the bytes of a file."""
        return wire.encode(body)

    def seed(self, world: Sandbox) -> None:
        """Put nothing into a new world: an account begins empty."""

    def endpoints(self, world: Sandbox, account: str) -> list[Endpoint]:
        """Return where this account's webhooks go."""
        return webhooks.endpoints(world, account)

    def event_types(self) -> Collection[str]:
        """Return the types of events that there are."""
        return ACTIONS

    def event_name(self, event: Mapping[str, Any]) -> str:
        """Return the event's action."""
        return str(event["type"])

    def payload(self, event: Mapping[str, Any], endpoint: Endpoint) -> bytes:
        """Return the event as JSON, the same for every endpoint."""
        body: bytes = event["body"]
        return body

    def signature(self, body: bytes, endpoint: Endpoint, wire_at: float) -> dict[str, str]:
        """Return the headers of a delivery; there is no time in an Onfido signature."""
        return events.signature(body, endpoint)

    def webhook_secret(self, world: Sandbox) -> str | None:
        """Return the token that signs deliveries to the first configured webhook, or would to one."""
        configured = world.options(self.name).webhooks
        return (configured[0].token if configured else None) or webhook_token(world.plan)

    def with_webhook(self, options: OnfidoOptions, url: str) -> OnfidoOptions:
        """Return `options` with one more configured webhook, for every event."""
        return replace(options, webhooks=(*options.webhooks, WebhookOptions(url=url)))

    def sdk_lines(self, url: str) -> Sequence[SdkLine]:
        """Return how onfido-python and @onfido/api are pointed at `url`."""
        host, token = f"{url}{ROOT}", "api_sandbox.brownout"
        return (
            SdkLine("onfido-python", f'onfido.Configuration(host="{host}", api_token="{token}")'),
            SdkLine(
                "onfido-python (OAuth)",
                f'onfido.Configuration(host="{host}", oauth_client_id="shop", oauth_client_secret="any")',
            ),
            SdkLine("@onfido/api", f'new Configuration({{basePath: "{host}", apiToken: "{token}"}})'),
        )

    def hosts(self, options: OnfidoOptions) -> Sequence[str]:
        """Return the hosts of all regions."""
        return reach.HOSTS

    def environment(self, url: str, world: Sandbox) -> Sequence[Variable]:
        """Return what programs read: credentials, and where the API is."""
        return reach.variables(url, world.options(self.name), self.webhook_secret(world) or "")


ONFIDO: Final = Onfido()
