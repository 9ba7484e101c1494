"""Looks at what somebody's own client does before it is believed: nonsense counts against it, never as a success."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar, get_args

from greenlet import GreenletExit

from brownout_clients.protocols import ErrorClass, Failure, News, Payment, Statement

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from brownout_clients.protocols import Client, Order

T = TypeVar("T")
NEEDED: Final = ("onboard", "pay", "refund", "reconcile")
"""What every client has; a journey may need more."""
_CLASSES: Final = get_args(ErrorClass)
_SAID_MOST: Final = 200
_ID_MOST: Final = 255
_MINOR_MOST: Final = 10**12
"""More minor units than that is no amount."""
_LEAVING: Final = (KeyboardInterrupt, GreenletExit)
"""How Locust, a simulation and their user end a green thread: nobody's mistake."""


class Broken(Exception):
    """A client did what no client may; the text says which method, and what."""


class Guarded:
    """A client that lets only what `protocols.Client` promises through: the promised value, or a sound Failure.

    Everything else becomes Broken, sys.exit() and whatever else isn't an ordinary exception included.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._more: Any = client

    @property
    def careful(self) -> bool:
        """Whether the client admits what it doesn't know."""
        return bool(_called("careful", lambda: getattr(self._client, "careful", True)))

    def onboard(self, order: Order) -> None:
        """Check who the customer is; a client that returns something has not done it, or not yet."""
        given: object = _called("onboard()", lambda: self._client.onboard(order))
        if given is not None:
            raise Broken(f"onboard() returned {_shown(given)}; it returns nothing")

    def pay(self, order: Order) -> Payment:
        """Take the money."""
        return _payment("pay()", _called("pay()", lambda: self._client.pay(order)))

    def refund(self, order: Order, payment: Payment) -> int:
        """Give back what is wanted back."""
        given = _called("refund()", lambda: self._client.refund(order, payment))
        if not _minor(given):
            raise Broken(f"refund() returned {_shown(given)}; it returns what was given back, in minor units")
        return given

    def reconcile(self, doubtful: Sequence[Order]) -> Mapping[str, Payment | None]:
        """Return what the provider's list says of `doubtful`."""
        found: object = _called("reconcile()", lambda: self._client.reconcile(doubtful))
        if not isinstance(found, Mapping):
            raise Broken(f"reconcile() returned {_shown(found)}; it returns a mapping of orders to Payment or None")
        said = _called("reconcile()", lambda: dict(found))
        for order, paid in said.items():
            if paid is not None:
                _payment(f"reconcile(), for {_shown(order)},", paid)
        return said

    # ---------------------------------------------------------------- what some journeys need besides

    def subscribe(self) -> None:
        """Have the provider tell of payments."""
        _called("subscribe()", self._subscribe)

    def _subscribe(self) -> None:
        self._more.subscribe()

    def news(self, order: Order, placed: Payment | None) -> News:
        """Return what the shop knows of a payment."""
        given = _called("news()", lambda: self._more.news(order, placed))
        if not isinstance(given, News) or not _minor(given.amount_minor) or not isinstance(given.seen_at, int | float):
            raise Broken(f"news() returned {_shown(given)}; it returns a brownout_clients.protocols.News")
        _payment("news()", given.payment)
        return given

    def audit(self, orders: Sequence[Order]) -> Mapping[str, Statement | None]:
        """Return what the provider's lists say of `orders`."""
        found: object = _called("audit()", lambda: self._more.audit(orders))
        if not isinstance(found, Mapping):
            raise Broken(f"audit() returned {_shown(found)}; it returns a mapping of orders to Statement or None")
        said = _called("audit()", lambda: dict(found))
        for order, stated in said.items():
            if stated is None:
                continue
            if not isinstance(stated, Statement) or not _minor(stated.refunded_minor):
                wanted = "a brownout_clients.protocols.Statement has what was given back in minor units"
                raise Broken(f"audit(), for {_shown(order)}, returned {_shown(stated)}; {wanted}")
            _payment(f"audit(), for {_shown(order)},", stated.payment)
        return said

    def records(self, order: Order) -> int:
        """Return how many records were read."""
        given = _called("records()", lambda: self._more.records(order))
        if not _minor(given):
            raise Broken(f"records() returned {_shown(given)}; it returns how many records were read")
        return int(given)


