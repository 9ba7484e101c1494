"""What a missed threshold probably says of a client, and what to do about it: a sentence for each metric."""

from __future__ import annotations

from typing import Final

ADVICE: Final[dict[str, str]] = {
    "goodput.rate": "orders are lost: errors by class and by phase say to what, and the advice on those says why",
    "honesty.gap": (
        "orders are claimed that aren't good: look at the status of each answer before you believe it, and send one "
        "idempotency key for all tries"
    ),
    "auth.failed": "a refused token ended orders: ask for a new one once, then send the same request again",
    "contract.failed": (
        "answers are read too strictly: let words and fields that you don't know be, and ask only for what you need"
    ),
    "recovery.time": (
        "the outage goes on after its end: bound queues and retries, let what is too old go, and come back one by one"
    ),
    "resilience.loss": (
        "too much is lost while the provider is in trouble: try again what passes with time, and spare what still works"
    ),
    "detection.time": "failures are noticed late: set a timeout for each request, and report what it ends at once",
    "op.co_gap": "orders wait for their turn: more workers, or none that hold everybody up",
    "throttled": "more is sent than a limit lets through: slow down before it refuses, and more so after it has",
    "retry.amplification": (
        "too much is tried again: give the process a budget for retries, and retry in one layer only"
    ),
    "retry.peak": "retries come in a flood: give the process a budget, such as 10% of its requests",
    "retry.per_failed": (
        "each failure is tried too often: give the process a budget for retries, and retry in one layer only"
    ),
    "retry.debt": "a backlog is left over from the outage: bound how long and how often an order is tried, then let go",
    "retry.wasted": "what no repeating mends is repeated: stop at refusals that are about the request itself",
    "retry.at_once": (
        "a refusal isn't believed while `remaining` says that something is left: a 429 counts whatever the "
        "headers say, so wait before you try again"
    ),
    "retry.growth": "the waits don't grow: double the bound from one failure to the next",
    "retry.dispersion": "all wait equally long, without jitter: draw the whole wait between 0 and the bound",
    "retry.wave": "all come back at the same moment, without jitter: draw the whole wait between 0 and the bound",
    "retry.fano": (
        "clients fail together and come back together: lower the rate after an outage, with a budget for retries"
    ),
    "retry.retrip": "the retries alone trip the limit again: lower the rate after an outage, with a budget for retries",
    "retry_after.honoured": (
        "Retry-After is ignored: read it, as seconds and as a date, before your own backoff has a say"
    ),
    "retry_after.early": (
        "Retry-After is ignored or cut short: read it, as seconds and as a date, before your own backoff has a say"
    ),
    "retry_after.overshoot": (
        "the waits are much longer than was asked: don't add a whole backoff to a long Retry-After"
    ),
    "retry_after.dispersion": (
        "all who were told the same come back together: wait Retry-After and a random part of it more"
    ),
    "retry_after.wave": "all who were told the same come back together: wait Retry-After and a random part of it more",
    "mishandled.hopeless": "what no repeating mends is repeated: stop at refusals that are about the request itself",
    "mishandled.gave_up": "what passes with time is given up: wait, then send the same again with the same key",
    "mishandled.unsafe_retry": "writes are repeated without an idempotency key: send one with each write",
    "mishandled.changed_key": (
        "each try has an idempotency key of its own: make the key once for each operation, and keep it for "
        "all its tries"
    ),
    "refresh.success": "renewals fail: try one that failed in time again, before the old token is at its end",
    "refresh.redundancy": "tokens are renewed more often than they end: share each one between all who use it",
    "refresh.overlapping": (
        "several renew one token at once: let one renew and all others wait for its result (single flight)"
    ),
    "refresh.proactive": "tokens are renewed only once they are refused: renew at 80% of `expires_in`",
    "credentials.lost": "a refresh token was used up or lost: store the new one before you use what came with it",
    "tokens.availability": "often no good token is at hand: renew before it ends, and retry a renewal that failed",
    "auth.stale": "an old token goes on being used: read the token anew for each attempt",
    "auth.scope_loops": (
        "a missing scope is taken for bad luck: stop at `insufficient_scope`, after one new token at most"
    ),
    "payments.duplicated": (
        "an order was charged again after a lost answer: send one idempotency key for all tries of it"
    ),
    "payments.lost": (
        "an order counts as paid that nobody charged, as when a 429 is swallowed: look at the status of each "
        "answer before you believe it"
    ),
    "payments.orphaned": (
        "an order counts as failed that was charged: say `unknown` after a lost answer, and look it up"
    ),
    "payments.unresolved": "the outcome was never found out: look orders in doubt up in the provider's list",
    "records.completeness": (
        "payments are missing from the books: look orders in doubt up in the provider's list, or listen to its webhooks"
    ),
    "records.precision": "the books have payments that don't exist: write one down once the provider has said its id",
    "staleness": "the books learn late of what was paid: listen to webhooks, and look orders in doubt up soon",
    "money.error": "the books are wrong by this much: compare them with the provider's list after each outage",
}
"""By metric. What isn't listed hangs on everything at once, or on nothing that a client does."""


def advice(metric: str) -> str | None:
    """Return what to do if a threshold on `metric` is missed, None where nothing general can be said.

    >>> advice("retry.growth")
    "the waits don't grow: double the bound from one failure to the next"
    """
    return ADVICE.get(metric)
