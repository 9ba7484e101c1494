"""Authorization codes: given out after consent, good once and for a short while (RFC 6749 §4.1.2)."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from brownout.core.tokens.pkce import Challenge

CODES_KEPT: Final = 10_000
"""How many codes a sandbox remembers; the oldest goes first, and is then unknown."""

CodeState: TypeAlias = Literal["good", "expired", "used"]


@dataclass(slots=True, kw_only=True)
class Code:
    """One code, and what it was asked for with. Times are world time.

    `scopes` are what was granted of those `asked` for. `redirect_uri` is None if the request left it out: then the
    exchange leaves it out too. `family` is the grant that its tokens will descend from, `grant_at` when the consent was
    given.
    """

    text: str
    provider: str
    client_id: str
    subject: str
    scopes: frozenset[str]
    asked: frozenset[str]
    redirect_uri: str | None
    challenge: Challenge | None
    nonce: str | None
    family: str
    grant_at: float
    expires_at: float
    used_at: float | None = None

    def state(self, now: float) -> CodeState:
        """Return what it is worth: a used one stays so, whatever time it is."""
        if self.used_at is not None:
            return "used"
        return "expired" if now >= self.expires_at else "good"


class Codes:
    """The codes of one sandbox."""

    __slots__ = ("_codes", "evicted")

    def __init__(self) -> None:
        """Start with none."""
        self._codes: OrderedDict[tuple[str, str], Code] = OrderedDict()
        self.evicted = 0

    def __len__(self) -> int:
        """Return how many are remembered."""
        return len(self._codes)

    def keep(self, code: Code) -> Code:
        """Remember a code and return it."""
        if len(self._codes) >= CODES_KEPT:
            self._codes.popitem(last=False)
            self.evicted += 1
        self._codes[code.provider, code.text] = code
        return code

    def narrow(self, provider: str, client_id: str, subject: str, scopes: frozenset[str]) -> None:
        """Take scopes from the codes that are still out; one that is left without any is forgotten."""
        for slot, code in list(self._codes.items()):
            if (code.provider, code.client_id, code.subject) == (provider, client_id, subject):
                code.scopes -= scopes
                if not code.scopes and code.used_at is None:
                    del self._codes[slot]

    def find(self, provider: str, text: str) -> Code | None:
        """Return the code of this text, None if there is none."""
        return self._codes.get((provider, text))
