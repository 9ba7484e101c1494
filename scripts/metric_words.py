"""What docs/metrics.md says of each metric: its formula, what to aim at, and what to do."""

from __future__ import annotations

from typing import Final, NamedTuple


class Words(NamedTuple):
    """How a metric is reckoned, what a good value of it is and what a bad one."""

    formula: str
    aim: str


WORDS: Final[dict[str, Words]] = {
    "operations": Words(
        "business keys with a claim or a charge; without claims, those that requests name",
        "as many as were planned; fewer were never sent",
    ),
    "operations.ok": Words(
        "claimed `ok`, and their share of the operations",
        "only as good as it is true: close to `operations.good`",
    ),
    "operations.good": Words(
        "claimed `ok` and charged exactly once, or rightly not at all",
        "a share near 1, less what was rightly declined",
    ),
    "operations.failed": Words(
        "claimed `fail`",
        "what is declined on purpose, and no more",
    ),
    "goodput": Words(
        "good operations, divided by the seconds of the load or the phase",
        "the load's rate; in a storm as much of it as the faults leave",
    ),
    "goodput.rate": Words(
        "good operations, divided by those that were planned: what was never sent counts against it",
        "1 less what was rightly declined; below 0.9 a client that tries again would have saved orders",
    ),
    "availability.rate": Words(
        "claimed `ok`, divided by those that were planned; the unsent count against it too",
        "equal to `goodput.rate`; anything above it is believed and isn't so",
    ),
    "honesty.gap": Words(
        "`availability.rate` \u2212 `goodput.rate`: what the client believes beyond what is so",
        "0; anything above is an order that somebody thinks is paid, or that was paid twice",
    ),
    "errors": Words(
        "planned operations that aren't good, the unsent too; the rate is 1 \u2212 `goodput.rate`",
        "a rate near 0, whatever the wire did",
    ),
    "auth.failed": Words(
        "operations that ended badly with class `auth`, and their share of those planned",
        "0: a token that has ended is no reason to lose an order",
    ),
    "contract.failed": Words(
        "operations that ended badly with class `contract`, and their share of those planned",
        "0: providers add fields and words without notice",
    ),
    "op.latency": Words(
        "from an operation's scheduled start to when the client knew",
        "the same order of magnitude as `op.service`; seconds beyond it were spent waiting for a turn",
    ),
    "op.service": Words(
        "from when an operation really began to when the client knew",
        "what the calls take; much more is time spent in retries",
    ),
    "op.co_gap": Words(
        "p(99) of `op.latency` \u2212 p(99) of `op.service`: the wait for a turn",
        "near 0; seconds say that operations queue inside the client",
    ),
    "recovery.ratio": Words(
        "of the operations that a fault struck, the share that is good",
        "near 1: what a fault struck was tried again, or looked up",
    ),
    "collateral": Words(
        "of the operations that no fault struck, the share that isn't good",
        "0: a fault at one operation takes no other with it",
    ),
    "recovery.time": Words(
        "from the end of the trouble to when all is as before it",
        "a second or two; as long as the outage itself says that a backlog keeps it going",
    ),
    "resilience.loss": Words(
        "seconds' worth of goodput that was missing, from the beginning of the trouble to the recovery",
        "near 0; the length of the outage says that nothing was saved",
    ),
    "detection.time": Words(
        "from the first fault to the first claim of `fail` or `unknown`, or one that names an error",
        "about one timeout; minutes say that nobody looks",
    ),
    "wire.errors": Words(
        "attempts that ended badly, and their share of all attempts",
        "what the faults make, and little more: retries that knock in vain add to it",
    ),
    "throttled": Words(
        "attempts with class `throttle`, and their share of all attempts",
        "near 0 for a client that paces itself",
    ),
    "retry.amplification": Words(
        "writes that name an operation, for each operation and endpoint that they name",
        "1 without retries, below 1.5 in a storm; 4 is 4 times the load for a provider in trouble",
    ),
    "retry.peak": Words(
        (
            "writes that name an operation, divided by the first ones among them, in the worst second; one "
            "without a first one counts as if it had one"
        ),
        "2 at most; many times the first tries is a flood",
    ),
    "retry.per_failed": Words(
        "writes that repeat one, for each write that ended badly",
        "1 at most",
    ),
    "retry.debt": Words(
        "operations due before the end of the trouble of which nothing had been claimed by then",
        "what is under way at any time (rate × latency); more is a backlog",
    ),
    "retry.wasted": Words(
        "attempts repeated that no repeating mends, and their share of all attempts",
        "0",
    ),
    "retry.at_once": Words(
        (
            "retries less than 50 ms after a limit's refusal that didn't say when to come back, and their share "
            "of the retries after such"
        ),
        "near 0; full jitter under a bound of 1 s makes it 0.05",
    ),
    "retry.growth": Words(
        "median of a wait divided by the one before it",
        "2 for doubling; 1 says that the waits don't grow",
    ),
    "retry.dispersion": Words(
        "standard deviation of the waits after a first failure, divided by their mean",
        "0.58 for full jitter; 0 for none",
    ),
    "retry.wave": Words(
        "the largest share of the waits after a first failure that end within the same 100 ms",
        "0.2 for full jitter under a bound of 0.5 s; 1 if all come back together",
    ),
    "retry.fano": Words(
        "variance of how many retries arrived in each 100 ms, divided by their mean",
        "1 is chance; the number of retries is all of them at once",
    ),
    "retry.retrip": Words(
        "the most retries that a limit had refused and that arrived at once, divided by what it lets through",
        "1 at most; more trips the limit again",
    ),
    "retry_after.honoured": Words(
        "retries that came no earlier than they were told to, and their share of those that were told",
        "a rate of 1",
    ),
    "retry_after.early": Words(
        "by how much retries came before they were told to; 0 if none did",
        "0",
    ),
    "retry_after.overshoot": Words(
        "median of (wait \u2212 told) / told",
        "0.1 to 0.5; above 1 most of the wait is idle",
    ),
    "retry_after.dispersion": Words(
        "standard deviation of (wait \u2212 told) / told",
        "0.29 for a random part of up to the time told; 0 for none",
    ),
    "retry_after.wave": Words(
        "the largest share of wait \u2212 told within the same 100 ms",
        "below 0.35; 1 if all come at the moment they were told",
    ),
    "mishandled": Words(
        ("attempts that ended badly and about which the wrong thing was done next, and their share of all attempts"),
        "0",
    ),
    "mishandled.hopeless": Words(
        "attempts that ended badly and were repeated though no repeating mends them",
        "0",
    ),
    "mishandled.gave_up": Words(
        "attempts never repeated though that may have mended them, of operations that aren't good",
        "0, but for what is too old to be of use",
    ),
    "mishandled.unsafe_retry": Words(
        "writes of unknown outcome repeated without an idempotency key, where one could be given",
        "0: each may be a second charge",
    ),
    "mishandled.changed_key": Words(
        "writes of unknown outcome repeated with another idempotency key",
        "0: each may be a second charge",
    ),
    "refresh.success": Words(
        "calls for tokens after a credential's first good one that were answered well, and their share",
        "near 1; it may be lower if the token endpoint is struck",
    ),
    "refresh.redundancy": Words(
        "good calls for tokens after a credential's first good one, divided by how often a token ended; 1 is ideal",
        "1; more is renewed in vain, less says that tokens end and nobody renews them",
    ),
    "refresh.overlapping": Words(
        "times when more than one call for the tokens of one credential was under way",
        "0",
    ),
    "refresh.proactive": Words(
        "refreshes that came before the token at hand had ended, and their share",
        "a rate of 1 where tokens aren't revoked",
    ),
    "credentials.lost": Words(
        "credentials whose last call for tokens was refused (class `auth`), and their share",
        "0: each is a user who has to sign in again",
    ),
    "tokens.availability": Words(
        "the share of the time that a credential had a good token, averaged over credentials",
        "near 1",
    ),
    "auth.stale": Words(
        "requests refused with an old token more than 50 ms after a newer one had arrived",
        "0",
    ),
    "auth.scope_loops": Words(
        "requests repeated without the scope that they lacked",
        "0",
    ),
    "payments.duplicated": Words(
        "payments beyond the first that stand for a key",
        "0: each is somebody who paid twice",
    ),
    "payments.lost": Words(
        "claimed `ok`, never charged",
        "0: each is a parcel that nobody paid for",
    ),
    "payments.orphaned": Words(
        "claimed `fail`, charged and not given back",
        "0: each is somebody who paid and got nothing",
    ),
    "payments.unresolved": Words(
        "claimed `unknown`, or charged without any claim",
        "0 at the end; some for a while",
    ),
    "money.error": Words(
        "the difference between what moved and what is claimed, added up without sign, in minor units",
        "0",
    ),
    "records.completeness": Words(
        "payments that are both claimed and in the ledger, divided by those in the ledger",
        "1",
    ),
    "records.precision": Words(
        "payments that are both claimed and in the ledger, divided by those claimed",
        "1",
    ),
    "staleness": Words(
        "from when a payment took money to when the client knew of it",
        "below a second with webhooks; as long as the next reconciliation takes without",
    ),
    "ledger.violations": Words(
        "entries that don't balance, more captured than authorised, more refunded than captured",
        "0, always",
    ),
}

