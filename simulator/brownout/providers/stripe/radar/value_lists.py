"""Value lists and their items; a list whose alias ends in `_blocklist` blocks the payments that match it.

(Stripe docs, API reference: Value lists and Value list items, Radar: Lists; stripe-python 16.1's types; read
2026-11-24. Stripe's default lists are there only once somebody makes them: rules of one's own aren't in its API. The
words of the refusals aren't documented, but for `already exists`.)
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from brownout.providers.stripe.cards import DECLINES
from brownout.providers.stripe.errors import find, refusal
from brownout.providers.stripe.lists import list_shape, page
from brownout.providers.stripe.params import missing, moments, one_of, text
from brownout.providers.stripe.resource import METADATA, NOW, Resource, fixed, made, param

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from brownout.core.exchange import Answer
    from brownout.core.operation import Call, Handler
    from brownout.providers.stripe.cards import Decline
    from brownout.providers.stripe.payment_methods import Method

_TYPES: Final = (
    "account", "card_bin", "card_fingerprint", "case_sensitive_string", "country", "crypto_fingerprint", "customer_id",
    "email", "ip_address", "sepa_debit_fingerprint", "string", "us_bank_account_fingerprint",
)  # fmt: skip
_FORMS: Final = {
    "account": r"acct_\w+", "card_bin": r"\d{6}", "country": r"[A-Za-z]{2}", "customer_id": r"cus_\w+",
    "email": r"[^@\s]+@[^@\s]+", "ip_address": r"[0-9a-fA-F:.]{3,45}",
}  # fmt: skip
_EXACT: Final = frozenset({"case_sensitive_string", "card_fingerprint", "customer_id", "account"})
_BLOCKS: Final = "_blocklist"
_SHOWN: Final = 10
_TEXT: Final = text(unset=False, most=100)


def blocking(call: Call, intent: dict[str, Any], method: Method) -> Decline | None:
    """Return the decline of a payment that is on a list of what to block, None if it is on none."""
    lists = call.table("radar.value_list")
    if not len(lists):
        return None
    for one in lists.oldest_first():
        if one["alias"].endswith(_BLOCKS) and any(
            _key(one["item_type"], value) in _values(call, one["id"])
            for value in _of_payment(call, one["item_type"], intent, method)
        ):
            return replace(DECLINES["merchant_blacklist"], rule=f"block_if_in_{one['alias']}")
    return None


def _of_payment(call: Call, item_type: str, intent: dict[str, Any], method: Method) -> Iterator[str]:
    """Yield what a payment has of the kind that a list holds."""
    customer = call.table("customer").get(intent["customer"] or "")
    values: dict[str, tuple[Any, ...]] = {
        "card_bin": (method.card.number[:6],),
        "card_fingerprint": (method.value["card"]["fingerprint"],),
        "country": (method.card.country,),
        "customer_id": (intent["customer"],),
        "email": (
            method.value["billing_details"]["email"],
            intent["receipt_email"],
            customer["email"] if customer is not None else None,
        ),
    }
    return (value for value in values.get(item_type, ()) if value)


def _key(item_type: str, value: str) -> str:
    return value if item_type in _EXACT else value.lower()


def _values(call: Call, list_id: str) -> dict[str, str]:
    """Return the items of a list, by what they hold."""
    found = call.table("radar.value_list_values").get(list_id)
    if found is None:
        found = {"id": list_id, "values": {}}
        call.table("radar.value_list_values").put(found)
    values: dict[str, str] = found["values"]
    return values


def _prepare_list(call: Call, value: dict[str, Any], given: dict[str, Any]) -> None:
    _refuse_alias(call, value)
    value["created_by"] = call.account
    value["list_items"] = {**value["list_items"], "url": f"/v1/radar/value_list_items?value_list={value['id']}"}


def _refuse_alias(call: Call, value: dict[str, Any]) -> None:
    lists = call.table("radar.value_list").oldest_first()
    if any(one["alias"] == value["alias"] and one["id"] != value["id"] for one in lists):
        raise refusal(call, f"A value list with the alias `{value['alias']}` already exists.", param="alias")


def _prepare_item(call: Call, item: dict[str, Any], given: dict[str, Any]) -> None:
    of = find(call, "radar.value_list", given["value_list"], param="value_list")
    form = _FORMS.get(of["item_type"])
    if form is not None and not re.fullmatch(form, given["value"]):
        raise refusal(call, f"Invalid {of['item_type']}: {given['value']}", param="value")
    if _key(of["item_type"], given["value"]) in _values(call, of["id"]):
        message = f"An item with the value `{given['value']}` already exists in this value list."
        raise refusal(call, message, param="value")
    item["created_by"] = call.account


def _keep_item(call: Call, item: dict[str, Any], given: dict[str, Any]) -> None:
    of = find(call, "radar.value_list", item["value_list"])
    values = _values(call, of["id"])
    values[_key(of["item_type"], item["value"])] = item["id"]
    _show(call, of, values)


def _leave_list(call: Call, item: dict[str, Any]) -> None:
    of = call.table("radar.value_list").get(item["value_list"])
    if of is not None:
        values = _values(call, of["id"])
        values.pop(_key(of["item_type"], item["value"]), None)
        _show(call, of, values)


def _empty(call: Call, of: dict[str, Any]) -> None:
    gone = call.table("radar.value_list_values").remove(of["id"])
    for item in gone["values"].values() if gone is not None else ():
        call.table("radar.value_list_item").remove(item)


def _show(call: Call, of: dict[str, Any], values: dict[str, str]) -> None:
    """Bring the items that a list shows up to date: the newest."""
    items = call.table("radar.value_list_item")
    newest = [one for item in list(values.values())[: -_SHOWN - 1 : -1] if (one := items.get(item)) is not None]
    of["list_items"] = {**of["list_items"], "data": newest, "has_more": len(values) > len(newest)}


LISTS: Final = Resource(
    object_type="radar.value_list",
    path="/v1/radar/value_lists",
    prefix="rsl",
    path_param="value_list",
    noun="valuelist",
    fields={
        "alias": param(_TEXT, required=True),
        "created": NOW,
        "created_by": fixed(""),
        "item_type": param(one_of(*_TYPES), "string", updates=False, kind="enum"),
        "list_items": made(lambda _call: {"object": "list", "data": [], "has_more": False, "url": ""}),
        "livemode": fixed(value=False),
        "metadata": METADATA,
        "name": param(_TEXT, required=True),
    },
    verbs=("create", "retrieve", "update", "delete", "list"),
    prepare=_prepare_list,
    change=lambda call, value, _given: _refuse_alias(call, value),
    leave=_empty,
)
ITEMS: Final = Resource(
    object_type="radar.value_list_item",
    path="/v1/radar/value_list_items",
    prefix="rsli",
    path_param="item",
    noun="valuelistitem",
    fields={
        "created": NOW,
        "created_by": fixed(""),
        "livemode": fixed(value=False),
        "value": param(text(unset=False, most=800), required=True, updates=False),
        "value_list": param(text(unset=False), required=True, updates=False),
    },
    verbs=("create", "retrieve", "delete", "list"),
    filters={"value": text(unset=False), "value_list": text(unset=False)},
    prepare=_prepare_item,
    done=_keep_item,
    leave=_leave_list,
)
_LISTING: Final = list_shape(created=moments, alias=_TEXT, contains=text(unset=False))


def _list(call: Call) -> Answer:
    return page(
        call, _LISTING, "radar.value_list", LISTS.path, equal=("alias",),
        keep=lambda one, given: _holds(call, one, given),
    )  # fmt: skip


def _holds(call: Call, one: dict[str, Any], given: dict[str, Any]) -> bool:
    wanted = given.get("contains")
    return wanted is None or _key(one["item_type"], wanted) in _values(call, one["id"])


def _listed(run: Handler, call: Call) -> Answer:
    if "value_list" not in call.params:
        raise missing(call, "value_list")
    return run(call)


_WRAPPED: Final[dict[str, Callable[[Handler, Call], Answer]]] = {
    "stripe.radar.value_lists.list": lambda _run, call: _list(call),
    "stripe.radar.value_list_items.list": _listed,
}
"""What a `Resource` has no word for, around what it has."""
OPERATIONS: Final = tuple(
    replace(one, run=partial(_WRAPPED[one.name], one.run)) if one.name in _WRAPPED else one
    for one in (*LISTS.operations(), *ITEMS.operations())
)
