"""What faults make of the credential that a request presents when somebody looks at it: good, and refused all the same.

A provider asks `Call.secret_flaw` or `Call.mistaken` where clients prove who they are; where a token or a static key is
used, `core.admission` asks it once more as if the authority knew better.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from brownout.core import causes
from brownout.core.effects.tokens import TakeFor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from brownout.core.effects.tokens import Doubt, Mistake
    from brownout.core.tokens.token import Reason

REASONS: Final[dict[Mistake, Reason]] = {
    "old secret": "token_revoked",
    "live": "token_unknown",
    "unknown": "token_unknown",
}
"""What a token or a key that is taken for something is worth; how one is sent is nothing that could be mistaken."""

_CAUSES: Final[dict[Mistake, str]] = {
    "old secret": causes.OLD_SECRET,
    "live": causes.LIVE,
    "unknown": causes.UNKNOWN_CLIENT,
}


class Doubted:
    """What a rule wants to be thought of the credential of one exchange, and whether that came to anything."""

    __slots__ = ("changed", "effect", "rule")

    def __init__(self, effect: Doubt, rule: str) -> None:
        """Name the rule; nobody has looked yet."""
        self.effect = effect
        self.rule = rule
        self.changed = False

    def feigned(self, mistake: Mistake, *, basic: bool = False) -> str:
        """Return the cause that a refusal for it is told by, and note that it came to that.

        `basic` says how the credential was sent.
        """
        self.changed = True
        wrong_way = causes.BASIC_FOR_POST if basic else causes.POST_FOR_BASIC
        return causes.feigned(_CAUSES.get(mistake, wrong_way), self.rule)


def mistaken(doubts: Iterable[Doubted], *, basic: bool) -> str | None:
    """Return what the first rule that takes a client for something else takes it for, None if there is none."""
    for one in doubts:
        if isinstance(one.effect, TakeFor):
            return one.feigned(one.effect.mistake, basic=basic)
    return None
