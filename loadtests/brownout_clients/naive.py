"""The client that was written on the day when everything worked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brownout_clients.providers import token_call
from brownout_clients.shapes import Field, strict
from brownout_clients.shop import Shop

if TYPE_CHECKING:
    from brownout_clients.protocols import Response
    from brownout_clients.providers import Call, Provider


class Naive(Shop):
    """Tries once, fetches each token once, sends no idempotency keys, believes its models of the answers.

    Where it has no answer, it tells the customer that nothing was charged.
    """

    careful = False

    def send(self, call: Call) -> Response:
        """Send it once."""
        return self.once(call, self._token(call.provider), keyed=False)

    def read(self, response: Response, fields: tuple[Field, ...], where: str) -> dict[str, Any]:
        """Read strictly."""
        return strict(response.body, fields, where)

    def _token(self, provider: Provider) -> str:
        if provider.secret:
            return provider.secret
        tokens = self.around.shared.setdefault("tokens", {})
        if provider.name not in tokens:
            call = token_call(provider)
            found = strict(self.once(call, "", keyed=False).body, (Field("access_token"),), call.where)
            tokens[provider.name] = found["access_token"]
        return str(tokens[provider.name])
