"""The parameters of payment intents' operations.

How a payment is shared with a connected account is read in funds/splits.py. (Stripe docs, API reference:
PaymentIntents; read 2026-11-22.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.providers.stripe.amounts import currency
from brownout.providers.stripe.errors import refusal
from brownout.providers.stripe.funds import splits
from brownout.providers.stripe.lists import list_shape
from brownout.providers.stripe.params import (
    ADDRESS,
    EXPAND,
    Shape,
    address,
    array,
    boolean,
    email,
    group,
    integer,
    metadata,
    moments,
    one_of,
    opaque,
    payer_url,
    text,
)
from brownout.providers.stripe.payment_methods import DATA

if TYPE_CHECKING:
    from brownout.core.operation import Call
    from brownout.providers.stripe.params import Reader

_SHIPPING: Final = group(
    Shape(
        ("address", "name"), address=ADDRESS, name=text(unset=False), carrier=text(), phone=text(),
        tracking_number=text(),
    )
)  # fmt: skip
_CARD_OPTIONS: Final = group(
    Shape(
        capture_method=one_of("manual", unset=True),
        request_three_d_secure=one_of("any", "automatic", "challenge"),
        setup_future_usage=one_of("none", "off_session", "on_session", unset=True),
        **dict.fromkeys(
            (
                "cvc_token", "installments", "mandate_options", "moto", "network", "request_extended_authorization",
                "request_incremental_authorization", "request_multicapture", "request_overcapture",
                "require_cvc_recollection", "setup_credential_usage", "statement_descriptor_suffix_kana",
                "statement_descriptor_suffix_kanji", "stored_credential_usage", "three_d_secure",
            ),
            opaque,
        ),
    )
)  # fmt: skip


def _options(call: Call, name: str, value: Any) -> dict[str, Any]:
    """Read the options of cards; those of other types are nothing to us."""
    if not isinstance(value, dict):
        raise refusal(call, "Invalid object", param=name)
    return {"card": _CARD_OPTIONS(call, f"{name}[card]", value["card"])} if "card" in value else {}


_TYPES: Final = array(text(unset=False))
USAGE: Final = one_of("off_session", "on_session", unset=True)
"""Reads whether the payer will be there when a saved card is used."""
_CAPTURE_METHOD: Final = one_of("automatic", "automatic_async", "manual")
_OFF_SESSION: Final = one_of("true", "false", "one_off", "recurring")
_UNMODELLED: Final = dict.fromkeys(
    (
        "amount_details", "confirmation_token", "hooks", "mandate", "mandate_data", "payment_details",
        "payment_method_configuration", "radar_options",
    ),
    opaque,
)  # fmt: skip
_SHARED: Final[dict[str, Reader]] = {
    "allowed_payment_method_types": _TYPES,
    "capture_method": _CAPTURE_METHOD,
    "excluded_payment_method_types": _TYPES,
    "expand": EXPAND,
    "payment_method": text(),
    "payment_method_data": DATA,
    "payment_method_options": _options,
    "payment_method_types": _TYPES,
    "receipt_email": email(most=800),
    "setup_future_usage": USAGE,
    "shipping": _SHIPPING,
    **_UNMODELLED,
}
_DESCRIBED: Final[dict[str, Reader]] = {
    "amount": integer(),
    "currency": currency,
    "customer": text(),
    "customer_account": text(),
    "description": text(most=1000),
    "metadata": metadata,
    "statement_descriptor": text(most=22),
    "statement_descriptor_suffix": text(most=22),
    "transfer_group": text(),
}
_CONFIRMING: Final[dict[str, Reader]] = {
    "error_on_requires_action": boolean,
    "off_session": _OFF_SESSION,
    "return_url": payer_url,
    "use_stripe_sdk": boolean,
}

CREATE: Final = Shape(
    ("amount", "currency"),
    automatic_payment_methods=group(
        Shape(("enabled",), allow_redirects=one_of("always", "never"), enabled=boolean), unset=False
    ),
    confirm=boolean,
    confirmation_method=one_of("automatic", "manual"),
    **_SHARED,
    **_DESCRIBED,
    **_CONFIRMING,
    **splits.ON_CREATE,
)
UPDATE: Final = Shape(**_SHARED, **_DESCRIBED, **splits.LATER)
CONFIRM: Final = Shape(amount_to_confirm=integer(least=1), client_secret=text(unset=False), **_SHARED, **_CONFIRMING)
CAPTURE: Final = Shape(
    amount_to_capture=integer(least=1),
    final_capture=boolean,
    expand=EXPAND,
    metadata=metadata,
    statement_descriptor=text(most=22),
    statement_descriptor_suffix=text(most=22),
    **splits.LATER,
    **dict.fromkeys(("amount_details", "hooks", "payment_details"), opaque),
)
CANCEL: Final = Shape(
    cancellation_reason=one_of("duplicate", "fraudulent", "requested_by_customer", "abandoned"), expand=EXPAND
)
RETRIEVE: Final = Shape(client_secret=text(unset=False), expand=EXPAND)
LIST: Final = list_shape(created=moments, customer=text(unset=False), customer_account=text(unset=False))


def refuse_unmodelled(call: Call, given: dict[str, Any]) -> None:
    """Refuse what names an object that can't exist here, rather than take it without doing it."""
    for param, noun, value in (
        ("confirmation_token", "confirmationtoken", given.get("confirmation_token")),
        ("customer_account", "account", given.get("customer_account")),
        ("mandate", "mandate", given.get("mandate")),
    ):
        if value:
            raise refusal(call, f"No such {noun}: '{value}'", code="resource_missing", param=param)


def shipping_of(given: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return a shipping address as answers show it."""
    if given is None:
        return None
    rest = {name: given.get(name) for name in ("carrier", "name", "phone", "tracking_number")}
    return {"address": address(given["address"]), **rest}
