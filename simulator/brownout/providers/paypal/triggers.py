"""Which calls cause an event of PayPal's: one recipe an event, for `brownout trigger`.

An event of PayPal's is kept only if a webhook of the application asked for it. (PayPal docs, Webhooks event names; read
2026-11-24.)
"""

from __future__ import annotations

from typing import Any, Final

from brownout.core.triggers import Advance, Recipe, Recipes, Step, Triggers

_USD: Final = {"currency_code": "USD", "value": "20.00"}


def _order(intent: str = "CAPTURE") -> Step:
    params = {"intent": intent, "purchase_units": [{"amount": _USD}]}
    return Step(name="order", path="/v2/checkout/orders", params=params)


def _do(step: str, path: str, /, **params: Any) -> Step:
    return Step(name=step, path=path, params=params)


def _decided(decision: str) -> Step:
    """Return what a buyer chooses on the order's page."""
    return Step(name="page", path="{order.links.1.href}", params={"token": "{order.id}", "decision": decision})


_CAPTURED: Final = _do("paid", "/v2/checkout/orders/{order.id}/capture")
_AUTHORIZED: Final = _do("authorized", "/v2/checkout/orders/{order.id}/authorize")
_CAPTURE: Final = "{paid.purchase_units.0.payments.captures.0.id}"
_AUTHORIZATION: Final = "{authorized.purchase_units.0.payments.authorizations.0.id}"
_PAID: Final = (_order(), _decided("approve"), _CAPTURED)
_HELD: Final = (_order("AUTHORIZE"), _decided("approve"), _AUTHORIZED)
_PRODUCT: Final = _do("product", "/v1/catalogs/products", name="Tea", type="PHYSICAL")
_SHARE: Final = {"recipient_type": "EMAIL", "receiver": "jenny@example.com"}
_BATCH: Final = Step(
    name="payout",
    path="/v1/payments/payouts",
    params={
        "sender_batch_header": {"email_subject": "Your share"},
        "items": [{**_SHARE, "amount": {"currency": "USD", "value": "5.00"}}],
    },
    about="batch_header.payout_batch_id",
)

_RECIPES: Final[Recipes] = {
    "CATALOG.PRODUCT.CREATED": Recipe((_PRODUCT,)),
    "CHECKOUT.ORDER.APPROVED": Recipe((_order(), _decided("approve"))),
    "CHECKOUT.ORDER.COMPLETED": Recipe(_PAID),
    "PAYMENT.AUTHORIZATION.CREATED": Recipe(_HELD),
    "PAYMENT.AUTHORIZATION.VOIDED": Recipe(
        (*_HELD, _do("voided", f"/v2/payments/authorizations/{_AUTHORIZATION}/void"))
    ),
    "PAYMENT.CAPTURE.COMPLETED": Recipe(_PAID),
    "PAYMENT.CAPTURE.PENDING": Recipe((_order(), _decided("echeck"), _CAPTURED)),
    "PAYMENT.CAPTURE.REFUNDED": Recipe((*_PAID, _do("refund", f"/v2/payments/captures/{_CAPTURE}/refund"))),
    "PAYMENT.PAYOUTSBATCH.SUCCESS": Recipe((*_PAID, _BATCH, Advance("1m"))),
}

TRIGGERS: Final = Triggers(
    recipes=_RECIPES,
    first=(
        Step(
            name="token", path="/v1/oauth2/token", params={"grant_type": "client_credentials"}, form=True,
            headers={"Authorization": "Basic {call.basic}"},
        ),
    ),
    headers={"Authorization": "Bearer {token.access_token}", "Prefer": "return=representation"},
    key="brownout-client:brownout-secret",
    events="/v1/notifications/webhooks-events?event_type={event}&page_size=100",
    listed="events",
    unlisted="PayPal keeps it only if a webhook of this application asked for it: register one, or run brownout listen",
    encoding="json",
)  # fmt: skip
