"""Whom a rule or a limit is about. Static parts are decided once per operation, dynamic parts per request."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import translate
from functools import lru_cache
from re import compile as compile_pattern
from typing import TYPE_CHECKING, Any

from brownout.core.chance import uniform

if TYPE_CHECKING:
    from collections.abc import Mapping
    from re import Pattern

    from brownout.core.exchange import Exchange
    from brownout.core.operation import Operation


@lru_cache(maxsize=4096)
def _compiled(glob: str) -> Pattern[str]:
    return compile_pattern(translate(glob))


def fits(globs: tuple[str, ...], value: str) -> bool:
    """Return whether `value` matches one of `globs` (none given: everything does).

    >>> fits(("stripe.payment_intents.*",), "stripe.payment_intents.create")
    True
    """
    return not globs or any(_compiled(glob).match(value) is not None for glob in globs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """All given fields must fit; a field left out fits everything. Texts are globs, several mean any of them.

    `cohort` is a share in percent of the clients, the same ones in every run with one seed and one `salt` (the
    rule's name). `header` names are looked up in any case; `body` paths are dotted.
    """

    provider: tuple[str, ...] = ()
    operation: tuple[str, ...] = ()
    method: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    account: tuple[str, ...] = ()
    client: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    occurrence: tuple[int, ...] = ()
    cohort: float | None = None
    header: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    body: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    salt: str = ""

    def static(self, operation: Operation) -> bool:
        """Return whether requests for `operation` can match at all."""
        return (
            fits(self.provider, operation.provider)
            and fits(self.operation, operation.name)
            and fits(self.method, operation.method)
        )

    @property
    def is_static(self) -> bool:
        """Whether nothing depends on the single request."""
        return not (
            self.path or self.account or self.client or self.key or self.occurrence or self.header or self.body
        ) and (self.cohort is None)

    def dynamic(self, exchange: Exchange) -> bool:
        """Return whether this request, of an operation that fits, matches."""
        identity = exchange.identity
        if self.occurrence and identity.occurrence not in self.occurrence:
            return False
        if not (
            fits(self.path, exchange.request.path)
            and fits(self.account, exchange.account)
            and fits(self.client, identity.client)
            and fits(self.key, identity.key)
        ):
            return False
        if self.cohort is not None and not self._in_cohort(exchange.seed, identity.client):
            return False
        headers = exchange.request.headers
        return all(
            (value := headers.get(name)) is not None and fits(globs, value) for name, globs in self.header.items()
        ) and all(
            (found := look_up(exchange.params, path)) is not None and fits(globs, found)
            for path, globs in self.body.items()
        )

    def _in_cohort(self, seed: int, client: str) -> bool:
        return uniform(seed, "cohort", self.salt, client) * 100 < (self.cohort or 0.0)


def look_up(params: Mapping[str, Any], path: str) -> str | None:
    """Return the value at a dotted path as text, None if there is none.

    >>> look_up({"metadata": {"order_id": "7"}}, "metadata.order_id")
    '7'
    """
    value: Any = params
    for part in path.split("."):
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    if value is None or isinstance(value, dict | list):
        return None
    if isinstance(value, bool):  # as forms spell it, so that one glob fits both
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)
