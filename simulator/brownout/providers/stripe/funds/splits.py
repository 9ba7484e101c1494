"""What a platform and a connected account share of a payment: destination charges, and fees on direct charges.

`transfer_data[destination]` hands the whole charge on, or `transfer_data[amount]` of it; `application_fee_amount` comes
back from there, or, on a charge made with `Stripe-Account`, goes from the connected account to the platform. It happens
when the charge is booked. (Stripe docs, Connect: Create destination charges, Create direct charges; read 2026-11-24.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.providers.stripe.books import usable_on
from brownout.providers.stripe.connect.linked import linked, platform_of
from brownout.providers.stripe.errors import find, refusal
from brownout.providers.stripe.funds import fees, linked_payments, transfers
from brownout.providers.stripe.params import Shape, group, integer, merged, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.operation import Call
    from brownout.providers.stripe.params import Reader

_NO_FEE: Final = (
    "Can only apply an application_fee_amount when the PaymentIntent is attempting a direct payment (using an OAuth "
    "key or Stripe-Account header) or destination payment (using `transfer_data[destination]`)."
)
_PLATFORM: Final = "payment_platform"

ON_CREATE: Final[Mapping[str, Reader]] = {
    "application_fee_amount": integer(least=0, unset=True),
    "on_behalf_of": text(),
    "transfer_data": group(
        Shape(("destination",), amount=integer(least=1), destination=text(unset=False)), unset=False
    ),
}
"""The parameters that say how a new payment is shared."""
LATER: Final[Mapping[str, Reader]] = {
    "application_fee_amount": integer(least=0, unset=True),
    "transfer_data": group(Shape(amount=integer(least=1)), unset=False),
}
"""Those that can still change it."""


def agree(call: Call, intent: dict[str, Any], given: Mapping[str, Any], whole: int | None = None) -> dict[str, Any]:
    """Return the fields of a payment that say how it is shared, as `given` changes them; refuse what can't be.

    `whole` is what is there to share, the payment's amount if that is None.
    """
    asked = given.get("transfer_data") or {}
    behalf = given.get("on_behalf_of", intent["on_behalf_of"])
    data = {**(intent["transfer_data"] or {}), **asked} or None
    fee = given.get("application_fee_amount", intent["application_fee_amount"])
    if "on_behalf_of" in given and behalf is not None and not linked(call, behalf):
        raise refusal(call, f"No such account: '{behalf}'", code="resource_missing", param="on_behalf_of")
    if "destination" in asked:
        transfers.find_destination(call, asked["destination"], param="transfer_data[destination]")
    elif asked and "destination" not in (data or {}):
        raise refusal(call, "This PaymentIntent has no transfer_data[destination].", param="transfer_data[amount]")
    if fee is not None and data is None and _platform(call, intent) is None:
        raise refusal(call, _NO_FEE, param="application_fee_amount")
    if fee is not None and data is not None and "amount" in data:
        message = "You may only specify one of these parameters: application_fee_amount, transfer_data[amount]."
        raise refusal(call, message)
    bound = intent["amount"] if whole is None else whole
    for name, one in (("application_fee_amount", fee), ("transfer_data[amount]", (data or {}).get("amount"))):
        if one is not None and one > bound and name.partition("[")[0] in given:
            raise refusal(call, f"{name} must be no more than the amount of the payment ({bound}).", param=name)
    return {"application_fee_amount": fee, "on_behalf_of": behalf, "transfer_data": data}


def _platform(call: Call, intent: dict[str, Any]) -> str | None:
    noted = call.table(_PLATFORM).get(intent["id"])
    return noted["platform"] if noted is not None else platform_of(call)


def note(call: Call, intent: dict[str, Any]) -> None:
    """Note for a kept payment which platform its fee will be for, if it has one and is a direct payment."""
    if intent["application_fee_amount"] is not None and intent["transfer_data"] is None:
        platform = _platform(call, intent)
        if platform is not None:
            call.table(_PLATFORM).put({"id": intent["id"], "platform": platform})


def told(intent: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a charge that say how its payment is shared."""
    data = intent["transfer_data"]
    shown = {
        "application_fee_amount": intent["application_fee_amount"],
        "on_behalf_of": intent["on_behalf_of"],
        "transfer_data": {"amount": data.get("amount"), "destination": data["destination"]} if data else None,
    }
    if data and intent["transfer_group"] is None:
        shown["transfer_group"] = f"group_{intent['id']}"
    return shown


