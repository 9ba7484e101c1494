"""Refunds of captured charges, in full or in part.

With ordinary test cards a refund succeeds at once and gets its acquirer's reference a little later; two test cards
make it pending first, or fail afterwards. One that a chargeback overtakes before its reference is there fails; with
`refunds_wait`, one that the available balance doesn't cover is pending until it does. (Stripe docs, API reference:
Refunds, Testing: Refunds, Support: Pending refunds due to insufficient funds; recorded and probed test-mode answers;
read 2026-11-24.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.money import say
from brownout.core.operation import Operation
from brownout.core.store import Term
from brownout.providers.stripe.amounts import options_of
from brownout.providers.stripe.books import DAY, available_of
from brownout.providers.stripe.cards import BY_NUMBER
from brownout.providers.stripe.disputes import charged_back
from brownout.providers.stripe.errors import find, no_such, refusal
from brownout.providers.stripe.events import emit
from brownout.providers.stripe.expand import shown, tree_of
from brownout.providers.stripe.funds import linked_payments, splits
from brownout.providers.stripe.ids import of_payment
from brownout.providers.stripe.lists import LISTING, list_shape, page
from brownout.providers.stripe.money import book_late, book_refund, book_refund_failure, payment_of
from brownout.providers.stripe.params import (
    EXPAND,
    Shape,
    boolean,
    check,
    integer,
    merged,
    metadata,
    moments,
    one_of,
    text,
)
from brownout.providers.stripe.radar import reviews

if TYPE_CHECKING:
    from brownout.core.exchange import Answer
    from brownout.core.operation import Call

SETTLES_SECONDS: Final = 5.0
"""World seconds until a refund's outcome or reference is known; Stripe publishes no figure for test mode."""
_DISPUTED: Final = "charge_for_pending_refund_disputed"
_HOLD: Final = "https://stripe.com/docs/payments/place-a-hold-on-a-payment-method"


def _create(call: Call) -> Answer:
    given = check(call, _CREATE)
    tree = tree_of(call, given, "refund")
    charge = _charge(call, given)
    amount = _amount(call, charge, given.get("amount"))
    splits.check_undoing(call, charge, given)
    if charge["payment_intent"] is None:
        return shown(call, splits.hand_back(call, charge, amount, given), tree)
    how = BY_NUMBER[payment_of(call, charge["payment_intent"])["card"]].refund
    refund = build(call, charge, amount, given)

    book_late(call, charge["id"])  # a charge taken a moment ago is booked before its refund
    call.create("refund", refund)
    payment_of(call, refund["payment_intent"])["refunds"].append(refund["id"])
    splits.undo(call, charge, refund, given)
    waits = options_of(call).refunds_wait and available_of(call, charge["currency"]) < amount
    if waits or how == "pending":
        refund["status"] = "pending"
        refund["pending_reason"] = "insufficient_funds" if waits else "processing"
        emit(call, "refund.created", refund, payment=refund["payment_intent"])
    else:
        take_back(call, refund, charge, moves=how == "succeeds")
        emit(call, "refund.created", refund, payment=refund["payment_intent"])
        _tell_refunded(call, refund, charge)
    refund_id = refund["id"]
    if waits:
        _wait(call, refund_id, how)
    else:
        call.later(SETTLES_SECONDS, "refund", lambda later: _settle(later, refund_id, how))
    return shown(call, refund, tree)


def _wait(call: Call, refund_id: str, how: str) -> None:
    """Look again at midnight UTC, when money becomes available, whether there is enough for a refund."""
    call.later(DAY - call.now % DAY, "refund funds", lambda later: _fund(later, refund_id, how))


