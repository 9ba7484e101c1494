"""Two histories for each metric that is about tokens, see `metric_stories`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metric_stories import Pair
from metric_tale import Tale

if TYPE_CHECKING:
    from collections.abc import Iterable


def _used(told: Tale, *at: float, token: str, key: str = "calls") -> Tale:
    for each in at:
        told.call(key, each, token=token, takes=0.1)
    return told


def _kept(*renewed: float, life: float = 3.0) -> Tale:
    """Return a client whose token is renewed at each of these moments, and used meanwhile."""
    told = Tale()
    for number, at in enumerate((0.0, *renewed)):
        name = "abcdefgh"[number]
        _used(told.token(at, name, life=life), at + 0.8, token=name)
    return told


def _success(failures: Iterable[float], then: float | None) -> Tale:
    told = _used(Tale().token(0.0, "a", life=4.0), 1.0, token="a")  # noqa: S106
    for at in failures:
        told.token(at, None, status=503)
    if then is not None:
        _used(told.token(then, "b", life=4.0), then + 0.8, token="b")  # noqa: S106
    return told


def _several(*, alone: bool) -> Tale:
    told = _used(Tale().token(0.0, "a", life=3.0), 0.8, token="a")  # noqa: S106
    told.token(2.4, "b", life=3.0, takes=0.5)
    if not alone:
        told.token(2.5, "c", life=3.0, takes=0.5).token(2.6, "d", life=3.0, takes=0.5)
    return _used(told, 3.4, token="b")  # noqa: S106


def _late(*, late: bool) -> Tale:
    told = _used(Tale().token(0.0, "a", life=3.0), 0.8, token="a")  # noqa: S106
    if not late:
        return _used(told.token(2.4, "b", life=3.0), 3.4, token="b")  # noqa: S106
    told.call("calls", 3.4, "401", token="a", takes=0.1)  # noqa: S106
    return _used(told.token(3.7, "b", life=3.0), 4.3, token="b")  # noqa: S106


def _grant(*, lost: bool) -> Tale:
    told = Tale().token(0.0, "a", life=3.0, kind="authorization_code")
    _used(told, 0.8, token="a").token(2.4, "b", life=3.0, kind="refresh_token")  # noqa: S106
    _used(told, 3.2, token="b")  # noqa: S106
    if lost:
        return told.token(4.6, None, kind="refresh_token").token(5.6, None, kind="refresh_token")
    return _used(told.token(4.6, "c", life=3.0, kind="refresh_token"), 5.6, token="c")  # noqa: S106


def _gap(renewed: float) -> Tale:
    told = _used(Tale().token(0.0, "a", life=3.0), 0.8, 2.0, token="a")  # noqa: S106
    return _used(told.token(renewed, "b", life=4.0), 6.0, token="b")  # noqa: S106


def _stale(token: str) -> Tale:
    told = _used(Tale().token(0.0, "a", life=3.0), 0.8, token="a", key="worker 1")  # noqa: S106
    _used(told.token(2.4, "b", life=4.0), 3.2, token="b", key="worker 1")  # noqa: S106
    if token == "b":  # noqa: S105
        return _used(told, 3.6, 4.4, token="b", key="worker 2")  # noqa: S106
    told.call("worker 2", 3.6, "401", token="a", takes=0.1)  # noqa: S106
    return told.call("worker 2", 4.4, "401", token="a", takes=0.1)  # noqa: S106


def _scope(tries: int) -> Tale:
    told = Tale().token(0.0, "a", life=6.0)
    for number in range(tries):
        told.call("order 1", 1.0 + number * 0.8, "403", token="a")  # noqa: S106
    return _used(told, 4.6, token="a", key="order 2")  # noqa: S106


PAIRS = (
    Pair(
        metrics=("refresh.success",),
        good=lambda: _success((2.4,), 3.0),
        bad=lambda: _success((2.4, 3.2, 4.0, 4.8), None),
        sees=("a renewal that fails is tried again in time", "all four fail, and the token ends meanwhile"),
    ),
    Pair(
        metrics=("refresh.redundancy",),
        good=lambda: _kept(2.4, 4.8),
        bad=lambda: _kept(1.0, 2.0, 3.0, 4.0, 5.0, 6.0),
        sees=("each token is renewed once, near its end", "long before it: most of each token is thrown away"),
    ),
    Pair(
        metrics=("refresh.overlapping",),
        good=lambda: _several(alone=True),
        bad=lambda: _several(alone=False),
        sees=("one renews, and all others wait for its result", "three renew at the same moment"),
    ),
    Pair(
        metrics=("refresh.proactive",),
        good=lambda: _late(late=False),
        bad=lambda: _late(late=True),
        sees=("renewed at 80% of its life", "renewed once a call has been refused"),
    ),
    Pair(
        metrics=("credentials.lost",),
        good=lambda: _grant(lost=False),
        bad=lambda: _grant(lost=True),
        sees=("each renewal brings the next refresh token", "the refresh token wasn't kept: the user has to come back"),
    ),
    Pair(
        metrics=("tokens.availability",),
        good=lambda: _gap(2.4),
        bad=lambda: _gap(5.4),
        sees=("one token overlaps the next", "for more than two seconds there was none"),
    ),
    Pair(
        metrics=("auth.stale",),
        good=lambda: _stale("b"),
        bad=lambda: _stale("a"),
        sees=("both workers read the token anew", "worker 2 goes on with `a` after `b` has arrived"),
    ),
    Pair(
        metrics=("auth.scope_loops",),
        good=lambda: _scope(1),
        bad=lambda: _scope(4),
        sees=("a missing scope ends order 1", "it is asked for again and again with the same token"),
    ),
)
