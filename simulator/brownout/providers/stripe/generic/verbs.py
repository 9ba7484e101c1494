"""What the generic engine does for each kind of operation. Create, retrieve, update, list and delete hold together.

A new object is kept with the path that it was made under, so that `/v1/customers/{customer}/tax_ids` lists those of one
customer. What stands above an object in its path must be there. (Stripe docs, API reference: Errors, Metadata,
Pagination; how Stripe behaves beyond that, a schema doesn't tell, and neither does this.)
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from brownout.core.exchange import Answer
from brownout.providers.stripe.events import emit
from brownout.providers.stripe.expand import shown, tree_of
from brownout.providers.stripe.generic import objects
from brownout.providers.stripe.generic.links import know_links
from brownout.providers.stripe.generic.refusals import find, missing, wrong
from brownout.providers.stripe.generic.tables import tables
from brownout.providers.stripe.params import EXPAND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.operation import Call
    from brownout.providers.stripe.expand import Tree
    from brownout.providers.stripe.generic.routes import Spec

PLACES: Final = "generic_place"
_SINGLES: Final = "generic_single"
_STATUSES: Final = {
    "cancel": ("canceled", "cancelled"), "finalize": ("open",), "void": ("void", "voided"), "pay": ("paid",),
    "close": ("closed", "lost"), "activate": ("active",), "reactivate": ("active",), "deactivate": ("inactive",),
    "resume": ("active",), "unarchive": ("active",), "mark": ("uncollectible",), "submit": ("submitted",),
    "respond": (), "reject": ("rejected",), "disconnect": ("disconnected",),
}  # fmt: skip


def given_of(call: Call) -> dict[str, Any]:
    """Return the parameters but `expand` and `include`, which say how to answer."""
    return {name: one for name, one in call.params.items() if name not in ("expand", "include")}


def expansion(call: Call, object_type: str, *, listed: bool = False) -> Tree | None:
    """Return what `expand` asks for, None for nothing; refuses what can't be expanded."""
    if "expand" not in call.params:
        return None
    know_links()
    return tree_of(call, {"expand": EXPAND(call, "expand", call.params["expand"])}, object_type, listed=listed)


def create(call: Call, spec: Spec) -> Answer:
    """Make an object, keep it and tell."""
    given = given_of(call)
    object_type = _type_of(spec, given)
    tree = expansion(call, object_type)
    above(call, spec)
    value = objects.build(call, object_type, given)
    for name, one in call.path.items():
        own = name.removesuffix("_id")
        if isinstance(value.get(own, ""), str | None) and own in tables().objects[object_type]:
            value[own] = one
    if "id" in value:
        if call.table(object_type).get(value["id"]) is not None:
            message = f"{object_type.rpartition('.')[2].capitalize()} already exists."
            raise wrong(call, message, code="resource_already_exists", param="id", v2=spec.v2)
        keep(call, object_type, value, spec.place(call))
        _tell(call, object_type, value, "created")
    return shown(call, value, tree)


def keep(call: Call, object_type: str, value: dict[str, Any], place: str) -> None:
    """Keep a new object, and where it was made."""
    call.create(object_type, value)
    call.table(PLACES).put({"id": value["id"], "place": place})


def retrieve(call: Call, spec: Spec) -> Answer:
    """Return an object."""
    tree = expansion(call, spec.row.types[0])
    return shown(call, target(call, spec), tree)


def update(call: Call, spec: Spec) -> Answer:
    """Put what is given into an object, and tell if anything changed."""
    tree = expansion(call, spec.row.types[0])
    value = target(call, spec)
    _change(call, value, given_of(call))
    return shown(call, value, tree)


def _change(call: Call, value: dict[str, Any], given: Mapping[str, Any], becomes: str | None = None) -> None:
    object_type = value["object"]
    changed = dict(value)
    objects.put(call, object_type, changed, {name: one for name, one in given.items() if name not in ("id", "status")})
    if becomes is not None:
        changed["status"] = becomes
    previous = {name: value.get(name) for name, new in changed.items() if value.get(name) != new}
    value.update(changed)
    if becomes is not None and _tell(call, object_type, value, becomes):
        return
    if previous:
        _tell(call, object_type, value, "updated", previous)


def delete(call: Call, spec: Spec) -> Answer:
    """Take an object out, and tell."""
    value = target(call, spec)
    return _gone(call, value, v2=spec.v2)


def _gone(call: Call, value: dict[str, Any], *, v2: bool) -> Answer:
    object_type = value["object"]
    call.table(object_type).remove(value["id"])
    call.table(PLACES).remove(value["id"])
    _tell(call, object_type, value, "deleted")
    stub = {"id": value["id"], "object": object_type}
    return Answer(200, stub if v2 else {**stub, "deleted": True})


