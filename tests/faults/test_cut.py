"""Cuts: how each is planned, and which can't be meant."""

from __future__ import annotations

from typing import Any

import pytest

from brownout.core.effects import Deliver, Delivery
from brownout.faults.cut import Cut


def plan(fault: Cut, size: int, so_far: Delivery | None = None) -> Delivery | None:
    """Return how an answer of `size` bytes travels."""
    (effect,) = fault.effects(None, never)  # type: ignore[arg-type]
    assert isinstance(effect, Deliver)
    return effect.plan(size, so_far or Delivery())


def never(purpose: str) -> float:
    """Draw nothing."""
    raise AssertionError(purpose)


@pytest.mark.parametrize(
    ("fault", "delivery"),
    [
        (Cut(), Delivery(sent_bytes=50, ending="close")),
        (Cut(after_bytes=3, connection="reset"), Delivery(sent_bytes=3, ending="reset")),
        (Cut(share=10, connection="stall"), Delivery(sent_bytes=10)),
        (Cut(framing="cut"), Delivery(sent_bytes=50, claimed_bytes=50)),
        (Cut(framing="cut", connection="keep"), Delivery(sent_bytes=50, claimed_bytes=50)),
        (Cut(framing="chunked"), Delivery(sent_bytes=50, chunked=True, ending="close")),
        (Cut(framing="chunked", share=100), Delivery(sent_bytes=100, chunked=True, ending="close")),
        (Cut(after_bytes=100), None),
        (Cut(after_bytes=101, framing="chunked"), None),
    ],
)
def test_how_a_hundred_bytes_travel(fault: Cut, delivery: Delivery | None) -> None:
    """None where nothing would be missing."""
    assert plan(fault, 100) == delivery


def test_what_has_no_body_or_is_cut_already_passes() -> None:
    """The first of two cuts is the one."""
    assert plan(Cut(), 0) is None
    assert plan(Cut(after_bytes=3), 100, Delivery(sent_bytes=50)) is None


def test_every_one_says_what_it_does() -> None:
    """For the journal."""
    assert Cut(share=30).effect.said == "cut the answer after 30% of its body, then close"
    assert Cut(after_bytes=9, framing="cut").effect.said == "cut the answer after 9 bytes, and say that this is all"
    assert Cut(framing="chunked").effect.said == "cut the answer in chunks after 50% of its body, then close"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"share": 5, "after_bytes": 5}, "exclude each other"),
        ({"after_bytes": -1}, "after_bytes must not be negative"),
        ({"share": 101}, "share must be 0 to 100"),
        ({"share": 100}, "share must be below 100"),
        ({"framing": "cut", "connection": "reset"}, "connection must be keep"),
        ({"connection": "keep"}, "connection can be keep for framing: cut only"),
    ],
)
def test_what_contradicts_itself(given: dict[str, Any], said: str) -> None:
    """It is refused, by its key."""
    with pytest.raises(ValueError, match=said):
        Cut(**given)