REMEDIES: Final[dict[str, str]] = {
    "operations": "if fewer ran than were planned, look at the generator: its lag, and what it left out",
    "operations.ok": "gate on `operations.good` or `goodput.rate` instead, and look at `honesty.gap`",
    "operations.good": (
        "see which of `payments.lost`, `payments.duplicated`, `payments.orphaned` and `payments.unresolved` isn't 0"
    ),
    "operations.failed": "look at the errors by class: those of `business` are right, the others were given up",
    "goodput": "compare it with the load's rate, and see `goodput.rate` for what is missing",
    "availability.rate": "gate on `goodput.rate` instead, and look at `honesty.gap`",
    "errors": "look at the errors by class and by phase: each class has its own right next step",
    "op.latency": "see whether `op.co_gap` or `op.service` is what grew: a queue, or slow calls and retries",
    "op.service": "bound each request by a timeout, and what all tries of an operation may take together by a deadline",
    "recovery.ratio": "try again what passes with time, with the same key, and look up what stays in doubt",
    "collateral": "keep what a fault doesn't touch apart from what it does: own pools, own queues, own breakers",
    "wire.errors": "faults make most of it; if `retry.amplification` is high too, wait longer between tries",
    "mishandled": (
        "its four kinds say which step was wrong: see `mishandled.hopeless`, `.gave_up`, `.unsafe_retry`, "
        "`.changed_key`"
    ),
    "ledger.violations": "report it: no client can bring it about",
}
"""What to do about metrics on which the verdict itself has no advice: they hang on everything at once."""