def direct_fee(call: Call, charge: dict[str, Any]) -> list[dict[str, Any]]:
    """Return how the balance transaction of a direct charge lists its platform's fee, if there is one."""
    if not charge["application_fee_amount"]:
        return []
    noted = call.table(_PLATFORM).get(charge["payment_intent"])
    fee = min(charge["application_fee_amount"], charge["amount_captured"])
    return [fees.detail(noted["platform"], fee, charge["currency"])] if noted is not None else []


def share(call: Call, charge: dict[str, Any]) -> None:
    """Share a charge that was just booked."""
    data = charge["transfer_data"]
    captured = charge["amount_captured"]
    fee = min(charge["application_fee_amount"] or 0, captured)
    if data is None and not fee:
        return
    available_on = usable_on(call, charge)
    if data is None:
        noted = call.table(_PLATFORM).get(charge["payment_intent"])
        if noted is not None:
            charge["application"] = fees.application_of(noted["platform"])
            fees.collect(call, charge, platform=noted["platform"], amount=fee, available_on=available_on)
        return
    given = {
        "amount": captured if data["amount"] is None else min(data["amount"], captured),
        "currency": charge["currency"],
        "destination": data["destination"],
        "source_transaction": charge["id"],
        "transfer_group": charge["transfer_group"],
    }
    transfer = transfers.TRANSFERS.build(call, given)
    transfers.carry_out(call, transfer, available_on, fee=fee, charge=charge)
    charge["transfer"] = transfer["id"]
    transfers.TRANSFERS.keep(call, transfer, given)


def check_undoing(call: Call, charge: dict[str, Any], given: Mapping[str, Any]) -> None:
    """Refuse to reverse with a refund what a charge doesn't have."""
    if given.get("reverse_transfer"):
        if charge["transfer_data"] is None:
            message = (
                f"Cannot reverse transfer on charge {charge['id']} because it does not have an associated transfer."
            )
            raise refusal(call, message, executed=True)
        if "transfer" in charge:  # else it wasn't booked yet
            transfers.check_reversible(call, find(call, "transfer", charge["transfer"]))
    if given.get("refund_application_fee") and not charge["application_fee_amount"]:
        message = f"Attempting to refund_application_fee on {charge['id']}, but it has no application fee"
        raise refusal(call, message, executed=True)


def undo(call: Call, charge: dict[str, Any], refund: dict[str, Any], given: Mapping[str, Any]) -> None:
    """Take back, with a refund, its share of the transfer and of the fee, as far as that is asked for."""
    part, whole = refund["amount"], charge["amount_captured"]
    if charge["amount_refunded"] + part == whole:  # what rounding left goes with the last part
        part = whole
    if given.get("reverse_transfer"):
        transfer = find(call, "transfer", charge["transfer"])
        refund["transfer_reversal"] = transfers.reverse_share(call, transfer, part, whole, refund["id"])
    if given.get("refund_application_fee"):
        noted = call.table(_PLATFORM).get(charge["payment_intent"])
        theirs = call if noted is None else call.within(noted["platform"])
        fees.give_share_back(theirs, charge["application_fee"], part, whole)


def hand_back(call: Call, payment: dict[str, Any], amount: int, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a connected account gives back of a payment to the platform that it had it from, as a refund."""
    theirs = call.within(linked_payments.platform_of(call, payment["id"]))
    transfer = find(theirs, "transfer", payment["source_transfer"])
    reversal = transfers.REVERSALS.build(theirs, {})
    kept = merged(call, {}, given.get("metadata"))
    transfers.reverse(theirs, transfer, amount, reversal, refund_fee=given.get("refund_application_fee", False))
    refund = find(call, "refund", reversal["destination_payment_refund"])
    refund |= {"metadata": kept, "reason": given.get("reason")}
    reversal["source_refund"] = refund["id"]
    transfers.REVERSALS.keep(theirs, reversal, {})
    return refund
