"""What each request of an arm was to the operation that it served, and why it ended badly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from brownout.verdict.claims import seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

NAMED: Final = ("baggage", "scenario", "operation")
"""Where a record's key comes from when it names a business operation, rather than an object or a count."""

MODELLED: Final = "modelled"
NOT_MODELLED: Final = "not_modelled"
"""What a refusal is called in the journal that is Brownout's own: the provider would have answered."""
_TOKEN_WORDS: Final = ("token_", "scope_missing")
"""How a refusal for want of a good token is written into the journal, see `core.tokens.Reason`."""
_ALTERING: Final = frozenset({"cut", "drift", "malformed", "mislabel"})
"""Faults under which an answer that is good by its status is none that its client was promised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a call for tokens was about: whose they are (`of`, None where nobody can say), what was issued for how long.

    `kind` is the grant type as sent; `issued` the id of a token, None if none was; `life_seconds` is world time, None
    for a token without an end.
    """

    kind: str
    of: str | None
    issued: str | None = None
    life_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One request. `error` is its class, None if it was answered well; `rules` are those that changed something.

    `key` names the business operation, None if nothing does. `at` is unix seconds, None where the journal doesn't say.
    A `retry` repeats a write that its operation has made before. `slot` is what one attempt and the next have in common
    if that repeats it, None where nothing tells; `number` its place in the journal, `client` who made it.

    `ended_at` is when its answer had left, or its client. `told_seconds` is how long after that it said to come back,
    `dated` whether it said so by a date. `reason` is the code that the journal has for a refusal, `mismatched` whether
    its idempotency key had been used for something else; `idempotency_key` is a pseudonym, and `keyless` says that one
    could have been given. `token` is what it came with, `grant` what a call for tokens was about. `limit_rate` is how
    many requests a second the limit lets through that refused it, and `limit` which one that was, of whose: what is
    counted apart doesn't trip it together. `offset` is its place in world time. `fidelity` is how its answer came
    about: as the provider's own would, or only from what its schema says.
    """

    id: str
    key: str | None
    operation: str
    does: str
    phase: str | None
    at: float | None
    error: str | None
    answer: str
    rules: tuple[str, ...]
    retry: bool
    number: int = 0
    client: str = ""
    slot: tuple[str, str, str] | None = None
    offset: float = 0.0
    ended_at: float | None = None
    told_seconds: float | None = None
    dated: bool = False
    reason: str | None = None
    mismatched: bool = False
    idempotency_key: str | None = None
    keyless: bool = False
    token: str | None = None
    grant: Grant | None = None
    limit_rate: float | None = None
    limit: tuple[str, ...] = ()
    fidelity: str = MODELLED

    @property
    def changes(self) -> bool:
        """Whether it was to change something: neither a poll nor a token's request."""
        return self.does == "write"

    def __str__(self) -> str:
        """Return how it was answered, and where."""
        return f"{self.answer} at {self.operation}"


def attempts(records: Iterable[Mapping[str, Any]]) -> Iterator[Attempt]:
    """Return the requests of a journal, in its order; deliveries of webhooks are none."""
    made: set[tuple[str, str, str]] = set()
    for number, record in enumerate(records):
        decided, observed = record["decided"], record.get("observed") or {}
        does = decided.get("does") or ("read" if decided["method"] == "GET" else "write")
        if does == "delivery":  # nobody's request
            continue
        key = decided["key"] if decided["key_source"] in NAMED else None
        retry = False
        if key is not None and does == "write":
            slot = decided["client"], decided["operation"], key
            retry = slot in made
            made.add(slot)
        yield Attempt(
            id=decided["id"],
            key=key,
            operation=decided["operation"],
            does=does,
            phase=decided.get("phase"),
            at=seconds(observed.get("wall_at")),
            error=error_class(decided, does, observed.get("outcome")),
            answer=_answer(decided, observed.get("outcome")),
            rules=tuple(fired["rule"] for fired in decided["fired"] if fired["state"] == "applied"),
            retry=retry,
            number=number,
            client=decided["client"],
            fidelity=fidelity_of(decided),
            **_more(decided, observed, does),
        )


