"""One request and its answer on their way through the engine.

`Request`, `Answer` and `Exchange` are hot records: mutable, slotted and owned by their exchange. What outlives it
(journal record, stored answer, ledger entry) is made from them, never kept by reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.effects import Flaw
    from brownout.core.idempotency import Reservation
    from brownout.core.identity import Identity
    from brownout.core.journal import Fired, Record
    from brownout.core.limits import Announcement, Held, Refusal
    from brownout.core.moment import Moment
    from brownout.core.operation import Operation
    from brownout.core.rules import Decision, Rule
    from brownout.core.strikes import Wording
    from brownout.core.tokens import Imposed, Token
    from brownout.core.tokens.doubts import Doubted

Stage: TypeAlias = Literal["edge", "route", "limit", "authorise", "idempotency", "request", "operation", "response"]
"""Which step gave the answer."""


class Request:
    """What came in. `path` is the provider's own, beginning with `/`; `headers` are looked up in any case."""

    __slots__ = ("asked", "base_url", "body", "client_label", "headers", "method", "path", "peer", "query")

    def __init__(
        self,
        method: str,
        path: str,
        *,
        query: str = "",
        headers: Mapping[str, str],
        body: bytes = b"",
        peer: str = "127.0.0.1",
        base_url: str = "",
        client_label: str | None = None,
        asked: tuple[Rule, ...] = (),
    ) -> None:
        """Keep the parts as they are.

        `query` is raw, `base_url` all that came before `path` (host, sandbox, provider), `client_label` is the URL's
        `/~NAME@CLIENT/`. `asked` are the faults that it asks for itself, where it may.
        """
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.peer = peer
        self.base_url = base_url
        self.client_label = client_label
        self.asked = asked


class Credential:
    """The credential as presented, before anybody verified it. `secret` is never stored nor shown."""

    __slots__ = ("account", "client", "kind", "secret")

    def __init__(self, kind: str, secret: str, account: str, *, client: str | None = None) -> None:
        """Name the kind (the provider's word), the text presented and the account it would belong to.

        `client` is the id of the client that says to be asking, at an endpoint that issues tokens.
        """
        self.client = client
        self.kind = kind
        self.secret = secret
        self.account = account


class Answer:
    """What to answer. `body` is a structure to be encoded, or bytes that are sent as they are.

    `stored` says whether the provider would keep it under the idempotency key; `error` is a short code for the
    journal (None for success), and `cause` what was wrong with a credential that is refused: a word of
    `core.causes`.
    """

    __slots__ = ("body", "cause", "error", "headers", "status", "stored")

    def __init__(
        self,
        status: int,
        body: Any,
        *,
        headers: Mapping[str, str] | None = None,
        error: str | None = None,
        cause: str | None = None,
        stored: bool = True,
    ) -> None:
        """Keep the parts as they are."""
        self.cause = cause
        self.status = status
        self.body = body
        self.headers = headers
        self.error = error
        self.stored = stored


class Exchange:
    """Everything known of one request while it is under way."""

    __slots__ = (
        "account",
        "ahead_by",
        "ahead_seconds",
        "altered",
        "announced",
        "arrived",
        "began_at",
        "cause",
        "clocks",
        "conjured",
        "counted",
        "credential",
        "decisions",
        "doubts",
        "effects",
        "elapsed",
        "epoch",
        "error",
        "fired",
        "flaw",
        "held",
        "id",
        "idempotency",
        "identity",
        "identity_bytes",
        "issued",
        "key_text",
        "lasted",
        "limit",
        "limited",
        "objects",
        "operation",
        "params",
        "path_params",
        "phase",
        "pinned",
        "record",
        "refusal",
        "request",
        "request_id",
        "reservation",
        "seed",
        "stage",
        "stateful",
        "status",
        "terms",
        "timed",
        "unsettled",
        "version",
        "windowed",
        "wordings",
    )

    def __init__(self, request: Request, arrived: Moment, *, seed: int, epoch: int = 0) -> None:
        """Begin with what is known on arrival."""
        self.request = request
        self.arrived = arrived
        self.seed = seed
        self.epoch = epoch
        self.phase: str | None = None  # in which of the scenario's phases it counts
        self.elapsed = 0.0  # since the scenario began, where a rule with a window asks: its operation's, or its own
        self.began_at = 0.0  # world time at which the scenario began, where a rule asks for the time
        self.windowed = False  # a rule with a window is in force
        self.lasted = 0.0  # for how long the window of the rule whose effects are asked has been open, if it asks
        self.timed = False  # by its own arrival, which another run won't repeat
        self.operation: Operation
        self.path_params: dict[str, str]
        self.params: dict[str, Any]
        self.refusal: Answer | None = None  # the body couldn't be read; answered after authorisation
        self.credential: Credential | None = None
        self.account = ""
        self.identity: Identity
        self.identity_bytes = b""
        self.id = ""
        self.version: str | None = None  # of the provider's API: that which it answers in, as far as it has any
        self.request_id = ""  # the provider's own id of this request
        self.key_text: str | None = None  # the idempotency key as sent
        self.idempotency: str | None = None  # first, replay, in_flight or mismatch
        self.reservation: Reservation | None = None
        self.held: list[Held] | None = None
        self.limit: str | None = None  # the limit that refused
        self.limited: Refusal | None = None  # how it did
        self.announced: Announcement | None = None  # what limits say of themselves in the answer
        self.cause: str | None = None  # what made the credential bad; see core.causes
        self.issued: Token | None = None  # the access token, where it issued one
        self.decisions: tuple[Decision, ...] = ()
        self.terms: list[Imposed] | None = None  # what faults want of a token that is about to be issued
        self.doubts: list[Doubted] | None = None  # what faults want to be thought of the credential
        self.pinned = self.unsettled = False  # it names its version; a fault took something from the credential
        self.ahead_seconds = 0.0  # how far the provider's clock is wrong, in world time
        self.ahead_by: str | None = None  # whose doing that is, as a cause
        self.clocks: list[str] | None = None  # the rules that put it wrong
        self.altered: Any = None  # the answer's body as faults changed it
        self.wordings: list[Wording] | None = None  # what faults want of the answer as it is sent
        self.fired: list[Fired] | None = None
        self.flaw: Flaw | None = None  # of the certificate, in a handshake
        self.effects: list[str] | None = None  # ledger entries
        self.objects: list[str] | None = None  # ids created
        self.stage: Stage = "operation"
        self.conjured = self.counted = False  # it rests on what nobody created; a counter had a say in what fired (D1)
        self.stateful = False  # the answer depended on time or global order (D2)
        self.status = 0
        self.error: str | None = None
        self.record: Record | None = None  # written once the answer is decided
