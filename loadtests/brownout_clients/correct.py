"""The client whose manners are good, too: what `defective` has eight variants of."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Final

from brownout_clients.protocols import Failure
from brownout_clients.resilient import TRIES_MOST, WAIT_MOST_SECONDS, WORTH_RETRYING, Resilient

if TYPE_CHECKING:
    from brownout_clients.protocols import Response, Surroundings
    from brownout_clients.providers import Call, Provider
    from brownout_clients.resilient import _Token

BOUND_FIRST_SECONDS: Final = 1.0
"""The first wait is drawn below this: long enough for those who failed together to come back apart."""
FORBIDDEN: Final = 403
"""The status of a token that is good and lacks a scope."""
NEW_TOKENS_MOST: Final = 1
"""How many new tokens are tried for a missing scope."""


class Correct(Resilient):
    """Spreads its waits above what it was told, and asks for a missing scope with one new token and no more.

    Users of one process share what they know of tokens: one that was refused is used by none of them again.
    """

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around)
        self.refused: dict[str, _Token] = around.shared.setdefault("refused", {})

    def send(self, call: Call) -> Response:
        """Send until it is answered well, or there is no sense in it any more."""
        uncertain = False
        forbidden = 0
        for number in range(TRIES_MOST):
            used: _Token | None = None
            try:
                used = self._token(call.provider, worse_than=self.refused.get(call.provider.name))
                return self.try_once(call, used, number)
            except Failure as wrong:
                uncertain = uncertain or not wrong.certain
                forbidden += wrong.status == FORBIDDEN
                if wrong.error == "auth" and used is not None:
                    self.distrust(call.provider, used, wrong)
                if not self.worth_retrying(wrong, forbidden) or number == TRIES_MOST - 1:
                    wrong.certain = not uncertain
                    raise
                self.around.clock.sleep(self._wait(call, number, wrong))
        raise AssertionError("unreachable")

    def try_once(self, call: Call, token: _Token, number: int) -> Response:
        """Send a call for the `number`th time, from 0.

        Raises:
            Failure: if no answer came, or not a good one.
        """
        return self.once(call, token.text, keyed=True)

    def worth_retrying(self, wrong: Failure, forbidden: int) -> bool:
        """Return whether the same may go better; `forbidden` says how often a scope was missing."""
        return wrong.error in WORTH_RETRYING and forbidden <= NEW_TOKENS_MOST

    def distrust(self, provider: Provider, token: _Token, wrong: Failure) -> None:
        """Let nobody use a token again that was refused."""
        known = self.refused.get(provider.name)
        if known is None or known.number < token.number:
            self.refused[provider.name] = token

    def _fetch(self, provider: Provider, *, number: int) -> _Token:
        """Return a new token, whose life is counted from when it was asked for: it may have been made right then."""
        asked_at = self.around.clock.now()
        fresh = super()._fetch(provider, number=number)
        return fresh._replace(renew_at=fresh.renew_at - (self.around.clock.now() - asked_at))

    def _wait(self, call: Call, number: int, wrong: Failure) -> float:
        """Return a wait that is drawn whole: below a bound that doubles, or from what was told to twice that."""
        if wrong.error == "auth" and number == 0:
            return 0.0  # a new token is worth trying at once
        bound = min(WAIT_MOST_SECONDS, BOUND_FIRST_SECONDS * 2**number)
        told = wrong.retry_after
        return self.spread(call, number, bound) if not told else told + self.spread(call, number, told)

    def spread(self, call: Call, number: int, bound: float) -> float:
        """Return a part of `bound`, drawn anew for each call and try."""
        return bound * Random(f"{self.around.seed}|{call.key or call.path}|{number}").random()
