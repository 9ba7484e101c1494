"""How an order is shown: in full, or as little as PayPal shows by default.

(Recorded sandbox answers of 2025.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brownout.core.exchange import Answer
from brownout.providers.paypal.links import order_links
from brownout.providers.paypal.orders.buyers import shown_source
from brownout.providers.paypal.orders.purchase_units import minimal_unit, shown_unit
from brownout.providers.paypal.orders.source_kinds import COMPLETE
from brownout.providers.paypal.orders.trackers import shown_trackers
from brownout.providers.paypal.payments.authorizations import shown_authorization
from brownout.providers.paypal.payments.captures import shown_capture, shown_payee
from brownout.providers.paypal.payments.refunds import shown_refund
from brownout.providers.paypal.times import stamp
from brownout.providers.paypal.wire import wants_all

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.operation import Call


def answer_order(call: Call, order: Mapping[str, Any], status: int) -> Answer:
    """Return an order as the client prefers it."""
    return Answer(status, shown_order(call, order) if wants_all(call) else _minimal(call, order))


def is_over(call: Call, order: Mapping[str, Any]) -> bool:
    """Return whether an order's time ran out before it was paid."""
    return bool(order["status"] != "COMPLETED" and call.now > order["until"])


def _status(call: Call, order: Mapping[str, Any]) -> str:
    return "VOIDED" if is_over(call, order) else str(order["status"])


def shown_order(call: Call, order: Mapping[str, Any]) -> dict[str, Any]:
    """Return an order in full; one whose time ran out is VOIDED."""
    status = _status(call, order)
    out: dict[str, Any] = {"id": order["id"], "intent": order["intent"], "status": status}
    if order["completes"]:
        out["processing_instruction"] = COMPLETE
    if order["kind"] is not None:
        out["payment_source"] = shown_source(order)
    payee = shown_payee(call)
    out["purchase_units"] = [
        shown_unit(unit, payee, _payments(call, unit), shown_trackers(call, unit)) for unit in order["units"]
    ]
    if order["payer"] is not None:
        out["payer"] = order["payer"]
    out["create_time"] = stamp(order["created"])
    if order["updated"] is not None:
        out["update_time"] = stamp(order["updated"])
    out["links"] = order_links(call, order, status)
    return out


def _minimal(call: Call, order: Mapping[str, Any]) -> dict[str, Any]:
    status = _status(call, order)
    out: dict[str, Any] = {"id": order["id"], "status": status}
    if order["kind"] is not None:
        out["payment_source"] = shown_source(order)
    if order["status"] == "COMPLETED":
        out["purchase_units"] = [
            minimal_unit(unit, _payments(call, unit), shown_trackers(call, unit)) for unit in order["units"]
        ]
        if order["payer"] is not None:
            out["payer"] = order["payer"]
    out["links"] = order_links(call, order, status)
    return out


def _payments(call: Call, unit: Mapping[str, Any]) -> dict[str, Any]:
    """Return what happened to a unit's money."""
    out: dict[str, Any] = {}
    for kind, show in _SHOW.items():
        if unit[f"{kind}s"]:
            table = call.table(kind)
            out[f"{kind}s"] = [show(call, one) for one_id in unit[f"{kind}s"] if (one := table.get(one_id)) is not None]
    return out


_SHOW = {"authorization": shown_authorization, "capture": shown_capture, "refund": shown_refund}
