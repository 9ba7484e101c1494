"""Eight clients that are correct but for one defect each, which the verdict has to name.

Each is a mistake that was seen in the field. None of them shows in a test against a provider that works.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brownout_clients.correct import FORBIDDEN, Correct
from brownout_clients.protocols import Failure, Payment
from brownout_clients.resilient import WORTH_RETRYING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout_clients.protocols import Order, Response, Surroundings, Transport
    from brownout_clients.providers import Call, Provider
    from brownout_clients.resilient import _Token
    from brownout_clients.shapes import Field


class RenewsInParallel(Correct):
    """No single flight: everybody who finds the token at its end renews it."""

    def _token(self, provider: Provider, *, worse_than: _Token | None) -> _Token:
        self.purse.locks[provider.name] = self.around.lock()  # one that nobody else waits for
        return super()._token(provider, worse_than=worse_than)


class IgnoresRetryAfter(Correct):
    """Waits as it thinks fit, whatever it was told."""

    def _wait(self, call: Call, number: int, wrong: Failure) -> float:
        wrong.retry_after = None
        return super()._wait(call, number, wrong)


class NewKeyOnRetry(Correct):
    """Makes the idempotency key where the request is made, so that each try has another."""

    def try_once(self, call: Call, token: _Token, number: int) -> Response:
        """Send it as something new."""
        made: int = self.around.shared.get("made", 0) + 1
        self.around.shared["made"] = made
        return super().try_once(call._replace(key=f"{call.key}-{made}" if call.key else ""), token, number)


class NoJitter(Correct):
    """Waits ever longer, and exactly as long as everybody else."""

    def spread(self, call: Call, number: int, bound: float) -> float:
        """Return the bound."""
        return bound


class StrictEnum(Correct):
    """Refuses an answer with a word that its model doesn't list."""

    def read(self, response: Response, fields: tuple[Field, ...], where: str) -> dict[str, Any]:
        """Read tolerantly, but for words."""
        found = super().read(response, fields, where)
        for one in fields:
            if one.words and found[one.path] not in one.words:
                raise Failure("contract", f"{one.path} of {where} is unknown: {found[one.path]!r:.60}", certain=False)
        return found


class SwallowsRefusals(Correct):
    """Writes a 429 to its log and goes on as if it had paid."""

    def worth_retrying(self, wrong: Failure, forbidden: int) -> bool:
        """Return False for a refusal, for which it believes somebody else is responsible."""
        return wrong.error != "throttle" and super().worth_retrying(wrong, forbidden)

    def pay(self, order: Order) -> Payment:
        """Charge the order, or not."""
        try:
            return super().pay(order)
        except Failure as wrong:
            if wrong.error != "throttle":
                raise
            return Payment(order.order, order.amount_minor, order.order)


class RetriesForbidden(Correct):
    """Takes a missing scope for bad luck: tries again with the token that lacks it."""

    def worth_retrying(self, wrong: Failure, forbidden: int) -> bool:
        """Return whether its class is, on the whole."""
        return wrong.error in WORTH_RETRYING

    def distrust(self, provider: Provider, token: _Token, wrong: Failure) -> None:
        """Distrust it only if it was no good at all."""
        if wrong.status != FORBIDDEN:
            super().distrust(provider, token, wrong)


class TrustsRemaining(Correct):
    """Believes that a refusal with something left must be a mistake, and tries again at once."""

    def __init__(self, around: Surroundings) -> None:
        self.heard = _Heard(around.transport)
        super().__init__(around._replace(transport=self.heard))

    def _wait(self, call: Call, number: int, wrong: Failure) -> float:
        if wrong.error == "throttle" and wrong.retry_after is None and self.heard.remaining > 0:
            return 0.0
        return super()._wait(call, number, wrong)


class _Heard:
    """A transport that keeps what the last answer said was left."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.remaining = 0

    def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes) -> Response:
        """Return the answer.

        Raises:
            Lost: if none came.
        """
        self.remaining = 0
        response = self._transport.send(method, url, headers=headers, body=body)
        self.remaining = int(response.headers.get("X-RateLimit-Remaining") or 0)
        return response
