"""What Stripe says of its limits: requests per second of an account and of an endpoint, and what single resources add.

Every named operation is an endpoint of its own, for all ids in its path. The numbers per second are counted in seconds
on the clock; Stripe doesn't say how it counts, nor what bursts it lets through, nor how many requests it takes at once:
a limit of `algorithm: concurrency` says that for it. Refusals carry `Stripe-Rate-Limited-Reason` and no Retry-After. A
lock isn't a limit: its refusal has the code `lock_timeout`, no reason, and `Stripe-Should-Retry: true` as the SDKs
expect it. (docs.stripe.com/rate-limits, stripe-python 16.1's `_should_retry`, read 2026-11-24; that payouts are created
15 a second at most is quoted from an edition of that page by other repositories. Which updates of a subscription make
an invoice no request tells: those limits count the requests that name it.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.limits import Documented, Limit
from brownout.core.match import Match

if TYPE_CHECKING:
    from collections.abc import Iterator

_SOURCE: Final = "https://docs.stripe.com/rate-limits"
_READ: Final = "2026-11-24"
_MINUTE: Final = 60.0
_HOUR: Final = 3_600.0
_DAY: Final = 86_400.0
_ENDPOINT: Final = 25
_FILES: Final = ("stripe.files.*", "stripe.file_links.*")
_OF_SUBSCRIPTION: Final = ("account", "body.subscription")


def _limits(name: str, per_second: int) -> Iterator[Limit]:
    """Yield the limits of an account that may send so many requests a second."""

    def limit(what: str, quota: int, window_seconds: float, partition: str | tuple[str, ...], **match: Any) -> Limit:
        return Limit(
            name=f"stripe.{name}.{what}", match=Match(**match), algorithm="fixed_window", quota=quota,
            window_seconds=window_seconds, partition=partition,
        )  # fmt: skip

    yield limit("global", per_second, 1.0, "account", provider=("stripe",))
    yield limit("search", 20, 1.0, "account", operation=("stripe.*.search",))
    yield limit("files_read", 20, 1.0, "account", operation=_FILES, method=("GET",))
    yield limit("files_write", 20, 1.0, "account", operation=_FILES, method=("POST",))
    yield limit("payouts", 15, 1.0, ("account", "operation"), operation=("stripe.payouts.create",))
    yield limit("endpoint", _ENDPOINT, 1.0, ("account", "operation"), provider=("stripe",))
    yield limit("updates", 1000, _HOUR, ("account", "object"), operation=("stripe.payment_intents.update",))
    new: dict[str, Any] = {"operation": ("stripe.invoices.create",), "body": {"subscription": ("*",)}}
    yield limit("invoices_minute", 10, _MINUTE, _OF_SUBSCRIPTION, **new)
    yield limit("invoices_day", 20, _DAY, _OF_SUBSCRIPTION, **new)
    yield limit(
        "quantities", 200, _HOUR, ("account", "object"),
        operation=("stripe.subscriptions.update",), body={"items.0.quantity": ("*",)},
    )  # fmt: skip


def _documented(name: str, per_second: int) -> Documented:
    title = (
        f"{per_second} requests a second an account, {_ENDPOINT} an endpoint; searches, files, payouts, objects besides"
    )
    return Documented(title=title, source=_SOURCE, read=_READ, limits=tuple(_limits(name, per_second)))


_LOCKED: Final = Match(provider=("stripe",), method=("POST", "DELETE"))
LIMITS: Final = {
    "live": _documented("live", 100),
    "sandbox": _documented("sandbox", 25),
    "locks": Documented(
        title="one write at a time to one object, refused as lock_timeout",
        source=f"{_SOURCE}#object-lock-timeouts",
        read=_READ,
        limits=(Limit(name="stripe.locks.object", match=_LOCKED, algorithm="lock", partition=("account", "object")),),
    ),
}
