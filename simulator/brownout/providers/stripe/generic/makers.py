"""How each type of object is conjured: as the modules that model it build theirs, or from the schema alone.

A maker takes a call at the moment that the object was made, and its id. It keeps what it makes and tells nobody.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from brownout.providers.stripe import (
    charges,
    customers,
    files,
    money,
    payment_intents,
    payment_methods,
    prices,
    products,
    refunds,
    setup_intents,
)
from brownout.providers.stripe.cards import BY_PAYMENT_METHOD
from brownout.providers.stripe.checkout import past
from brownout.providers.stripe.connect.whose import conjured_account
from brownout.providers.stripe.funds import destinations, payouts, topups
from brownout.providers.stripe.generic.objects import SETTLED, build
from brownout.providers.stripe.generic.prefixes import PREFIXES, prefix_of
from brownout.providers.stripe.generic.tables import tables
from brownout.providers.stripe.generic.verbs import keep
from brownout.providers.stripe.identity import sessions
from brownout.providers.stripe.payment_methods import Method

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from brownout.core.operation import Call

Maker: TypeAlias = "Callable[[Call, str], None]"
_CARD: Final = "pm_card_visa"
_AMOUNT_LEAST: Final = 1_000
_AMOUNT_MOST: Final = 50_000


def _amount(call: Call, object_id: str) -> int:
    """Return a price in whole units, fixed by the seed and the id."""
    share = call.world.id_chance.uniform(b"conjured amount|" + object_id.encode())
    return int(_AMOUNT_LEAST + share * (_AMOUNT_MOST - _AMOUNT_LEAST)) // 100 * 100


def _customer(call: Call, object_id: str) -> None:
    name = object_id[-6:].lower()
    value = customers.CUSTOMERS.build(call, {"email": f"{name}@example.com", "name": f"Customer {name}"})
    call.create("customer", value | {"id": object_id})


def _payment_method(call: Call, object_id: str) -> None:
    _card(call, object_id)


def _card(call: Call, object_id: str | None = None) -> Method:
    card = BY_PAYMENT_METHOD[_CARD]
    value = payment_methods.build(call, card, {})
    method = Method(value if object_id is None else value | {"id": object_id}, card, spent=False, kept=False)
    payment_methods.keep(call, method)
    return method


def _payment(call: Call, intent_id: str, charge_id: str | None = None) -> dict[str, Any]:
    """Make a payment that was taken in full, and return its charge."""
    given = {"amount": _amount(call, intent_id), "currency": "usd", "capture_method": "automatic"}
    intent = payment_intents.build(call, given)
    secret = intent["client_secret"].rpartition("_")[2]
    intent |= {"id": intent_id, "client_secret": f"{intent_id}_secret_{secret}"}
    call.create("payment_intent", intent)
    payment: dict[str, Any] = {"id": intent_id, "key": None, "charges": [], "refunds": []}
    payment |= {"fee": 0, "available_at_once": False}
    call.table("payment").put(payment)
    method = _card(call)
    payment_methods.spend(call, method.value["id"])
    intent |= {"payment_method": method.value["id"], "status": "succeeded", "amount_received": intent["amount"]}
    charge = charges.succeeded(call, intent, method, captured=True)
    charge["id"] = charge_id or charge["id"]
    intent["latest_charge"] = charge["id"]
    charges.keep(call, payment, charge)
    money.authorize(call, payment, intent, charge["id"])
    money.take(call, payment, intent, charge, intent["amount"], method.card)
    payment["card"] = method.card.number
    return charge


def _of(call: Call, object_id: str) -> str:
    """Return the id of the payment that an id of its charge, refund or balance transaction shares its letters with."""
    stem = object_id.partition("_")[2][:16]
    return f"pi_{stem}{call.draw_text('payment', 8)}"


def _payment_intent(call: Call, object_id: str) -> None:
    _payment(call, object_id)


def _charge(call: Call, object_id: str) -> None:
    _payment(call, _of(call, object_id), object_id)


def _refund(call: Call, object_id: str) -> None:
    charge = _payment(call, _of(call, object_id))
    refund = refunds.build(call, charge, charge["amount"], {}) | {"id": object_id}
    call.create("refund", refund)
    money.payment_of(call, charge["payment_intent"])["refunds"].append(object_id)
    refunds.take_back(call, refund, charge, moves=True)


def _balance_transaction(call: Call, object_id: str) -> None:
    charge = _payment(call, _of(call, object_id))
    row = call.table("balance_transaction").remove(charge["balance_transaction"])
    if row is not None:
        charge["balance_transaction"] = row["id"] = object_id
        call.create("balance_transaction", row)


def _setup_intent(call: Call, object_id: str) -> None:
    value = setup_intents.INTENTS.build(call, {})
    value |= {
        "id": object_id,
        "client_secret": f"{object_id}_secret_{call.draw_text('secret', 24)}",
        "payment_method": _card(call).value["id"],
        "status": "succeeded",
    }
    call.create("setup_intent", value)


def _product(call: Call, object_id: str) -> None:
    value = products.PRODUCTS.build(call, {"name": f"Product {object_id[-6:]}"})
    call.create("product", value | {"id": object_id})


def _price(call: Call, object_id: str) -> None:
    product = products.PRODUCTS.build(call, {"name": f"Product {object_id[-6:]}"})
    call.create("product", product)
    amount = _amount(call, object_id)
    value = prices.PRICES.build(call, {"currency": "usd", "product": product["id"], "unit_amount": amount})
    call.create("price", value | {"id": object_id, "unit_amount_decimal": str(amount)})


def _new_price(call: Call, amount: int) -> dict[str, Any]:
    """Make a price with a product of its own, and return it."""
    product = products.PRODUCTS.build(call, {"name": "Product"})
    call.create("product", product)
    value = prices.PRICES.build(call, {"currency": "usd", "product": product["id"], "unit_amount": amount})
    return call.create("price", value | {"unit_amount_decimal": str(amount)})


def _checkout_session(call: Call, object_id: str) -> None:
    charge = _payment(call, _of(call, object_id))
    intent = call.table("payment_intent").get(charge["payment_intent"])
    if intent is not None:
        past.paid(call, object_id, _new_price(call, charge["amount"]), intent)


def _payment_link(call: Call, object_id: str) -> None:
    past.link(call, object_id, _new_price(call, _amount(call, object_id)))


def _shipping_rate(call: Call, object_id: str) -> None:
    past.rate(call, object_id, _amount(call, object_id) // 10)


def _payout(call: Call, object_id: str) -> None:
    value = payouts.PAYOUTS.build(call, {"amount": _amount(call, object_id), "currency": "usd"})
    external = destinations.default_for(call, "usd")
    if external is not None:
        payouts.address(value, external.value, payouts.arrives(call))
    call.create("payout", value | {"id": object_id, "status": "paid"})


def _topup(call: Call, object_id: str) -> None:
    value = topups.TOPUPS.build(call, {"amount": _amount(call, object_id), "currency": "usd"})
    call.create("topup", value | {"id": object_id, "status": "succeeded"})


def _file(call: Call, object_id: str) -> None:
    value = files.FILES.build(call, {"purpose": "dispute_evidence"}) | {"id": object_id}
    call.create("file", files.filled(call, value, "evidence.pdf", b"%PDF-1.4\n%%EOF\n"))


def _verification_session(call: Call, object_id: str) -> None:
    value = sessions.SESSIONS.build(call, {"type": "document"}) | {"id": object_id, "options": {"document": {}}}
    call.create(sessions.TYPE, sessions.verified(call, value))


MAKERS: Final[dict[str, Maker]] = {
    "account": conjured_account,
    "balance_transaction": _balance_transaction,
    "charge": _charge,
    "checkout.session": _checkout_session,
    "customer": _customer,
    "file": _file,
    "identity.verification_session": _verification_session,
    "payment_intent": _payment_intent,
    "payment_link": _payment_link,
    "payment_method": _payment_method,
    "payout": _payout,
    "price": _price,
    "product": _product,
    "refund": _refund,
    "setup_intent": _setup_intent,
    "shipping_rate": _shipping_rate,
    "topup": _topup,
}


def of_schema(call: Call, object_type: str, object_id: str, place: str, path: Mapping[str, str]) -> None:
    """Make an object of any other type; it belongs to what stands above it in the path."""
    fields = tables().objects[object_type]
    if "id" not in fields:
        return
    value = build(call, object_type, {}, usual=SETTLED) | {"id": object_id}
    for name, one in path.items():
        own = name.removesuffix("_id")
        if own != "id" and own in fields and one != object_id:
            value[own] = one
    keep(call, object_type, value, place)


@cache
def by_prefix() -> dict[str, tuple[str, ...]]:
    """Return the types whose ids begin with a prefix, those that Stripe's reference shows first."""
    found: dict[str, list[str]] = {}
    for one in (*MAKERS, *PREFIXES, *tables().objects):
        types = found.setdefault(prefix_of(one), [])
        if one in tables().objects and one not in types:
            types.append(one)
    return {prefix: tuple(types) for prefix, types in found.items()}
