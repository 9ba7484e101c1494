"""`version`: answers come in another version of the API than was asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from brownout.core.announce import Announcement
from brownout.core.effects import AnswerIn

if TYPE_CHECKING:
    from brownout.core.exchange import Exchange
    from brownout.core.fault import Target
    from brownout.core.operation import Operation

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """Answer in the version `to` of the provider's API, whatever the request or the account is pinned to.

    So it is after an upgrade overnight, or when somebody presses the button in the dashboard. It strikes providers with
    dated versions, whose answers differ as the provider's own changelog says; what they are is on the provider's page.
    Parameters are read in that version, too. `requests: unpinned` leaves alone those that name a version themselves, as
    the upgrade of an account does. Events for webhooks keep the version that they are written in.

    `announced` tells clients in advance, with `Deprecation`, `Sunset` and `Link`; see `deprecation`. It takes `lead`,
    `sunset`, `link`, `headers`, and `deprecation` where that isn't the moment at which the fault sets in.

    Raises:
        ValueError: if `to` doesn't begin with a date.

    Example:
        # A payment intent has a list of charges again, as it had before 2022-11-15.
        - {name: downgraded, kind: version, match: {operation: stripe.payment_intents.create}, to: "2022-08-01"}
    """

    api: ClassVar[int] = 1
    kind: ClassVar[str] = "version"
    default_target: ClassVar[Target | None] = "request"

    to: str
    requests: Literal["all", "unpinned"] = "all"
    announced: Announcement | None = None

    def __post_init__(self) -> None:
        """Check that it can be put in order with others: by its date."""
        if _DATE.match(self.to) is None:
            raise ValueError(f"to must be a version, which begins with its date, such as 2022-08-01, not {self.to!r}")

    @property
    def said(self) -> str:
        """What it does, in words."""
        return f"answer in version {self.to}"

    def targets(self) -> tuple[Target, ...]:
        """Return the request: the answer isn't written yet."""
        return ("request",)

    def suits(self, operation: Operation) -> bool:
        """Return whether the operation answers in versions."""
        return operation.versions is not None

    def effects(self, exchange: Exchange, draw: Callable[[str], float]) -> Sequence[AnswerIn]:
        """Return the other version."""
        return () if exchange.pinned and self.requests == "unpinned" else (AnswerIn(self.to),)