SUMS: Final[dict[str, str]] = {
    "operations.ok": "ok / operations",
    "operations.good": "good / operations",
    "operations.failed": "fail / operations",
    "goodput": "good / seconds",
    "goodput.rate": "good / planned",
    "availability.rate": "ok / planned",
    "honesty.gap": "(ok - good) / planned",
    "errors": "(planned - good) / planned",
    "auth.failed": "not good, of class auth / planned",
    "contract.failed": "not good, of class contract / planned",
    "op.latency": "at - scheduled_at",
    "op.service": "at - started_at",
    "op.co_gap": "p(99) of (at - scheduled_at) - p(99) of (at - started_at)",
    "recovery.ratio": "struck and good / struck",
    "collateral": "spared and not good / spared",
    "recovery.time": (
        "least t: in each window from t on, share good >= 0.95 of before, and p(95) <= 1.2 of before or before + 50 ms"
    ),
    "resilience.loss": "sum of (1 - goodput / goodput before) * seconds",
    "detection.time": "first report - first fault",
    "wire.errors": "ended badly / attempts",
    "throttled": "of class throttle / attempts",
    "retry.amplification": "writes / first writes",
    "retry.peak": "most of: writes in a second / max(1, first writes in it)",
    "retry.per_failed": "repeated writes / writes that ended badly",
    "retry.debt": "operations with due < end of trouble < first claim",
    "retry.wasted": "hopeless repeats / attempts",
    "retry.at_once": "waits < 50 ms / waits after a refusal that told nothing",
    "retry.growth": "median of wait n+1 / wait n",
    "retry.dispersion": "standard deviation of first waits / their mean",
    "retry.wave": "most first waits within 100 ms / first waits",
    "retry.fano": "variance of n / mean of n, with n the retries in each 100 ms",
    "retry.retrip": "most retries within w / (rate * w), with w = max(100 ms, 1 / rate)",
    "retry_after.honoured": "waits >= told - 50 ms / waits that were told (1 s instead where a date told it)",
    "retry_after.early": "told - wait, of those not honoured",
    "retry_after.overshoot": "median of (wait - told) / told",
    "retry_after.dispersion": "standard deviation of (wait - told) / told",
    "retry_after.wave": "most of (wait - told) within 100 ms / waits that were told",
    "mishandled": "wrong next steps / attempts",
    "refresh.success": "good renewals / renewals",
    "refresh.redundancy": "good renewals / max(1, ends of tokens)",
    "refresh.proactive": "renewals before the end / renewals",
    "credentials.lost": "credentials refused at last / credentials",
    "tokens.availability": "mean over credentials of: time with a good token / time since its first call",
    "payments.duplicated": "sum of max(0, payments - 1) over keys",
    "money.error": "sum of |moved - claimed|",
    "records.completeness": "in both / in the ledger",
    "records.precision": "in both / on the books",
    "staleness": "seen_at or at - captured at",
}
"""Formulas as sums, of the rate where there is one; what isn't here is counted."""

MORE: Final[dict[str, tuple[str, ...]]] = {
    "recovery": ("recovery.time", "resilience.loss", "detection.time", "retry.debt"),
    "records": ("records.completeness", "records.precision", "staleness"),
    "what-was-done-next": ("retry.wasted", "mishandled"),
    "retries-seen-from-the-server": ("retry.", "retry_after."),
    "tokens": ("refresh.", "credentials.", "tokens.", "auth.s"),
    "classes-of-errors": ("errors", "auth.failed", "contract.failed", "wire.errors", "throttled"),
    "what-is-compared": ("operations", "payments.", "money.", "honesty."),
    "metrics": ("op.",),
}
"""Where docs/verdict.md has more, by how names of metrics begin; the first that fits counts."""
