"""Two histories for each metric of docs/metrics.md, a good client's and a bad one's: how orders went.

Those about money, retries and tokens are in files of their own. A history says nothing of its metrics: they are
measured (`make_metrics_page.py`), and a test holds that the bad ones are measured as worse.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metric_tale import Tale, Try

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two histories, and what one sees in them.

    `metrics` are those that are told by them: the first names the picture, and several are views of one history.
    `view` is how they are drawn: `rows` for an order or a token each, `thin` for many of them, `share` for how many
    orders of each moment are good, `length` for how long they took. `names` says what the two are.
    """

    metrics: tuple[str, ...]
    good: Callable[[], Tale]
    bad: Callable[[], Tale]
    sees: tuple[str, str]
    view: str = "rows"
    names: tuple[str, str] = ("good", "bad")


NEITHER = ("one client", "another")
"""What they are called where neither is better by itself."""
STORM = (4.0, 4.0, 8.0)
LONG = (4.0, 4.0, 12.0)
RATE = 10
LOAD = {"journey": "checkout", "rate_per_second": 1.0, "duration_seconds": 6.0, "users": 5}


def orders(*tales: tuple[Try, ...], says: str = "ok", **head: object) -> Tale:
    """Return orders of these tries, paid with their first good answer, all claimed alike."""
    told = Tale(**head)
    for number, tries in enumerate(tales, 1):
        told.order(f"order {number}", *tries, says=says)
    return told


def well(number: int, **head: object) -> Tale:
    """Return so many orders, a second apart, that all went well."""
    return orders(*(((float(each), "good"),) for each in range(number)), **head)


def _operations(ran: int) -> Tale:
    return well(ran, orders_planned=4)


def _believed(honest: int) -> Tale:
    told = Tale(orders_planned=4)
    for number in range(4):
        told.order(f"order {number + 1}", (number * 1.0, "good"), says="ok" if number < honest else "fail")
    return told


def _good(*, good: bool) -> Tale:
    told = well(2)
    if good:
        told.order("order 3", (2.0, "lost", {"idempotency": "a"}), (2.8, "good", {"idempotency": "a"}), paid=(2.1,))
        return told.order("order 4", (3.0, "503"), (3.8, "good"))
    told.order("order 3", (2.0, "lost", {"idempotency": "a"}), (2.8, "good", {"idempotency": "b"}), paid=(2.1, 2.9))
    return told.order("order 4", (3.0, "503"), paid=())


def _honesty(says: str) -> Tale:
    told = well(2, orders_planned=4)
    return told.order("order 3", (2.0, "429"), says=says).order("order 4", (3.0, "503"), says=says)


def _gave_up(*, gives_up: bool) -> Tale:
    told = well(1, orders_planned=3).order("order 2", (1.0, "402"), says="fail")
    if gives_up:
        return told.order("order 3", (2.0, "503"), says="fail")
    return told.order("order 3", (2.0, "503"), (2.8, "good"))


def _goodput(*, good: bool) -> Tale:
    told = well(3, orders_planned=6, load=LOAD)
    if good:
        told.order("order 4", (3.0, "503"), (3.6, "good")).order("order 5", (4.0, "429"), (4.7, "good"))
        return told.order("order 6", (5.0, "402"), says="fail")
    return told.order("order 4", (3.0, "503"), says="fail").order("order 5", (4.0, "429"))


def _auth(*, good: bool) -> Tale:
    told = Tale(orders_planned=3).token(0.0, "a", life=2.5)
    for number in range(2):
        told.order(f"order {number + 1}", (0.6 + number, "good", {"token": "a"}))
    if good:
        told.call("order 3", 3.0, "401", token="a").token(3.3, "b", life=9.0)  # noqa: S106
        return told.order("order 3", (3.7, "good", {"token": "b"}), due=3.0)
    return told.order("order 3", (3.0, "401", {"token": "a"}), says="fail")


def _contract(*, good: bool) -> Tale:
    told = well(2, orders_planned=3)
    more = {} if good else {"says": "unknown", "error": "contract"}
    return told.order("order 3", (2.0, "drift"), **more)


