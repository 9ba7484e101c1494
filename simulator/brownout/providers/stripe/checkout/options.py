"""What Checkout Sessions and Payment Links may ask of their payer, read and in the shape that both objects show.

What isn't modelled is refused rather than taken without being done: subscriptions, coupons, tax, invoices and optional
items. (Stripe docs, API reference: Checkout Sessions, Payment Links; the types of stripe-python 16.1; read 2026-11-24.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.errors import Refused
from brownout.core.exchange import Answer
from brownout.providers.stripe.errors import INVALID, envelope, log_url, refusal
from brownout.providers.stripe.funds import splits
from brownout.providers.stripe.intent_params import USAGE, refuse_unmodelled
from brownout.providers.stripe.params import (
    ADDRESS,
    Shape,
    array,
    boolean,
    email,
    filled,
    group,
    integer,
    metadata,
    one_of,
    opaque,
    shaped,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.operation import Call
    from brownout.providers.stripe.params import Reader

_MOST_FIELDS: Final = 3
_NO_HEAD_OFFICE: Final = (
    "You must have a valid head office address to enable automatic tax calculation in test mode. Visit "
    "https://dashboard.stripe.com/test/settings/tax to update it."
)
_AGREED: Final = one_of("none", "required")


def not_modelled(call: Call, param: str, what: str, instead: str | None = None) -> Refused:
    """Return the refusal of what Stripe would do and Brownout doesn't: `what` completes "it doesn't model".

    `instead` says what to do, if that isn't to leave the parameter out.
    """
    told = instead or f"Leave out `{param}`."
    message = f"This is Brownout, a simulator: it doesn't model {what} in Checkout. {told}"
    body = envelope(INVALID, message, param=param, request_log_url=log_url(call))
    return Refused(
        Answer(400, body, headers={"Stripe-Should-Retry": "false"}, error="not_modelled", stored=False),
    )


def as_sent(reader: Reader) -> Reader:
    """Check a value and return it as it was sent, to be sent on."""

    def read(call: Call, name: str, value: Any) -> Any:
        reader(call, name, value)
        return value

    return read


def _custom_field(given: dict[str, Any]) -> dict[str, Any]:
    kind = given["type"]
    inside = given.get(kind) or {}
    limits = {name: inside.get(name) for name in ("default_value", "maximum_length", "minimum_length")}
    if kind == "dropdown":
        limits = {"default_value": inside.get("default_value"), "options": inside.get("options", [])}
    return {
        "dropdown": None, "key": given["key"], "label": given["label"], "numeric": None,
        "optional": given.get("optional", False), "text": None, "type": kind, kind: {**limits, "value": None},
    }  # fmt: skip


_LENGTHS: Final = group(
    Shape(default_value=text(), maximum_length=integer(least=1), minimum_length=integer(least=0)), unset=False
)
_OPTION: Final = group(
    Shape(("label", "value"), label=text(unset=False, most=100), value=text(unset=False, most=100)), unset=False
)
_FIELD: Final = shaped(
    Shape(
        ("key", "label", "type"),
        dropdown=group(Shape(("options",), default_value=text(), options=array(_OPTION)), unset=False),
        key=text(unset=False, most=200),
        label=group(
            Shape(("custom", "type"), custom=text(unset=False, most=50), type=one_of("custom")), unset=False
        ),
        numeric=_LENGTHS, optional=boolean, text=_LENGTHS, type=one_of("dropdown", "numeric", "text"),
    ),
    _custom_field,
    unset=False,
)  # fmt: skip


def custom_fields(call: Call, name: str, value: Any) -> list[Any]:
    """Read up to three questions of the shop's own."""
    found: list[Any] = array(_FIELD)(call, name, value)
    if len(found) > _MOST_FIELDS:
        raise refusal(call, f"You may only specify up to {_MOST_FIELDS} custom fields.", param=name)
    if len({one["key"] for one in found}) < len(found):
        raise refusal(call, "The `key` of each custom field must be unique.", param=name)
    for place, one in enumerate(found):
        if one["type"] == "dropdown" and not one["dropdown"]["options"]:
            raise refusal(call, "You must provide `options` for a dropdown.", param=f"{name}[{place}][dropdown]")
    return found


def automatic_tax(call: Call, name: str, value: Any) -> None:
    """Read whether tax is to be worked out, which takes an address that no account has here."""
    found = group(Shape(("enabled",), enabled=boolean, liability=opaque), unset=False)(call, name, value)
    if found["enabled"]:
        raise refusal(call, _NO_HEAD_OFFICE, param=f"{name}[enabled]")


