"""`expand`: ids in an answer replaced by the objects they name, up to four levels deep.

Paths are checked before an operation changes anything, and followed when its answer is made. (Stripe docs, API
reference: Expanding responses; recorded test-mode answers; read 2026-11-22.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from brownout.core.exchange import Answer
from brownout.providers.stripe.errors import refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from brownout.core.operation import Call

Tree: TypeAlias = "dict[str, Tree]"
"""The asked paths, joined: `["a.b", "a.c"]` is `{"a": {"b": {}, "c": {}}}`."""

MOST_LEVELS: Final = 4
NEVER_SET: Final = ""  # a documented link to something outside the payment path: always null here
_ANY: Final = "*"  # the type shows in the id
_GROUP: Final = "{}"  # no object, but a group with links inside
_LIST: Final = "[]"  # absent unless asked for
_BY_PREFIX: Final = {
    "ch": "charge", "py": "charge", "re": "refund", "pyr": "refund", "du": "dispute", "po": "payout", "tr": "transfer",
    "trr": "transfer_reversal", "fee": "application_fee", "fr": "fee_refund", "tu": "topup", "card": "customer_source",
    "ba": "customer_source",
}  # fmt: skip

LINKS: Final[dict[str, dict[str, str]]] = {
    "payment_intent": {
        "customer": "customer",
        "latest_charge": "charge",
        "payment_method": "payment_method",
        "on_behalf_of": "account",
        "review": "review",
        **dict.fromkeys(("application", "source"), NEVER_SET),
    },
    "charge": {
        "balance_transaction": "balance_transaction",
        "customer": "customer",
        "failure_balance_transaction": "balance_transaction",
        "payment_intent": "payment_intent",
        "refunds": _LIST,
        "application_fee": "application_fee",
        "on_behalf_of": "account",
        "transfer": "transfer",
        "review": "review",
        **dict.fromkeys(("application", "source_transfer"), NEVER_SET),
    },
    "refund": {
        "balance_transaction": "balance_transaction",
        "charge": "charge",
        "customer": "customer",
        "failure_balance_transaction": "balance_transaction",
        "payment_intent": "payment_intent",
        "payment_method": "payment_method",
        "source_transfer_reversal": NEVER_SET,
        "transfer_reversal": "transfer_reversal",
    },
    "balance_transaction": {"source": _ANY},
}


class Listed(NamedTuple):
    """A list that is there only if it is asked for: what its items are, and how it is made of the object."""

    item_type: str
    make: Callable[[Call, dict[str, Any], Tree], dict[str, Any] | None]


LISTS: Final[dict[str, Listed]] = {}
"""Such lists beside those of `list_of`, by object type and field; `data` below one leads to its items."""


def tree_of(call: Call, given: Mapping[str, Any], object_type: str, *, listed: bool = False) -> Tree | None:
    """Return what `expand` asks for, None for nothing; refuses paths that lead nowhere."""
    paths = given.get("expand")
    if not paths:
        return None
    tree: Tree = {}
    for path in paths:
        _add(call, tree, path, object_type, listed=listed)
    return tree


def _add(call: Call, tree: Tree, path: str, object_type: str, *, listed: bool) -> None:
    parts = path.split(".")
    if listed:
        if parts[0] != "data" or len(parts) == 1:
            hint = f" You may want to try expanding 'data.{path}' instead." if parts[0] != "data" else ""
            raise refusal(call, f"This property cannot be expanded ({path}).{hint}")
        parts = parts[1:]
    if len(parts) > MOST_LEVELS:
        raise refusal(call, f"You cannot expand more than {MOST_LEVELS} levels of a property. Property: {path}")
    target = object_type
    inside = False
    for part in parts:
        found = LISTS.get(f"{target}.{part}")
        if found is not None:
            target = found.item_type
        elif not (inside and part == "data") and target != _ANY:
            links = LINKS.get(target, {})
            link = links.get(part)
            if link is None:
                raise refusal(call, f"This property cannot be expanded ({path}).")
            target = f"{target}.{part}" if link == _GROUP else "refund" if part == "refunds" else link
        inside = found is not None
        tree = tree.setdefault(part, {})


def shown(call: Call, value: dict[str, Any], tree: Tree | None) -> Answer:
    """Return the 200 that shows `value`."""
    return Answer(200, value if tree is None else expanded(call, value, tree, value["object"]))


def expanded(call: Call, value: dict[str, Any], tree: Tree, object_type: str) -> dict[str, Any]:
    """Return a copy of `value` with what `tree` asks for in place of ids."""
    out = dict(value)
    links = LINKS.get(object_type, {})
    for field, inner in tree.items():
        link = links.get(field)
        if (found := LISTS.get(f"{object_type}.{field}")) is not None:
            out[field] = found.make(call, value, inner)
        elif link == _LIST:
            out[field] = list_of(call, value, field, inner)
        elif link == _GROUP:
            out[field] = expanded(call, value[field], inner, f"{object_type}.{field}")
        else:
            object_id = value.get(field)
            if isinstance(object_id, str):
                out[field] = _fetched(call, object_id, link, inner)
    return out


def _fetched(call: Call, object_id: str, link: str | None, inner: Tree) -> Any:
    object_type = _BY_PREFIX.get(object_id.partition("_")[0], "") if link == _ANY else link
    if not object_type:
        return object_id
    found = call.table(object_type).get(object_id)
    if found is None:
        # A deleted customer leaves a stub behind; anything else that is gone stays an id.
        return call.table(f"{object_type}_deleted").get(object_id) or object_id
    if object_type == "balance_transaction":
        settle(call, (found,))
    return expanded(call, found, inner, object_type) if inner else found


def settle(call: Call, rows: Iterable[dict[str, Any]]) -> None:
    """Bring the status of balance transactions up to now: pending until `available_on`."""
    now = call.now
    for row in rows:
        if row["available_on"] <= now:
            row["status"] = "available"


def list_of(call: Call, value: dict[str, Any], field: str, inner: Tree) -> dict[str, Any]:
    """Return the list that stands under `field` of an object where it is shown."""
    data: list[dict[str, Any]] = []
    if field == "refunds":
        beside = "payment" if value["payment_intent"] is not None else "linked_payment"
        payment = call.table(beside).get(value["payment_intent"] or value["id"])
        table = call.table("refund")
        found = (table.get(refund) for refund in reversed(payment["refunds"] if payment is not None else ()))
        data = [one for one in found if one is not None]
        url = f"/v1/charges/{value['id']}/refunds"
    elif field == "sources":
        url = f"/v1/customers/{value['id']}/sources"
        kept = call.table("customer_sources").get(value["id"])
        sources = call.table("customer_source")
        data = [one for key in reversed(kept["sources"] if kept is not None else ()) if (one := sources.get(key))]
    else:
        url = f"/v1/customers/{value['id']}/{field}"
    shown_data = data[:10]
    if inner:
        shown_data = [expanded(call, one, inner, "refund") for one in shown_data]
    return {
        "object": "list",
        "data": shown_data,
        "has_more": len(data) > len(shown_data),
        "total_count": len(data),
        "url": url,
    }
