"""Who buys: the buyer of an account's sandbox, and how answers show what they paid with.

(Recorded sandbox answers of 2025; PayPal REST API specifications, Orders v2, `payment_source_response`; read
2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brownout.providers.paypal.access import payer_of
from brownout.providers.paypal.orders.source_kinds import BANKS

if TYPE_CHECKING:
    from collections.abc import Mapping


def payer(account: str, shown: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the buyer of an account's sandbox: the same for each of its orders, but for what they told their bank."""
    payer_id = payer_of(account)
    given = shown or {}
    name = {"given_name": "John", "surname": "Doe"}
    if "country_code" in given:
        first, _, last = given["name"].rpartition(" ")
        name = {"given_name": first or last, "surname": last}
    return {
        "name": name,
        "email_address": given.get("email") or f"sb-{payer_id[:6].lower()}@personal.example.com",
        "payer_id": payer_id,
        "address": {"country_code": given.get("country_code", "US")},
    }


def shown_source(order: Mapping[str, Any]) -> dict[str, Any]:
    """Return an order's `payment_source` for an answer."""
    kind, buyer = order["kind"], order["payer"]
    if order["card"] is not None:
        secure = {} if order["secure"] is None else {"authentication_result": order["secure"]}
        card = order["card"] | secure
        if kind == "google_pay":  # the one whose card has no expiry in answers
            card.pop("expiry", None)
        return {"card": card} if kind == "card" else {kind: order["shown"] | {"card": card}}
    if kind in BANKS:
        return {kind: order["shown"] | (_bank(kind) if buyer is not None else {})}
    if buyer is None:
        return {kind: dict(order["shown"])}
    wallet = {"email_address": buyer["email_address"], "account_id": buyer["payer_id"]}
    own = {"user_name": "john-doe"} if kind == "venmo" else {"account_status": "VERIFIED"}
    return {kind: order["shown"] | wallet | own | {"name": buyer["name"], "address": buyer["address"]}}


def _bank(kind: str) -> dict[str, str]:
    """Return what is known of the buyer's bank once they were there."""
    bank = BANKS[kind]
    out = {"bic": bank.bic} if bank.bic is not None else {}
    return out | ({"iban_last_chars": "4321"} if bank.iban else {})
