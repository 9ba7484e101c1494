"""Slow bodies: how they are planned together, how long they take, and which can't be meant."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brownout.core.effects import Delivery
from brownout.faults.trickle import Trickle


def test_two_of_them_are_as_slow_as_both() -> None:
    """Waits add up, the narrowest line holds, the first one's pieces are everybody's."""
    first = Trickle(first_byte=1, bytes_per_second=100, piece_bytes=10, pause=0.5).effect.plan(200, Delivery())
    assert first is not None
    second = Trickle(first_byte=2, bytes_per_second=50, piece_bytes=99).effect.plan(200, first)

    assert second == Delivery(first_byte_seconds=3, bytes_per_second=50, piece_bytes=10, piece_seconds=0.5)


def test_what_makes_no_difference_passes() -> None:
    """No body, nothing of it to be sent, or one that fits into a piece."""
    assert Trickle(first_byte=1).effect.plan(0, Delivery()) is None
    assert Trickle(first_byte=1).effect.plan(100, Delivery(sent_bytes=0)) is None
    assert Trickle(piece_bytes=100).effect.plan(100, Delivery()) is None


@given(
    st.integers(1, 100_000),
    st.floats(0, 10),
    st.none() | st.floats(1, 1e6),
    st.none() | st.integers(1, 5000),
    st.floats(0, 1),
    st.none() | st.integers(0, 200_000),
)
def test_pieces_are_the_whole_and_take_their_time(
    size: int, first: float, rate: float | None, piece: int | None, pause: float, sent: int | None
) -> None:
    """Whatever the numbers: all bytes, none twice, none empty, and never faster than asked."""
    how = Delivery(first, rate, piece, pause, sent)
    pieces = list(how.pieces(size))
    total = min(size, sent) if sent is not None else size

    assert sum(length for length, _ in pieces) == total
    assert all(length > 0 and (piece is None or length <= piece) for length, _ in pieces)
    least = (first + (total / rate if rate else 0) + pause * (len(pieces) - 1)) if pieces else 0
    assert sum(after for _, after in pieces) == pytest.approx(least)


def test_every_one_says_what_it_does() -> None:
    """For the journal."""
    said = Trickle(first_byte=2, bytes_per_second=500, piece_bytes=10).effect.said

    assert said == "hold its body back 2s, send at most 500 bytes a second, send 10 bytes each 0.1s"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "trickle needs"),
        ({"first_byte": -1.0}, "first_byte must not be negative"),
        ({"bytes_per_second": 0}, "bytes_per_second must be above 0"),
        ({"piece_bytes": 0}, "piece_bytes must be 1 or more"),
        ({"pause": 1.0}, "pause needs piece_bytes"),
        ({"piece_bytes": 5, "pause": -1.0}, "pause needs piece_bytes"),
    ],
)
def test_what_cannot_be_meant(given: dict[str, Any], said: str) -> None:
    """It is refused, by its key."""
    with pytest.raises(ValueError, match=said):
        Trickle(**given)