def act(call: Call, spec: Spec) -> Answer:
    """Do something with an object: change its status, where one of those it may have is named after the action."""
    tree = expansion(call, spec.row.types[0])
    value = target(call, spec)
    _change(call, value, given_of(call), _status_after(spec, value["object"]))
    return shown(call, value, tree)


def _status_after(spec: Spec, object_type: str) -> str | None:
    """Return the status that obviously follows from an action, None if none does."""
    field = tables().objects[object_type].get("status")
    if field is None or not isinstance(field.kind, str) or not field.kind.startswith("="):
        return None
    name = spec.row.name.rpartition(".")[2]
    verb = name.partition("_")[0]
    if name != verb and verb not in spec.row.path.rpartition("/")[2]:
        return None
    near = _STATUSES.get(verb, (f"{verb}ed", f"{verb}d", verb))
    allowed = field.kind[1:].split("|")
    return next((one for one in near if one in allowed), None)


def single(call: Call, spec: Spec) -> Answer:
    """Return the only object of its kind, changed if the call changes it."""
    object_type = spec.row.types[0]
    tree = expansion(call, object_type)
    above(call, spec)
    kept = call.table(_SINGLES).get(spec.place(call))
    value = kept["value"] if kept is not None else objects.build(call, object_type, {})
    if kept is None:
        call.table(_SINGLES).put({"id": spec.place(call), "value": value})
    if spec.row.method == "POST":
        _change(call, value, given_of(call))
    return shown(call, value, tree)


def search_one(call: Call, spec: Spec) -> Answer:
    """Return the newest object that has all that is given."""
    return shown(call, _one_like(call, spec), expansion(call, spec.row.types[0]))


def delete_where(call: Call, spec: Spec) -> Answer:
    """Take out the newest object that has all that is given."""
    return _gone(call, _one_like(call, spec), v2=spec.v2)


def _one_like(call: Call, spec: Spec) -> dict[str, Any]:
    object_type = spec.row.types[0]
    wanted = objects.build(call, object_type, given_of(call))
    names = [name for name in given_of(call) if name in wanted]
    for one in call.table(object_type).newest_first():
        if all(one[name] == wanted[name] for name in names):
            return one
    raise missing(call, object_type, ", ".join(map(str, given_of(call).values())))


def preview(call: Call, spec: Spec) -> Answer:
    """Return what would be made, but keep nothing."""
    object_type = spec.row.types[0]
    return shown(call, objects.build(call, object_type, given_of(call)), expansion(call, object_type))


# ---------------------------------------------------------------- what they share


def target(call: Call, spec: Spec) -> dict[str, Any]:
    """Return the object that a path names, or refuse; it must belong to what stands above it there."""
    above(call, spec)
    name, object_id = list(call.path.items())[-1]
    types = spec.types_at(name) or spec.row.types
    value = find(call, types, object_id)
    if not belongs(call, spec, value):
        raise missing(call, types[0], object_id)
    return value


def belongs(call: Call, spec: Spec, value: Mapping[str, Any]) -> bool:
    """Return whether an object belongs to what stands above it in the path of a call."""
    over = {name: one for name, one in call.path.items() if name in spec.above}
    if not over:
        return True
    place = call.table(PLACES).get(value.get("id", ""))
    if place is not None and place["place"] == spec.place(call):
        return True
    return any(value.get(name.removesuffix("_id")) == one for name, one in over.items())


def above(call: Call, spec: Spec) -> None:
    """Refuse a path in which something stands that isn't there."""
    for name in spec.above:
        types = spec.types_at(name)
        if types:
            find(call, types, call.path[name])


def _type_of(spec: Spec, given: Mapping[str, Any]) -> str:
    """Return which of its types a new object is of: by what it is made from, where that tells."""
    types = spec.row.types
    if len(types) == 1:
        return types[0]
    source = given.get("source") or given.get("external_account")
    if isinstance(source, dict) and source.get("object") in types:
        return str(source["object"])
    start = str(source).partition("_")[0]
    named = {"btok": "bank_account", "ba": "bank_account", "src": "source", "acct": "account"}.get(start, "card")
    return named if named in types else types[0]


def _tell(
    call: Call, object_type: str, value: dict[str, Any], what: str, previous: dict[str, Any] | None = None
) -> bool:
    """Send the event of what happened, if Stripe has one; return whether it has."""
    name = _event(object_type, what)
    if name is not None:
        emit(call, name, value, previous=previous)
    return name is not None


@cache
def _event(object_type: str, what: str) -> str | None:
    known = tables().events
    plain = object_type.replace(".", "_")
    near = (object_type, plain, *(f"{above}.{plain}" for above in ("customer", "charge", "account")))
    return next((f"{one}.{what}" for one in near if f"{one}.{what}" in known), None)
