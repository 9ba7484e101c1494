"""The operations on external accounts: what they are is in `external_accounts.py`.

(Stripe docs, API reference: External bank accounts, External cards; read 2026-11-24.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.exchange import Answer
from brownout.core.operation import Operation
from brownout.providers.stripe.connect.external_accounts import ADDRESS, add, listed, make_default, read
from brownout.providers.stripe.connect.whose import changing, target
from brownout.providers.stripe.errors import no_such, refusal
from brownout.providers.stripe.events import emit
from brownout.providers.stripe.expand import shown, tree_of
from brownout.providers.stripe.lists import LISTING, list_shape, page
from brownout.providers.stripe.params import (
    EXPAND,
    Shape,
    boolean,
    check,
    integer,
    merged,
    metadata,
    one_of,
    opaque,
    text,
)

if TYPE_CHECKING:
    from brownout.core.operation import Call

_TYPE: Final = "external_account"
_PATH: Final = "/v1/accounts/{account}/external_accounts"
_CREATE: Final = Shape(
    ("external_account",), default_for_currency=boolean, expand=EXPAND, external_account=opaque, metadata=metadata
)
_UPDATE: Final = Shape(
    account_holder_name=text(), account_holder_type=one_of("company", "individual", unset=True),
    account_type=one_of("checking", "futsu", "savings", "toza", unset=True), default_for_currency=boolean,
    documents=opaque, exp_month=integer(least=1), exp_year=integer(least=1), expand=EXPAND, metadata=metadata,
    name=text(), **dict.fromkeys(ADDRESS, text()),
)  # fmt: skip
_LIST: Final = list_shape(object=one_of("bank_account", "card"))
_ALIKE: Final = frozenset({"default_for_currency", "documents", "expand", "metadata"})
"""Parameters that aren't just a field of their name."""


def _create(call: Call) -> Answer:
    inner, account = target(call)
    given = check(call, _CREATE)
    tree = tree_of(call, given, _TYPE)
    value = read(inner, given["external_account"], "external_account")
    value["metadata"] = merged(call, value["metadata"], given.get("metadata", {}))

    with changing(inner, account):
        add(inner, account, value, default=given.get("default_for_currency", value["default_for_currency"]))
        emit(inner, "account.external_account.created", value)
    return shown(inner, value, tree)


def _retrieve(call: Call) -> Answer:
    inner, _ = target(call)
    given = check(call, Shape(expand=EXPAND))
    tree = tree_of(call, given, _TYPE)
    return shown(inner, _found(inner), tree)


def _found(call: Call) -> dict[str, Any]:
    found = call.table(_TYPE).get(call.path["id"])
    if found is None:
        raise no_such(call, _TYPE, call.path["id"])
    return found


def _update(call: Call) -> Answer:
    inner, account = target(call)
    given = check(call, _UPDATE)
    tree = tree_of(call, given, _TYPE)
    value = _found(inner)
    changed = {name: one for name, one in given.items() if name not in _ALIKE}
    for name in changed:
        if name not in value:
            message = f"Received unknown parameter: {name}"
            raise refusal(call, message, code="parameter_unknown", param=name)
    if "metadata" in given:
        changed["metadata"] = merged(call, value["metadata"], given["metadata"])
    if given.get("default_for_currency") is False and value["default_for_currency"]:
        message = f"You must have a default external account for {value['currency']}. Set another one as the default."
        raise refusal(call, message, param="default_for_currency")

    with changing(inner, account):
        previous = {name: value[name] for name, one in changed.items() if value[name] != one}
        value.update(changed)
        if given.get("default_for_currency") and not value["default_for_currency"]:
            make_default(inner, value)
            previous["default_for_currency"] = False
        listed(inner, account)
        if previous:
            emit(inner, "account.external_account.updated", value, previous=previous)
    return shown(inner, value, tree)


def _delete(call: Call) -> Answer:
    inner, account = target(call)
    check(call, Shape())
    value = _found(inner)
    if value["default_for_currency"] and value["currency"] == account["default_currency"]:
        message = (
            "You cannot delete the default external account for your default currency. Please make another external "
            "account the default using the `default_for_currency` param, and then delete this one."
        )
        raise refusal(call, message, executed=True)

    with changing(inner, account):
        inner.table(_TYPE).remove(value["id"])
        inner.table("external_account_number").remove(value["id"])
        rest = [one for one in inner.table(_TYPE).oldest_first() if one["currency"] == value["currency"]]
        if value["default_for_currency"] and rest:
            make_default(inner, rest[0])
        listed(inner, account)
        emit(inner, "account.external_account.deleted", value)
    stub = {"id": value["id"], "object": value["object"], "deleted": True}
    return Answer(200, stub | ({"currency": value["currency"]} if value["object"] == "bank_account" else {}))


def _list(call: Call) -> Answer:
    inner, account = target(call)
    url = f"/v1/accounts/{account['id']}/external_accounts"
    return page(inner, _LIST, _TYPE, url, equal=("object",))


_ONE: Final = _PATH + "/{id}"
OPERATIONS: Final = (
    Operation(
        name="stripe.accounts.external_accounts.create", method="POST", path=_PATH, run=_create, effect="write",
        object_type=_TYPE, idempotent=True,
    ),
    Operation(
        name="stripe.accounts.external_accounts.retrieve", method="GET", path=_ONE, run=_retrieve, object_type=_TYPE,
        id_param="id",
    ),
    Operation(
        name="stripe.accounts.external_accounts.update", method="POST", path=_ONE, run=_update, effect="write",
        object_type=_TYPE, id_param="id", idempotent=True,
    ),
    Operation(
        name="stripe.accounts.external_accounts.delete", method="DELETE", path=_ONE, run=_delete, effect="write",
        object_type=_TYPE, id_param="id",
    ),
    Operation(
        name="stripe.accounts.external_accounts.list", method="GET", path=_PATH, run=_list, object_type=_TYPE,
        listing=LISTING,
    ),
)  # fmt: skip
