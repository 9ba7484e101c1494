"""The part of the JSON Schema of `verdict.json` that is about one arm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from brownout.core.metrics import METRICS, is_share
from brownout.verdict.schema_words import (
    INTERVAL,
    OPEN_INTERVAL,
    closed,
    count,
    described,
    flag,
    listed,
    mapped,
    number,
    or_null,
    seconds,
    share,
    status,
    text,
    texts,
    whole,
)
from brownout.verdict.words import CLASSES

if TYPE_CHECKING:
    from brownout.verdict.schema_words import Schema

_LENGTHS: Final = {
    "measured": count("How many lengths are known."),
    **{f"p{each}_seconds": or_null(seconds(f"{each} in 100 were no longer.")) for each in (50, 95, 99)},
    "max_seconds": or_null(seconds("The longest.")),
}
_WITH_INTERVALS: Final = {
    **_LENGTHS,
    **{f"p{each}_interval": or_null(OPEN_INTERVAL) for each in (50, 95, 99)},
}
_BY_CLASS: Final = described("Numbers by class of error, most first; `unsent` and the like are classes too.",
                              type="object", additionalProperties={"type": "integer", "minimum": 1})  # fmt: skip
_COLUMN: Final = listed("A number for each bucket.", {"type": "integer", "minimum": 0})
_COLUMNS: Final = mapped("A column for each name.", _COLUMN)
_LENGTHS_COLUMN: Final = listed(
    "A length for each bucket, null where nothing was measured.", {"type": ["number", "null"]}
)


def definitions() -> dict[str, Schema]:
    """Return the schema of an arm, and of what is in it, by name."""
    return {
        "arm": _arm(),
        "metrics": _metrics(),
        "intervals": _intervals(),
        "interval_methods": described(
            "How each interval was come by.",
            type="object",
            properties={name: {"enum": ["wilson", "bootstrap"]} for name in _shares()},
            additionalProperties=False,
        ),
        "latency": closed(
            "Lengths of time from the scheduled start.",
            **_WITH_INTERVALS,
            co_gap_seconds=or_null(number("How much of the 99th percentile was waiting for a turn.")),
            good=closed("Of good operations.", **_WITH_INTERVALS),
            failed=closed("Of the others.", **_WITH_INTERVALS),
        ),
        "lag": closed(
            "How late the generator was.",
            **_LENGTHS,
            late_share=or_null(share("The share of operations more than 50 ms late.")),
        ),
        "check": _check(),
        "finding": _finding(),
        "staleness": _staleness(),
    }


def _metrics() -> Schema:
    """Return every metric with what can be asked of it; null is not measured."""
    return closed(
        "Every metric; lengths of time are seconds, and null is not measured.",
        **{
            name: closed(
                metric.meaning, **{each: {"type": ["number", "null"]} for each in metric.aggregations}
            )
            for name, metric in METRICS.items()
        },
    )  # fmt: skip


def _shares() -> list[str]:
    return [name for name, metric in METRICS.items() if any(is_share(name, each) for each in metric.aggregations)]


def _intervals() -> Schema:
    return described(
        "The 95% interval of each share that is measured.",
        type="object",
        properties=dict.fromkeys(_shares(), INTERVAL),
        additionalProperties=False,
    )


def _phase() -> Schema:
    return closed(
        "A phase of an arm: its operations are those that were due in it.",
        name=text("Its name."),
        duration_seconds=or_null(seconds("How long operations began.")),
        operations=count("How many there were."),
        unsent=count("How many more there should have been."),
        metrics={"$ref": "#/$defs/metrics"},
        intervals={"$ref": "#/$defs/intervals"},
        interval_methods={"$ref": "#/$defs/interval_methods"},
        errors=_BY_CLASS,
        attempt_errors=_BY_CLASS,
        latency={"$ref": "#/$defs/latency"},
        lag={"$ref": "#/$defs/lag"},
    )


def _check() -> Schema:
    return closed(
        "What was asked, and what it came to.",
        arm=text("The arm."),
        metric=described("The metric.", enum=list(METRICS)),
        phase=or_null(text("The phase, null for the whole run.")),
        client=or_null(text("The clients it is about, null for all.")),
        operation=or_null(text("The operations it is about, null for all.")),
        assertion=text("What must hold."),
        gate=flag("Whether it is marked so."),
        decides=flag("Whether the arm's status hangs on it."),
        value=or_null(number("What it came to, null for not measured.")),
        censored=flag("Whether the value is only the least that it can be."),
        interval=or_null(INTERVAL),
        family=or_null(whole("Over how many lines the risk of a failure by chance is shared.", 1)),
        by_chance=or_null(share("How often a client just at the bound looks as bad.")),
        holds=or_null(flag("Whether it holds, null for unknown.")),
        message=text("The same in a sentence."),
        advice=or_null(text("What to do about a miss.")),
    )


def _finding() -> Schema:
    found = closed(
        "Something that went wrong.",
        kind=text("What kind of thing."),
        arm=text("The arm."),
        key=text("The business key of the operation, or the object that broke a rule."),
        message=text("A sentence."),
        exchanges=texts("The exchanges to explain."),
    )
    found["properties"] |= {
        "phase": or_null(text("The phase that it was due in.")),
        "amount_minor": or_null(whole("Its amount, in minor units.")),
        "currency": text("Its currency, empty if unknown."),
        "payments": texts("The payments of its key."),
        "error": described("The class of error.", enum=sorted(CLASSES)),
        "count": count("How many operations ended so; this is the first."),
        "rule": text("The rule about money that was broken."),
    }
    return found


def _staleness() -> Schema:
    figures = {
        "payments": count("How many there were to know of."),
        "never_known": count("Of how many the client never knew."),
        **{f"{each}_seconds": or_null(number("From the ledger to the client.")) for each in ("p50", "p95", "max")},
    }
    return closed(
        "How long after money moved the client knew.",
        **figures,
        clients=count("How many clients there were."),
        by_client=mapped("The same for each client.", closed("A client.", **figures)),
    )


def _rule() -> Schema:
    return closed(
        "How often a rule should have fired, and did.",
        name=text("The rule."),
        kind=text("Its fault."),
        target=text("Where it strikes."),
        phase=or_null(text("The phase in which alone it is in force.")),
        how_often=text("In its own words."),
        matched=or_null(count("How many requests it was about, null where the journal can't tell.")),
        expected=or_null(number("How often it should have fired.")),
        fired=count("How often it did, and changed something."),
        idle=count("How often it fired and changed nothing."),
        interval=or_null(INTERVAL),
    )


def _arm() -> Schema:
    return closed(
        "One client's run.",
        status=status("How it did by itself."),
        client=text("What played it."),
        control=flag("Whether it is there to show the failure."),
        decides=flag("Whether the verdict hangs on it."),
        metrics={"$ref": "#/$defs/metrics"},
        intervals={"$ref": "#/$defs/intervals"},
        interval_methods={"$ref": "#/$defs/interval_methods"},
        censored=texts("Metrics whose value is only the least that it can be."),
        backoff=closed(
            "The waits before retries, by how many failures in a row they came after.",
            by_failures=listed(
                "One for each number of failures.",
                closed(
                    "Waits.",
                    failures=whole("How many failures before.", 1),
                    retries=whole("How many waits.", 1),
                    p50_seconds=or_null(seconds("Half were no longer.")),
                    dispersion=or_null(number("Standard deviation by mean.")),
                    wave=or_null(share("The largest share within 100 ms.")),
                ),
            ),
            capped_seconds=or_null(seconds("The longest wait.")),
        ),
        errors=closed("How things ended badly.", operations=_BY_CLASS, attempts=_BY_CLASS),
        money=mapped("What moved, by currency.", _money()),
        orders=closed(
            "How many operations were to be.",
            planned=or_null(count("How many were planned, null where nobody planned them.")),
            claimed=or_null(count("How many claims there are, null of a client that makes none.")),
        ),
        rules=listed("What the rules did.", _rule()),
        limits=listed(
            "What the limits refused.",
            closed("A limit.", name=text("Its name."), phase=or_null(text("Its phase.")),
                    refused=count("How many requests.")),
        ),
        lag={"$ref": "#/$defs/lag"},
        server=closed(
            "How late and how busy Brownout itself was.",
            loop_lag=or_null({"type": "object", "description": "How long its event loop let calls wait."}),
            seconds=count("Seconds that had requests."),
            seconds_full=count("Those of which it took more than half."),
            busy_share=or_null(number("Its own work, as a share of these seconds.")),
            busiest_second_share=or_null(number("The same of the worst second.")),
        ),
        latency={"$ref": "#/$defs/latency"},
        service=closed("Lengths of time from when operations began.", **_WITH_INTERVALS),
        phases=listed("Its phases.", _phase()),
        exchanges=count("How many records the journal has."),
        exchanges_evicted=count("How many had to make room."),
        thresholds=listed("What was asked of it.", {"$ref": "#/$defs/check"}),
        steady_state=listed("What had to hold before and after.", {"$ref": "#/$defs/check"}),
        invariants=listed("What the scenario's own functions found.", _invariant()),
        aborted=or_null(
            closed("What ended its load early.", check={"$ref": "#/$defs/check"},
                    after_seconds=seconds("When that was."))
        ),
        warnings=texts("What it missed that doesn't decide."),
        doubts=texts("Why nobody can tell how it did."),
        findings=listed("What went wrong, worst first.", {"$ref": "#/$defs/finding"}),
        trouble=or_null(
            closed(
                "When the planned trouble was, in seconds since the load began.",
                began_seconds=number("When it began."),
                ended_seconds=number("When it was over."),
                recovered=or_null(flag("Whether the client was seen to recover, null if that can't be told.")),
            )
        ),
        staleness=or_null({"$ref": "#/$defs/staleness"}),
        timeline=_timeline(),
    )  # fmt: skip


def _money() -> Schema:
    found = closed("Sums in minor units.", captured_minor=whole("Charged."), refunded_minor=whole("Given back."),
                    captures=count("How many charges."))  # fmt: skip
    found["properties"] |= {
        "expected_minor": whole("What the client expects to have been charged; with claims only."),
        "error_minor": whole("By how much operations are off; with claims only."),
    }
    return found


def _invariant() -> Schema:
    return closed(
        "One of the scenario's own functions.",
        name=text("MODULE:FUNCTION."),
        holds=or_null(flag("Whether it found nothing, null if it couldn't be asked.")),
        count=count("How many violations it found."),
        violations=texts("The first of them."),
        message=text("The same in a sentence."),
    )


def _timeline() -> Schema:
    return closed(
        "Columns of numbers over time, a bucket each.",
        bucket_seconds=seconds("How long a bucket is."),
        at=listed("When each begins, in seconds.", {"type": "number"}),
        scheduled=_COLUMN,
        good=_COLUMN,
        failed=_COLUMNS,
        latency_p50_seconds=_LENGTHS_COLUMN,
        latency_p95_seconds=_LENGTHS_COLUMN,
        requests=_COLUMN,
        retries=_COLUMN,
        token_requests=_COLUMN,
        errors=_COLUMNS,
        faults=_COLUMNS,
    )
