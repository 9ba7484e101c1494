"""Persons: who owns, directs or represents an account, and an account's `individual`.

(Stripe docs, API reference: Persons; stripe-python 16.1's types; read 2026-11-24.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.exchange import Answer
from brownout.core.operation import Operation
from brownout.providers.stripe.connect import blank
from brownout.providers.stripe.connect.account_params import PERSON, PERSON_TOO, RELATIONSHIP
from brownout.providers.stripe.connect.standing import corrected, standing
from brownout.providers.stripe.connect.whose import changing, target
from brownout.providers.stripe.errors import no_such, refusal
from brownout.providers.stripe.events import emit
from brownout.providers.stripe.expand import shown, tree_of
from brownout.providers.stripe.ids import alone
from brownout.providers.stripe.lists import LISTING, list_shape, page
from brownout.providers.stripe.params import EXPAND, Shape, check, merged

if TYPE_CHECKING:
    from brownout.core.operation import Call

_PATH: Final = "/v1/accounts/{account}/persons"
_ONE: Final = _PATH + "/{person}"
_SHAPE: Final = Shape(**PERSON, **PERSON_TOO)
_LIST: Final = list_shape(relationship=RELATIONSHIP)
_SECRET: Final = {
    "id_number": "id_number_provided", "id_number_secondary": "id_number_secondary_provided",
    "ssn_last_4": "ssn_last_4_provided",
}  # fmt: skip
"""What is never shown again, by what says that it is known."""
_NOT_KEPT: Final = frozenset({"documents", "expand", "person_token"})


def put(call: Call, value: dict[str, Any], given: dict[str, Any]) -> None:
    """Put what is given into a person of an account; `call` acts for it."""
    for name, one in given.items():
        if name in _SECRET:
            value[_SECRET[name]] = one is not None
        elif name == "metadata":
            value["metadata"] = merged(call, value["metadata"], one)
        elif name not in _NOT_KEPT:
            value[name] = deep(value.get(name), one)


def deep(now: Any, given: Any) -> Any:
    """Return what a field becomes: groups keep what isn't given anew."""
    if isinstance(now, dict) and given is None:
        return dict.fromkeys(now)
    if isinstance(now, dict) and isinstance(given, dict):
        return {**now, **{name: deep(now.get(name), one) for name, one in given.items()}}
    return given


def tell_numbers(call: Call, account: dict[str, Any], given: dict[str, Any]) -> None:
    """Note the numbers that a verification will look at, and that what failed may be right by now."""
    known = standing(call, account)
    fresh = [given[name] for name in ("id_number", "tax_id") if given.get(name)]
    if fresh:
        known["numbers"] = fresh
    corrected(call, account)


def forget_numbers(call: Call, account: dict[str, Any]) -> None:
    """Forget numbers that a verification would have failed by."""
    standing(call, account)["numbers"] = []


def new(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return a new person of an account, kept; `call` acts for it."""
    value = blank.person(call, alone(call, "person", call.table("person")))
    put(call, value, given)
    return call.create("person", value)


def _create(call: Call) -> Answer:
    inner, account = target(call)
    given = check(call, _SHAPE)
    tree = tree_of(call, given, "person")
    if account["business_type"] == "individual":
        message = "You cannot create a person for an account with business_type of `individual`: use `individual`."
        raise refusal(call, message, executed=True)
    with changing(inner, account):
        value = new(inner, given)
        tell_numbers(inner, account, given)
        emit(inner, "person.created", value)
    return shown(inner, value, tree)


def _found(call: Call) -> dict[str, Any]:
    found = call.table("person").get(call.path["person"])
    if found is None:
        raise no_such(call, "person", call.path["person"], param=None)
    return found


def _retrieve(call: Call) -> Answer:
    inner, _ = target(call)
    tree = tree_of(call, check(call, Shape(expand=EXPAND)), "person")
    return shown(inner, _found(inner), tree)


def _update(call: Call) -> Answer:
    inner, account = target(call)
    given = check(call, _SHAPE)
    tree = tree_of(call, given, "person")
    value = _found(inner)
    with changing(inner, account):
        before = dict(value)
        put(inner, value, given)
        tell_numbers(inner, account, given)
        previous = {name: old for name, old in before.items() if value[name] != old}
        if previous:
            emit(inner, "person.updated", value, previous=previous)
    return shown(inner, value, tree)


def _delete(call: Call) -> Answer:
    inner, account = target(call)
    check(call, Shape())
    value = _found(inner)
    with changing(inner, account):
        inner.table("person").remove(value["id"])
        if account.get("individual") is value:
            del account["individual"]
        emit(inner, "person.deleted", value)
    return Answer(200, {"id": value["id"], "object": "person", "deleted": True})


def _list(call: Call) -> Answer:
    inner, account = target(call)

    def keep(person: dict[str, Any], given: dict[str, Any]) -> bool:
        wanted = given.get("relationship") or {}
        return all(person["relationship"][name] == one for name, one in wanted.items())

    return page(inner, _LIST, "person", f"/v1/accounts/{account['id']}/persons", keep=keep)


OPERATIONS: Final = (
    Operation(
        name="stripe.accounts.persons.create", method="POST", path=_PATH, run=_create, effect="write",
        object_type="person", idempotent=True, dates=("created",),
    ),
    Operation(
        name="stripe.accounts.persons.retrieve", method="GET", path=_ONE, run=_retrieve, object_type="person",
        id_param="person", dates=("created",),
    ),
    Operation(
        name="stripe.accounts.persons.update", method="POST", path=_ONE, run=_update, effect="write",
        object_type="person", id_param="person", idempotent=True, dates=("created",),
    ),
    Operation(
        name="stripe.accounts.persons.delete", method="DELETE", path=_ONE, run=_delete, effect="write",
        object_type="person", id_param="person",
    ),
    Operation(
        name="stripe.accounts.persons.list", method="GET", path=_PATH, run=_list, object_type="person",
        listing=LISTING, dates=("data.created",),
    ),
)  # fmt: skip
