"""What a client is given and what it must have: the only things that journeys and strategies know of each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

ErrorClass = Literal["transport", "throttle", "auth", "contract", "conflict", "business", "server", "client_bug"]
"""Why something went wrong, in the words of the verdict."""


class Response(NamedTuple):
    """An HTTP answer; `headers` are looked up in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Lost(Exception):
    """No answer came: the connection broke, or nobody answered in time."""


class Failure(Exception):
    """A call that didn't do what was asked.

    `certain` says that nothing was done; without it, nobody knows. `retry_after` is the wait that the provider asked
    for, in seconds, None if it didn't.
    """

    def __init__(
        self, error: ErrorClass, detail: str, *, certain: bool, status: int = 0, retry_after: float | None = None
    ) -> None:
        super().__init__(detail)
        self.error = error
        self.detail = detail
        self.certain = certain
        self.status = status
        self.retry_after = retry_after


class Transport(Protocol):
    """Sends one request; knows nothing of retries. Each call carries which order it is for, and when that was due."""

    def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes) -> Response:
        """Return the answer.

        Raises:
            Lost: if none came.
        """


class Clock(Protocol):
    """Time as the client lives in it."""

    def now(self) -> float:
        """Return seconds since some beginning; it never goes back."""

    def wall(self) -> float:
        """Return the unix time: what signatures and dates are compared with."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order, placed `due_seconds` after the beginning; `refund_minor` is what is wanted back, 0 for nothing.

    `person` has first_name, last_name, date_of_birth, email, country (alpha-3) and document (type).
    """

    order: str
    due_seconds: float
    amount_minor: int
    currency: str
    provider: Literal["stripe", "paypal", "onfido", "oauth"] = "stripe"
    refund_minor: int = 0
    person: Mapping[str, Any] = field(default_factory=dict)


class Payment(NamedTuple):
    """A payment that the provider confirmed. `refundable` is the id that a refund names."""

    id: str
    amount_minor: int
    refundable: str


class News(NamedTuple):
    """What a shop's books say of an order once it has heard of it: paid, how much in all, and when it heard."""

    payment: Payment
    amount_minor: int
    seen_at: float


class Statement(NamedTuple):
    """What the provider's own lists say of an order: its payment, and what was given back of it."""

    payment: Payment
    refunded_minor: int


class Inbox(Protocol):
    """Where webhooks arrive: one for each process, whoever delivers to it."""

    def open(self, name: str, hear: Callable[[Mapping[str, str], bytes], int]) -> str:
        """Hand what arrives for `name` to `hear`, and return the URL to tell the provider.

        `hear` is given the headers, looked up in any case, and the raw body, and returns the status to answer. It is
        called while others wait, so it should note what it heard and leave calls to them.
        """


class Surroundings(NamedTuple):
    """Where a client lives. `base` is the server with its sandbox: providers are below it, `{base}/stripe`.

    `shared` is one mapping for all users of the process: a shop's users share its tokens. `lock` makes a lock that may
    be held over a call; a client that takes threading's own can't be played on virtual time. `inbox` is None where
    nobody could deliver a webhook.
    """

    base: str
    transport: Transport
    clock: Clock
    seed: int
    shared: dict[str, Any]
    lock: Callable[[], AbstractContextManager[Any]] = Lock
    inbox: Inbox | None = None


class Client(Protocol):
    """A shop's way with its providers: what `--client MODULE:CLASS` names. Made once for each simulated user.

    Some journeys need more of it: `Listener`, `Auditor`, `Reader`.
    """

    def __init__(self, around: Surroundings) -> None: ...

    def onboard(self, order: Order) -> None:
        """Check who the customer is.

        Raises:
            Failure: if that can't be said, or the customer isn't who they say.
        """

    def pay(self, order: Order) -> Payment:
        """Take the money.

        Raises:
            Failure: if it wasn't taken, or nobody knows.
        """

    def refund(self, order: Order, payment: Payment) -> int:
        """Give `order.refund_minor` back; return what was given.

        Raises:
            Failure: if it wasn't, or nobody knows.
        """

    def reconcile(self, doubtful: Sequence[Order]) -> Mapping[str, Payment | None]:
        """Return what the provider's own list says of orders by name: None if there is no payment.

        Orders about which it says nothing are left out. Called once, after the last order.
        """


class Listener(Protocol):
    """What the journey `webhooks` needs besides: a shop that believes an order paid once it was told so."""

    def subscribe(self) -> None:
        """Have the provider tell `around.inbox` of payments. Called before each order; the first call does it.

        Raises:
            Failure: if it couldn't be done, or nobody knows.
        """

    def news(self, order: Order, placed: Payment | None) -> News:
        """Wait until the shop knows that the order is paid. `placed` is what `pay` returned, None if it failed.

        Raises:
            Failure: if it isn't paid, or nobody knows.
        """


class Auditor(Protocol):
    """What the journey `refunds` needs besides: a shop that compares its books with the provider's."""

    def audit(self, orders: Sequence[Order]) -> Mapping[str, Statement | None]:
        """Return what the provider's own lists say of orders by name: None if there is no payment.

        Orders about which they say nothing are left out. Called once, after the last order, with all of them.

        Raises:
            Failure: if they can't be read.
        """


class Reader(Protocol):
    """What the journey `sync` needs besides: a shop that copies what lies behind somebody's tokens."""

    def records(self, order: Order) -> int:
        """Read a whole list, page by page; return how many records there were.

        Raises:
            Failure: if it couldn't be read whole.
        """
