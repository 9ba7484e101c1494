"""What each exchange was, and why it was answered so. A bounded ring a sandbox.

A record's *decided* part is the same, byte for byte, in every run that is equal: world offsets, identities, rules,
draws, effects; no wall times, no base URL, no keys as sent. Its *observed* part is what this run saw. Neither holds
a secret. Text, explanation and redaction are made on read.
"""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import orjson

from brownout.core.chance import pseudonym
from brownout.core.match import fits
from brownout.core.retain import exact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from brownout.core.comeback import Told
    from brownout.core.effects import Outcome
    from brownout.core.exchange import Exchange
    from brownout.core.ledger import Entry
    from brownout.core.plan import Plan
    from brownout.core.rules import Repeatability

RECORDS_KEPT: Final = 20_000
"""How many records a sandbox's ring holds by default."""
BODY_KEPT_BYTES: Final = 2_048
"""How much of a request's and of an answer's body is kept with the record."""


_SECRET: Final = re.compile(r"(_secret|[spre]k_live)_\w+")


def _scrubbed(text: str) -> str:
    """Return `text` without a client secret or a live key that somebody put where an id belongs."""
    return _SECRET.sub(r"\1_***", text) if "_secret_" in text or "_live_" in text else text


class Fired(NamedTuple):
    """A rule that fired for an exchange.

    `state` is applied; shadowed by one before it; unreached, since the exchange ended earlier; or passed, where
    there was nothing for it to change. `number` says which match of its client it was, for counted rules. A draw that
    several rules share is this one's from `above` on. `lasted` says how far its window had gone, in world seconds,
    `ramp` how much of its percentage held by then, if not all of it. `firing` says which of at most `most` firings it
    was, `preset` which library scenario the rule is from, and `origin` who asked for it, if not the scenario: `live`
    for `ttl` seconds (None: for good), or `header`.
    """

    rule: str
    kind: str
    target: str
    state: str
    repeatability: Repeatability
    draw: float | None
    threshold: float | None
    number: int | None
    effects: tuple[str, ...]
    above: float | None = None
    lasted: float | None = None
    preset: str | None = None
    ramp: float | None = None
    firing: int | None = None
    most: int | None = None
    origin: str | None = None
    ttl: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return what is known, for JSON."""
        return {name: value for name, value in zip(self._fields, self, strict=True) if value is not None}


class Noted(NamedTuple):
    """What measures want to know of an exchange, None where there is no such thing.

    That is when its answer `told` to come back, the id of the `token` that it came with, and of a call for tokens what
    it was about (`grant`).
    """

    told: Told | None = None
    token: str | None = None
    grant: Mapping[str, Any] | None = None


_NOTHING: Final = Noted()


class Record:
    """One exchange, written down."""

    __slots__ = (
        "account", "answered", "cause", "client", "cost_seconds", "does", "effects", "elapsed", "ended_at", "error",
        "fidelity", "fired", "grant", "id", "idempotency", "idempotency_key", "key", "key_source", "keyless", "limit",
        "limited", "method", "number", "objects", "occurrence", "offset", "operation", "outcome", "path", "peer",
        "phase", "repeatability", "request_body", "response_body", "stage", "status", "token", "told", "wall_at",
    )  # fmt: skip

    def __init__(
        self, exchange: Exchange, *, number: int, offset: float, answered: str, body: bytes, noted: Noted = _NOTHING
    ) -> None:  # fmt: skip
        """Write down what was decided; the wire's outcome is added by `flushed`."""
        identity = exchange.identity
        request = exchange.request
        self.number = number
        self.id = exchange.id
        self.offset = offset
        self.client = identity.client
        self.account = exchange.account
        self.operation = identity.operation
        self.does = exchange.operation.effect
        self.fidelity = "conjured" if exchange.conjured else exchange.operation.fidelity
        self.phase = exchange.phase
        self.elapsed = exchange.elapsed if exchange.windowed else None
        self.key = identity.key
        self.key_source = identity.source
        self.occurrence = identity.occurrence
        self.method = request.method
        self.path = request.path
        self.stage = exchange.stage
        self.status = exchange.status
        self.answered = answered
        self.error = exchange.error
        self.idempotency = exchange.idempotency
        self.limit = exchange.limit
        self.limited = exchange.limited
        self.cause = exchange.cause
        self.told, self.token, self.grant = noted
        self.fired = tuple(exchange.fired) if exchange.fired else ()
        self.effects = tuple(exchange.effects) if exchange.effects else ()
        self.objects = tuple(exchange.objects) if exchange.objects else ()
        self.repeatability = _repeatability(exchange)
        self.wall_at = exchange.arrived.wall
        self.peer = request.peer
        self.idempotency_key = exchange.key_text
        self.keyless = exchange.key_text is None and exchange.operation.idempotent
        self.request_body = request.body[:BODY_KEPT_BYTES]
        self.response_body = _kept(exchange, body)
        self.outcome: Outcome | None = None
        self.cost_seconds: float | None = None
        self.ended_at: float | None = None

    def flushed(self, outcome: Outcome, cost_seconds: float | None, wall: float | None = None) -> None:
        """Add what became of it on the wire; `wall` is when the answer had left, or the client."""
        self.outcome = outcome
        self.ended_at = wall
        self.cost_seconds = cost_seconds

    def decided(self) -> dict[str, Any]:
        """Return the part that equal runs share.

        `limited` is there only where a limit refused, `told` only where the answer said when to come back, `keyless`
        only where the operation takes an idempotency key and none came, `fidelity` only where its answer isn't
        modelled.
        """
        some: dict[str, Any] = {} if self.limited is None else {"limited": self.limited.as_dict()}
        if self.told is not None:
            some["told"] = self.told.as_dict()
        if self.keyless:
            some["keyless"] = True
        if self.fidelity != "modelled":
            some["fidelity"] = self.fidelity
        return some | {
            "id": self.id,
            "offset": round(self.offset, 6),
            "client": self.client,
            "account": self.account,
            "operation": self.operation,
            "does": self.does,
            "phase": self.phase,
            "key": self._key_shown(),
            "key_source": self.key_source,
            "occurrence": self.occurrence,
            "repeatability": self.repeatability,
            "method": self.method,
            "path": _scrubbed(self.path),
            "stage": self.stage,
            "status": self.status,
            "answered": self.answered,
            "error": self.error,
            "idempotency": self.idempotency,
            "limit": self.limit,
            "cause": self.cause,
            "fired": [fired.as_dict() for fired in self.fired],
            "effects": list(self.effects),
            "objects": list(self.objects),
            **({} if self.elapsed is None else {"elapsed": round(self.elapsed, 6)}),
        }

    def _key_shown(self) -> str:
        """Return the key; a pseudonym of an address that an operation goes by, for nobody chose to have it written."""
        if self.key_source == "operation" and "@" in self.key:
            return f"~{pseudonym(self.key)}"
        return _scrubbed(self.key)

    def observed(self) -> dict[str, Any]:
        """Return what this run saw.

        `ended_at` is when the answer had left, `come_back_at` what it said of when to come back, if it said a date;
        `token` the token that it came with, and `grant` what a call for tokens was about.
        """
        some: dict[str, Any] = {}
        if self.told is not None and self.told.at is not None:
            some["come_back_at"] = self.told.at
        if self.token is not None:
            some["token"] = self.token
        if self.grant is not None:
            some["grant"] = self.grant
        return some | {
            "number": self.number,
            "wall_at": round(self.wall_at, 6),
            "ended_at": None if self.ended_at is None else round(self.ended_at, 6),
            "outcome": self.outcome,
            "cost_ms": None if self.cost_seconds is None else round(self.cost_seconds * 1000, 3),
            "peer": self.peer,
            "idempotency_key": None if self.idempotency_key is None else pseudonym(self.idempotency_key),
            "request": pseudonym(self.request_body.decode("latin-1")) if self.request_body else None,
        }

    def line(self) -> bytes:
        """Return one JSON line: the decided part canonical (keys sorted), the observed part beside it."""
        return orjson.dumps(
            {"decided": self.decided(), "observed": self.observed()},
            option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE,
        )