def fidelity_of(decided: Mapping[str, Any]) -> str:
    """Return how an answer came about; a refusal because we don't model the call is as good as generic.

    >>> fidelity_of({"error": None}), fidelity_of({"fidelity": "conjured"}), fidelity_of({"error": "not_modelled"})
    ('modelled', 'conjured', 'generic')
    """
    return decided.get("fidelity") or ("generic" if decided.get("error") == NOT_MODELLED else MODELLED)


def _more(decided: Mapping[str, Any], observed: Mapping[str, Any], does: str) -> dict[str, Any]:
    """Return what measures of retries and of tokens want to know."""
    at, ended_at = seconds(observed.get("wall_at")), seconds(observed.get("ended_at"))
    told, come_back_at = decided.get("told") or {}, seconds(observed.get("come_back_at"))
    wait = seconds(told.get("seconds"))
    if come_back_at is not None and (since := at if ended_at is None else ended_at) is not None:
        wait = max(0.0, come_back_at - since)
    grant = _grant(observed.get("grant"))
    same = decided["key"] if decided["key_source"] in (*NAMED, "path") else None
    if does == "token":
        same = None if grant is None else grant.of
    return {
        "slot": None if same is None else (decided["client"], decided["operation"], same),
        "offset": float(decided["offset"]),
        "ended_at": ended_at,
        "told_seconds": wait,
        "dated": come_back_at is not None,
        "reason": decided.get("error"),
        "mismatched": decided.get("idempotency") == "mismatch",
        "idempotency_key": observed.get("idempotency_key"),
        "keyless": decided.get("keyless") is True,
        "token": observed.get("token"),
        "grant": grant,
        "limit_rate": _rate(decided.get("limited") or {}),
        "limit": _limit(decided),
    }


def _grant(told: Any) -> Grant | None:
    if not isinstance(told, dict):
        return None
    return Grant(
        kind=str(told.get("type", "")),
        of=told.get("of"),
        issued=told.get("issued"),
        life_seconds=seconds(told.get("life_seconds")),
    )


def _limit(decided: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the name of the limit that refused, and of those whom it counts apart the one: its client or account.

    >>> _limit({"limit": "burst", "limited": {"partition": "account"}, "client": "shop-1", "account": "acct_1"})
    ('burst', 'acct_1')
    """
    parts = str((decided.get("limited") or {}).get("partition") or "").split("+")
    return str(decided.get("limit") or ""), *(str(decided[one]) for one in parts if one in ("client", "account"))


def _rate(limited: Mapping[str, Any]) -> float | None:
    """Return how many requests a second a limit lets through, None if it doesn't count by time."""
    rate, window, most = (seconds(limited.get(name)) for name in ("rate", "window", "most"))
    if rate:
        return rate
    return most / window if window and most else None


def error_class(decided: Mapping[str, Any], does: str, outcome: str | None = None) -> str | None:
    """Return why a request ended badly, as one of `words.CLASSES`; None if it didn't.

    `does` is what its operation does: read, write or token; `outcome` is what became of the answer on the wire.

    >>> error_class({"answered": "reply", "status": 503, "stage": "operation", "fired": []}, "write")
    'server'
    """
    status = decided["status"]
    if decided["answered"] == "certificate" and outcome == "sent":  # it didn't look, so nothing failed
        return None
    if decided["answered"] != "reply" or outcome in ("client_gone", "cut"):  # who left didn't see the answer
        return "transport"
    if decided.get("limit") or status == 429:
        return "throttle"
    if status < 400:
        altered = any(fired["kind"] in _ALTERING and fired["state"] == "applied" for fired in decided["fired"])
        return "contract" if altered else None
    if _for_want_of_a_token(decided, does):
        return "auth"
    if status >= 500:
        return "server"
    return {402: "business", 409: "conflict", 422: "business"}.get(status, "client_bug")


def _for_want_of_a_token(decided: Mapping[str, Any], does: str) -> bool:
    status = decided["status"]
    if status >= 500:
        return False
    return (
        does == "token"
        or status == 401
        or (status == 403 and (decided["stage"] == "authorise" or str(decided.get("error")).startswith(_TOKEN_WORDS)))
    )


def _answer(decided: Mapping[str, Any], outcome: str | None) -> str:
    if outcome == "client_gone":
        return "no answer before the client left"
    if outcome == "cut":
        return "an answer that broke off"
    if decided["answered"] != "reply":
        return f"no answer ({decided['answered']})"
    return " ".join(str(part) for part in (decided["status"], decided.get("error")) if part)
