"""What an interception counts, by host: for the summary of a run, and for whoever wonders where a request went."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.core.effects import Outcome

HOSTS_COUNTED: Final = 1_000
"""How many hosts are told apart; clients choose the names, so what is beyond is counted in one."""
OTHERS: Final = "(others)"


class Tallies:
    """Counts by host, with its port unless that is HTTPS's."""

    __slots__ = ("_alerts", "_silent", "_trusted", "closed", "refused", "relayed")

    def __init__(self) -> None:
        """Begin with nothing."""
        self.refused: Counter[str] = Counter()
        self.relayed: Counter[str] = Counter()
        self._alerts: Counter[str] = Counter()
        self._silent: Counter[str] = Counter()
        self._trusted: set[str] = set()
        self.closed = False  # by us: who goes now doesn't do so of its own accord

    @property
    def distrusted(self) -> dict[str, int]:
        """How often clients refused a good certificate of ours."""
        silent = Counter({host: count for host, count in self._silent.items() if host not in self._trusted})
        return dict(self._alerts + silent)

    def refuse(self, host: str) -> None:
        """Count a connection or a request that nobody answers."""
        _count(self.refused, host)

    def relay(self, host: str) -> None:
        """Count a connection that is let through."""
        _count(self.relayed, host)

    def alert(self, host: str) -> None:
        """Count a client that said why it refuses our certificate."""
        _count(self._alerts, host)

    def silence(self, host: str) -> None:
        """Count a client that left after the handshake without a word."""
        _count(self._silent, host)

    def trust(self, host: str) -> None:
        """Note that somebody did send a request: then who left without one had other reasons."""
        if len(self._trusted) < HOSTS_COUNTED:
            self._trusted.add(host)


class Handshake:
    """What becomes of one handshake, told once; `settle` hears it too, where a flaw was shown and journalled."""

    __slots__ = ("_host", "_open", "_settle", "_tallies")

    def __init__(self, tallies: Tallies, host: str | None, settle: Callable[[Outcome], None] | None) -> None:
        """Nothing has become of it yet."""
        self._tallies = tallies
        self._host = host
        self._settle = settle
        self._open = True

    def accepted(self) -> None:
        """The client sent a request."""
        self._end("sent", self._tallies.trust)

    def refused(self) -> None:
        """The client said that it won't have the certificate."""
        self._end("client_gone", self._tallies.alert)

    def left(self) -> None:
        """The client left before it sent a request."""
        if self._tallies.closed:
            self.stopped()
        else:
            self._end("client_gone", self._tallies.silence)

    def stopped(self) -> None:
        """The server stopped, or the two don't understand each other."""
        self._end("stopped", None)

    def _end(self, outcome: Outcome, count: Callable[[str], None] | None) -> None:
        if not self._open:
            return
        self._open = False
        if self._settle is not None:
            self._settle(outcome)
        elif count is not None and self._host is not None:
            count(self._host)


def _count(counter: Counter[str], host: str) -> None:
    counter[host if host in counter or len(counter) < HOSTS_COUNTED else OTHERS] += 1
