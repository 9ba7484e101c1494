"""Somebody's own client is looked at before it is believed: what no client may do counts against it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gevent
import pytest
from brownout_clients.guard import Broken, Guarded, reason, unfit
from brownout_clients.journeys import payment
from brownout_clients.protocols import Failure, News, Order, Payment, Statement

if TYPE_CHECKING:
    from collections.abc import Callable

ORDER = Order(order="order-1", due_seconds=0.0, amount_minor=1999, currency="usd", refund_minor=500)
PAID = Payment("pi_1", 1999, "pi_1")


class Odd(Exception):
    """An exception that can't say what it is."""

    def __str__(self) -> str:
        raise RuntimeError("not even this")


def _client(**methods: Callable[..., Any]) -> Any:
    """Return a guarded client whose methods do as they are told, and well otherwise."""
    good: dict[str, Callable[..., Any]] = {
        "onboard": _returning(None),
        "pay": _returning(PAID),
        "refund": _returning(500),
        "reconcile": _returning({}),
    }
    return Guarded(type("Made", (), {name: staticmethod(each) for name, each in (good | methods).items()})())


def _returning(value: object) -> Callable[..., Any]:
    def method(*_: Any) -> Any:
        return value

    return method


def _raising(problem: BaseException) -> Callable[..., Any]:
    def method(*_: Any) -> Any:
        raise problem

    return method


def test_what_the_protocol_promises_comes_through() -> None:
    """A good client isn't noticed."""
    client = _client(reconcile=_returning({"order-1": PAID, "order-2": None}))

    client.onboard(ORDER)
    assert client.pay(ORDER) == PAID
    assert client.refund(ORDER, PAID) == 500
    assert client.reconcile([ORDER]) == {"order-1": PAID, "order-2": None}
    assert client.careful


@pytest.mark.parametrize(
    "given", [None, True, "pi_1", {"id": "pi_1"}, ("pi_1", 1999, "pi_1"), object()], ids=lambda one: type(one).__name__
)
def test_only_a_payment_is_a_payment(given: object) -> None:
    """Anything else is no success."""
    with pytest.raises(Broken, match=r"pay\(\) returned .*; a payment is a brownout_clients.protocols.Payment"):
        _client(pay=_returning(given)).pay(ORDER)


@pytest.mark.parametrize(
    "name",
    [None, 7, "", "pi\x00", "pi\ud800", "x" * 10_000_000, object()],
    ids=["nothing", "number", "empty", "control", "surrogate", "huge", "object"],
)
def test_a_payment_has_an_id_that_can_be_written_down(name: Any) -> None:
    """The words stay few, however long it is."""
    with pytest.raises(Broken, match=r"a Payment with id") as said:
        _client(pay=_returning(Payment(name, 1999, "x"))).pay(ORDER)

    assert len(str(said.value)) < 400
    assert str(said.value).isprintable()


@pytest.mark.parametrize("given", [None, "lots", -1, 10**40, float("nan"), 5.0, True, PAID])
def test_only_minor_units_are_a_refund(given: object) -> None:
    """Nothing, too, isn't an amount: the money may have gone back all the same."""
    with pytest.raises(Broken, match=r"refund\(\) returned .*minor units"):
        _client(refund=_returning(given)).refund(ORDER, PAID)


@pytest.mark.parametrize("given", [None, [1, 2], "order-1", {"order-1": "paid"}, {"order-1": True}, {7: object()}])
def test_only_a_mapping_settles_doubts(given: object) -> None:
    """What reconciling finds is looked at as what paying returns."""
    with pytest.raises(Broken, match=r"reconcile\(\)"):
        _client(reconcile=_returning(given)).reconcile([ORDER])


def test_onboarding_that_is_still_to_be_awaited_is_not_done() -> None:
    """A method that returns something to wait for has not done its work."""

    async def later() -> None:
        return

    waiting = later()
    with pytest.raises(Broken, match=r"onboard\(\) returned <coroutine"):
        _client(onboard=_returning(waiting)).onboard(ORDER)
    waiting.close()


@pytest.mark.parametrize("method", ["onboard", "pay"])
@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (ValueError("a\n\x1b[31mb"), r"ValueError: a \?\[31mb"),
        (OverflowError("x" * 10_000_000), "OverflowError: xxx"),
        (SystemExit(), "SystemExit"),
        (GeneratorExit(), "GeneratorExit"),
        (RecursionError("too deep"), "RecursionError"),
        (Odd(), "Odd: \\(no message\\)"),
    ],
    ids=lambda given: type(given).__name__,
)
def test_whatever_it_raises_is_said_on_one_line(method: str, problem: BaseException, words: str) -> None:
    """Ordinary exceptions, sys.exit() and those that can't be printed: with method, file and line."""
    client = _client(**{method: _raising(problem)})

    with pytest.raises(Broken, match=rf"{method}\(\) raised {words}.*test_guard\.py:\d+\)") as said:
        getattr(client, method)(ORDER)

    assert len(str(said.value)) < 500
    assert str(said.value).isprintable()


