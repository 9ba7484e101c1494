"""Sessions, links and rates that are taken to have been there before: what conjured ids stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brownout.providers.stripe.checkout import lines
from brownout.providers.stripe.checkout.form import TEST_PAYER, Payer
from brownout.providers.stripe.checkout.links import LINKS_OF
from brownout.providers.stripe.checkout.sessions import SESSIONS, choose_shipping
from brownout.providers.stripe.checkout.shipping_rates import RATES

if TYPE_CHECKING:
    from brownout.core.operation import Call

_DAY = 86_400


def _item(call: Call, price: dict[str, Any]) -> list[str]:
    return lines.make(call, [{"price": price["id"], "quantity": 1}])


def paid(call: Call, object_id: str, price: dict[str, Any], intent: dict[str, Any]) -> None:
    """Keep a session in which `price` was bought with the payment `intent`."""
    session = SESSIONS.build(call, {"mode": "payment", "currency": intent["currency"]})
    session |= {"id": object_id, "expires_at": call.now + _DAY, "payment_intent": intent["id"], "status": "complete"}
    session |= {"amount_subtotal": intent["amount"], "payment_status": "paid", "success_url": "https://example.com/"}
    choose_shipping(session, 0)
    where = {"country": TEST_PAYER["country"], "postal_code": TEST_PAYER["postal_code"]}
    said = {"email": TEST_PAYER["email"], "name": TEST_PAYER["name"], "address": where, "custom": {}, "consent": None}
    Payer(said).tell(session)
    call.create("checkout.session", session)
    call.table("checkout").put({"id": object_id, "key": None, "lines": _item(call, price), "after": None})
    call.table("checkout_intent").put({"id": intent["id"], "session": object_id})


def link(call: Call, object_id: str, price: dict[str, Any]) -> None:
    """Keep a link that sells `price`."""
    code = f"test_{call.draw_text('link', 18)}"
    value = LINKS_OF.build(call, {})
    value |= {"id": object_id, "currency": price["currency"], "url": f"{call.base_url}/b/{code}"}
    call.create("payment_link", value)
    call.table("checkout").put({"id": object_id, "lines": _item(call, price), "data": {}})
    call.table("payment_link_code").put({"id": code, "link": object_id})


def rate(call: Call, object_id: str, amount: int) -> None:
    """Keep a shipping rate."""
    given = {"display_name": "Shipping", "fixed_amount": {"amount": amount, "currency": "usd"}}
    call.create("shipping_rate", RATES.build(call, given) | {"id": object_id})
