"""`outage`: a provider, or a part of it, is down, under maintenance, or takes no writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from brownout.core.effects import ComeBack, Refuse
from brownout.core.units import Seconds

if TYPE_CHECKING:
    from brownout.core.effects import FaultEffect
    from brownout.core.exchange import Exchange
    from brownout.core.fault import Target
    from brownout.core.operation import Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """Refuse whatever matches, for as long as the rule is in force: nothing happens, and nothing is kept under a key.

    `mode: down` (the default) answers `status`, in the provider's own words or, with `body: html`, as the gateway in
    front of it. `maintenance` says in `Retry-After` when it will be over: at the end of the rule's window (`for`), or
    of its phase. `read_only` refuses writes alone; reads go on, and so do tokens unless `tokens: false`.

    How much is down is the rule's to say: everything, an operation or a provider (`match`), a region (`match` on the
    header `Host`), a growing share of the calls (`percentage` with `ramp`). So is when: once (`at`, `for`), or flapping
    (`for` with `repeat`). `retry_after` is a fixed time to tell instead; too short a one is a lie that some providers
    tell. `form` says how: in seconds, or as an HTTP-date.

    Raises:
        ValueError: if `status` isn't 500 to 599 (read_only: 400 to 599), or keys don't belong together.

    Example:
        # The whole provider is down, every operation of it.
        - {name: stripe-down, kind: outage, match: {provider: stripe}}
        # One operation is; the gateway answers for it, with its own page.
        - {name: captures-down, kind: outage, match: {operation: paypal.orders.capture}, status: 502, body: html}
        # A region is: clients of others reach the provider by another Host.
        - {name: region-down, kind: outage, match: {provider: onfido, header: {Host: ["*.eu.*", "127.0.0.1*"]}}}
        # A brownout: within 20 seconds, more and more calls fail, until all do.
        - {name: growing, kind: outage, percentage: 100, ramp: 20s}
        # Every minute it is down for 20 seconds.
        - {name: flapping, kind: outage, match: {provider: oauth}, for: 20s, repeat: 1m}
        # Two hours of maintenance. Retry-After says how much of it is left.
        - {name: nightly, kind: outage, mode: maintenance, match: {provider: stripe}, for: 2h}
        # As before, as a date, and from the gateway.
        - {name: dated, kind: outage, mode: maintenance, form: http_date, body: html, for: 2h}
        # Nobody can pay; what was paid can be looked up.
        - {name: frozen-books, kind: outage, mode: read_only, match: {provider: stripe}, retry_after: 10m}
    """

    api: ClassVar[int] = 1
    kind: ClassVar[str] = "outage"
    default_target: ClassVar[Target | None] = "edge"

    mode: Literal["down", "maintenance", "read_only"] = "down"
    status: int = 503
    code: str | None = None
    body: Literal["provider", "html"] = "provider"
    retry_after: Seconds | None = None
    form: Literal["seconds", "http_date"] = "seconds"
    tokens: bool = True

    def __post_init__(self) -> None:
        """Check the range, and that the keys belong together."""
        lowest = 400 if self.mode == "read_only" else 500
        if not lowest <= self.status <= 599:
            raise ValueError(f"status must be {lowest} to 599 for mode: {self.mode}, not {self.status}")
        if self.code is not None and self.body == "html":
            raise ValueError("code needs body: provider; a gateway's page has none")
        if self.retry_after is not None and self.retry_after <= 0:
            raise ValueError("retry_after must be above 0, such as 30s; leave it out to say nothing")
        if self.form != "seconds" and self.retry_after is None and self.mode != "maintenance":
            raise ValueError("form needs retry_after or mode: maintenance; nothing else tells when to come back")
        if not self.tokens and self.mode != "read_only":
            raise ValueError("tokens: false belongs to mode: read_only; the others refuse tokens as all the rest")

    def targets(self) -> tuple[Target, ...]:
        """Return the edge, where nothing of the provider runs; or after its checks, before the effect."""
        return ("edge", "request")

    def suits(self, operation: Operation) -> bool:
        """Return whether the mode refuses such operations."""
        if self.mode != "read_only":
            return True
        return operation.effect == "write" or (operation.effect == "token" and not self.tokens)

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[FaultEffect]:
        """Return the refusal."""
        comeback = None
        if self.retry_after is not None or self.mode == "maintenance":
            comeback = ComeBack(self.retry_after, self.form)
        return (Refuse(status=self.status, code=self.code, body=self.body, retry_after=comeback),)
