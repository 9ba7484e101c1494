"""Two histories for each metric that is about money and books, see `metric_stories`."""

from __future__ import annotations

from metric_stories import Pair, well
from metric_tale import Tale, Try


def _twice(key: str) -> Tale:
    tries: tuple[Try, ...] = ((1.0, "lost", {"idempotency": "a"}), (2.0, "good", {"idempotency": key}))
    return well(1).order("order 2", *tries, paid=(1.1,) if key == "a" else (1.1, 2.1))


def _swallowed(*, good: bool) -> Tale:
    tries: tuple[Try, ...] = ((1.0, "429"), (2.0, "good")) if good else ((1.0, "429"),)
    return well(1).order("order 2", *tries)


def _in_doubt(says: str) -> Tale:
    """Return an order whose answer was lost; who looks it up knows that it is paid."""
    told = well(1)
    if says == "ok":
        told.call("order 2", 1.0, "lost")
        return told.order("order 2", (1.9, "good", {"does": "read", "method": "GET"}), due=1.0, paid=(1.1,))
    return told.order("order 2", (1.0, "lost"), paid=(1.1,), says=says, at=2.1)


def _refunded(claimed: int) -> Tale:
    return well(1).order("order 2", (1.0, "good"), at=2.6, back=(2.0,), refunded_minor=claimed)


def _books(*, listed: bool) -> Tale:
    told = well(2)
    if listed:
        return told.order("order 3", (2.0, "lost"), (2.7, "good"), paid=(2.1,))
    return told.order("order 3", (2.0, "lost"), paid=(2.1,), says="unknown", at=2.9)


def _noted(*, early: bool) -> Tale:
    return well(2).order("order 3", (2.0, "503"), says="ok" if early else "fail")


def _stale(after: float) -> Tale:
    told = Tale()
    for number in range(3):
        told.order(f"order {number + 1}", (number * 0.8, "good"), at=number * 0.8 + after)
    return told


def _violated(back: tuple[float, ...]) -> Tale:
    return well(1).order("order 2", (1.0, "good"), at=1.2, back=back)


PAIRS = (
    Pair(
        metrics=("payments.duplicated",),
        good=lambda: _twice("a"),
        bad=lambda: _twice("b"),
        sees=("the answer was lost, and the second try has the same key: one coin", "another key: two coins"),
    ),
    Pair(
        metrics=("payments.lost",),
        good=lambda: _swallowed(good=True),
        bad=lambda: _swallowed(good=False),
        sees=("refused by a limit, tried again, paid", "refused by a limit and claimed `ok`: no coin"),
    ),
    Pair(
        metrics=("payments.orphaned",),
        good=lambda: _in_doubt("ok"),
        bad=lambda: _in_doubt("fail"),
        sees=("after the lost answer the order is looked up", "it is claimed `fail`, and somebody has paid"),
    ),
    Pair(
        metrics=("payments.unresolved",),
        good=lambda: _in_doubt("ok"),
        bad=lambda: _in_doubt("unknown"),
        sees=("after the lost answer the order is looked up", "`unknown`, and left at that"),
    ),
    Pair(
        metrics=("money.error",),
        good=lambda: _refunded(2000),
        bad=lambda: _refunded(0),
        sees=("order 2 was given back (hollow coin), and the claim says so", "the claim says that nothing was"),
    ),
    Pair(
        metrics=("records.completeness",),
        good=lambda: _books(listed=True),
        bad=lambda: _books(listed=False),
        sees=("three payments, all on the books", "the third has a coin and isn't on the books"),
    ),
    Pair(
        metrics=("records.precision",),
        good=lambda: _noted(early=False),
        bad=lambda: _noted(early=True),
        sees=("two on the books, two coins", "order 3 is on the books and has no coin"),
    ),
    Pair(
        metrics=("staleness",),
        good=lambda: _stale(0.3),
        bad=lambda: _stale(2.5),
        sees=("0.2 s from each coin to its claim", "2.4 s"),
    ),
    Pair(
        metrics=("ledger.violations",),
        good=lambda: _violated((1.8,)),
        bad=lambda: _violated((1.8, 2.4)),
        sees=(
            "paid once, given back once",
            (
                "given back twice: more than was ever paid. No client can do that to a "
                "provider; it is a bug of Brownout's"
            ),
        ),
    ),
)