def _paused(*, pause: float) -> Tale:
    """Return 1,000 orders over 20 s, sent one after the other: after the pause all that became due wait their turn."""
    told, free = Tale(orders_planned=1000), 0.0
    for number in range(1000):
        due = number / 50
        begins = max(due, free + (pause if number == 300 else 0.0))
        free = begins + 0.01
        told.order(f"o{number:04d}", (begins, "good", {"takes": 0.01}), due=due, at=begins + 0.01)
    return told


def _served(takes: float) -> Tale:
    told = Tale(orders_planned=5)
    for number in range(5):
        spent = takes * (1 + number % 2)
        told.order(f"order {number + 1}", (number * 1.0, "good", {"takes": spent}), at=number + spent)
    return told


def _struck(*, good: bool) -> Tale:
    told = well(1)
    told.order("order 2", (1.0, "503"), (1.8, "good"))
    if good:
        return told.order("order 3", (2.0, "lost"), (2.9, "good"), paid=(2.1,)).order("order 4", (3.0, "good"))
    return told.order("order 3", (2.0, "lost"), paid=(2.1,), says="unknown").order("order 4", (3.0, "good"))


def _spared(*, good: bool) -> Tale:
    told = well(1).order("order 2", (1.0, "503"), says="fail", at=1.2)
    if good:
        return told.order("order 3", (1.5, "good")).order("order 4", (2.5, "good"))
    told.order("order 3", (1.5, "402"), says="fail")
    return told.order("order 4", (2.5, "good"))


def _storm(bad: Callable[[int], bool], storm: tuple[float, float, float] = STORM) -> Tale:
    """Return ten orders a second; each fifth of the storm is struck, and those that `bad` names end badly."""
    told = Tale(storm=storm)
    for number in range(round(sum(storm) * RATE)):
        due = number / RATE
        phase = (due >= storm[0]) + (due >= storm[0] + storm[1])
        about = {"phase": ("calm", "storm", "after")[phase], "takes": 0.05}
        failed = "503" if phase == 1 else "500"  # once the fault is over, what fails is the client's own backlog
        answer = failed if bad(number) or (phase == 1 and number % 5 == 0) else "good"
        tries: list[Try] = [(due, answer, about)]
        if answer != "good" and not bad(number):
            tries.append((due + 0.07, "good", about))
        told.order(f"o{number:03d}", *tries, says="fail" if bad(number) else "ok", at=tries[-1][0] + 0.05)
    return told


def _noticed(at: float) -> Tale:
    told = well(1).order("order 2", (1.0, "lost"), (1.5, "good"), paid=(1.1,))
    told.order("order 3", (1.4, "lost"), paid=(), says="unknown", at=at, error="transport")
    return told.order("order 4", (3.0, "good"))


def _debt(*, drained: bool) -> Tale:
    told = Tale(storm=(1.0, 3.0, 3.0)).order("order 1", (0.0, "good", {"phase": "calm"}))
    for number in range(3):
        due, storm = 1.2 + number * 0.8, {"phase": "storm"}
        last: Try = (due + 0.5, "503", storm) if drained else (4.5 + number * 0.5, "good", storm)
        told.order(f"order {number + 2}", (due, "503", storm), last, says="fail" if drained else "ok")
    return told.order("order 5", (4.4, "good", {"phase": "after"}))


