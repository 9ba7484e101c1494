"""Two histories for each metric that is about retries, see `metric_stories`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metric_stories import NEITHER, Pair, orders, well
from metric_tale import TAKES, Tale, Try

if TYPE_CHECKING:
    from collections.abc import Sequence

SPREAD = (0.31, 0.07, 0.88, 0.52, 0.16, 0.71, 0.43, 0.97, 0.62, 0.24, 0.79, 0.37)
"""Shares of a bound, as jitter draws them."""
SLOW = {"limited": {"rate": 2.0}}


def after(begins: float, *waits: float, failed: str = "503", last: str = "good", **about: Any) -> tuple[Try, ...]:
    """Return tries that fail until the last, each so long after the answer before it."""
    at, found = begins, []
    for wait in waits:
        found.append((at, failed, about))
        at += about.get("takes", TAKES) + wait
    return (*found, (at, last, {"takes": about.get("takes", TAKES)}))


def together(waits: Sequence[float], *, apart: float = 0.0, failed: str = "503", **about: Any) -> Tale:
    """Return orders that fail at the same moment, or `apart`, and wait so long."""
    return orders(
        *(after(number * apart, wait, failed=failed, takes=0.1, **about) for number, wait in enumerate(waits))
    )


def _errors(*, good: bool) -> Tale:
    return orders(after(0.0, 1.6), after(0.5, 1.8)) if good else orders(after(0.0, *[0.2] * 4), after(0.5, *[0.2] * 4))


def _paced(apart: float) -> Tale:
    told, free = Tale(), -1.0
    for number in range(6):
        at, tries = number * apart, []
        if at < free:
            tries.append((at, "429", {"takes": 0.1}))
            at = free + number * 0.3
        free = max(free, at + 0.45)
        told.order(f"order {number + 1}", *tries, (at, "good", {"takes": 0.1}))
    return told


def _hedged(repeats: int) -> Tale:
    told = well(1)
    more: list[Try] = [(1.8 + 0.05 * each, "good", {"idempotency": "a"}) for each in range(repeats)]
    return told.order("order 2", (1.0, "503", {"idempotency": "a"}), *more)


def _flood(*, good: bool) -> Tale:
    told = well(3)
    for number in range(4):
        late = 1.0 + number * 1.1 if good else 1.7
        told.order(f"order {number + 4}", *after(0.5 + number * 0.2, late - number * 0.2, takes=0.1))
    return told


def _declined(tries: int) -> Tale:
    found: list[Try] = [(1.0 + number * 0.7, "402") for number in range(tries)]
    return well(1).order("order 2", *found, says="fail")


def _mixed(*, good: bool) -> Tale:
    told = well(1)
    if good:
        told.order("order 2", (1.0, "402"), says="fail")
        return told.order("order 3", *after(1.5, 0.8))
    told.order("order 2", (1.0, "402"), (1.6, "402"), says="fail")
    return told.order("order 3", (1.5, "503"), says="fail")


def _passes(*, good: bool) -> Tale:
    return well(1).order("order 2", *after(1.0, 1.0)) if good else well(1).order("order 2", (1.0, "503"), says="fail")


def _keyed(first: str | None, second: str | None) -> Tale:
    def about(key: str | None) -> dict[str, Any]:
        return {"idempotency": key, "keyless": key is None}

    paid = (1.1,) if first == second and first else (1.1, 2.1)
    return well(1).order("order 2", (1.0, "lost", about(first)), (2.0, "good", about(second)), paid=paid)


def _at(moments: Sequence[float]) -> Tale:
    """Return orders that a limit of 2 a second refused together, and that come back at these moments."""
    return orders(*(after(0.0, at - 0.1, failed="429", takes=0.1, **SLOW) for at in moments))


PAIRS = (
    Pair(
        metrics=("wire.errors",),
        good=lambda: _errors(good=True),
        bad=lambda: _errors(good=False),
        sees=("each order fails once and comes back when it has passed", "each knocks four times in the meantime"),
    ),
    Pair(
        metrics=("throttled",),
        good=lambda: _paced(0.5),
        bad=lambda: _paced(0.1),
        sees=("six orders at the pace that the limit lets through", "six at once: all but the first are refused"),
    ),
    Pair(
        metrics=("retry.amplification",),
        good=lambda: orders(((0.0, "good"),), after(0.5, 1.0), ((1.0, "good"),)),
        bad=lambda: orders(after(0.0, *[0.3] * 3), after(0.5, *[0.3] * 3), after(1.0, *[0.3] * 3)),
        sees=("three orders, one of them tried twice", "each is tried four times: two layers that retry multiply"),
    ),
    Pair(
        metrics=("retry.peak",),
        good=lambda: _flood(good=True),
        bad=lambda: _flood(good=False),
        sees=("what failed comes back one by one", "it comes back in one second"),
    ),
    Pair(
        metrics=("retry.per_failed",),
        good=lambda: _hedged(1),
        bad=lambda: _hedged(4),
        sees=("one failure, one repeat", "one failure, four repeats at once"),
    ),
    Pair(
        metrics=("retry.wasted", "mishandled.hopeless"),
        good=lambda: _declined(1),
        bad=lambda: _declined(4),
        sees=("a declined card is left at that", "it is tried three times more"),
    ),
    Pair(
        metrics=("retry.at_once",),
        good=lambda: orders(after(0.0, 0.8, failed="429"), after(0.5, 1.1, failed="429")),
        bad=lambda: orders(after(0.0, *[0.02] * 4, failed="429"), after(0.5, *[0.02] * 4, failed="429")),
        sees=("a refusal is followed by a wait", "by the next try, at once"),
    ),
    Pair(
        metrics=("retry.growth",),
        good=lambda: orders(after(0.0, 0.4, 0.8, 1.6), after(0.5, 0.4, 0.8, 1.6)),
        bad=lambda: orders(after(0.0, *[0.4] * 4), after(0.5, *[0.4] * 4)),
        names=NEITHER,
        sees=(
            "each wait is twice the one before it",
            ("all are alike: 1. Much above 2 is no better, for then the last wait is idle time"),
        ),
    ),
    Pair(
        metrics=("retry.wave", "retry.dispersion"),
        good=lambda: together([0.1 + 1.4 * one for one in SPREAD]),
        bad=lambda: together([1.0] * len(SPREAD)),
        view="thin",
        sees=("twelve orders fail together and come back apart", "all come back at the same moment"),
    ),
    Pair(
        metrics=("retry.fano",),
        good=lambda: together([0.5] * 12, apart=0.25),
        bad=lambda: together([3.25 - number * 0.25 for number in range(12)], apart=0.25),
        view="thin",
        sees=("retries arrive one after the other", "however different the waits are, all arrive at once"),
    ),
    Pair(
        metrics=("retry.retrip",),
        good=lambda: _at([0.6 + 0.5 * number for number in range(6)]),
        bad=lambda: _at([1.1] * 6),
        sees=(
            "a limit of 2 a second had refused six; they come back 2 a second",
            ("they come back together: the limit trips again"),
        ),
    ),
    Pair(
        metrics=("retry_after.honoured", "retry_after.early"),
        good=lambda: orders(after(0.0, 1.6, failed="429", says=1.5), after(0.5, 1.9, failed="429", says=1.5)),
        bad=lambda: orders(after(0.0, 0.4, 1.6, failed="429", says=1.5), after(0.5, 0.6, 0.5, failed="429", says=1.5)),
        sees=("both come back after their bracket has ended", "three of four retries come within it"),
    ),
    Pair(
        metrics=("retry_after.overshoot",),
        good=lambda: orders(after(0.0, 1.2, failed="429", says=1.0)),
        bad=lambda: orders(after(0.0, 4.0, failed="429", says=1.0)),
        names=NEITHER,
        sees=(
            "a fifth longer than it was told",
            ("four times as long. 0 is no ideal either: all who were told the same would come back together"),
        ),
    ),
    Pair(
        metrics=("retry_after.wave", "retry_after.dispersion"),
        good=lambda: together([1.0 + one for one in SPREAD], failed="429", says=1.0),
        bad=lambda: together([1.0] * len(SPREAD), failed="429", says=1.0),
        view="thin",
        sees=("twelve were told the same and spread above it", "all obey to the moment"),
    ),
    Pair(
        metrics=("mishandled",),
        good=lambda: _mixed(good=True),
        bad=lambda: _mixed(good=False),
        sees=("the declined order is left at that, what passes is tried again", "the other way round: two wrong steps"),
    ),
    Pair(
        metrics=("mishandled.gave_up",),
        good=lambda: _passes(good=True),
        bad=lambda: _passes(good=False),
        sees=("a 503 is tried again", "it is the end of order 2"),
    ),
    Pair(
        metrics=("mishandled.unsafe_retry",),
        good=lambda: _keyed("a", "a"),
        bad=lambda: _keyed(None, None),
        sees=("both tries have the key `a`: one coin", "no try has a key: nobody can tell that they are one order"),
    ),
    Pair(
        metrics=("mishandled.changed_key",),
        good=lambda: _keyed("a", "a"),
        bad=lambda: _keyed("a", "b"),
        sees=("both tries have the key `a`: one coin", "the second has another: two coins"),
    ),
)
