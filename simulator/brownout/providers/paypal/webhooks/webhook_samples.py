"""What the simulator sends: one made-up resource of each kind, which no account has.

(PayPal REST API specifications, for the shapes; developer.paypal.com, Webhooks simulator; read 2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.providers.paypal.times import stamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.providers.paypal.webhooks.webhook_types import EventType

_AMOUNT: Final = {"currency_code": "USD", "value": "30.00"}
_V1_AMOUNT: Final = {"currency": "USD", "total": "30.00"}
_SAMPLES: Final[Mapping[str, Mapping[str, Any]]] = {
    "checkout-order": {
        "id": "0SIMULATEDORDER01",
        "intent": "CAPTURE",
        "status": "APPROVED",
        "purchase_units": [{"reference_id": "default", "amount": _AMOUNT}],
    },
    "authorization": {"id": "0SIMULATEDAUTH001", "status": "CREATED", "amount": _AMOUNT},
    "capture": {"id": "0SIMULATEDCAPT001", "status": "COMPLETED", "amount": _AMOUNT, "final_capture": True},
    "refund": {"id": "0SIMULATEDREFU001", "status": "COMPLETED", "amount": _AMOUNT},
    "payouts": {"batch_header": {"payout_batch_id": "0SIMULATEDBATC001", "batch_status": "SUCCESS"}},
    "payouts_item": {"payout_item_id": "0SIMULATEDITEM001", "transaction_status": "SUCCESS"},
    "product": {"id": "PROD-0SIMULATED01", "name": "A simulated product"},
    "plan": {"id": "P-0SIMULATEDPLAN01", "status": "ACTIVE", "name": "A simulated plan"},
    "subscription": {"id": "I-0SIMULATED01", "status": "ACTIVE", "plan_id": "P-0SIMULATEDPLAN01"},
    "sale": {"id": "0SIMULATEDSALE001", "state": "completed", "amount": _V1_AMOUNT},
    "dispute": {"dispute_id": "PP-D-00001", "status": "OPEN", "reason": "UNAUTHORISED", "dispute_amount": _AMOUNT},
    "payment_token": {"id": "0simulated", "customer": {"id": "simulated"}},
}


def sample(about: EventType, now: float) -> dict[str, Any]:
    """Return a resource for an event of this type, made at world time `now`."""
    return {**_SAMPLES[about.resource], "create_time": stamp(now), "update_time": stamp(now)}
