"""The client that was written on the day when everything worked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout_clients.protocols import Failure, News, Payment
from brownout_clients.providers import token_call
from brownout_clients.shapes import Field, body_of, strict
from brownout_clients.shop import Shop

if TYPE_CHECKING:
    from brownout_clients.protocols import Order, Response
    from brownout_clients.providers import Call, Provider

CHECKED_EVERY_SECONDS: Final = 0.25
CHECKS_MOST: Final = 8


class Naive(Shop):
    """Tries once, fetches each token once, sends no idempotency keys, believes its models of the answers.

    Where it has no answer, it tells the customer that nothing was charged. A check that is complete is a check passed,
    a webhook is true as often as it comes, and a page that names no next one is the last.
    """

    careful = False

    def send(self, call: Call) -> Response:
        """Send it once."""
        return self.once(call, self._token(call.provider), keyed=False)

    def read(self, response: Response, fields: tuple[Field, ...], where: str) -> dict[str, Any]:
        """Read strictly."""
        return strict(response.body, fields, where)

    def cleared(self, response: Response, where: str) -> bool:
        """Return that the customer is who they say: the check is complete."""
        return True

    def subscribe(self) -> None:
        """Register where webhooks go; once, unless it failed."""
        hearing = self.hearing
        if hearing.asked:
            return
        hearing.asked = True
        try:
            self.register(hearing, hearing.believe)
        except Failure:
            hearing.asked = False
            raise

    def news(self, order: Order, placed: Payment | None) -> News:
        """Look into the books now and then; each webhook about the order has added to what it paid."""
        for _ in range(CHECKS_MOST):
            self.around.clock.sleep(CHECKED_EVERY_SECONDS)
            told = self.hearing.told.get(order.order)
            if told:
                paid = sum(one.amount_minor for one in told)
                return News(Payment(told[0].payment, paid, told[0].payment), paid, told[0].at)
        raise Failure("transport", f"{order.order}: no webhook came", certain=False)

    def page(self, call: Call) -> tuple[list[Any], str | None]:
        """Read a page; where it names no next one, it was the last."""
        body = self.send(call).body
        after = body_of(body, call.where).get("next")
        return strict(body, (Field("data", list),), call.where)["data"], after if isinstance(after, str) else None

    def _token(self, provider: Provider) -> str:
        if provider.secret:
            return provider.secret
        tokens = self.around.shared.setdefault("tokens", {})
        if provider.name not in tokens:
            call = token_call(provider)
            found = strict(self.once(call, "", keyed=False).body, (Field("access_token"),), call.where)
            tokens[provider.name] = found["access_token"]
        return str(tokens[provider.name])
