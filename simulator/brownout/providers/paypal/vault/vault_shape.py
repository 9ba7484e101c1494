"""Setup tokens, payment tokens and what is kept of a payment method, for an answer.

(PayPal REST API specifications, Payment Method Tokens v3, version 3.1; paypal-server-sdk 2.4; a sandbox of 2026:
without both URLs a wallet's setup token has no approve link; read 2026-11-23.)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from brownout.providers.paypal.cards import read_card
from brownout.providers.paypal.links import link
from brownout.providers.paypal.orders.buyers import payer
from brownout.providers.paypal.reader import Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.operation import Call
    from brownout.providers.paypal.reader import Reader

SETUP_PATH: Final = "/v3/vault/setup-tokens"
TOKENS_PATH: Final = "/v3/vault/payment-tokens"
APPROVE_PATH: Final = "/agreements/approve"
_AT: Final = "/payment_source"
_WALLETS: Final = ("paypal", "venmo")
_KEPT_OF_WALLETS: Final = (
    "description", "usage_pattern", "usage_type", "customer_type", "permit_multiple_payment_tokens", "shipping",
)  # fmt: skip
MOST_URL_LETTERS: Final = 4000
URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[!-~]+")
"""Where a browser can be sent on to: it goes into a header."""


def read_customer(reader: Reader, params: Mapping[str, Any]) -> dict[str, str]:
    """Return whom a request saves a payment method for, empty if it doesn't say."""
    given = reader.mapping(params, "customer", Place()) or {}
    names = (("id", 36), ("merchant_customer_id", 64))
    found = {name: reader.text(given, name, Place("/customer"), most=most) for name, most in names}
    return {name: value for name, value in found.items() if value is not None}


def read_method(call: Call, reader: Reader, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the payment method to save, as kept: `kind`, what is `shown`, where the payer goes, how it `begins`.

    Raises:
        Refused: if there is none, or it is none that is modelled.
    """
    given = reader.mapping(params, "payment_source", Place()) or {}
    named = [name for name, value in given.items() if value is not None]
    if len(named) != 1:
        raise reader.refused("MISSING_REQUIRED_PARAMETER" if not named else "INVALID_PARAMETER_VALUE", _AT)
    kind, place = named[0], Place(f"{_AT}/{named[0]}")
    body = reader.mapping(given, kind, Place(_AT)) or {}
    context = reader.mapping(body, "experience_context", place) or {}
    at = place.at("experience_context")
    method: dict[str, Any] = {
        name: reader.text(context, name, at, most=MOST_URL_LETTERS, pattern=URL)
        for name in ("return_url", "cancel_url")
    }
    if kind == "card":
        return method | _card(call, reader, body, place)
    if kind in _WALLETS:
        buyer = payer(call.account)
        shown = {name: body[name] for name in _KEPT_OF_WALLETS if body.get(name) is not None}
        shown |= {"email_address": buyer["email_address"], "account_id": buyer["payer_id"]}
        both = method["return_url"] and method["cancel_url"]
        begins = "PAYER_ACTION_REQUIRED" if both else "CREATED"
        return method | {"kind": kind, "shown": shown, "begins": begins}
    raise reader.refused("PAYMENT_SOURCE_CANNOT_BE_USED", place.pointer, kind)


def _card(call: Call, reader: Reader, body: dict[str, Any], place: Place) -> dict[str, Any]:
    if body.get("number") is None:  # the buyer will type it into PayPal's own fields
        return {"kind": "card", "shown": {}, "begins": "CREATED"}
    shown = read_card(reader, body, place, call.now)
    address = reader.mapping(body, "billing_address", place)
    verified = reader.text(body, "verification_method", place, most=255)
    begins = "PAYER_ACTION_REQUIRED" if verified == "SCA_ALWAYS" else "APPROVED"
    return {
        "kind": "card",
        "shown": shown | ({"billing_address": address} if address is not None else {}),
        "begins": begins,
    }


def shown_setup(call: Call, setup: Mapping[str, Any]) -> dict[str, Any]:
    """Return a setup token for an answer."""
    path = f"{SETUP_PATH}/{setup['id']}"
    links = [link(call, path, "self")]
    if setup["status"] == "PAYER_ACTION_REQUIRED":
        links.append(link(call, f"{APPROVE_PATH}?approval_session_id={setup['id']}", "approve"))
    if setup["status"] in ("PAYER_ACTION_REQUIRED", "APPROVED"):
        links.append(link(call, TOKENS_PATH, "confirm", "POST"))
    return {
        "id": setup["id"],
        "customer": setup["customer"],
        "status": setup["status"],
        "payment_source": {setup["kind"]: setup["shown"]},
        "links": links,
    }


def shown_token(call: Call, token: Mapping[str, Any]) -> dict[str, Any]:
    """Return a payment token for an answer."""
    path = f"{TOKENS_PATH}/{token['id']}"
    return {
        "id": token["id"],
        "customer": token["customer"],
        "payment_source": {token["kind"]: token["shown"]},
        "links": [link(call, path, "self"), link(call, path, "delete", "DELETE")],
    }