def _fund(call: Call, refund_id: str, how: str) -> None:
    refund = call.table("refund").get(refund_id)
    charge = call.table("charge").get(refund["charge"]) if refund is not None else None
    if refund is None or charge is None:
        return
    if charged_back(call, charge):
        _fail(call, refund, charge, _DISPUTED)
    elif available_of(call, refund["currency"]) < refund["amount"]:
        _wait(call, refund_id, how)
    else:
        refund["pending_reason"] = "processing"
        _tell_updated(call, refund, {"pending_reason": "insufficient_funds"})
        call.later(SETTLES_SECONDS, "refund", lambda later: _settle(later, refund_id, "pending", fails=how == "fails"))


def _charge(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    charge_id, intent_id = given.get("charge"), given.get("payment_intent")
    if charge_id is None and intent_id is None:
        message = "One of the following params should be provided for this request: payment_intent or charge."
        raise refusal(call, message)
    if charge_id is not None:
        charge = find(call, "charge", charge_id)  # recorded: 404 with `id`, although it isn't in the path
        if intent_id is not None and charge["payment_intent"] != intent_id:
            raise refusal(call, f"The charge {charge_id} does not belong to the PaymentIntent {intent_id}.")
    else:
        intent = find(call, "payment_intent", intent_id or "", param="payment_intent")
        charge = call.table("charge").get(intent["latest_charge"] or "") or {"status": "none"}
    if charge["status"] != "succeeded":
        failed = charge.get("payment_intent", intent_id)
        raise refusal(
            call, f"This PaymentIntent ({failed}) does not have a successful charge to refund.", executed=True
        )
    if not charge["captured"]:
        message = (
            f"This uncaptured Charge was created by a PaymentIntent ({charge['payment_intent']}). You must cancel the "
            f"PaymentIntent to reverse the authorization instead of refunding the Charge directly. For more "
            f"information, see {_HOLD}"
        )
        raise refusal(call, message, executed=True)
    if charged_back(call, charge):
        message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
        raise refusal(call, message, code="charge_disputed", executed=True)
    return charge


def _amount(call: Call, charge: dict[str, Any], wanted: int | None) -> int:
    rest = charge["amount_captured"] - charge["amount_refunded"] - _pending(call, charge)
    if rest == 0:
        message = f"Charge {charge['id']} has already been refunded."
        raise refusal(call, message, code="charge_already_refunded", executed=True)
    if wanted is not None and wanted > rest:
        currency = charge["currency"]
        message = (
            f"Refund amount ({say(wanted, currency)}) is greater than unrefunded amount on charge "
            f"({say(rest, currency)})"
        )
        raise refusal(call, message, param="amount", executed=True)
    return rest if wanted is None else wanted


def _of(call: Call, charge: dict[str, Any]) -> list[str]:
    """Return the ids of a charge's refunds, the oldest first."""
    if charge["payment_intent"] is None:
        return linked_payments.refunds_of(call, charge["id"])
    found: list[str] = payment_of(call, charge["payment_intent"])["refunds"]
    return found


def _pending(call: Call, charge: dict[str, Any]) -> int:
    table = call.table("refund")
    refunds = (table.get(one) for one in _of(call, charge))
    return sum(one["amount"] for one in refunds if one is not None and one["status"] == "pending")


def build(call: Call, charge: dict[str, Any], amount: int, given: dict[str, Any]) -> dict[str, Any]:
    """Return a new refund of a charge, kept by nobody yet."""
    return {
        "id": of_payment(call, "re", call.table("refund"), charge["payment_intent"]),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": call.now,
        "currency": charge["currency"],
        "customer": charge["customer"],
        "customer_account": None,
        "destination_details": {
            "card": {
                "reference_status": "pending",
                "reference_type": "acquirer_reference_number",
                "type": "refund",
            },
            "type": "card",
        },
        "metadata": merged(call, {}, given.get("metadata")),
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": given.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def take_back(call: Call, refund: dict[str, Any], charge: dict[str, Any], *, moves: bool) -> None:
    """Book a refund; `moves` says whether the money really reaches the payer."""
    charge["amount_refunded"] += refund["amount"]
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    refund["balance_transaction"] = book_refund(call, refund, charge)
    if moves:
        _post(call, "refund", refund)


def _post(call: Call, kind: Any, refund: dict[str, Any]) -> None:
    call.post(
        kind, payment=refund["payment_intent"], object_id=refund["id"], amount_minor=refund["amount"],
        currency=refund["currency"], key=payment_of(call, refund["payment_intent"])["key"],
    )  # fmt: skip


def _tell_refunded(call: Call, refund: dict[str, Any], charge: dict[str, Any]) -> None:
    previous = {"amount_refunded": charge["amount_refunded"] - refund["amount"], "refunded": False}
    emit(call, "charge.refunded", charge, payment=charge["payment_intent"], previous=previous)
    if charge["refunded"]:
        reviews.refunded(call, charge, refund["reason"])


def _tell_updated(call: Call, refund: dict[str, Any], previous: dict[str, Any]) -> None:
    for type in ("refund.updated", "charge.refund.updated"):  # the second is the older name of the first
        emit(call, type, refund, payment=refund["payment_intent"], previous=previous)


def _settle(call: Call, refund_id: str, how: str, *, fails: bool = False) -> None:
    refund = call.table("refund").get(refund_id)
    charge = call.table("charge").get(refund["charge"]) if refund is not None else None
    if refund is None or charge is None:
        return
    if how == "fails" or fails:
        _fail(call, refund, charge, "expired_or_canceled_card")
        return
    if charged_back(call, charge):
        _fail(call, refund, charge, _DISPUTED, moved=how == "succeeds")
        return
    previous: dict[str, Any] = {"destination_details": refund["destination_details"]}
    if how == "pending":
        previous["status"] = refund["status"]
        previous["pending_reason"] = refund.pop("pending_reason")
        refund["status"] = "succeeded"
        take_back(call, refund, charge, moves=True)
    card = {
        **refund["destination_details"]["card"],
        "reference": call.draw_text("reference", 23).upper(),
        "reference_status": "available",
    }
    refund["destination_details"] = {"card": card, "type": "card"}
    _tell_updated(call, refund, previous)
    if how == "pending":
        _tell_refunded(call, refund, charge)


def _fail(call: Call, refund: dict[str, Any], charge: dict[str, Any], reason: str, *, moved: bool = False) -> None:
    """Bring the money of a refund back, if it went; `moved` says that it was on its way to the payer."""
    refund["status"] = "failed"
    refund["failure_reason"] = reason
    refund.pop("pending_reason", None)
    if refund["balance_transaction"] is not None:
        refund["failure_balance_transaction"] = book_refund_failure(call, refund)
        charge["amount_refunded"] -= refund["amount"]
        charge["refunded"] = False
    if moved:
        _post(call, "refund_failure", refund)
    emit(call, "refund.failed", refund, payment=refund["payment_intent"])


def _retrieve(call: Call) -> Answer:
    given = check(call, _RETRIEVE)
    tree = tree_of(call, given, "refund")
    return shown(call, find(call, "refund", call.path["refund"]), tree)


def _update(call: Call) -> Answer:
    given = check(call, _UPDATE)
    tree = tree_of(call, given, "refund")
    refund = find(call, "refund", call.path["refund"])
    changed = merged(call, refund["metadata"], given["metadata"]) if "metadata" in given else refund["metadata"]

    if changed != refund["metadata"]:
        previous = {"metadata": refund["metadata"]}
        refund["metadata"] = changed
        _tell_updated(call, refund, previous)
    return shown(call, refund, tree)


def _cancel(call: Call) -> Answer:
    check(call, _RETRIEVE)
    find(call, "refund", call.path["refund"])
    # Only refunds that require an action can be cancelled, and no card's does.
    raise refusal(call, "Canceling this refund is unsupported.", executed=True)


def _list(call: Call) -> Answer:
    return page(call, _LIST, "refund", "/v1/refunds", equal=("charge", "payment_intent"), known=_of_payment)


def _of_payment(call: Call, given: dict[str, Any]) -> list[str] | None:
    intent_id = given.get("payment_intent")
    if "charge" in given:
        charge = call.table("charge").get(given["charge"])
        intent_id = charge["payment_intent"] if charge is not None else ""
    if intent_id is None:
        return None
    payment = call.table("payment").get(intent_id)
    return payment["refunds"] if payment is not None else []


def _list_of_charge(call: Call) -> Answer:
    charge = find(call, "charge", call.path["charge"])
    return page(
        call, _LIST_OF_CHARGE, "refund", f"/v1/charges/{charge['id']}/refunds",
        where={Term(("charge",)): (charge["id"],)},
        known=lambda call, _given: _of(call, charge),
    )  # fmt: skip


def _retrieve_of_charge(call: Call) -> Answer:
    given = check(call, _RETRIEVE)
    tree = tree_of(call, given, "refund")
    find(call, "charge", call.path["charge"])
    refund = find(call, "refund", call.path["refund"])
    if refund["charge"] != call.path["charge"]:
        raise no_such(call, "refund", refund["id"])
    return shown(call, refund, tree)


_CREATE: Final = Shape(
    amount=integer(least=1), charge=text(unset=False), currency=text(unset=False), customer=text(unset=False),
    expand=EXPAND, instructions_email=text(), metadata=metadata, origin=one_of("customer_balance"),
    payment_intent=text(unset=False), reason=one_of("duplicate", "fraudulent", "requested_by_customer"),
    refund_application_fee=boolean, reverse_transfer=boolean,
)  # fmt: skip
_UPDATE: Final = Shape(expand=EXPAND, metadata=metadata)
_RETRIEVE: Final = Shape(expand=EXPAND)
_LIST: Final = list_shape(charge=text(unset=False), created=moments, payment_intent=text(unset=False))
_LIST_OF_CHARGE: Final = list_shape()
_MONEY: Final = ("amount",)
_DATES: Final = ("created",)
_ENUMS: Final = ("status", "reason", "destination_details.card.reference_status")
_PATH: Final = "/v1/refunds/{refund}"
_OF_CHARGE: Final = "/v1/charges/{charge}/refunds"

OPERATIONS: Final = (
    Operation(
        name="stripe.refunds.create", method="POST", path="/v1/refunds", run=_create, effect="write",
        object_type="refund", key=("body.metadata.refund_id",), idempotent=True,
        key_objects=("body.payment_intent", "body.charge"),
        money=_MONEY, dates=_DATES, enums=_ENUMS,
    ),
    Operation(
        name="stripe.refunds.retrieve", method="GET", path=_PATH, run=_retrieve, object_type="refund",
        id_param="refund", money=_MONEY, dates=_DATES, enums=_ENUMS,
    ),
    Operation(
        name="stripe.refunds.update", method="POST", path=_PATH, run=_update, effect="write", object_type="refund",
        id_param="refund", idempotent=True, money=_MONEY, dates=_DATES, enums=_ENUMS,
    ),
    Operation(
        name="stripe.refunds.cancel", method="POST", path=_PATH + "/cancel", run=_cancel, effect="write",
        object_type="refund", id_param="refund", idempotent=True, money=_MONEY, dates=_DATES, enums=_ENUMS,
    ),
    Operation(
        name="stripe.refunds.list", method="GET", path="/v1/refunds", run=_list, object_type="refund",
        listing=LISTING, money=("data.amount",), dates=("data.created",), enums=("data.status", "data.reason"),
    ),
    Operation(
        name="stripe.charges.refunds.list", method="GET", path=_OF_CHARGE, run=_list_of_charge, object_type="refund",
        id_param="charge", listing=LISTING, money=("data.amount",), dates=("data.created",), enums=("data.status",),
    ),
    Operation(
        name="stripe.charges.refunds.retrieve", method="GET", path=_OF_CHARGE + "/{refund}", run=_retrieve_of_charge,
        object_type="refund", id_param="refund", money=_MONEY, dates=_DATES, enums=_ENUMS,
    ),
)  # fmt: skip
