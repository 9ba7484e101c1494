"""Connections that were promised to last: where there is nothing to end. Over the wire: tests/server."""

from __future__ import annotations

import pytest

from brownout.core.effects import Delivery
from brownout.faults.keepalive import Keepalive


def test_it_strikes_the_answer() -> None:
    """There is no connection to keep before."""
    assert Keepalive().targets() == ("response",)


@pytest.mark.parametrize("so_far", [Delivery(ending="close"), Delivery(sent_bytes=3), Delivery(claimed_bytes=99)])
def test_what_ends_otherwise_or_never_is_left_alone(so_far: Delivery) -> None:
    """Another rule was first, or the answer never gets whole."""
    assert Keepalive().effect.plan(10, so_far) is None


def test_every_one_says_what_it_does() -> None:
    """For the journal."""
    assert Keepalive().effect.said == "close the connection when its next request comes"
    assert Keepalive(ends="after_answer", connection="reset").effect.said == "reset the connection after the answer"
