"""What became of each credential: how its client renewed its tokens, and what it did when they were refused.

A *credential* is a client that asks for tokens for itself, or a grant that they descend from. A *refresh* is a call for
tokens after its first good one. Formulas: docs/verdict.md.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field, fields
from math import inf
from typing import TYPE_CHECKING, Final, TypeAlias

from brownout.verdict.holdings import Holding, availability
from brownout.verdict.moments import Moments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from brownout.verdict.attempts import Attempt
    from brownout.verdict.history import Scope

Values: TypeAlias = dict[str, dict[str, float | None]]

ON_THE_WAY_SECONDS: Final = 0.050
"""A request that arrives so soon after a new token had left may have been sent before that came."""
NEW_TOKENS_MOST: Final = 2
"""How many new tokens may be tried for a scope: a fault may have taken it from the first of them as well."""
_SCOPE: Final = "scope_missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEvents:
    """What happened to the credentials of an arm; each event is the attempt that it happened at.

    `refreshed` are good refreshes and `unrefreshed` the others; `proactive` those of both that came before the token
    at hand was of no more use. `expired` is the first attempt after a token's end, the one by which its client could
    know. `overlapping` began while another call for the same credential was under way, where none had before; `kept`
    and `dead` are the last calls of credentials; `stale` came with an old token although a newer one had arrived;
    `looping` repeated what lacked a scope. `holdings` are when each credential had a good token, and `whose` names the
    credential of each token.
    """

    refreshed: Sequence[Attempt] = ()
    unrefreshed: Sequence[Attempt] = ()
    proactive: Sequence[Attempt] = ()
    expired: Sequence[Attempt] = ()
    overlapping: Sequence[Attempt] = ()
    kept: Sequence[Attempt] = ()
    dead: Sequence[Attempt] = ()
    stale: Sequence[Attempt] = ()
    looping: Sequence[Attempt] = ()
    holdings: Sequence[Holding] = ()
    whose: Mapping[str, str] = field(default_factory=dict)

    def among(self, wanted: Callable[[Attempt], bool]) -> TokenEvents:
        """Return those at attempts that are wanted."""
        events = {name: [one for one in getattr(self, name) if wanted(one)] for name in _EVENTS}
        held = [one for one in self.holdings if wanted(one.first)]
        return TokenEvents(**events, holdings=held, whose=self.whose)


_EVENTS: Final = tuple(one.name for one in fields(TokenEvents) if one.name not in ("holdings", "whose"))


def tokens(scope: Scope) -> Values:
    """Return what the tokens of a scope amount to."""
    seen, known = scope.tokens, scope.whole
    refreshes, ended = refreshes_of(scope), len(seen.expired)
    credentials = len(seen.kept) + len(seen.dead)
    redundancy = len(seen.refreshed) / max(1, ended) if refreshes or ended else None
    return {
        "refresh.success": _share(len(seen.refreshed), refreshes, known=known),
        "refresh.redundancy": {"value": redundancy if known else None},
        "refresh.overlapping": {"count": len(seen.overlapping) if known else None},
        "refresh.proactive": _share(len(seen.proactive), refreshes, known=known),
        "credentials.lost": _share(len(seen.dead), credentials, known=known),
        "tokens.availability": {
            "value": availability(seen.holdings, *scope.span) if known and scope.span is not None else None
        },
        "auth.stale": {"count": len(seen.stale) if known else None},
        "auth.scope_loops": {"count": len(seen.looping) if known else None},
    }


def refreshes_of(scope: Scope) -> int:
    """Return how many refreshes there were."""
    return len(scope.tokens.refreshed) + len(scope.tokens.unrefreshed)


def credentials_of(scope: Scope) -> int:
    """Return how many credentials came to their last call for tokens."""
    return len(scope.tokens.kept) + len(scope.tokens.dead)


def token_events(attempts: Sequence[Attempt]) -> TokenEvents:
    """Return what happened to the credentials of an arm."""
    calls: dict[tuple[str, str], list[Attempt]] = defaultdict(list)
    whose: dict[str, tuple[str, str]] = {}
    for one in attempts:
        if one.grant is not None and one.grant.of is not None:
            of = _provider(one), one.grant.of  # a client may go by one id at several
            calls[of].append(one)
            if one.grant.issued is not None:
                whose[one.grant.issued] = of
    uses: dict[tuple[str, str], list[Attempt]] = defaultdict(list)
    for one in attempts:
        if one.token is not None and one.token in whose:
            uses[whose[one.token]].append(one)
    found: dict[str, list[Attempt]] = {name: [] for name in _EVENTS}
    moments, holdings = Moments(attempts), []
    for of, each in calls.items():
        credential = _Credential(sorted(each, key=_arrival), sorted(uses[of], key=_arrival))
        for name, events in credential.events().items():
            found[name] += events
        holdings.append(credential.holding(moments))
    found["looping"] = _looping(attempts)
    names = {token: f"{provider} {owner}" for token, (provider, owner) in whose.items()}
    return TokenEvents(**found, holdings=holdings, whose=names)


class _Credential:
    """One credential: its `calls` for tokens and the `uses` of what was issued."""

    def __init__(self, calls: Sequence[Attempt], uses: Sequence[Attempt]) -> None:
        self._calls = calls
        self._uses = uses
        self._had = [one for one in calls if one.error is None and one.grant is not None and one.grant.issued]
        self._generations = _generations(self._had)
        self._refused: dict[str, Attempt] = {}  # the first use for which a token was no good any more
        for one in uses:
            if one.error == "auth" and one.token is not None:  # for want of a scope, too: another may have it
                self._refused.setdefault(one.token, one)

    def events(self) -> dict[str, list[Attempt]]:
        refreshes = [one for one in self._calls if self._is_refresh(one)]
        last = self._calls[-1]
        return {
            "refreshed": [one for one in refreshes if one.error is None],
            "unrefreshed": [one for one in refreshes if one.error is not None],
            "proactive": [one for one in refreshes if self._before_its_end(one)],
            "expired": self._expired(),
            "overlapping": self._overlapping(),
            "dead" if last.error == "auth" else "kept": [last],
            "stale": [one for one in self._uses if self._is_stale(one)],
        }

    def holding(self, moments: Moments) -> Holding:
        """Return when it had a token that was good, from when that had arrived."""
        spells = []
        for one in self._had:
            end = self._end_of(one)
            wall = inf if end == inf else moments.wall(end)
            spells.append((_left(one), end if wall is None else wall))
        return Holding(first=self._calls[0], spells=spells)

    def _is_refresh(self, call: Attempt) -> bool:
        if call.grant is not None and call.grant.kind == "refresh_token":
            return True
        return bool(self._had) and _arrival(call) > _arrival(self._had[0])

    def _before_its_end(self, call: Attempt) -> bool:
        """Return whether the newest token that had arrived was still good as far as anybody could know."""
        at = [one for one in self._had if _left(one) <= _arrival(call)]
        if not at:
            return False
        newest = at[-1]
        refused = self._refused.get(_issued(newest))
        return call.offset < _end(newest) and (refused is None or _arrival(refused) > _arrival(call))

    def _expired(self) -> list[Attempt]:
        """Return the ends of tokens that their client had to do something about, one after the other.

        Of several that were issued for the same end, only one has an end of its own: the others were too many.
        """
        everything = sorted([*self._calls, *self._uses], key=lambda one: one.offset)
        places = [one.offset for one in everything]
        found: list[Attempt] = []
        current = 0
        while current < len(self._generations):
            end = max(self._end_of(one) for one in self._generations[current])
            place = bisect_left(places, end)
            if place == len(everything):
                break
            found.append(everything[place])
            before = [one for one in range(current + 1, len(self._generations)) if self._begin(one) <= end]
            current = before[-1] if before else current + 1
        return found

    def _begin(self, generation: int) -> float:
        return self._generations[generation][0].offset

    def _end_of(self, call: Attempt) -> float:
        """Return when the token that was issued ended, in world time: as told, or when it was first refused."""
        refused = self._refused.get(_issued(call))
        return min(_end(call), inf if refused is None else refused.offset)

    def _overlapping(self) -> list[Attempt]:
        found: list[Attempt] = []
        under_way: list[float] = []
        several = False
        for call in self._calls:
            under_way = [left for left in under_way if left > _arrival(call)]
            several = several and len(under_way) > 1
            if under_way and not several:
                found.append(call)
                several = True
            under_way.append(_left(call))
        return found

    def _is_stale(self, use: Attempt) -> bool:
        if use.error != "auth" or use.reason == _SCOPE:
            return False
        for number, generation in enumerate(self._generations):
            if any(_issued(one) == use.token for one in generation):
                newer = self._generations[number + 1 :]
                return any(_left(one[0]) <= _arrival(use) - ON_THE_WAY_SECONDS for one in newer)
        return False


def _generations(calls: Iterable[Attempt]) -> list[list[Attempt]]:
    """Return good calls for tokens, together those that came before the first one of them was answered."""
    found: list[list[Attempt]] = []
    for call in calls:
        if found and _arrival(call) < _left(found[-1][0]):
            found[-1].append(call)
        else:
            found.append([call])
    return found


def _looping(attempts: Iterable[Attempt]) -> list[Attempt]:
    """Return the repeats of what lacked a scope, but for those with a new token: that might have had it."""
    before: dict[tuple[str, str, str], list[Attempt]] = defaultdict(list)
    found = []
    for one in attempts:
        if one.slot is None or one.reason != _SCOPE:
            continue
        earlier = before[one.slot]
        if earlier and (len(earlier) > NEW_TOKENS_MOST or one.token == earlier[-1].token):
            found.append(one)
        earlier.append(one)
    return found


def _provider(attempt: Attempt) -> str:
    return attempt.operation.partition(".")[0]


def _arrival(attempt: Attempt) -> float:
    return attempt.offset if attempt.at is None else attempt.at


def _left(attempt: Attempt) -> float:
    return _arrival(attempt) if attempt.ended_at is None else attempt.ended_at


def _issued(call: Attempt) -> str:
    return (call.grant.issued if call.grant is not None else None) or ""


def _end(call: Attempt) -> float:
    """Return when a token ends as its client was told, in world time."""
    life = call.grant.life_seconds if call.grant is not None else None
    return inf if life is None else call.offset + life


def _share(number: int, of: int, *, known: bool) -> dict[str, float | None]:
    return {"count": number if known else None, "rate": number / of if known and of else None}
