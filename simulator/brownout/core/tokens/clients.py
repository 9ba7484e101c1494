"""What an authority remembers of clients beside their tokens.

That is how their calls for tokens went, a secret given out later than the scenario's, and how far their clocks are off.
What a token is worth isn't decided here. Times are world time; everything is bounded by count.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from hmac import compare_digest
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from brownout.core.chance import pseudonym

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENTS_KEPT: Final = 2_000
"""How many clients a sandbox remembers. The one longest silent goes first, and a secret that it was given with it."""
ATTEMPTS_KEPT: Final = 20
"""How many calls for tokens are remembered of each client."""
_OLD_SECRETS_KEPT: Final = 5

Outcome: TypeAlias = Literal["good", "lost", "failed"]
"""`lost`: tokens were issued, and a fault kept the answer from the client."""
SecretFlaw: TypeAlias = Literal["unknown client", "wrong secret", "old secret"]


class Attempt(NamedTuple):
    """One call for tokens. `token` is the id of the refresh token that it presented, None if it presented none.

    `grant` is the grant type as sent, empty if there was none; `answered` is reply, reset or hang.
    """

    at: float
    exchange: str
    grant: str
    token: str | None
    outcome: Outcome
    status: int
    error: str | None
    answered: str


class Client:
    """One client of a provider. `secret` is what it was given by `Clients.rotate`, None before that.

    `rotated_by` says which rule did that, None if none did.

    `skew_seconds` is how far the authority's clock is ahead of the client's; see `Authority.skew`.
    """

    __slots__ = ("account", "attempts", "good", "id", "old_until", "presented", "provider", "refreshed_good",
                 "refreshed_tried", "retired", "rotated_at", "rotated_by", "rotations", "secret", "skew_seconds",
                 "tried")  # fmt: skip

    def __init__(self, provider: str, client_id: str, account: str) -> None:
        """Begin with nothing known."""
        self.provider = provider
        self.id = client_id
        self.account = account
        self.attempts: deque[Attempt] = deque(maxlen=ATTEMPTS_KEPT)
        self.tried = self.good = self.refreshed_tried = self.refreshed_good = 0
        self.secret: str | None = None
        self.rotated_at: float | None = None
        self.rotated_by: str | None = None
        self.rotations = 0
        self.presented: str | None = None  # the pseudonym of the secret that it came with last, where any will do
        self.retired: deque[str] = deque(maxlen=_OLD_SECRETS_KEPT)  # pseudonyms of earlier secrets
        self.old_until = 0.0
        self.skew_seconds = 0.0

    def note(self, attempt: Attempt) -> None:
        """Remember a call for tokens."""
        refresh, good = attempt.grant == "refresh_token", attempt.outcome == "good"
        self.tried += 1
        self.good += good
        self.refreshed_tried += refresh
        self.refreshed_good += refresh and good
        self.attempts.append(attempt)


class Clients:
    """The clients of one sandbox.

    >>> clients = Clients()
    >>> shop = clients.know("p", "shop", "a")
    >>> clients.rotate(shop, "new", 0.0, configured="old", grace_seconds=60.0)
    >>> [clients.flaw(shop, "old", configured="old", strangers=True, now=at) for at in (59.0, 60.0)]
    [None, 'old secret']
    """

    __slots__ = ("_clients", "evicted")

    def __init__(self) -> None:
        """Start without any."""
        self._clients: OrderedDict[tuple[str, str], Client] = OrderedDict()
        self.evicted = 0

    def __iter__(self) -> Iterator[Client]:
        """Iterate over those that are remembered, the longest silent first."""
        return iter(self._clients.values())

    def find(self, provider: str, client_id: str) -> Client | None:
        """Return the client, None if nothing is remembered of it."""
        return self._clients.get((provider, client_id))

    def skew_seconds(self, provider: str, client_id: str) -> float:
        """Return how far the authority's clock is ahead of a client's."""
        client = self._clients.get((provider, client_id))
        return client.skew_seconds if client is not None else 0.0

    def know(self, provider: str, client_id: str, account: str) -> Client:
        """Return the client, remembered from now on."""
        slot = provider, client_id
        found = self._clients.get(slot)
        if found is None:
            if len(self._clients) >= CLIENTS_KEPT:
                self._clients.popitem(last=False)
                self.evicted += 1
            found = self._clients[slot] = Client(provider, client_id, account)
        else:
            self._clients.move_to_end(slot)
            found.account = account
        return found

    def rotate(
        self, client: Client, secret: str, now: float, *, configured: str | None, grace_seconds: float = 0.0,
        rule: str | None = None,
    ) -> None:  # fmt: skip
        """Give `client` another secret; the one before (`configured`: the scenario's) stays good for the grace."""
        before = client.secret if client.secret is not None else configured
        retired = pseudonym(before) if before is not None else client.presented
        if retired is not None:
            client.retired.append(retired)
        client.secret, client.rotated_at, client.old_until = secret, now, now + grace_seconds
        client.rotated_by = rule
        client.rotations += 1

    def flaw(
        self, client: Client, given: str, *, configured: str | None, strangers: bool, now: float
    ) -> SecretFlaw | None:
        """Return what is wrong with the secret that came with a client's id, None if it is good.

        `configured` is the secret that the scenario names, None if it names no such client; with `strangers` any
        secret but none is good for such a one, until it is given another.
        """
        right = client.secret if client.secret is not None else configured
        if right is None:
            if not strangers:
                return "unknown client"
            if not given:
                return "wrong secret"
            client.presented = pseudonym(given)
            return None
        if compare_digest(right.encode(), given.encode("utf-8", "surrogatepass")):
            return None
        if pseudonym(given) not in client.retired:
            return "wrong secret"
        newest = pseudonym(given) == client.retired[-1]
        return None if newest and now < client.old_until else "old secret"
