"""Whether a client did the right thing next about each answer that wasn't good. Formulas: docs/verdict.md.

What passes with time is to be tried again with the same key; what doesn't is not, unless something is changed first.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, TypeAlias

from brownout.verdict.steps import WAITING

if TYPE_CHECKING:
    from brownout.verdict.attempts import Attempt
    from brownout.verdict.history import Scope
    from brownout.verdict.steps import Step

Values: TypeAlias = dict[str, dict[str, float | None]]

_UNKNOWN: Final = frozenset({"transport", "contract", "server"})
"""Classes after which a client can't know whether a write was executed."""
_RENEWABLE: Final = frozenset({"token_expired", "token_revoked"})
"""Refusals after which a new token helps."""
_PEAK_SECONDS: Final = 1.0


def mishandled(scope: Scope) -> Values:
    """Return how often the next action after a bad answer was the wrong one, and of which kind it was."""
    if not scope.whole:
        return {
            "mishandled": {"count": None, "rate": None},
            **{name: {"count": None} for name in _KINDS},
            **_amplification(scope),
        }
    ended_well = {one.key for one in scope.operations if one.good}
    kinds = {
        "mishandled.hopeless": [one for one in scope.steps if hopeless(one)],
        "mishandled.gave_up": [one for one in scope.steps if _gave_up(one) and one.before.key not in ended_well],
        "mishandled.unsafe_retry": [one for one in scope.steps if _unsafe(one)],
        "mishandled.changed_key": [one for one in scope.steps if _changed_key(one)],
    }
    wrong = len({one.before.number for each in kinds.values() for one in each})
    return {
        "mishandled": {"count": wrong, "rate": wrong / len(scope.attempts) if scope.attempts else None},
        **{name: {"count": len(each)} for name, each in kinds.items()},
        **_amplification(scope),
    }


_KINDS: Final = ("mishandled.hopeless", "mishandled.gave_up", "mishandled.unsafe_retry", "mishandled.changed_key")


def hopeless(step: Step) -> bool:
    """Return whether an attempt was repeated that no repeating mends: declined, wrong, or with the same bad token.

    Reading again what wasn't there is no such thing: it may be there later.
    """
    before, after = step.before, step.after
    if after is None or before.does == "read":
        return False
    if before.error == "auth":
        return before.does == "token" or (before.token is not None and before.token == after.token)
    return before.error in ("business", "client_bug") or before.mismatched


def failed_writes(scope: Scope) -> int:
    """Return how many attempts to change something ended badly, of those that name their operation."""
    return sum(one.error is not None and one.key is not None and one.changes for one in scope.attempts)


def _gave_up(step: Step) -> bool:
    """Return whether what a repeat may have mended wasn't repeated once."""
    if step.after is not None or step.number > 1 or not step.before.changes or step.before.mismatched:
        return False
    return step.before.error in WAITING or (step.before.error == "auth" and step.before.reason in _RENEWABLE)


def _in_the_dark(step: Step) -> Attempt | None:
    """Return the repeat of a write of which the client can't know whether it was executed, None if it is no such."""
    return step.after if step.before.changes and step.before.error in _UNKNOWN else None


def _unsafe(step: Step) -> bool:
    """Return whether that was repeated without what lets the provider see that it is a repeat."""
    after = _in_the_dark(step)
    return after is not None and (step.before.keyless or after.keyless)


def _changed_key(step: Step) -> bool:
    after = _in_the_dark(step)
    keys = (step.before.idempotency_key, after.idempotency_key) if after is not None else (None, None)
    return None not in keys and keys[0] != keys[1]


def _amplification(scope: Scope) -> Values:
    writes = [one for one in scope.attempts if one.key is not None and one.changes]
    retries, failed = sum(one.retry for one in writes), failed_writes(scope)
    wasted = sum(hopeless(one) for one in scope.steps)
    known = scope.whole
    return {
        "retry.peak": {"value": _peak(writes) if known else None},
        "retry.per_failed": {"value": round(retries / failed, 6) if known and failed else None},
        "retry.wasted": {
            "count": wasted if known else None,
            "rate": wasted / len(scope.attempts) if known and scope.attempts else None,
        },
    }


def _peak(writes: list[Attempt]) -> float | None:
    """Return the most writes for each first one, of any second; one without a first one counts as if it had one."""
    timed = [one for one in writes if one.at is not None]
    if not timed:
        return None
    since = min(one.at or 0.0 for one in timed)
    everything = Counter(int(((one.at or 0.0) - since) / _PEAK_SECONDS) for one in timed)
    firsts = Counter(int(((one.at or 0.0) - since) / _PEAK_SECONDS) for one in timed if not one.retry)
    return round(max(number / max(1, firsts[each]) for each, number in everything.items()), 6)
