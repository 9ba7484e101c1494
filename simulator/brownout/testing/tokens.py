"""Tokens and their clients as a test holds them: what each is worth, and taking that away."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeVar

from brownout.server import token_control

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.core.sandbox import Sandbox as World
    from brownout.server.app import App

T = TypeVar("T")


class TokenView(SimpleNamespace):
    """One token as of when it was asked for; docs/admin-api.md tells what the fields mean."""

    id: str
    provider: str
    client: str
    kind: str
    state: str
    cause: str | None
    grant: str
    issued: float
    expires: float | None
    left: float | None
    told: float | None
    used: float | None
    scopes: dict[str, list[str]]


class ClientView(SimpleNamespace):
    """One client as of when it was asked for: `grants` and `refreshes` say how many were tried and good."""

    provider: str
    client: str
    account: str
    states: dict[str, int]
    scopes: dict[str, list[str]]
    tokens: list[dict[str, Any]]
    skew: float
    rotated: float | None
    grants: dict[str, Any]
    refreshes: dict[str, Any]
    newest: list[dict[str, Any]]


class TokenCalls(ABC):
    """What a sandbox can be asked about tokens. A token is named by its view, its id or its text."""

    _app: App
    _world: World

    @abstractmethod
    def _now(self, call: Callable[[], T]) -> T:
        """Return what `call` returns, run between two requests."""

    def tokens(self, **filters: Any) -> list[TokenView]:
        """Return the tokens, oldest first; filter by provider, client, kind, state, limit."""
        found = [TokenView(**token) for client in self._tokens(filters) for token in client["tokens"]]
        return sorted(found, key=lambda one: one.issued)

    def clients(self, **filters: Any) -> list[ClientView]:
        """Return the clients that have tokens or asked for some; filter by provider, client."""
        return [ClientView(**client) for client in self._tokens(filters)]

    def revoke(self, token: TokenView | str, *, grant: bool = False) -> int:
        """Revoke a token, with `grant` everything of its grant; return how many were good."""
        return self._then(lambda: token_control.revoke(self._world, self._found(token), grant=grant))

    def expire(self, token: TokenView | str) -> bool:
        """Let a token expire now, whatever its client was told; return whether it was alive."""
        return self._then(lambda: token_control.expire(self._world, self._found(token)))

    def drop_scopes(self, token: TokenView | str, *scopes: str) -> bool:
        """Take the scopes that fit these globs from a token; return whether it had any."""
        return self._then(lambda: token_control.drop(self._world, self._found(token), scopes))

    def unblock(self, token: TokenView | str) -> int:
        """Say that a token's user was asked again; return how many tokens of its client waited for that."""
        return self._then(lambda: token_control.unblock(self._world, self._found(token)))

    def rotate_secret(
        self, client: str, *, provider: str | None = None, secret: str | None = None, grace: str | int = 0
    ) -> str:
        """Give a client another secret and return it; the one before is good for the grace ("1h")."""

        def rotate() -> str:
            found = token_control.client(self._world, client, provider)
            return token_control.rotate(self._world, found, secret=secret, grace=grace)

        return self._then(rotate)

    def skew(self, client: str, by: str | float, *, provider: str | None = None) -> float:
        """Put the authority's clock ahead of a client's ("90s", "-30s", seconds): its tokens die that much early."""
        return self._then(
            lambda: token_control.skew(self._world, token_control.client(self._world, client, provider), by)
        )

    def _tokens(self, filters: dict[str, Any]) -> list[dict[str, Any]]:
        found = self._then(lambda: token_control.tokens(self._world, filters))
        return found["clients"]  # type: ignore[no-any-return]

    def _found(self, token: TokenView | str) -> Any:
        return token_control.find(self._world, token if isinstance(token, str) else token.id)

    def _then(self, call: Callable[[], T]) -> T:
        """Answer once the world is at the present moment: whether a token expired hangs on it."""

        def run() -> T:
            self._world.arrive(self._app.wall())
            return call()

        return self._now(run)
