"""Stripe's dated API versions, as far as they change what is answered here.

Requests are pinned by `Stripe-Version`, else by the account's own version (`api_version`); an endpoint for webhooks by
the version that it was made with, so that the two may differ: after an upgrade on one side they do, and a plugin that
pinned its requests alone lost its refunds to it (woocommerce-gateway-stripe issue 2497). Parameters are those of the
newest version, but for the default payment methods. (Stripe docs, changelog, the page of each change; read 2026-11-23.
How a customer or a payment intent looked before in all its details no page says any more: that is as remembered.)
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from brownout.core.errors import Refused
from brownout.core.versions import Change, Versions, date_of
from brownout.providers.stripe.expand import list_of

if TYPE_CHECKING:
    from brownout.core.exchange import Answer
    from brownout.core.operation import Call, Operation
    from brownout.core.versions import Older

API_VERSION: Final = "2026-10-28.endive"
"""The version that stripe-python 16.1 and stripe-node 23.1 pin, and whose shapes are kept here."""
AUTOMATIC_METHODS: Final = "2023-08-16"
"""From here on a payment intent takes the Dashboard's methods unless it says otherwise; before, cards.

(docs.stripe.com/changelog/2023-08-16/automatic-payment-methods, read 2026-11-23.)
"""
_CHANGELOG: Final = "https://docs.stripe.com/changelog"
_NAMED_FROM: Final = "2024-09-30"
"""The first version with a word after its date (acacia); none before has one."""
_WORDS: Final = frozenset({"acacia", "basil", "clover", "dahlia", "endive", "preview"})
_VERSION: Final = re.compile(r"(20[1-9]\d-\d\d-\d\d)(?:\.([a-z]+))?(?:; ?[a-z0-9_=; ]+)?")


def is_version(text: str) -> bool:
    """Return whether a text could name a version; one that is newer than ours is taken as well.

    >>> [is_version(one) for one in ("2020-08-27", "2026-10-28.endive", "2026-10-28", "2020-08-27.acacia", "latest")]
    [True, True, False, False, False]
    """
    found = _VERSION.fullmatch(text)
    if found is None:
        return False
    try:
        date.fromisoformat(found[1])
    except ValueError:
        return False
    if found[1] < _NAMED_FROM:
        return found[2] is None
    return found[2] in _WORDS or (found[2] is not None and found[1] > date_of(API_VERSION))


def _joined(value: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return an object with more fields, ordered as Stripe orders them: `id` and `object`, then by name."""
    both = {**value, **more}
    return {key: both[key] for key in sorted(both, key=lambda key: (key != "id", key != "object", key))}


def _with_charges(value: dict[str, Any], call: Call) -> dict[str, Any]:
    payment = call.table("payment").get(value["id"])
    ids = reversed(payment["charges"]) if payment is not None else ()
    charges = [one for charge in ids if (one := call.table("charge").get(charge)) is not None]
    shown = {
        "object": "list",
        "data": charges[:10],
        "has_more": len(charges) > 10,
        "total_count": len(charges),
        "url": f"/v1/charges?payment_intent={value['id']}",
    }
    return _joined(value, charges=shown)


def _with_refunds(value: dict[str, Any], call: Call) -> dict[str, Any]:
    return value if "refunds" in value else _joined(value, refunds=list_of(call, value, "refunds", {}))


def _without_invoice(value: dict[str, Any], call: Call) -> dict[str, Any]:
    return _joined(value, invoice=None)


def _with_lists(value: dict[str, Any], call: Call) -> dict[str, Any]:
    if value.get("deleted"):
        return value
    names = (name for name in ("sources", "subscriptions", "tax_ids") if name not in value)
    return _joined(value, **{name: list_of(call, value, name, {}) for name in names})


_SOURCE_STATUS: Final = {"requires_payment_method": "requires_source", "requires_action": "requires_source_action"}
_SOURCE_NAMES: Final = {"next_action": "next_source_action", "payment_method_types": "allowed_source_types"}


def _by_source(value: dict[str, Any], call: Call) -> dict[str, Any]:
    made = {_SOURCE_NAMES.get(key, key): item for key, item in value.items()}
    made["status"] = _SOURCE_STATUS.get(value["status"], value["status"])
    action = made["next_source_action"]
    if action is not None and action["type"] == "redirect_to_url":
        rest = {key: item for key, item in action.items() if key not in ("redirect_to_url", "type")}
        url = action["redirect_to_url"]
        made["next_source_action"] = {"authorize_with_url": url, **rest, "type": "authorize_with_url"}
    return _joined(made)


CHANGES: Final = (
    Change(
        version="2025-03-31.basil",
        said="payment_intent.invoice and charge.invoice are gone",
        source=f"{_CHANGELOG}/basil/2025-03-31/add-support-for-multiple-partial-payments-on-invoices",
        undo={"payment_intent": _without_invoice, "charge": _without_invoice},
    ),
    Change(
        version="2022-11-15",
        said="payment_intent.charges is gone: use latest_charge; charge.refunds is there only if it is expanded",
        source=f"{_CHANGELOG}/2022-11-15",
        undo={"payment_intent": _with_charges, "charge": _with_refunds},
    ),
    Change(
        version="2020-08-27",
        said="customer.sources, .subscriptions and .tax_ids are there only if they are expanded",
        source=f"{_CHANGELOG}/2020-08-27",
        undo={"customer": _with_lists},
    ),
    Change(
        version="2019-02-11",
        said="payment intents speak of payment methods and actions, no longer of sources",
        source="https://github.com/stripe/stripe-dotnet/pull/1501",
        undo={"payment_intent": _by_source},
    ),
)

VERSIONS: Final = Versions(CHANGES, lambda value: value.get("object"))


def pinned(call: Call) -> str:
    """Return the version that a call is answered in; `wire.check_version` found it out."""
    return call.version or API_VERSION


def told_by(older: Older | None, value: dict[str, Any], previous: dict[str, Any] | None, call: Call) -> dict[str, Any]:
    """Return an event's `data` in an older version: the object, and what it was before where that differs."""
    if older is None:
        return {"object": value} if previous is None else {"object": value, "previous_attributes": previous}
    data = {"object": older(value, call)}
    if previous is not None:
        before = older({**value, **previous}, call)
        now = data["object"]
        data["previous_attributes"] = {
            key: item for key, item in before.items() if key in previous or now.get(key) != item
        }
    return data


def dated(operation: Operation) -> Operation:
    """Return an operation that answers in the version its caller is pinned to, refusals too."""
    run = operation.run

    def answer(call: Call) -> Answer:
        version = call.version  # found out by `wire.check_version`; None as little as ours has anything to undo
        older = VERSIONS.older(version) if version is not None and version != API_VERSION else None
        if older is None:
            return run(call)
        try:
            made = run(call)
        except Refused as refused:
            refused.answer.body = older(refused.answer.body, call)
            raise
        made.body = older(made.body, call)
        return made

    return replace(operation, run=answer, versions=VERSIONS)