def never(what: str) -> Reader:
    """Read a switch that stays off: on, it is refused as not modelled."""
    reader = group(Shape(enabled=boolean, invoice_data=opaque), unset=False)

    def read(call: Call, name: str, value: Any) -> None:
        if reader(call, name, value).get("enabled"):
            raise not_modelled(call, name, what)

    return read


def nothing(what: str) -> Reader:
    """Read a parameter that may only be empty: anything else is refused as not modelled."""

    def read(call: Call, name: str, value: Any) -> None:
        if value not in ("", {}):
            raise not_modelled(call, name, what)

    return read


_MESSAGE: Final = group(Shape(("message",), message=text(unset=False, most=1200)))
_NAMED: Final = shaped(
    Shape(("enabled",), enabled=boolean, optional=boolean), lambda found: {"optional": False, **found}
)
_REUSE: Final = group(Shape(("position",), position=one_of("auto", "hidden")), unset=False)
CUSTOM_TEXT: Final = ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
SUBMIT: Final = one_of("auto", "book", "donate", "pay", "subscribe")
TYPES: Final = array(text(unset=False))

ASKED: Final[Mapping[str, Reader]] = {
    "allow_promotion_codes": boolean,
    "billing_address_collection": one_of("auto", "required"),
    "consent_collection": filled(
        Shape(payment_method_reuse_agreement=_REUSE, promotions=one_of("auto", "none"), terms_of_service=_AGREED),
        payment_method_reuse_agreement=None, promotions=None, terms_of_service=None,
    ),
    "custom_fields": custom_fields,
    "custom_text": filled(Shape(**dict.fromkeys(CUSTOM_TEXT, _MESSAGE)), **dict.fromkeys(CUSTOM_TEXT)),
    "name_collection": filled(Shape(business=_NAMED, individual=_NAMED), business=None, individual=None),
    "phone_number_collection": group(Shape(("enabled",), enabled=boolean), unset=False),
    "shipping_address_collection": group(
        Shape(("allowed_countries",), allowed_countries=array(text(unset=False, most=2)))
    ),
    "tax_id_collection": filled(
        Shape(("enabled",), enabled=boolean, required=one_of("if_supported", "never")), required="never"
    ),
}  # fmt: skip
"""What a payer is asked for, by the parameter and field that say so."""

_SHIPPING: Final = group(
    Shape(
        ("address", "name"), address=ADDRESS, name=text(unset=False), carrier=text(), phone=text(),
        tracking_number=text(),
    ),
    unset=False,
)  # fmt: skip
INTENT_DATA: Final[Mapping[str, Reader]] = {
    "capture_method": one_of("automatic", "automatic_async", "manual"),
    "description": text(most=1000),
    "metadata": metadata,
    "setup_future_usage": USAGE,
    "statement_descriptor": text(most=22),
    "statement_descriptor_suffix": text(most=22),
    "transfer_group": text(),
}
"""What a link's payments are made with."""
SESSION_INTENT_DATA: Final[Mapping[str, Reader]] = {
    **INTENT_DATA,
    "application_fee_amount": integer(least=0),
    "on_behalf_of": text(unset=False),
    "receipt_email": email(most=800),
    "shipping": _SHIPPING,
    "transfer_data": group(Shape(("destination",), amount=integer(least=1), destination=text(unset=False))),
}
"""What a session's payment is made with."""
_SHARED: Final = group(Shape(**SESSION_INTENT_DATA), unset=False)


def refuse_sharing(call: Call, amount: int, given: dict[str, Any]) -> None:
    """Refuse a split with a connected account that payments of `amount` couldn't be made with."""
    nothing_yet = {"id": "", "amount": amount, "on_behalf_of": None, "transfer_data": None}
    splits.agree(call, {**nothing_yet, "application_fee_amount": None}, given)


def refuse_data(call: Call, amount: int, sent: dict[str, Any]) -> None:
    """Refuse what payments of `amount` couldn't be made with."""
    given = _SHARED(call, "payment_intent_data", sent)
    refuse_unmodelled(call, given)
    refuse_sharing(call, amount, given)


SETUP_DATA: Final[Mapping[str, Reader]] = {
    "description": text(most=1000), "metadata": metadata, "on_behalf_of": text(unset=False),
}  # fmt: skip
