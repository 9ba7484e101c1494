"""Capabilities: what an account may do once it has told enough of itself.

(Stripe docs, API reference: Capabilities, and Connect: Account capabilities; read 2026-11-24.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.exchange import Answer
from brownout.core.operation import Operation
from brownout.providers.stripe.connect.account_params import capability_names
from brownout.providers.stripe.connect.whose import USUAL, changing, put_capability, target
from brownout.providers.stripe.errors import no_such, refusal
from brownout.providers.stripe.expand import LINKS, expanded, shown, tree_of
from brownout.providers.stripe.params import EXPAND, Shape, boolean, check

if TYPE_CHECKING:
    from brownout.core.operation import Call

_PATH: Final = "/v1/accounts/{account}/capabilities"
_ONE: Final = _PATH + "/{capability}"
_ALONE: Final = Shape(expand=EXPAND)
LINKS["capability"] = {"account": "account"}


def request(call: Call, account: dict[str, Any], wanted: dict[str, bool]) -> None:
    """Request capabilities of an account, or no longer; `call` acts for it, and `review` says what becomes of them."""
    for name, requested in wanted.items():
        row = call.table("capability").get(name)
        if row is None:
            row = put_capability(call, name, "unrequested")
        if requested and not row["requested"]:
            row |= {"requested": True, "requested_at": call.now}
            account["capabilities"] = {**account["capabilities"], name: "inactive"}
        elif not requested and row["requested"]:
            row |= {"requested": False, "requested_at": None}
            account["capabilities"] = {one: now for one, now in account["capabilities"].items() if one != name}


def _found(call: Call, name: str) -> dict[str, Any]:
    row = call.table("capability").get(name)
    if row is None and name in capability_names():
        row = put_capability(call, name, "unrequested")
    if row is None:
        raise no_such(call, "capability", name)
    return row


def _retrieve(call: Call) -> Answer:
    inner, _ = target(call)
    tree = tree_of(call, check(call, _ALONE), "capability")
    return shown(inner, _found(inner, call.path["capability"]), tree)


def _update(call: Call) -> Answer:
    inner, account = target(call)
    given = check(call, Shape(expand=EXPAND, requested=boolean))
    tree = tree_of(call, given, "capability")
    row = _found(inner, call.path["capability"])
    if given.get("requested") is False and account["controller"]["type"] == "account":
        raise refusal(call, f"The {row['id']} capability of this account cannot be unrequested.", executed=True)
    if "requested" in given:
        with changing(inner, account):
            request(inner, account, {row["id"]: given["requested"]})
    return shown(inner, row, tree)


def _list(call: Call) -> Answer:
    inner, account = target(call)
    tree = tree_of(call, check(call, _ALONE), "capability", listed=True)
    for name in USUAL:
        _found(inner, name)
    rows = list(inner.table("capability").oldest_first())
    if tree:
        rows = [expanded(inner, row, tree.get("data", tree), "capability") for row in rows]
    url = f"/v1/accounts/{account['id']}/capabilities"
    return Answer(200, {"object": "list", "data": rows, "has_more": False, "url": url})


OPERATIONS: Final = (
    Operation(
        name="stripe.accounts.capabilities.retrieve", method="GET", path=_ONE, run=_retrieve,
        object_type="capability", id_param="capability", dates=("requested_at",), enums=("status",),
    ),
    Operation(
        name="stripe.accounts.capabilities.update", method="POST", path=_ONE, run=_update, effect="write",
        object_type="capability", id_param="capability", idempotent=True, dates=("requested_at",), enums=("status",),
    ),
    Operation(
        name="stripe.accounts.capabilities.list", method="GET", path=_PATH, run=_list, object_type="capability",
        dates=("data.requested_at",), enums=("data.status",),
    ),
)  # fmt: skip
