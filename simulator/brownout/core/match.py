"""Whom a rule or a limit is about. Static parts are decided once per operation, dynamic parts per request."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import translate
from functools import lru_cache, partial
from re import compile as compile_pattern
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from brownout.core.chance import uniform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
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


Test: TypeAlias = "Callable[[Exchange], bool]"
"""Whether one field fits a request."""

COHORT_BY: Final = ("client", "account", "key", "object", "ip")
"""What a cohort may be a share of, beside what stands at `body.PATH` or `header.NAME`."""


class _Compiled:
    """Holds what a `Match` is made into; it is no field, so that values stay plain data."""

    __slots__ = ("tests",)
    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match(_Compiled):
    """All given fields must fit; a field left out fits everything. Texts are globs, several mean any of them.

    `grant` is the grant type of a call for tokens, and fits no other call. `event` (a type of event) and `endpoint`
    (its id or URL) are those of a webhook delivery, and fit nothing else. `cohort` is a share in percent of what
    `cohort_by` names (one of `COHORT_BY`, `body.PATH` or `header.NAME`): the same ones in every run with one seed and
    one `salt` (the rule's name); a request that doesn't say is in none. `header` names are looked up in any case;
    `body` paths are dotted. `tests` are what has to be asked of each request, in order.
    """

    provider: tuple[str, ...] = ()
    operation: tuple[str, ...] = ()
    method: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    account: tuple[str, ...] = ()
    client: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    grant: tuple[str, ...] = ()
    event: tuple[str, ...] = ()
    endpoint: tuple[str, ...] = ()
    occurrence: tuple[int, ...] = ()
    cohort: float | None = None
    cohort_by: str = "client"
    header: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    body: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    salt: str = ""

    def __post_init__(self) -> None:
        """Compile what depends on the single request."""
        object.__setattr__(self, "tests", tuple(_tests(self)))

    def static(self, operation: Operation) -> bool:
        """Return whether requests for `operation` can match at all."""
        return (
            fits(self.provider, operation.provider)
            and fits(self.operation, operation.name)
            and fits(self.method, operation.method)
            and (not self.grant or operation.effect == "token")
            and (not (self.event or self.endpoint) or operation.effect == "delivery")
        )

    @property
    def is_static(self) -> bool:
        """Whether nothing depends on the single request."""
        return not self.tests

    def dynamic(self, exchange: Exchange) -> bool:
        """Return whether this request, of an operation that fits, matches."""
        return all(test(exchange) for test in self.tests)


def _tests(match: Match) -> Iterator[Test]:
    """Yield what has to be asked of a request, the cheapest first."""
    if match.occurrence:
        numbers = frozenset(match.occurrence)
        yield lambda exchange: exchange.identity.occurrence in numbers
    for globs, value in (
        (match.client, lambda exchange: exchange.identity.client),
        (match.account, lambda exchange: exchange.account),
        (match.key, lambda exchange: exchange.identity.key),
        (match.path, lambda exchange: exchange.request.path),
        (match.grant, lambda exchange: look_up(exchange.params, "grant_type")),
        (match.event, lambda exchange: exchange.path_params.get("event")),
    ):
        if globs:
            yield _among(globs, value)
    if match.endpoint:
        yield lambda exchange: any(fits(match.endpoint, exchange.path_params[name]) for name in ("endpoint", "url"))
    if match.cohort is not None:
        yield _in_cohort(match.cohort, match.cohort_by, match.salt)
    for name, globs in match.header.items():
        yield _among(globs, partial(_header, name))
    for path, globs in match.body.items():
        yield _among(globs, partial(_parameter, path))


def _among(globs: tuple[str, ...], value: Callable[[Exchange], str | None]) -> Test:
    """Return whether a request has such a value, and one of `globs` fits it."""
    patterns = [_compiled(glob).match for glob in globs]
    if len(patterns) == 1:
        fits_it = patterns[0]
        return lambda exchange: (found := value(exchange)) is not None and fits_it(found) is not None
    return lambda exchange: (
        (found := value(exchange)) is not None and any(pattern(found) is not None for pattern in patterns)
    )


def _header(name: str, exchange: Exchange) -> str | None:
    return exchange.request.headers.get(name)


def _parameter(path: str, exchange: Exchange) -> str | None:
    return look_up(exchange.params, path)


def _in_cohort(share: float, by: str, salt: str) -> Test:
    """Return whether what a request belongs to is in the cohort."""
    owner = _owner(by)
    where = () if by == "client" else (by,)

    def belongs(exchange: Exchange) -> bool:
        found = owner(exchange)
        return found is not None and _cohort_draw(exchange.seed, salt, *where, found) * 100 < share

    return belongs


@lru_cache(maxsize=65_536)
def _cohort_draw(seed: int, *key: str) -> float:
    return uniform(seed, "cohort", *key)


def _owner(by: str) -> Callable[[Exchange], str | None]:
    """Return what a cohort is a share of, None where a request doesn't say.

    Raises:
        ValueError: if that is nothing that requests have.
    """
    match by:
        case "client":
            return lambda exchange: exchange.identity.client
        case "account":
            return lambda exchange: exchange.account
        case "key":
            return lambda exchange: exchange.identity.key
        case "object":
            return _object
        case "ip":
            return lambda exchange: exchange.request.peer
    where, _, name = by.partition(".")
    if where not in ("body", "header") or not name:
        message = f"cohort_by must be one of {', '.join(COHORT_BY)}, body.PATH or header.NAME, not {by!r}"
        raise ValueError(message)
    return partial(_header if where == "header" else _parameter, name)


def _object(exchange: Exchange) -> str | None:
    return exchange.path_params.get(exchange.operation.id_param or "")


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