def _kept(exchange: Exchange, body: bytes) -> bytes:
    """Return what is kept of an answer's body: the very bytes that an idempotency key keeps, if it does."""
    if len(body) > BODY_KEPT_BYTES:
        return body[:BODY_KEPT_BYTES]
    stored = exchange.reservation.answer if exchange.reservation is not None else None
    return body if stored is not None and stored.body is body else exact(body)


def _repeatability(exchange: Exchange) -> Repeatability:
    if exchange.stateful:
        return "D2"
    if exchange.identity.source == "counted" or exchange.counted:
        return "D1"
    return "D0"


class Tape(Protocol):
    """Whoever is told of everything that a world writes down, at once: a journal on disk."""

    def begins(self, plan: Plan) -> None:
        """Be told that the world begins, or begins again: what was before is forgotten."""

    def changes(self, plan: Plan) -> None:
        """Be told that the world goes on under another plan."""

    def posted(self, entry: Entry) -> None:
        """Take a ledger entry; if an exchange made it, its record follows."""

    def wrote(self, record: Record) -> None:
        """Take a record as soon as its answer is decided."""

    def flushed(self, record: Record) -> None:
        """Take it again, now that the wire is done with it."""

    def claimed(self, claims: Sequence[Mapping[str, Any]]) -> None:
        """Take what a client says happened."""

    def played(self) -> None:
        """Be told that timers were played: entries that they made have no record."""


class Journal:
    """The newest records of a sandbox, and how many older ones are gone. `tape` is told of each."""

    __slots__ = ("_evicted_by_operation", "_records", "evicted", "kept_most", "tape", "written")

    def __init__(self, kept_most: int = RECORDS_KEPT, tape: Tape | None = None) -> None:
        """Start empty; keep at most `kept_most` records."""
        self.tape = tape
        self._records: deque[Record] = deque()
        self._evicted_by_operation: dict[str, int] = {}
        self.kept_most = kept_most
        self.written = 0
        self.evicted = 0

    def __iter__(self) -> Iterator[Record]:
        """Iterate oldest first."""
        return iter(self._records)

    def __len__(self) -> int:
        """Return how many records are kept."""
        return len(self._records)

    def write(
        self, exchange: Exchange, *, offset: float, answered: str, body: bytes, noted: Noted = _NOTHING
    ) -> Record:  # fmt: skip
        """Append the record of an exchange whose answer is decided."""
        self.written += 1
        record = Record(exchange, number=self.written, offset=offset, answered=answered, body=body, noted=noted)
        records = self._records
        if len(records) >= self.kept_most:
            gone = records.popleft()
            self.evicted += 1
            self._evicted_by_operation[gone.operation] = self._evicted_by_operation.get(gone.operation, 0) + 1
        records.append(record)
        if self.tape is not None:
            self.tape.wrote(record)
        return record

    def find(self, exchange_id: str) -> Record | None:
        """Return the record with this exchange id, None if there is none (any more)."""
        return next((record for record in self._records if record.id == exchange_id), None)

    def evicted_of(self, operation: str | None) -> int:
        """Return how many records of `operation` (a glob; None: of any) are gone."""
        if operation is None:
            return self.evicted
        return sum(gone for name, gone in self._evicted_by_operation.items() if fits((operation,), name))
