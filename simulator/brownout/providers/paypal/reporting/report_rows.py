"""One transaction of a report for an answer.

(PayPal REST API specifications, Transaction Search v1, version 1.9; a live answer published in 2026, for the order of
keys and for which sections are empty; read 2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.providers.paypal.amounts import Money
from brownout.providers.paypal.orders.buyers import payer
from brownout.providers.paypal.reporting.report_query import state_of
from brownout.providers.paypal.times import stamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.operation import Call
    from brownout.providers.paypal.payments.movements import Movement

_EMPTY: Final = ("shipping_info", "cart_info", "store_info", "auction_info", "incentive_info")


def shown_movement(call: Call, one: Movement, fields: frozenset[str], *, balances: bool) -> dict[str, Any]:
    """Return one row with the sections that `fields` names; `balances` are left out of a filtered search."""
    everything = "all" in fields
    out: dict[str, Any] = {}
    if everything or "transaction_info" in fields:
        out["transaction_info"] = _info(call, one, balances=balances)
    if everything or "payer_info" in fields:
        out["payer_info"] = _payer(_buyer(call, one))
    return out | {name: {} for name in _EMPTY if everything or name in fields}


def _info(call: Call, one: Movement, *, balances: bool) -> dict[str, Any]:
    about = one.object
    buyer = _buyer(call, one)
    out: dict[str, Any] = {} if buyer is None else {"paypal_account_id": buyer["payer_id"]}
    out["transaction_id"] = one.id
    if (reference := _reference(about)) is not None:
        out["paypal_reference_id"], out["paypal_reference_id_type"] = reference
    out["transaction_event_code"] = one.code
    out["transaction_initiation_date"] = stamp(one.at)
    out["transaction_updated_date"] = stamp(max(one.at, about.get("updated") or 0) if one.fee_minor else one.at)
    out["transaction_amount"] = Money(one.amount_minor, one.currency).shown()
    if one.fee_minor:
        out["fee_amount"] = Money(one.fee_minor, one.currency).shown()
    out["transaction_status"] = state_of(one)
    out |= {name: about[key] for name, key in _TEXTS.items() if about.get(key)}
    if balances and one.balance_minor is not None:
        balance = Money(one.balance_minor, one.currency).shown()
        out |= {"ending_balance": balance, "available_balance": balance}
    for name, key in (("invoice_id", "invoice_id"), ("custom_field", "custom_id")):
        if about.get(key):
            out[name] = about[key]
    out["protection_eligibility"] = "01" if one.code == "T0006" else "02"
    return out | {"instrument_type": "PayPal", "instrument_sub_type": "PayPal Wallet"}


_TEXTS: Final = {"transaction_subject": "subject", "transaction_note": "note_to_payer"}


def _reference(about: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return what a transaction refers to: another one, or the subscription that it pays for."""
    if about.get("subscription"):
        return about["subscription"], "SUB"
    if about.get("authorization"):
        return about["authorization"], "TXN"
    up = about.get("up")
    kind, _, name = up.rpartition("/") if up else ("", "", "")
    return (name, "TXN") if kind.endswith("/captures") else None


def _buyer(call: Call, one: Movement) -> dict[str, Any] | None:
    """Return who is at the other end, None if nobody has an account there."""
    if one.type == "payout_item":
        return None
    order = call.table("order").get(one.payment)
    if order is not None and order["card"] is not None:
        return None
    return payer(call.account)


def _payer(buyer: Mapping[str, Any] | None) -> dict[str, Any]:
    if buyer is None:
        return {"address_status": "N", "payer_name": {}}
    given, surname = buyer["name"]["given_name"], buyer["name"]["surname"]
    return {
        "account_id": buyer["payer_id"],
        "email_address": buyer["email_address"],
        "address_status": "N",
        "payer_status": "Y",
        "payer_name": {"given_name": given, "surname": surname, "alternate_full_name": f"{given} {surname}"},
        "country_code": buyer["address"]["country_code"],
    }
