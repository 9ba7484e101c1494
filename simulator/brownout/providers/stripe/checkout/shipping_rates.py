"""Shipping rates: what a payer may choose between for the delivery.

(Stripe docs, API reference: Shipping Rates; stripe-python 16.1's types; read 2026-11-24.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.providers.stripe.amounts import currency
from brownout.providers.stripe.errors import find, refusal
from brownout.providers.stripe.params import (
    Shape,
    array,
    boolean,
    filled,
    group,
    integer,
    metadata,
    one_of,
    opaque,
    text,
)
from brownout.providers.stripe.resource import METADATA, NEVER, NOW, Resource, fixed, param

if TYPE_CHECKING:
    from brownout.core.operation import Call

MOST: Final = 5
"""How many a session may offer (Stripe docs, API reference: Create a Checkout Session, shipping_options)."""
_UNIT: Final = group(
    Shape(
        ("unit", "value"), unit=one_of("business_day", "day", "hour", "month", "week"), value=integer(least=1)
    ),
    unset=False,
)  # fmt: skip
_ESTIMATE: Final = filled(Shape(maximum=_UNIT, minimum=_UNIT), maximum=None, minimum=None)
_AMOUNT: Final = group(
    Shape(("amount", "currency"), amount=integer(least=0), currency=currency, currency_options=opaque), unset=False
)
_TAX: Final = one_of("exclusive", "inclusive", "unspecified")
_NAME: Final = text(unset=False, most=100)
_DATA: Final = group(
    Shape(
        ("display_name",), delivery_estimate=_ESTIMATE, display_name=_NAME, fixed_amount=_AMOUNT, metadata=metadata,
        tax_behavior=_TAX, tax_code=text(), type=one_of("fixed_amount"),
    ),
    unset=False,
)  # fmt: skip
OPTIONS: Final = array(group(Shape(shipping_rate=text(unset=False), shipping_rate_data=_DATA), unset=False))
"""Reads `shipping_options`."""
_NO_AMOUNT: Final = "You must provide `fixed_amount` for a shipping rate of type `fixed_amount`."


def _prepare(call: Call, value: dict[str, Any], given: dict[str, Any]) -> None:
    if value["fixed_amount"] is None:
        raise refusal(call, _NO_AMOUNT, code="parameter_missing", param="fixed_amount")


def refuse(call: Call, options: list[dict[str, Any]], code: str) -> None:
    """Refuse shipping options that a session in a currency can't offer."""
    if len(options) > MOST:
        raise refusal(call, f"You may only specify up to {MOST} shipping options.", param="shipping_options")
    for place, option in enumerate(options):
        name = f"shipping_options[{place}]"
        if ("shipping_rate" in option) == ("shipping_rate_data" in option):
            message = "You must provide either `shipping_rate` or `shipping_rate_data` for each shipping option."
            raise refusal(call, message, param=name)
        data = option.get("shipping_rate_data")
        if data is None:
            data = find(call, "shipping_rate", option["shipping_rate"], param=f"{name}[shipping_rate]")
        if data.get("fixed_amount") is None:
            param_name = f"{name}[shipping_rate_data][fixed_amount]"
            raise refusal(call, _NO_AMOUNT, code="parameter_missing", param=param_name)
        if data["fixed_amount"]["currency"] != code:
            message = f"The currency of the shipping rate must match the currency of the session ({code})."
            raise refusal(call, message, param=name)


def make(call: Call, options: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what `refuse` let through as a session shows it, with the rates made for it."""
    made = []
    for option in options:
        if "shipping_rate" in option:
            rate = find(call, "shipping_rate", option["shipping_rate"])
        else:
            rate = RATES.build(call, option["shipping_rate_data"])
            RATES.keep(call, rate, option["shipping_rate_data"])
        made.append({"shipping_amount": rate["fixed_amount"]["amount"], "shipping_rate": rate["id"]})
    return made


RATES: Final = Resource(
    object_type="shipping_rate",
    path="/v1/shipping_rates",
    prefix="shr",
    fields={
        "active": param(boolean, default=True, creates=False),
        "created": NOW,
        "delivery_estimate": param(_ESTIMATE, updates=False),
        "display_name": param(_NAME, required=True, updates=False),
        "fixed_amount": param(_AMOUNT, updates=False),
        "livemode": fixed(value=False),
        "metadata": METADATA,
        "tax_behavior": param(_TAX, "unspecified", kind="enum"),
        "tax_code": NEVER,
        "type": param(one_of("fixed_amount"), "fixed_amount", updates=False, kind="enum"),
    },
    filters={"active": boolean},
    create_too={"tax_code": text()},
    update_too={"fixed_amount": opaque},
    prepare=_prepare,
)
