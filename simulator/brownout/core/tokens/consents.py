"""Consents: what somebody allowed a client, remembered until it is withdrawn."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

CONSENTS_KEPT: Final = 10_000
"""How many consents a sandbox remembers; the one given longest ago goes first, so that its client must ask again."""


@dataclass(slots=True, kw_only=True)
class Consent:
    """What `subject` allows `client_id`. Times are world time."""

    provider: str
    client_id: str
    subject: str
    scopes: frozenset[str]
    since: float
    changed_at: float


class Consents:
    """The consents of one sandbox.

    >>> consents = Consents()
    >>> for scope in ("read", "write"):
    ...     given = consents.give("p", "shop", "ann", frozenset({scope}), 5.0)
    >>> sorted(consents.scopes("p", "shop", "ann"))
    ['read', 'write']
    """

    __slots__ = ("_consents", "evicted")

    def __init__(self) -> None:
        """Start with none."""
        self._consents: OrderedDict[tuple[str, str, str], Consent] = OrderedDict()
        self.evicted = 0

    def __len__(self) -> int:
        """Return how many are remembered."""
        return len(self._consents)

    def give(self, provider: str, client_id: str, subject: str, scopes: frozenset[str], now: float) -> Consent:
        """Add `scopes` to what was allowed before, and return the whole."""
        slot = provider, client_id, subject
        before = self._consents.get(slot)
        if before is not None:
            self._consents.move_to_end(slot)
            before.scopes |= scopes
            before.changed_at = now
            return before
        if len(self._consents) >= CONSENTS_KEPT:
            self._consents.popitem(last=False)
            self.evicted += 1
        made = Consent(
            provider=provider, client_id=client_id, subject=subject, scopes=scopes, since=now, changed_at=now
        )
        self._consents[slot] = made
        return made

    def scopes(self, provider: str, client_id: str, subject: str) -> frozenset[str]:
        """Return what is allowed; nothing if nobody was asked."""
        found = self._consents.get((provider, client_id, subject))
        return found.scopes if found is not None else frozenset()

    def withdraw(
        self, provider: str, client_id: str, subject: str, scopes: frozenset[str] | None, now: float
    ) -> frozenset[str]:
        """Take back `scopes`, all of them if None, and return what was taken; tokens are for the caller to see to."""
        slot = provider, client_id, subject
        found = self._consents.get(slot)
        if found is None:
            return frozenset()
        taken = found.scopes if scopes is None else found.scopes & scopes
        found.scopes -= taken
        found.changed_at = now
        if not found.scopes:
            del self._consents[slot]
        return taken

    def of(self, provider: str, subject: str | None = None) -> Iterator[Consent]:
        """Yield the consents of a provider, oldest first: all, or those that one subject gave."""
        for one in self._consents.values():
            if one.provider == provider and subject in (None, one.subject):
                yield one
