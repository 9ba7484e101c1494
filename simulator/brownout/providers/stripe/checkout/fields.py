"""The fields of a Checkout Session, and the parameters that make it without being shown in it.

(Stripe docs, API reference: Checkout Sessions; stripe-python 16.1's types; a recorded test-mode session of 2026;
read 2026-11-24.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.providers.stripe.amounts import currency
from brownout.providers.stripe.checkout import lines, options, shipping_rates
from brownout.providers.stripe.params import (
    Shape,
    array,
    boolean,
    email,
    filled,
    group,
    integer,
    one_of,
    opaque,
    payer_url,
    shaped,
    text,
)
from brownout.providers.stripe.resource import METADATA, NEVER, NOW, Field, fixed, param

if TYPE_CHECKING:
    from brownout.core.operation import Call
    from brownout.providers.stripe.params import Reader

_ID: Final = text(unset=False)
_SWITCH: Final = group(Shape(("enabled",), enabled=boolean), unset=False)
_ALWAYS: Final = one_of("always", "if_required")
_LOOKS: Final[dict[str, Any]] = {
    "background_color": "#ffffff", "border_style": "rounded", "button_color": "#0074d4", "display_name": "Brownout",
    "font_family": "default", "icon": None, "logo": None,
}  # fmt: skip
_COLOR: Final = text(most=7)
_IMAGE: Final = filled(Shape(("type",), file=_ID, type=one_of("file", "url"), url=payer_url), file=None, url=None)
_BRANDING: Final = shaped(
    Shape(
        background_color=_COLOR, border_style=one_of("pill", "rectangular", "rounded", unset=True),
        button_color=_COLOR, display_name=_ID, font_family=text(), icon=_IMAGE, logo=_IMAGE,
    ),
    lambda found: {**_LOOKS, **{name: one for name, one in found.items() if one is not None}},
    unset=False,
)  # fmt: skip
_RECOVERY: Final = filled(
    Shape(("enabled",), allow_promotion_codes=boolean, enabled=boolean),
    allow_promotion_codes=False, expires_at=None, url=None,
)  # fmt: skip
_SAVED: Final = filled(
    Shape(
        allow_redisplay_filters=array(one_of("always", "limited", "unspecified")),
        payment_method_remove=one_of("disabled", "enabled"), payment_method_save=one_of("disabled", "enabled"),
    ),
    allow_redisplay_filters=None, payment_method_remove=None, payment_method_save=None,
)  # fmt: skip
_UPDATES: Final = one_of("auto", "never")


def made(make: Any, reader: Reader | None = None) -> Field:
    """Return a field whose first value is made anew, and that only creating sets."""
    return Field(lambda _call: make(), reader)


def only(reader: Reader, default: str | None = None, *, link: str | None = None) -> Field:
    """Return a field that only creating sets."""
    return param(reader, default, updates=False, link=link)


def _card_options(call: Call, name: str, value: Any) -> dict[str, Any]:
    """Read the options of cards, of which a session shows how it asks for 3D Secure; others are nothing to us."""
    found = group(Shape(card=opaque, **dict.fromkeys(_OTHER_TYPES, opaque)), unset=False)(call, name, value)
    card = found.get("card")
    if card is None:
        return {"card": {"request_three_d_secure": "automatic"}}
    inside = group(
        Shape(
            capture_method=one_of("manual"), request_three_d_secure=one_of("any", "automatic", "challenge"),
            setup_future_usage=one_of("off_session", "on_session"),
            **dict.fromkeys(_OF_CARD, opaque),
        ),
        unset=False,
    )(call, f"{name}[card]", card)  # fmt: skip
    shown = {key: inside[key] for key in ("capture_method", "setup_future_usage") if key in inside}
    return {"card": {"request_three_d_secure": inside.get("request_three_d_secure", "automatic"), **shown}}


_OTHER_TYPES: Final = (
    "acss_debit", "affirm", "afterpay_clearpay", "alipay", "alma", "amazon_pay", "au_becs_debit", "bacs_debit",
    "bancontact", "billie", "bizum", "boleto", "cashapp", "customer_balance", "demo_pay", "eps", "fpx", "giropay",
    "grabpay", "ideal", "kakao_pay", "klarna", "konbini", "kr_card", "link", "mobilepay", "multibanco", "naver_pay",
    "oxxo", "p24", "pay_by_bank", "payco", "paynow", "paypal", "payto", "pix", "revolut_pay", "samsung_pay", "satispay",
    "scalapay", "sepa_debit", "sofort", "swish", "twint", "upi", "us_bank_account", "wechat_pay",
)  # fmt: skip
_OF_CARD: Final = (
    "installments", "request_extended_authorization", "request_incremental_authorization", "request_multicapture",
    "request_overcapture", "restrictions", "statement_descriptor_suffix_kana", "statement_descriptor_suffix_kanji",
)  # fmt: skip


def no_invoice() -> dict[str, Any]:
    """Return what a session says of an invoice that it doesn't make."""
    data: dict[str, Any] = dict.fromkeys(
        ("account_tax_ids", "custom_fields", "description", "footer", "issuer", "rendering_options")
    )
    return {"enabled": False, "invoice_data": {**data, "metadata": {}}}


