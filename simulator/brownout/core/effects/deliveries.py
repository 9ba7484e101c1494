"""What a fault may do to a webhook delivery. `core.deliveries` decides, `core.hooks` and the server act on them.

Lengths of time are world seconds, but for what happens on the wire: `ComeFirst` and `HurryUp` count wall seconds. An
effect with `tries` strikes only so many of a delivery's first tries, None for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

SignatureFlaw: TypeAlias = Literal["stale", "wrong_secret", "missing"]
"""What can be wrong with a delivery's signature."""
BodyFlaw: TypeAlias = Literal["content_type", "truncated", "garbled"]
"""What can be wrong with a delivery's body."""


@dataclass(frozen=True, slots=True)
class Lose:
    """Lose the first `tries` on the way, so that each counts as failed; None: never send it at all."""

    tries: int | None = None

    @property
    def said(self) -> str:
        """What it does, in words."""
        return "never send it" if self.tries is None else f"lose the first {_counted(self.tries)}"


@dataclass(frozen=True, slots=True)
class HoldBack:
    """Send it `seconds` later, None: when the rule's window ends. Then up to `at_once` go out at the same time."""

    seconds: float | None
    at_once: int = 1

    @property
    def said(self) -> str:
        """What it does, in words."""
        return f"hold it back {'until this ends' if self.seconds is None else f'for {self.seconds:.6g}s'}"


@dataclass(frozen=True, slots=True)
class Repeat:
    """Send it `copies` times more, `apart_seconds` one after the other.

    `fresh`: each as a delivery of its own, with tries of its own; otherwise again once it was acknowledged.
    """

    copies: int
    apart_seconds: float = 0.0
    fresh: bool = False

    @property
    def said(self) -> str:
        """What it does, in words."""
        times = "once" if self.copies == 1 else f"{self.copies} times"
        return f"send it {times} more{' as a delivery of its own' if self.fresh else ''}"


@dataclass(frozen=True, slots=True)
class Reverse:
    """Keep it until `batch` deliveries to its endpoint are there, or `within_seconds` are over: then the newest first.

    Whatever goes to that endpoint meanwhile joins, struck or not.
    """

    batch: int
    within_seconds: float

    @property
    def said(self) -> str:
        """What it does, in words."""
        return f"send it last of {self.batch}"


@dataclass(frozen=True, slots=True)
class ComeFirst:
    """Let the answer of the call that caused it wait until it was delivered, at most `seconds` of wall time."""

    seconds: float

    @property
    def said(self) -> str:
        """What it does, in words."""
        return f"let the API's answer wait for it, at most {self.seconds:.6g}s"


@dataclass(frozen=True, slots=True)
class Missign:
    """Sign it `age_seconds` of wall time ago (stale), with a secret that isn't its endpoint's, or not at all."""

    flaw: SignatureFlaw
    age_seconds: float = 0.0
    tries: int | None = None

    @property
    def said(self) -> str:
        """What it does, in words."""
        how = {
            "stale": f"sign it as of {self.age_seconds:.6g}s ago",
            "wrong_secret": "sign it with another secret",
            "missing": "don't sign it",
        }[self.flaw]
        return how + _of_tries(self.tries)


@dataclass(frozen=True, slots=True)
class SendIn:
    """Send the event in another version of the API than its endpoint's."""

    version: str
    tries: int | None = None

    @property
    def said(self) -> str:
        """What it does, in words."""
        return f"send it in version {self.version}{_of_tries(self.tries)}"


@dataclass(frozen=True, slots=True)
class Mangle:
    """Say another content type, or break the body after it was signed: cut it off, or garble a part of it.

    `share` says how much of the body stays whole, from its beginning.
    """

    flaw: BodyFlaw
    content_type: str = ""
    share: float = 0.5
    tries: int | None = None

    @property
    def said(self) -> str:
        """What it does, in words."""
        how = {
            "content_type": f"say that it is {self.content_type}",
            "truncated": f"cut it off after {self.share:.0%}",
            "garbled": f"garble it after {self.share:.0%}",
        }[self.flaw]
        return how + _of_tries(self.tries)


@dataclass(frozen=True, slots=True)
class HurryUp:
    """Wait no longer than `seconds` of wall time for the receiver: what it answers later counts as no answer."""

    seconds: float
    tries: int | None = None

    @property
    def said(self) -> str:
        """What it does, in words."""
        return f"wait {self.seconds:.6g}s for an answer{_of_tries(self.tries)}"


def _counted(tries: int) -> str:
    return "try" if tries == 1 else f"{tries} tries"


def _of_tries(tries: int | None) -> str:
    return "" if tries is None else f" (the first {_counted(tries)})"


Touch: TypeAlias = Missign | SendIn | Mangle
"""Changes what is posted."""

DeliveryEffect: TypeAlias = Lose | HoldBack | Repeat | Reverse | ComeFirst | HurryUp | Touch
"""What a fault may do to a webhook delivery."""

TOUCHES: Final = (Missign, SendIn, Mangle)
"""Effects that change what is posted, to be asked for at run time."""
