"""What Stripe documents of statuses and refusals, as tables for the state machine."""

from __future__ import annotations

from typing import Final

CARDS: Final = (
    "visa", "visa", "visa", "de", "chargeDeclined", "chargeCustomerFail", "authenticationRequired", "pendingRefund",
    "refundFail", "bypassPending", "createDispute", "createDisputeInquiry", "radarBlock",
)  # fmt: skip
NO_REDIRECT: Final = "automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never"
CANCELLABLE: Final = ("requires_payment_method", "requires_confirmation", "requires_action", "requires_capture")
BEFORE: Final = {"requires_payment_method", "requires_confirmation", "requires_action"}
_WARNINGS: Final = {"warning_needs_response", "warning_under_review", "warning_closed"}
EDGES: Final[dict[str, dict[str, set[str]]]] = {
    "payment_intent": {
        **dict.fromkeys(BEFORE, BEFORE | {"requires_capture", "processing", "succeeded", "canceled"}),
        "processing": {"requires_payment_method", "requires_capture", "succeeded", "canceled"},
        "requires_capture": {"succeeded", "canceled"},
        "succeeded": set(),
        "canceled": set(),
    },
    "setup_intent": {
        **dict.fromkeys(BEFORE, BEFORE | {"processing", "succeeded", "canceled"}),
        "processing": {"requires_payment_method", "succeeded", "canceled"},
        "succeeded": set(),
        "canceled": set(),
    },
    "refund": {
        "pending": {"requires_action", "succeeded", "failed", "canceled"},
        "requires_action": {"pending", "succeeded", "failed", "canceled"},
        "succeeded": {"failed"},
        "failed": set(),
        "canceled": set(),
    },
    "charge": {"pending": {"succeeded", "failed"}, "succeeded": set(), "failed": set()},
    "dispute": {
        "needs_response": {"under_review", "won", "lost"},
        "under_review": {"won", "lost", "needs_response"},
        "won": set(),
        "lost": set(),
        "warning_needs_response": _WARNINGS | {"needs_response"},
        "warning_under_review": _WARNINGS | {"needs_response"},
        "warning_closed": set(),
    },
    "topup": {
        "pending": {"succeeded", "failed", "canceled", "reversed"},
        "succeeded": {"reversed"},
        "failed": set(),
        "canceled": set(),
        "reversed": set(),
    },
    "balance_transaction": {"pending": {"available"}, "available": set()},
    "payout": {
        "pending": {"in_transit", "paid", "failed", "canceled"},
        "in_transit": {"paid", "failed", "canceled"},
        "paid": {"failed"},
        "failed": set(),
        "canceled": set(),
    },
}
"""From which status to which, by type (Stripe docs, PaymentIntent and SetupIntent lifecycle, API reference: Refunds,
Disputes, Payouts; read 2026-11-24). A dispute whose evidence was staged goes on waiting for a response."""

LISTS: Final = {
    "payment_intent": "payment_intents", "charge": "charges", "refund": "refunds", "dispute": "disputes",
    "customer": "customers", "setup_intent": "setup_intents", "payout": "payouts",
    "transfer": "transfers", "topup": "topups", "balance_transaction": "balance_transactions",
}  # fmt: skip

WRONG: Final = (
    ("POST", "/v1/payment_intents", "amount=-5&currency=usd"),
    ("POST", "/v1/payment_intents", "amount=100"),
    ("POST", "/v1/payment_intents", "amount=ten&currency=usd"),
    ("POST", "/v1/payment_intents", "amount=1000&currency=zzz"),
    ("POST", "/v1/payment_intents", f"amount=1000&currency=usd&confirm=true&{NO_REDIRECT}&payment_method=pm_nobody"),
    ("POST", "/v1/payment_intents", "amount=1000&currency=usd&colour=red"),
    ("POST", "/v1/payment_intents", "amount=1000&currency=usd&customer=cus_nobody"),
    ("POST", "/v1/payment_intents/pi_nobody/capture", ""),
    ("POST", "/v1/payment_intents/{intent}/confirm", "payment_method=pm_nobody"),
    ("POST", "/v1/payment_intents/{intent}/capture", "amount_to_capture=0"),
    ("POST", "/v1/payment_intents/{intent}/cancel", "cancellation_reason=boredom"),
    ("POST", "/v1/payment_intents/{intent}", "amount=0"),
    ("POST", "/v1/refunds", "payment_intent={intent}&amount=0"),
    ("POST", "/v1/refunds", "payment_intent={intent}&reason=boredom"),
    ("POST", "/v1/refunds", ""),
    ("POST", "/v1/refunds", "charge=ch_nobody"),
    ("POST", "/v1/setup_intents", "usage=never"),
    ("POST", "/v1/customers", "invoice_settings[default_payment_method]=pm_nobody"),
    ("POST", "/v1/customers/cus_nobody", "name=Ada"),
    ("DELETE", "/v1/customers/cus_nobody", ""),
    ("POST", "/v1/payment_methods/pm_card_visa/attach", "customer=cus_nobody"),
    ("POST", "/v1/payment_methods/pm_nobody/detach", ""),
    ("POST", "/v1/disputes/du_nobody", "submit=true"),
    ("GET", "/v1/charges", "starting_after=ch_nobody"),
    ("POST", "/v1/payouts", "amount=0&currency=usd"),
)
"""What is refused in whatever state; `{intent}` is any payment intent."""
