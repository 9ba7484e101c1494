"""What a world's time may do while webhooks are delivered: their signatures hold all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.testing import Sandbox


def _as_it_is(brownout: Sandbox) -> None:
    """Leave the clock at wall speed."""


def _fast(brownout: Sandbox) -> None:
    brownout.clock.speed(60)


def _jumped(brownout: Sandbox) -> None:
    brownout.clock.advance("30d")


def _frozen(brownout: Sandbox) -> None:
    brownout.clock.freeze()


def _fast_and_jumped(brownout: Sandbox) -> None:
    brownout.clock.speed(60)
    brownout.clock.advance("30d")


TIMES: Final[list[Callable[[Sandbox], None]]] = [_as_it_is, _fast, _jumped, _frozen, _fast_and_jumped]
