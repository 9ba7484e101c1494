"""Idempotency keys: first use, replay, in flight, mismatch, expiry in world time.

A key is *reserved* before the operation and *settled* when its exchange is finished on the wire. A duplicate that
arrives while the first answer is still on its way, an injected delay included, therefore meets a key in flight.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.exchange import Answer

KEYS_KEPT: Final = 50_000
"""How many settled keys a sandbox keeps; the oldest goes first and is counted in `evicted`."""


class Stored(NamedTuple):
    """An answer kept under a key: sent again as it was, byte for byte, unless its operation retells it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    request_id: str
    error: str | None

    def retold(self, answer: Answer, body: bytes) -> Stored:
        """Return what a repeat is sent where its operation words this itself; what is kept stays as it was."""
        return self._replace(status=answer.status, headers=answer.headers or {}, body=body, error=answer.error)


class Reservation:
    """One key's life. `answer` is set once the operation ran and its answer is one the provider keeps."""

    __slots__ = ("answer", "endpoint", "expires_at", "fingerprint", "in_flight", "slot")

    def __init__(self, slot: tuple[str, str, str], endpoint: str, fingerprint: bytes, expires_at: float) -> None:
        """Begin in flight."""
        self.slot = slot
        self.endpoint = endpoint
        self.fingerprint = fingerprint
        self.expires_at = expires_at
        self.in_flight = True
        self.answer: Stored | None = None


Verdict: TypeAlias = Literal["first", "replay", "in_flight", "other_params", "other_endpoint"]


class Keys:
    """All keys of a sandbox, apart by provider and account."""

    __slots__ = ("_kept", "evicted", "kept_most")

    def __init__(self, kept_most: int = KEYS_KEPT) -> None:
        """Start with no key known."""
        self._kept: OrderedDict[tuple[str, str, str], Reservation] = OrderedDict()
        self.kept_most = kept_most
        self.evicted = 0

    def __len__(self) -> int:
        """Return how many keys are known."""
        return len(self._kept)

    def reserve(
        self,
        slot: tuple[str, str, str],
        *,
        endpoint: str,
        fingerprint: bytes,
        now: float,
        ttl_seconds: float,
    ) -> tuple[Verdict, Reservation]:
        """Return what the key `slot` (provider, account, key) means for this request, and its reservation.

        `fingerprint` stands for the parameters, `now` is world time.
        """
        known = self._kept.get(slot)
        if known is not None and not known.in_flight and now >= known.expires_at:
            del self._kept[slot]
            known = None
        if known is None:
            made = Reservation(slot, endpoint, fingerprint, now + ttl_seconds)
            self._kept[slot] = made
            return "first", made
        if known.endpoint != endpoint:
            return "other_endpoint", known
        if known.fingerprint != fingerprint:
            return "other_params", known
        return ("in_flight" if known.in_flight else "replay"), known

    def settle(self, reservation: Reservation) -> None:
        """End the flight: keep the answer if there is one to keep, else free the key."""
        reservation.in_flight = False
        if reservation.answer is None:
            if self._kept.get(reservation.slot) is reservation:  # not another world's, after a reset
                del self._kept[reservation.slot]
            return
        while len(self._kept) > self.kept_most:
            oldest = next((slot for slot, kept in self._kept.items() if not kept.in_flight), None)
            if oldest is None:
                return
            del self._kept[oldest]
            self.evicted += 1

    def describe(self) -> dict[str, Any]:
        """Return counts for the admin API."""
        flying = sum(kept.in_flight for kept in self._kept.values())
        return {"kept": len(self._kept) - flying, "in_flight": flying, "evicted": self.evicted}