FIELDS: Final[dict[str, Field]] = {
    "adaptive_pricing": made(lambda: {"enabled": False}, filled(Shape(enabled=boolean), enabled=True)),
    "after_expiration": only(filled(Shape(recovery=_RECOVERY), recovery=None)),
    "allow_promotion_codes": only(options.ASKED["allow_promotion_codes"]),
    "allowed_payment_method_types": only(options.TYPES),
    "amount_subtotal": fixed(kind="money"),
    "amount_total": fixed(kind="money"),
    "automatic_tax": made(lambda: {"enabled": False, "liability": None, "provider": None, "status": None}),
    "billing_address_collection": only(options.ASKED["billing_address_collection"]),
    "branding_settings": made(lambda: dict(_LOOKS), _BRANDING),
    "cancel_url": only(payer_url),
    "client_reference_id": only(text(unset=False, most=200)),
    "client_secret": fixed(),
    "collected_information": fixed(),
    "consent": fixed(),
    "consent_collection": only(options.ASKED["consent_collection"]),
    "created": NOW,
    "currency": only(currency),
    "currency_conversion": fixed(),
    "custom_fields": made(list, options.custom_fields),
    "custom_text": made(lambda: dict.fromkeys(options.CUSTOM_TEXT), options.ASKED["custom_text"]),
    "customer": only(_ID, link="customer"),
    "customer_account": fixed(),
    "customer_creation": only(_ALWAYS, "if_required"),
    "customer_details": fixed(),
    "customer_email": only(email(unset=False)),
    "discounts": made(list),
    "excluded_payment_method_types": only(options.TYPES),
    "expires_at": param(integer(), updates=False, kind="date"),
    "integration_identifier": only(text(unset=False, most=200)),
    "invoice": NEVER,
    "invoice_creation": made(no_invoice),
    "livemode": fixed(value=False),
    "locale": only(text(unset=False, most=10)),
    "managed_payments": made(lambda: {"enabled": False}),
    "metadata": METADATA,
    "mode": param(one_of("payment", "setup", "subscription"), updates=False, kind="enum"),
    "name_collection": only(options.ASKED["name_collection"]),
    "optional_items": fixed(),
    "origin_context": only(one_of("mobile_app", "web")),
    "payment_intent": fixed(link="payment_intent"),
    "payment_link": fixed(link="payment_link"),
    "payment_method_collection": fixed("if_required", kind="enum"),
    "payment_method_configuration_details": fixed(),
    "payment_method_options": made(lambda: {"card": {"request_three_d_secure": "automatic"}}, _card_options),
    "payment_method_types": made(lambda: ["card"]),
    "payment_status": fixed("unpaid", kind="enum"),
    "permissions": only(
        filled(Shape(update_shipping_details=one_of("client_only", "server_only")), update_shipping_details=None)
    ),
    "phone_number_collection": made(lambda: {"enabled": False}, options.ASKED["phone_number_collection"]),
    "presentment_details": fixed(),
    "recovered_from": fixed(),
    "redirect_on_completion": only(one_of("always", "if_required", "never")),
    "return_url": only(payer_url),
    "saved_payment_method_options": only(_SAVED),
    "setup_intent": fixed(link="setup_intent"),
    "shipping_address_collection": only(options.ASKED["shipping_address_collection"]),
    "shipping_cost": fixed(),
    "shipping_options": made(list),
    "status": fixed("open", kind="enum"),
    "submit_type": only(options.SUBMIT),
    "subscription": NEVER,
    "success_url": only(payer_url),
    "tax_id_collection": only(options.ASKED["tax_id_collection"]),
    "total_details": fixed(),
    "ui_mode": param(
        one_of("elements", "embedded_page", "form", "hosted_page"), "hosted_page", updates=False, kind="enum"
    ),
    "url": fixed(),
    "wallet_options": only(filled(Shape(link=group(Shape(display=one_of("auto", "never")), unset=False)), link=None)),
}
CREATE_TOO: Final[dict[str, Reader]] = {
    "automatic_tax": options.automatic_tax,
    "customer_account": options.nothing("customers that are accounts"),
    "customer_update": group(Shape(address=_UPDATES, name=_UPDATES, shipping=_UPDATES), unset=False),
    "discounts": options.nothing("coupons and promotion codes"),
    "invoice_creation": options.never("invoices"),
    "line_items": lines.LINES,
    "managed_payments": options.never("Managed Payments"),
    "optional_items": options.nothing("optional items"),
    "payment_intent_data": options.as_sent(group(Shape(**options.SESSION_INTENT_DATA), unset=False)),
    "payment_method_collection": _ALWAYS,
    "payment_method_configuration": _ID,
    "payment_method_data": group(Shape(allow_redisplay=one_of("always", "limited", "unspecified")), unset=False),
    "payment_method_types": options.TYPES,
    "setup_intent_data": options.as_sent(group(Shape(**options.SETUP_DATA), unset=False)),
    "shipping_options": shipping_rates.OPTIONS,
    "subscription_data": options.nothing("subscriptions"),
}
"""Parameters that a session is made with, and that it doesn't show by their name."""