@pytest.mark.parametrize("leaving", [KeyboardInterrupt(), gevent.GreenletExit()])
def test_ctrl_c_and_the_end_of_a_green_thread_go_through(leaving: BaseException) -> None:
    """Those are no client's mistake."""
    with pytest.raises(type(leaving)):
        _client(pay=_raising(leaving)).pay(ORDER)


@pytest.mark.parametrize("error", ["no-such-class", None, 42, ["auth"], b"auth"])
def test_failure_of_an_unknown_class_is_no_failure(error: Any) -> None:
    """The verdict couldn't count it; the words say which classes there are."""
    with pytest.raises(Broken, match=r"its first argument is one of transport, throttle, auth"):
        _client(pay=_raising(Failure(error, "x", certain=True))).pay(ORDER)


def test_failure_with_odd_details_is_made_sound() -> None:
    """What it means stays."""
    with pytest.raises(Failure) as failed:
        _client(pay=_raising(Failure("auth", {"a": 1}, certain="yes"))).pay(ORDER)  # type: ignore[arg-type]

    assert (failed.value.error, failed.value.detail, failed.value.certain) == ("auth", "{'a': 1}", True)


def test_a_client_that_cannot_even_say_whether_it_is_careful_is_broken() -> None:
    """A property is its code as well."""

    class Client:
        """Its carefulness raises."""

        careful = property(_raising(ValueError("c")))
        pay = staticmethod(_raising(Failure("transport", "x", certain=False)))

    with pytest.raises(Broken, match="careful raised ValueError: c"):
        payment(Guarded(Client()), ORDER, _Clock())  # type: ignore[arg-type]


class _Clock:
    def now(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        """Don't."""


def test_a_class_is_looked_at_before_it_plays() -> None:
    """Missing methods and `async` ones are named."""

    class Half:
        """Lacks two."""

        def pay(self) -> None: ...
        def refund(self) -> None: ...

    class Waits(Half):
        """Would never run."""

        async def onboard(self) -> None: ...
        async def reconcile(self) -> None: ...

    assert unfit(Half) == "lacks onboard, reconcile; see brownout_clients.protocols.Client"
    assert "has onboard, reconcile with `async def`" in str(unfit(Waits))
    assert unfit(Guarded) is None


def test_what_some_journeys_need_besides_comes_through() -> None:
    """Good listeners, auditors and readers aren't noticed either."""
    news, stated = News(PAID, 1999, 0.5), {"order-1": Statement(PAID, 500), "order-2": None}
    client = _client(
        subscribe=_returning(None), news=_returning(news), audit=_returning(stated), records=_returning(14)
    )

    client.subscribe()
    assert client.news(ORDER, None) == news
    assert client.audit([ORDER]) == stated
    assert client.records(ORDER) == 14


@pytest.mark.parametrize("given", [None, PAID, News(PAID, -1, 0.5), News(PAID, 1999, None), News(None, 1999, 0.5)])  # type: ignore[arg-type]
def test_only_news_is_news(given: object) -> None:
    """A payment alone doesn't say when it was heard of."""
    with pytest.raises(Broken, match=r"news\(\) returned"):
        _client(news=_returning(given)).news(ORDER, None)


@pytest.mark.parametrize(
    "given",
    [None, [1], {"order-1": PAID}, {"order-1": Statement(PAID, -1)}, {"order-1": Statement(None, 5)}],  # type: ignore[arg-type]
)
def test_only_statements_mend_books(given: object) -> None:
    """What an audit finds is looked at as what paying returns."""
    with pytest.raises(Broken, match=r"audit\(\)"):
        _client(audit=_returning(given)).audit([ORDER])


@pytest.mark.parametrize("given", [None, -1, 1.5, True, ["r01"]])
def test_only_a_number_is_how_many_were_read(given: object) -> None:
    """The records themselves aren't."""
    with pytest.raises(Broken, match=r"records\(\) returned"):
        _client(records=_returning(given)).records(ORDER)


def test_a_journey_names_what_it_needs_besides() -> None:
    """A client without it is fit for the others."""

    class Plain:
        """Has what every client has."""

        def onboard(self) -> None: ...
        def pay(self) -> None: ...
        def refund(self) -> None: ...
        def reconcile(self) -> None: ...

    class Waits(Plain):
        """Would never run."""

        async def records(self) -> None: ...

    assert unfit(Plain) is None
    assert unfit(Plain, journey="webhooks", needs=("subscribe", "news")) == (
        "lacks subscribe, news, which the journey webhooks needs; "
        "see brownout_clients.protocols.Client and those below it"
    )
    assert "has records with `async def`" in str(unfit(Waits, journey="sync", needs=("records",)))


def test_an_exception_without_a_traceback_is_said_too() -> None:
    """Nothing is added to it."""
    assert reason(ValueError()) == "ValueError"
