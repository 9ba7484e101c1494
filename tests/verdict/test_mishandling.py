"""What a client did next about a bad answer: planted histories that must be named, and others that must pass."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from story import Story
from tries import GOOD, RESET, THROTTLED, UNAVAILABLE, retries

from brownout.reports.terminal import TerminalReport
from brownout.verdict import judge
from brownout.verdict.history import history
from brownout.verdict.measures import measure

if TYPE_CHECKING:
    from collections.abc import Callable

ASKED = {
    "mishandled": ("count == 0", "rate < 0.01"),
    "mishandled.hopeless": ("count == 0",),
    "mishandled.gave_up": ("count == 0",),
    "mishandled.unsafe_retry": ("count == 0",),
    "mishandled.changed_key": ("count == 0",),
    "retry.peak": ("value <= 2",),
    "retry.per_failed": ("value <= 1",),
    "retry.wasted": ("count == 0", "rate < 0.01"),
}
DECLINED: dict[str, Any] = {"status": 402, "does": "write"}
WRONG: dict[str, Any] = {"status": 400, "does": "write"}
MISMATCH: dict[str, Any] = {"status": 409, "does": "write", "idempotency": "mismatch"}
IN_FLIGHT: dict[str, Any] = {"status": 409, "does": "write", "idempotency": "in_flight"}
DRIFTED: dict[str, Any] = {"fired": [{"rule": "d", "kind": "drift", "state": "applied"}], "does": "write"}
DEAD: dict[str, Any] = {"status": 401, "error": "token_expired", "stage": "authorise", "does": "write"}


def _once(failed: dict[str, Any], *, keys: list[str | None] | None = None, **more: Any) -> Story:
    """Return an order that fails once and then goes well, and another that was well at once."""
    told = Story(thresholds=ASKED).order("order-0001", does="write", observed={"wall_at": 1_700_000_000.0})
    retries(told, "order-0000", [1.0], failed=failed, keys=keys or ["k", "k"], **more)
    return told.charge("order-0000").claim("order-0000")


def _with_tokens(first: str | None, second: str | None) -> Story:
    return _once({**DEAD, "observed": {"token": first}}, last={**GOOD, "observed": {"token": second}})


def _left(failed: dict[str, Any], *, outcome: str = "fail") -> Story:
    """Return an order that fails and is never tried again, beside one that is; it is claimed so."""
    told = retries(_once(UNAVAILABLE), "order-0002", [], last=failed, began=5.0)
    if outcome == "ok":
        told.charge("order-0002")
    return told.claim("order-0002", outcome)


HOPELESS = {"mishandled", "mishandled.hopeless", "retry.wasted"}
HISTORIES: dict[str, tuple[Callable[[], Story], set[str]]] = {
    "a fault that passes, tried again": (lambda: _once(UNAVAILABLE), set()),
    "a lost answer, tried again": (lambda: _once(RESET), set()),
    "a limit, tried again": (lambda: _once(THROTTLED), set()),
    "a key in flight, tried again": (lambda: _once(IN_FLIGHT), set()),
    "an altered answer, tried again with its key": (lambda: _once(DRIFTED), set()),
    "an expired token, renewed": (lambda: _with_tokens("a", "b"), set()),
    "an expired token, tried again": (lambda: _with_tokens("a", "a"), HOPELESS),
    "a static key": (lambda: _with_tokens(None, None), set()),
    "declined, and tried again": (lambda: _once(DECLINED), HOPELESS),
    "wrong, and tried again": (lambda: _once(WRONG), HOPELESS),
    "a key that was another's, tried again": (lambda: _once(MISMATCH), HOPELESS),
    "not there yet, read again": (
        lambda: _once({"status": 404, "does": "read"}, last={"does": "read"}), {"retry.per_failed"}
    ),
    "a token endpoint that refused, asked again": (
        lambda: _once(
            {"status": 400, "does": "token", "observed": {"grant": {"type": "refresh_token", "of": "g"}}},
            last={"does": "token", "observed": {"grant": {"type": "refresh_token", "of": "g"}}},
        ),
        {*HOPELESS, "retry.per_failed"},
    ),
    "in the dark, without a key": (
        lambda: _once(RESET, keys=[None, None]), {"mishandled", "mishandled.unsafe_retry"}
    ),
    "in the dark, a key only afterwards": (
        lambda: _once(UNAVAILABLE, keys=[None, "k"]), {"mishandled", "mishandled.unsafe_retry"}
    ),
    "a limit, without a key": (lambda: _once(THROTTLED, keys=[None, None]), set()),
    "in the dark, with another key": (
        lambda: _once(RESET, keys=["k", "other"]), {"mishandled", "mishandled.changed_key"}
    ),
    "a limit, with another key": (lambda: _once(THROTTLED, keys=["k", "other"]), set()),
    "given up at once": (lambda: _left(UNAVAILABLE), {"mishandled", "mishandled.gave_up"}),
    "given up with an expired token": (lambda: _left(DEAD), {"mishandled", "mishandled.gave_up"}),
    "looked up instead": (lambda: _left(RESET, outcome="ok"), set()),
    "declined, and left at that": (lambda: _left(DECLINED), set()),
    "a key that was another's, left at that": (lambda: _left(MISMATCH), set()),
    "tried again and again": (
        lambda: retries(_once(UNAVAILABLE), "order-0000", [0.01] * 4, failed=UNAVAILABLE, keys=["k"] * 5, began=30.0),
        {"retry.peak", "retry.per_failed"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("tell", "missed"), HISTORIES.values(), ids=HISTORIES)
def test_what_was_done_next_is_named(tell: Callable[[], Story], missed: set[str]) -> None:
    """Each class of errors has its right action, and whoever takes it misses nothing."""
    checks = judge([tell().run()])["arms"]["keyed"]["thresholds"]

    assert {check["metric"] for check in checks if check["holds"] is not True} == missed


def test_one_bad_answer_is_mishandled_once() -> None:
    """A repeat without a key after the answer was lost, of something that was in the dark: one, whatever it breaks."""
    values = measure(history(_once(RESET, keys=["k", None]).run()).whole)

    assert values["mishandled"]["count"] == 1


def test_giving_up_after_some_tries_is_right() -> None:
    """A client with a budget of tries ends somewhere."""
    told = Story(thresholds=ASKED)
    retries(told, "a", [1.0, 2.0], last=UNAVAILABLE).claim("a", "fail")

    assert measure(history(told.run()).whole)["mishandled.gave_up"] == {"count": 0}


def test_the_peak_is_of_the_worst_second() -> None:
    """Retries without a first attempt beside them count for one that had been there."""
    told = Story()
    for number in range(6):
        retries(told, f"o-{number}", [2.5], began=number * 0.01)

    values = measure(history(told.run()).whole)

    assert values["retry.peak"] == {"value": 6.0}
    assert values["retry.amplification"] == {"value": 2.0}
    assert values["retry.per_failed"] == {"value": 1.0}


def test_the_terminal_says_what_was_done_wrong() -> None:
    """How often, and of which kind most of it was; an arm that did all right shows nothing of it."""
    wrong, right = (TerminalReport().render(judge([_once(failed).run()])) for failed in (DECLINED, UNAVAILABLE))

    assert re.search(r"^wrong next steps +1, most hopeless$", wrong, re.MULTILINE)
    assert "wrong next steps" not in right
