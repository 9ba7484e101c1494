"""What a client did about each fault that it met: tried again with the same key, with another one, or never again.

Works on journal lines. Where a call has a business key, its next try is the client's next call of that operation with
that key. Where nothing names it, the same request sent again is taken for the next try. After a TLS handshake it is
whatever reaches that provider next: nobody has said who shakes hands.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from brownout.verdict.attempts import NAMED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Line: TypeAlias = "Mapping[str, Any]"

_PAID_AGAIN: Final = "PAID AGAIN"
_QUICK_SECONDS: Final = 5.0
"""A read of the same resource within that time of a lost answer counts as looking it up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """One exchange that a rule or a limit changed.

    `cause` is the rule's or limit's name, `subject` the business key or else the exchange's id. `saw` is what the
    client got, `then` what it did, `after_seconds` how long after this request it sent the next, None if it didn't.
    `unlearnt` is whether money moved, the client got no answer that says so, and didn't ask; `twice` whether the next
    try took money again, although nothing but its being the same request says that it was for the same thing.
    """

    cause: str
    operation: str
    subject: str
    exchange: str
    saw: str
    then: str
    after_seconds: float | None
    unlearnt: bool
    twice: bool


def aftermath(records: Sequence[Line]) -> Iterator[Met]:
    """Return, in the journal's order, everything that the client met and what it did about it."""
    followers = _followers(records)
    reads = _reads(records)
    for place, record in enumerate(records):
        causes = _causes(record["decided"])
        if not causes:
            continue
        follower = followers.get(place)
        then = _then(record, None if follower is None else records[follower])
        looked_up = _looked_up(record, reads) if follower is None and _failed(record) else None
        after = None if follower is None else _seconds_between(record, records[follower])
        for cause, effects in causes:
            yield Met(
                cause=cause,
                operation=record["decided"]["operation"],
                subject=_subject(record["decided"]),
                exchange=record["decided"]["id"],
                saw=_saw(record, effects),
                then=looked_up or then,
                after_seconds=after,
                twice=then.endswith(_PAID_AGAIN) and not _named(record["decided"]),
                unlearnt=follower is None and looked_up is None and _failed(record) and _captures(record),
            )


def _causes(decided: Line) -> list[tuple[str, str]]:
    found = [(one["rule"], ", ".join(one["effects"])) for one in decided["fired"] if one["state"] == "applied"]
    if decided.get("limit"):
        found.append((decided["limit"], "refused"))
    return found


def _followers(records: Sequence[Line]) -> dict[int, int]:
    """Return, by place, the place of the next try of the same call."""
    found: dict[int, int] = {}
    newest: dict[tuple[Any, ...], int] = {}
    shaken: dict[str, list[int]] = defaultdict(list)
    for place, record in enumerate(records):
        for shake in shaken.pop(_provider(record), ()):
            found[shake] = place
        if _is_handshake(record):
            shaken[_provider(record)].append(place)
            continue
        for slot in _slots(record):
            before = newest.get(slot)
            if before is not None:
                found.setdefault(before, place)
            newest[slot] = place
    return found


def _provider(record: Line) -> str:
    return str(record["decided"]["operation"]).partition(".")[0]


def _is_handshake(record: Line) -> bool:
    return bool(record["decided"]["answered"] == "certificate")


def _slots(record: Line) -> Iterator[tuple[Any, ...]]:
    """Yield what a call and its next try have in common."""
    decided, digest = record["decided"], (record.get("observed") or {}).get("request")
    who = decided["client"], decided["operation"]
    yield (*who, "key", decided["key"])
    if decided["key_source"] == "counted" and digest is not None and decided.get("does") == "write":
        yield (*who, "request", decided["path"], digest)


def _reads(records: Sequence[Line]) -> dict[tuple[str, str], list[Line]]:
    found: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for record in records:
        decided = record["decided"]
        if decided.get("does") == "read":
            found[decided["client"], decided["operation"].rpartition(".")[0]].append(record)
    return found


def _looked_up(record: Line, reads: Mapping[tuple[str, str], Sequence[Line]]) -> str | None:
    decided = record["decided"]
    if decided.get("does") != "write":
        return None
    for read in reads.get((decided["client"], decided["operation"].rpartition(".")[0]), ()):
        after = _seconds_between(record, read)
        if after is not None and 0 < after < _QUICK_SECONDS:
            return f"looked it up with {read['decided']['operation']}, and didn't try again"
    return None


def _then(record: Line, follower: Line | None) -> str:
    """Return what the client did next about a call."""
    write = record["decided"].get("does") == "write"
    if _is_handshake(record):
        if (record.get("observed") or {}).get("outcome") == "sent":
            return "SENT ITS REQUEST over it: it doesn't check certificates"
        return "never came again" if follower is None else "connected again"
    if follower is None:
        if not _failed(record):
            return "went on"
        return "never tried again" if write else "never asked again"
    how = _with_which_key(record, follower) if write else "asked again"
    return f"{how}: {_came_of(record, follower)}"


def _with_which_key(record: Line, follower: Line) -> str:
    first, second = ((one.get("observed") or {}).get("idempotency_key") for one in (record, follower))
    if second is None:
        return "tried again without an idempotency key"
    if first is None:
        return "tried again with an idempotency key this time"
    return f"tried again with {'the same' if first == second else 'another'} idempotency key"


def _came_of(record: Line, follower: Line) -> str:
    """Return what a next try led to."""
    decided = follower["decided"]
    if decided.get("idempotency") == "replay":
        return "got the first try's answer"
    if _failed(follower):
        return _answer(follower)
    if _captures(follower):
        return _PAID_AGAIN if _captures(record) else "paid"
    return "done" if decided.get("does") == "write" else "answered"


def _captures(record: Line) -> bool:
    return any(effect.endswith("/capture") for effect in record["decided"]["effects"])


def _failed(record: Line) -> bool:
    """Return whether the client got no answer, or a refusal."""
    decided = record["decided"]
    gone = (record.get("observed") or {}).get("outcome") in ("client_gone", "cut")
    return bool(decided["answered"] != "reply" or decided["status"] >= 400 or gone)


def _answer(record: Line) -> str:
    decided = record["decided"]
    if _is_handshake(record):
        return str(decided.get("error") or "a bad certificate").replace("_", " ", 1)
    if (record.get("observed") or {}).get("outcome") == "client_gone":
        return "left before the answer"
    if (record.get("observed") or {}).get("outcome") == "cut":
        return "an answer that broke off"
    if decided["answered"] != "reply":
        return f"no answer ({decided['answered']})"
    return " ".join(str(part) for part in (decided["status"], decided.get("error")) if part)


def _saw(record: Line, effects: str) -> str:
    """Return what the client got, and what had really happened by then."""
    decided = record["decided"]
    said = _answer(record) if _failed(record) else f"{effects}, then {decided['status']}"
    if not _failed(record):
        return said
    if _captures(record):
        return f"{said}, but the money had moved"
    if decided["effects"] or decided["objects"]:
        return f"{said}, but it was done"
    return said


def _subject(decided: Line) -> str:
    return str(decided["key"] if _named(decided) else decided["id"])


def _named(decided: Line) -> bool:
    return decided["key_source"] in NAMED


def _seconds_between(record: Line, later: Line) -> float | None:
    first, second = ((one.get("observed") or {}).get("wall_at") for one in (record, later))
    return float(second - first) if isinstance(first, int | float) and isinstance(second, int | float) else None
