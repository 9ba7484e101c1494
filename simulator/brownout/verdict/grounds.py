"""What a verdict rests on, and what it can't see: for whoever doubts it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from brownout.verdict.attempts import MODELLED, NAMED, fidelity_of
from brownout.verdict.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from brownout.verdict.arm import ArmRun

CLASSES: Final = ("D0", "D1", "D2")
"""How far the seed repeats what was decided about an exchange: docs/determinism.md."""
WORSE: Final = (MODELLED, "generic", "conjured")
"""How an answer may come about, each less like the provider's own than the one before."""


def rests_on(runs: Sequence[ArmRun]) -> dict[str, Any]:
    """Return how repeatable the exchanges of all arms were, also of those that a fault struck, and what they called."""
    every: Counter[str] = Counter()
    struck: Counter[str] = Counter()
    called: Counter[str] = Counter()
    fidelity: dict[str, str] = {}
    for run in runs:
        for record in run.calls:
            decided = record["decided"]
            name = decided["operation"]
            fidelity[name] = max(fidelity_of(decided), fidelity.get(name, MODELLED), key=WORSE.index)
            every[decided["repeatability"]] += 1
            called[decided["operation"]] += 1
            if any(fired["state"] == "applied" for fired in decided["fired"]):
                struck[decided["repeatability"]] += 1
    return {
        "exchanges": _shares(every),
        "struck": _shares(struck),
        "operations": {name: {"fidelity": fidelity[name], "exchanges": called[name]} for name in sorted(called)},
    }


def _shares(found: Counter[str]) -> dict[str, Any]:
    """Return how many there are of each class, and their shares; None of nothing."""
    total = found.total()
    return {
        "count": total,
        "shares": {name: round(found[name] / total, 6) for name in CLASSES} if total else None,
        "by_class": {name: found[name] for name in CLASSES},
    }


def cant_see(runs: Sequence[ArmRun]) -> list[dict[str, str]]:
    """Return what could be otherwise without this verdict's telling, as far as it applies: in a word, and why."""
    return [{"what": what, "why": why} for what, why in _unseen(runs)]


def _unseen(runs: Sequence[ArmRun]) -> Iterator[tuple[str, str]]:
    records = [record for run in runs for record in run.calls]
    if any(not run.claims for run in runs):
        yield (
            "lost and orphaned payments",
            "a client made no claims: what it lost, orphaned or never resolved isn't measured, nor is money.error",
        )
    if evicted := sum(run.head.evicted for run in runs):
        yield "evicted exchanges", f"{counted(evicted, 'record')} of the journal had to make room for later ones"
    yield from _measured_how(runs)
    if any(one["decided"]["key_source"] not in NAMED for one in records if _writes(one["decided"])):
        yield (
            "writes without a business key",
            "nothing names the operation of some writes, so that a repeat of one can't be told from a new one",
        )
    depended = sum(one["decided"]["repeatability"] == "D2" for one in records)
    if depended:
        yield (
            "what the seed doesn't repeat",
            f"{counted(depended, 'exchange')} of {len(records):,} hung on time or on others (D2): the journal has them",
        )
    if records:
        yield (
            "who retried",
            "a retry that a provider's SDK makes by itself is an attempt like the client's own",
        )
        yield (
            "the real provider",
            "providers are emulated: what theirs does otherwise than its documentation is unknown",
        )
    yield "calls around Brownout", "a call to another host leaves no trace here, nor does money that it moved"


def _measured_how(runs: Sequence[ArmRun]) -> Iterator[tuple[str, str]]:
    heads = [run.head for run in runs]
    if any(head.simulated for head in heads):
        yield "time that work takes", "the run was simulated: nothing took time but what the scenario and waits say"
    elif any(head.loop_lag is not None for head in heads):
        yield "a real network", "clients and providers spoke over the loopback of one machine, and shared its cores"
        if len(heads) > 1:
            yield "arms side by side", "arms ran one after the other on the same cores, not at one time"
    if not all(head.open for head in heads):
        yield (
            "who would have come",
            "the load was closed: a slow provider slowed it down, and what would have come meanwhile isn't there",
        )


def _writes(decided: Any) -> bool:
    return (decided.get("does") or ("read" if decided["method"] == "GET" else "write")) == "write"