def unfit(client: type, *, journey: str = "", needs: Sequence[str] = ()) -> str | None:
    """Return what keeps a class from being a client, or from a journey that needs more; None if nothing does."""
    missing = [name for name in (*NEEDED, *needs) if not callable(getattr(client, name, None))]
    if missing:
        which = f", which the journey {journey} needs" if set(missing) <= set(needs) else ""
        seen = " and those below it" if which else ""
        return f"lacks {', '.join(missing)}{which}; see brownout_clients.protocols.Client{seen}"
    waiting = [name for name in (*NEEDED, *needs) if inspect.iscoroutinefunction(getattr(client, name))]
    if waiting:
        return f"has {', '.join(waiting)} with `async def`; each user has a green thread, so plain methods may wait"
    return None


def reason(problem: BaseException) -> str:
    """Return an exception on one line, with the line of the program that raised it, as its author knows it."""
    try:
        text = str(problem)
    except Exception:  # somebody's own class, which can't say what it is
        text = "(no message)"
    said = f"{type(problem).__name__}: {_line(text)}" if text else type(problem).__name__
    frames = [one for one in traceback.extract_tb(problem.__traceback__) if "importlib" not in one.filename]
    return f"{said} ({frames[-1].filename}:{frames[-1].lineno})" if frames else said


def _called(what: str, step: Callable[[], T]) -> T:
    """Return what a client's own code returns.

    Raises:
        Failure: as the client did.
        Broken: for everything else that it raised.
    """
    try:
        return step()
    except Failure as wrong:
        raise _sound(what, wrong) from wrong
    except _LEAVING:
        raise
    except BaseException as problem:  # sys.exit() in a method is its mistake, too
        raise Broken(f"{what} raised {reason(problem)}") from problem


def _sound(what: str, wrong: Failure) -> Failure | Broken:
    """Return a client's failure as the verdict can read it."""
    error = getattr(wrong, "error", None)
    if error not in _CLASSES:
        return Broken(
            f"{what} raised Failure({_shown(error)}, ...); its first argument is one of {', '.join(_CLASSES)}"
        )
    detail = getattr(wrong, "detail", "")
    text = _line(detail) if isinstance(detail, str) else _shown(detail)
    return Failure(error, text, certain=bool(getattr(wrong, "certain", False)))


def _minor(given: object) -> bool:
    """Return whether something is a number of minor units, or of anything else that is counted."""
    return type(given) is int and 0 <= given <= _MINOR_MOST


def _payment(what: str, given: object) -> Payment:
    if not isinstance(given, Payment):
        raise Broken(f"{what} returned {_shown(given)}; a payment is a brownout_clients.protocols.Payment")
    if not isinstance(given.id, str) or not 0 < len(given.id) <= _ID_MOST or not given.id.isprintable():
        wanted = f"an id is a printable text of 1 to {_ID_MOST} letters"
        raise Broken(f"{what} returned a Payment with id {_shown(given.id)}; {wanted}")
    return given


def _shown(value: Any) -> str:
    """Return anything on one short line."""
    if isinstance(value, str | bytes):
        value = value[: _SAID_MOST + 1]
    try:
        return _line(repr(value))
    except Exception:  # somebody's own class
        return f"a {type(value).__name__}"


def _line(text: str) -> str:
    """Return a text on one line, without control characters, and not too long."""
    line = " ".join(text[: 2 * _SAID_MOST].split())
    short = line if len(line) <= _SAID_MOST else f"{line[: _SAID_MOST - 1]}…"
    return "".join(each if each.isprintable() else "?" for each in short)