PAIRS = (
    Pair(
        metrics=("operations",),
        good=lambda: _operations(4),
        bad=lambda: _operations(2),
        names=NEITHER,
        sees=("all four orders that were planned were sent", "two of them never were: see `errors`"),
    ),
    Pair(
        metrics=("operations.ok", "availability.rate"),
        good=lambda: _believed(4),
        bad=lambda: _believed(2),
        names=NEITHER,
        sees=(
            "all four are claimed `ok`",
            (
                "two are claimed `fail`, though they were paid. By itself a high value shows "
                "only what a client believes: hold it against `operations.good`"
            ),
        ),
    ),
    Pair(
        metrics=("operations.good",),
        good=lambda: _good(good=True),
        bad=lambda: _good(good=False),
        sees=("four orders, one coin each", "order 3 was charged twice and order 4 never; both are claimed `ok`"),
    ),
    Pair(
        metrics=("honesty.gap",),
        good=lambda: _honesty("fail"),
        bad=lambda: _honesty("ok"),
        sees=("orders 3 and 4 weren't paid, and the client says so", "it claims that they were"),
    ),
    Pair(
        metrics=("operations.failed",),
        good=lambda: _gave_up(gives_up=False),
        bad=lambda: _gave_up(gives_up=True),
        names=NEITHER,
        sees=(
            "order 2 was declined, and to give it up is right",
            ("order 3 is given up too, after one 503: `mishandled.gave_up` tells one from the other"),
        ),
    ),
    Pair(
        metrics=("goodput.rate", "goodput", "errors"),
        good=lambda: _goodput(good=True),
        bad=lambda: _goodput(good=False),
        sees=(
            "what passed with time was tried again; only the declined order isn't good",
            "order 4 was given up, order 5 isn't paid, and the sixth was never sent",
        ),
    ),
    Pair(
        metrics=("auth.failed",),
        good=lambda: _auth(good=True),
        bad=lambda: _auth(good=False),
        sees=("the token had ended: a new one, then the same order again", "the order ends with the token"),
    ),
    Pair(
        metrics=("contract.failed",),
        good=lambda: _contract(good=True),
        bad=lambda: _contract(good=False),
        sees=("an answer of another shape is read all the same", "it is refused, though order 3 was paid"),
    ),
    Pair(
        metrics=("op.latency", "op.co_gap"),
        good=lambda: _paused(pause=0.0),
        bad=lambda: _paused(pause=3.0),
        view="length",
        sees=(
            "each of 1,000 orders begins when it is due",
            (
                "a client that is paused for 3 s: orders take no longer "
                "once they have begun, but hundreds wait for their turn, which the median doesn't show"
            ),
        ),
    ),
    Pair(
        metrics=("op.service",),
        good=lambda: _served(0.2),
        bad=lambda: _served(0.7),
        sees=("orders take 0.2 s or 0.4 s from when they begin", "they take 0.7 s or 1.4 s"),
    ),
    Pair(
        metrics=("recovery.ratio",),
        good=lambda: _struck(good=True),
        bad=lambda: _struck(good=False),
        sees=("both orders that a fault struck (2 and 3) end well", "order 3 doesn't"),
    ),
    Pair(
        metrics=("collateral",),
        good=lambda: _spared(good=True),
        bad=lambda: _spared(good=False),
        sees=("order 2 was struck; the others are well", "order 3 fails too, although no fault struck it"),
    ),
    Pair(
        metrics=("recovery.time",),
        good=lambda: _storm(lambda _: False, LONG),
        bad=lambda: _storm(lambda one: 60 <= one < 115, LONG),
        view="share",
        sees=("with the end of the storm all is as before", "orders go on failing for more than 3 s after it"),
    ),
    Pair(
        metrics=("resilience.loss",),
        good=lambda: _storm(lambda one: 40 <= one < 80 and one % 10 == 0),
        bad=lambda: _storm(lambda one: 40 <= one < 80 and one % 4 != 0),
        view="share",
        sees=("one order in ten is lost in the storm", "three in four are, as if nothing had been saved for 3 s"),
    ),
    Pair(
        metrics=("detection.time",),
        good=lambda: _noticed(1.8),
        bad=lambda: _noticed(4.5),
        sees=(
            "0.8 s after the first fault (order 2) the client says of order 3 that it doesn't know",
            "it says so after 3.5 s",
        ),
    ),
    Pair(
        metrics=("retry.debt",),
        good=lambda: _debt(drained=True),
        bad=lambda: _debt(drained=False),
        sees=("what can't be had is let go within the storm", "three orders are still under way when it has ended"),
    ),
)
