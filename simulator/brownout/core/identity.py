"""Who calls what, for the how-manieth time: the key that every draw hangs on.

identity = (client, operation, logical key, occurrence). It is allocated right after routing, from the
credential as presented, so that faults at the edge draw on it too. The text of an idempotency key only tells
whether a call repeats an earlier one; it never enters a draw, because SDKs invent it afresh each time.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final, Literal, NamedTuple, TypeAlias

from brownout.core.chance import pack

KeySource: TypeAlias = Literal["baggage", "scenario", "operation", "path", "counted"]
"""Where the logical key came from. All but `counted` make the identity pure (D0)."""

REPEATS_REMEMBERED: Final = 100_000
"""How many idempotency keys are remembered to recognise a repeat; the oldest goes first."""


KEYS_COUNTED: Final = 200_000
"""How many keys' calls are counted; the one longest unused is forgotten first, and its next call is a first one."""


class Identity(NamedTuple):
    """One call, named the same in every run with the same client behaviour."""

    client: str
    operation: str
    key: str
    occurrence: int
    source: KeySource

    def packed(self) -> bytes:
        """Return the bytes that draws are keyed with."""
        counted = self.source == "counted"  # `#1` may also be what somebody calls an order
        return pack(self.client, self.operation, self.key, self.occurrence, counted)


class Identities:
    """Counts calls, so that each retry and each poll is an identity of its own.

    >>> seen = Identities()
    >>> seen.allocate("shop", "stripe.refunds.create", "order-7", "operation").occurrence
    1
    >>> seen.allocate("shop", "stripe.refunds.create", "order-7", "operation").occurrence
    2
    """

    __slots__ = ("_distinct", "_occurrences", "_repeats", "evicted")

    def __init__(self) -> None:
        """Start counting at nothing."""
        self._occurrences: OrderedDict[tuple[str, str, str], int] = OrderedDict()
        self._distinct: dict[tuple[str, str], int] = {}
        self._repeats: OrderedDict[tuple[str, str, str], str] = OrderedDict()
        self.evicted = 0

    def allocate(self, client: str, operation: str, key: str, source: KeySource) -> Identity:
        """Return the identity of the next call under an explicit `key`."""
        counted = (client, operation, key)
        occurrences = self._occurrences
        occurrence = occurrences[counted] = occurrences.get(counted, 0) + 1
        if occurrence > 1:
            occurrences.move_to_end(counted)
        elif len(occurrences) > KEYS_COUNTED:
            occurrences.popitem(last=False)
            self.evicted += 1
        return Identity(client, operation, key, occurrence, source)

    def allocate_counted(self, client: str, operation: str, repeat_key: str | None) -> Identity:
        """Return the identity of a call that names nothing: the nth distinct call of its client.

        `repeat_key` is the idempotency key, if there is one: a call that repeats it has the earlier call's
        logical key and the next occurrence.
        """
        seen = (client, operation, repeat_key or "")
        if repeat_key is not None:
            earlier = self._repeats.get(seen)
            if earlier is not None:
                return self.allocate(client, operation, earlier, "counted")
        number = self._distinct.get((client, operation), 0) + 1
        self._distinct[client, operation] = number
        key = f"#{number}"
        if repeat_key is None:
            # Nobody can repeat this call, so its occurrence needs no entry that would live for ever.
            return Identity(client, operation, key, 1, "counted")
        self._repeats[seen] = key
        if len(self._repeats) > REPEATS_REMEMBERED:
            self._repeats.popitem(last=False)
        return self.allocate(client, operation, key, "counted")
