"""The changes up to 2022-11-15, as far as they touch what is modelled.

How a customer or a payment intent looked before in all its details no page says any more: that is as remembered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.versions import Change
from brownout.providers.stripe.expand import list_of
from brownout.providers.stripe.versions.shapes import CHANGELOG, INTENTS, joined, renamed, shown_anyway

if TYPE_CHECKING:
    from brownout.core.operation import Call

_MOST_CHARGES: Final = 10
_SOURCE_STATUS: Final = {"requires_payment_method": "requires_source", "requires_action": "requires_source_action"}
_SOURCE_NAMES: Final = {"next_action": "next_source_action", "payment_method_types": "allowed_source_types"}


def _with_charges(value: dict[str, Any], call: Call) -> dict[str, Any]:
    payment = call.table("payment").get(value["id"])
    ids = reversed(payment["charges"]) if payment is not None else ()
    charges = [one for charge in ids if (one := call.table("charge").get(charge)) is not None]
    shown = {
        "object": "list",
        "data": charges[:_MOST_CHARGES],
        "has_more": len(charges) > _MOST_CHARGES,
        "total_count": len(charges),
        "url": f"/v1/charges?payment_intent={value['id']}",
    }
    return joined(value, charges=shown)


def _with_refunds(value: dict[str, Any], call: Call) -> dict[str, Any]:
    return value if "refunds" in value else joined(value, refunds=list_of(call, value, "refunds", {}))


def _with_lists(value: dict[str, Any], call: Call) -> dict[str, Any]:
    if value.get("deleted"):
        return value
    names = (name for name in ("sources", "subscriptions", "tax_ids") if name not in value)
    return joined(value, **{name: list_of(call, value, name, {}) for name in names})


def _by_source(value: dict[str, Any], call: Call) -> dict[str, Any]:
    made = {_SOURCE_NAMES.get(key, key): item for key, item in value.items()}
    made["status"] = _SOURCE_STATUS.get(value["status"], value["status"])
    action = made["next_source_action"]
    if action is not None and action["type"] == "redirect_to_url":
        rest = {key: item for key, item in action.items() if key not in ("redirect_to_url", "type")}
        url = action["redirect_to_url"]
        made["next_source_action"] = {"authorize_with_url": url, **rest, "type": "authorize_with_url"}
    return joined(made)


CHANGES: Final = (
    Change(
        version="2022-11-15",
        said="payment_intent.charges is gone: use latest_charge",
        source=f"{CHANGELOG}/2022-11-15/removes-charges-attribute-paymentintent",
        undo={"payment_intent": _with_charges},
        asks=dict.fromkeys(INTENTS, shown_anyway("charges")),
    ),
    Change(
        version="2022-11-15",
        said="charge.refunds is there only if it is expanded",
        source=f"{CHANGELOG}/2022-11-15/deprecates-charges-auto-expand",
        undo={"charge": _with_refunds},
    ),
    Change(
        version="2020-08-27",
        said="customer.sources, .subscriptions and .tax_ids are there only if they are expanded",
        source=f"{CHANGELOG}/2020-08-27",
        undo={"customer": _with_lists},
    ),
    Change(
        version="2019-02-11",
        said="payment intents speak of payment methods and actions, no longer of sources",
        source="https://github.com/stripe/stripe-dotnet/pull/1501",
        undo={"payment_intent": _by_source},
        asks=dict.fromkeys(
            ("stripe.payment_intents.create", "stripe.payment_intents.update"),
            renamed("allowed_source_types", "payment_method_types"),
        ),
    ),
)
