"""The Protocol of a provider: how a company's API reads requests and words answers.

Providers know nothing of faults, limits or idempotency beyond declaring their own rules; the engine does the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from brownout.core.exchange import Answer, Credential, Exchange, Request
    from brownout.core.operation import Operation
    from brownout.core.sandbox import Sandbox

Reason: TypeAlias = Literal[
    "rate_limited",
    "concurrency_limited",
    "object_locked",
    "key_in_flight",
    "key_other_params",
    "key_other_endpoint",
    "unavailable",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why the engine itself refuses, for the provider to put into its own words.

    `detail` holds what the words need: `key`, `endpoint` and `first_endpoint` for idempotency, `retry_after` (whole
    wire seconds, None if the limit is not announced) and `partition` (what it counts by) for limits. A provider that
    has no words of its own for an object that is locked uses those of a limit.
    """

    reason: Reason
    detail: Mapping[str, Any] = field(default_factory=dict)


ONCE: Final = MappingProxyType({"once": True})
"""Metadata of an option's field that is read when a world begins, so that a phase can't say it otherwise."""


class Endpoint(NamedTuple):
    """Where webhooks go: `events` are the provider's patterns, `secrets` sign (several during a roll)."""

    id: str
    url: str
    secrets: tuple[str, ...]
    events: tuple[str, ...]
    version: str | None


class SdkLine(NamedTuple):
    """How an official SDK is pointed here: its name and the one line."""

    sdk: str
    line: str


class Variable(NamedTuple):
    """An environment variable that programs of a provider's customers read.

    `leads` is true of one that says where the API is: it isn't set where the real host names lead here anyway.
    """

    name: str
    value: str
    read_by: str
    leads: bool = False


class Provider(Protocol):
    """One company's API.

    It may also have `acting(exchange, world)`, which returns the account that a request acts for where that isn't its
    credential's own: it is asked before the request is identified, and `authorise` refuses one that it may not.
    `triggers` (`core.triggers.Triggers`) are recipes that cause its events, for `brownout trigger`.
    """

    api: int
    name: str
    title: str
    operations: Sequence[Operation]
    roots: frozenset[str]
    """The first segments of all its paths, modelled or not: an unprefixed path with one of them may be its own."""
    path_words: frozenset[str]
    """Segments that are never an id, although a placeholder stands at their place: `search`."""
    unknown: Operation
    """What a request runs as when no path or method fits: its handler gives the provider's own 404.

    Its `call.path` holds `method` and `path` as requested.
    """
    options_type: type[Any]
    """A dataclass of the keys under `providers: NAME:`; its defaults apply when nothing is said."""
    idempotency_ttl_seconds: float
    webhook_ladder_seconds: Sequence[float]
    """World seconds between one failed delivery and the next try."""
    webhook_timeout_seconds: float

    def credential(self, request: Request) -> Credential | None:
        """Return the credential as presented, unverified, None if there is none."""

    def decode(self, operation: Operation, request: Request) -> dict[str, Any] | Answer:
        """Return the parameters of query and body, or the refusal of a body that can't be read."""

    def idempotency_key(self, request: Request) -> str | None:
        """Return the idempotency key as sent."""

    def authorise(self, exchange: Exchange, world: Sandbox) -> Answer | None:
        """Return the refusal of a credential that isn't good for this operation, None if it is."""

    def refuse(self, exchange: Exchange, problem: Problem) -> Answer:
        """Return `problem` in the provider's words."""

    def injected(self, exchange: Exchange, status: int, code: str | None) -> Answer:
        """Return what this provider answers when it fails with `status`, and with `code` if one is asked for."""

    def stores(self, answer: Answer, *, injected: bool) -> bool:
        """Return whether `answer` is kept under the request's idempotency key."""

    def request_id(self, exchange: Exchange, world: Sandbox) -> str:
        """Return the provider's id of this request, fixed by the identity."""

    def headers(self, exchange: Exchange, answer: Answer, *, replay_of: str | None) -> dict[str, str]:
        """Return the headers of an answer. `replay_of` is the request id whose stored answer this is."""

    def encode(self, body: Any) -> bytes:
        """Return the bytes of an answer's body."""

    def seed(self, world: Sandbox) -> None:
        """Put into a new world what the scenario's options ask for."""

    def endpoints(self, world: Sandbox, account: str) -> Iterable[Endpoint]:
        """Return where this account's webhooks go."""

    def event_name(self, event: Mapping[str, Any]) -> str:
        """Return the event's type."""

    def payload(self, event: Mapping[str, Any], endpoint: Endpoint) -> bytes:
        """Return the body of a delivery, in the endpoint's version."""

    def signature(self, body: bytes, endpoint: Endpoint, wire_at: float) -> dict[str, str]:
        """Return the headers that sign `body` at wall time `wire_at`."""

    def webhook_secret(self, world: Sandbox) -> str | None:
        """Return the secret that signs deliveries to configured endpoints, None if there are no webhooks."""

    def with_webhook(self, options: Any, url: str) -> Any:
        """Return `options` with one more configured endpoint.

        Raises:
            NotImplementedError: if the provider sends no webhooks.
        """

    def sdk_lines(self, url: str) -> Sequence[SdkLine]:
        """Return, for each official SDK, the line that points it at `url`."""

    def hosts(self, options: Any) -> Sequence[str]:
        """Return the names of its real hosts, live ones too, in lower case: those that interception answers for."""

    def environment(self, url: str, world: Sandbox) -> Sequence[Variable]:
        """Return what SDKs and frameworks read: credentials that are good in `world`, and `url` for where the API is.

        `url` has no path.
        """
