"""The sources of a customer: cards and bank accounts, of which one is the default.

(Stripe docs, API reference: Cards, Bank accounts and Customers; Manually collect bank account details: microdeposits;
public error logs; read 2026-11-24. That ten wrong guesses fail a verification is documented for microdeposits of
payment methods; here for these too.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.errors import Refused
from brownout.core.exchange import Answer
from brownout.core.operation import Operation
from brownout.providers.stripe import card_details, held_tokens
from brownout.providers.stripe.declines import declined
from brownout.providers.stripe.errors import find, refusal
from brownout.providers.stripe.events import emit
from brownout.providers.stripe.expand import LINKS, shown, tree_of
from brownout.providers.stripe.lists import LISTING, list_shape, page
from brownout.providers.stripe.params import (
    EXPAND,
    Shape,
    array,
    boolean,
    check,
    integer,
    merged,
    metadata,
    missing,
    one_of,
    opaque,
    text,
)
from brownout.providers.stripe.sources import objects
from brownout.providers.stripe.sources.objects import ADDRESS, TABLE

if TYPE_CHECKING:
    from brownout.core.operation import Call
    from brownout.providers.stripe.sources.objects import Source

MICRODEPOSITS: Final = (32, 45)
"""What reaches a test bank account, in cents."""
_TRIES_MOST: Final = 10
_CREATE: Final = Shape(("source",), source=opaque, metadata=metadata, validate=boolean, expand=EXPAND)
_UPDATE_CARD: Final = Shape(
    exp_month=integer(), exp_year=integer(), name=text(), metadata=metadata, expand=EXPAND, owner=opaque,
    account_holder_name=opaque, account_holder_type=opaque, **dict.fromkeys(ADDRESS, text()),
)  # fmt: skip
_UPDATE_BANK: Final = Shape(
    account_holder_name=text(), account_holder_type=one_of("company", "individual"), metadata=metadata, expand=EXPAND,
)  # fmt: skip
_RETRIEVE: Final = Shape(expand=EXPAND)
_LIST: Final = list_shape(object=one_of("bank_account", "card"))
_VERIFY: Final = Shape(amounts=array(integer()), expand=EXPAND)
LINKS[TABLE] = {"customer": "customer"}
for _kind in ("bank_account", "card"):
    LINKS.setdefault(_kind, {"account": "account"})["customer"] = "customer"


def of_customer(call: Call, customer_id: str) -> list[str]:
    """Return the ids of a customer's sources, oldest first."""
    found = call.table("customer_sources").get(customer_id)
    return list(found["sources"]) if found is not None else []


def refuse(call: Call, source: Source) -> None:
    """Refuse a card that its bank doesn't want to be saved."""
    card = source.card
    if card is not None and card.decline is not None and card.declines_at_attach:
        raise Refused(declined(call, card.decline))


def add(call: Call, customer: dict[str, Any], source: Source) -> dict[str, Any]:
    """Keep a new source of a customer; the first one becomes the default. Tells of the source, not of the customer."""
    value = source.value
    value["customer"] = customer["id"]
    if source.card is not None:
        shown_checks = {
            "address_line1_check": value["address_line1_check"],
            "address_postal_code_check": value["address_zip_check"],
            "cvc_check": value["cvc_check"],
        }
        checks = card_details.checked(source.card, shown_checks)
        value |= {"address_line1_check": checks["address_line1_check"], "cvc_check": checks["cvc_check"]}
        value["address_zip_check"] = checks["address_postal_code_check"]
    held_tokens.use(call, source.token)
    call.create(TABLE, value)
    call.table("customer_source_number").put({"id": value["id"], "number": source.number, "tries": 0})
    table = call.table("customer_sources")
    found = table.get(customer["id"])
    if found is None:
        table.put({"id": customer["id"], "sources": [value["id"]]})
    else:
        found["sources"].append(value["id"])
    if customer["default_source"] is None:
        customer["default_source"] = value["id"]
    emit(call, "customer.source.created", value)
    return value


def remove(call: Call, customer: dict[str, Any], value: dict[str, Any]) -> None:
    """Take a source away from its customer; the newest of the others becomes the default if this one was."""
    rest = call.table("customer_sources").get(customer["id"])
    if rest is not None:
        rest["sources"].remove(value["id"])
    call.table(TABLE).remove(value["id"])
    if customer["default_source"] == value["id"]:
        customer["default_source"] = rest["sources"][-1] if rest is not None and rest["sources"] else None
    emit(call, "customer.source.deleted", value)


def find_of(call: Call, customer_id: str, source_id: str, *, param: str | None = None) -> dict[str, Any]:
    """Return a customer's source, or refuse: `No such source`."""
    value = call.table(TABLE).get(source_id)
    if value is None or value["customer"] != customer_id:
        message = f"No such source: '{source_id}'"
        status = 404 if param is None else 400
        raise refusal(call, message, status=status, code="resource_missing", param=param or "id")
    return value


def _create(call: Call) -> Answer:
    given = check(call, _CREATE)
    tree = tree_of(call, given, TABLE)
    customer = find(call, "customer", call.path["customer"], param=None)
    source = objects.read(call, given["source"], "source")
    refuse(call, source)
    if "metadata" in given:
        source.value["metadata"] = merged(call, source.value["metadata"], given["metadata"])
    before = customer["default_source"]

    value = add(call, customer, source)
    _tell_default(call, customer, before)
    return shown(call, value, tree)


def _tell_default(call: Call, customer: dict[str, Any], before: str | None) -> None:
    if customer["default_source"] != before:
        emit(call, "customer.updated", customer, previous={"default_source": before})


def replace(call: Call, customer: dict[str, Any], source: Source) -> None:
    """Make a new source the default in place of the old one, which goes: what `source` of a customer's update does."""
    old = call.table(TABLE).get(customer["default_source"] or "")
    value = add(call, customer, source)
    if old is not None:
        remove(call, customer, old)
    customer["default_source"] = value["id"]


def _own(call: Call) -> tuple[dict[str, Any], dict[str, Any]]:
    customer = find(call, "customer", call.path["customer"])
    return customer, find_of(call, customer["id"], call.path["id"])


def _retrieve(call: Call) -> Answer:
    given = check(call, _RETRIEVE)
    tree = tree_of(call, given, TABLE)
    return shown(call, _own(call)[1], tree)


def _update(call: Call) -> Answer:
    _, value = _own(call)
    given = check(call, _UPDATE_CARD if value["object"] == "card" else _UPDATE_BANK)
    tree = tree_of(call, given, TABLE)
    changed = dict(value)
    if "exp_month" in given or "exp_year" in given:
        changed |= card_details.renewed(call, value, given)
    for name in (*ADDRESS, "name", "account_holder_name", "account_holder_type"):
        if name in given and name in value:
            changed[name] = given[name]
    if "metadata" in given:
        changed["metadata"] = merged(call, value["metadata"], given["metadata"])

    previous = {name: old for name, old in value.items() if old != changed[name]}
    value.update(changed)
    if previous:
        emit(call, "customer.source.updated", value, previous=previous)
    return shown(call, value, tree)


def _delete(call: Call) -> Answer:
    check(call, Shape())
    customer, value = _own(call)
    before = customer["default_source"]

    remove(call, customer, value)
    _tell_default(call, customer, before)
    return Answer(200, {"id": value["id"], "object": value["object"], "deleted": True})


def _list(call: Call) -> Answer:
    customer_id = call.path["customer"]
    find(call, "customer", customer_id)
    return page(
        call, _LIST, TABLE, f"/v1/customers/{customer_id}/sources", equal=("object",),
        known=lambda _call, _given: of_customer(call, customer_id),
        keep=lambda value, _given: value["customer"] == customer_id,
    )  # fmt: skip


def _verify(call: Call) -> Answer:
    given = check(call, _VERIFY)
    tree = tree_of(call, given, TABLE)
    _, value = _own(call)
    if value["object"] != "bank_account":
        raise refusal(call, "Only bank accounts can be verified with microdeposits.", executed=True)
    if value["status"] == "verified":
        raise refusal(call, "This bank account has already been verified.", executed=True)
    if value["status"] == "verification_failed":
        message = "This bank account can't be verified any more: too many wrong amounts were given."
        raise refusal(call, message, code="bank_account_unusable", executed=True)
    if "amounts" not in given:
        raise missing(call, "amounts")
    if len(given["amounts"]) != len(MICRODEPOSITS):
        raise refusal(call, "You must provide exactly two amounts.", param="amounts")
    if tuple(sorted(given["amounts"])) != MICRODEPOSITS:
        return _wrong_amounts(call, value)
    value["status"] = "verified"
    emit(call, "customer.source.updated", value, previous={"status": "new"})
    return shown(call, value, tree)


def _wrong_amounts(call: Call, value: dict[str, Any]) -> Answer:
    """Count a wrong guess, which is a result that changes something, and answer as Stripe does: a 402."""
    beside = call.table("customer_source_number").get(value["id"])
    if beside is not None:
        beside["tries"] += 1
        if beside["tries"] >= _TRIES_MOST:
            value["status"] = "verification_failed"
            emit(call, "customer.source.updated", value, previous={"status": "new"})
    message = "The amounts provided do not match the amounts that were sent to the bank account."
    return refusal(call, message, status=402, code="bank_account_verification_failed", executed=True).answer


_PATH: Final = "/v1/customers/{customer}/sources"
_ONE: Final = f"{_PATH}/{{id}}"
_NAME: Final = "stripe.customers.payment_sources"
OPERATIONS: Final = (
    Operation(
        name=f"{_NAME}.create", method="POST", path=_PATH, run=_create, effect="write", object_type=TABLE,
        key_objects=("path.customer",), idempotent=True,
    ),
    Operation(
        name=f"{_NAME}.retrieve", method="GET", path=_ONE, run=_retrieve, object_type=TABLE, id_param="id",
    ),
    Operation(
        name=f"{_NAME}.update", method="POST", path=_ONE, run=_update, effect="write", object_type=TABLE,
        id_param="id", idempotent=True,
    ),
    Operation(
        name=f"{_NAME}.delete", method="DELETE", path=_ONE, run=_delete, effect="write", object_type=TABLE,
        id_param="id",
    ),
    Operation(
        name=f"{_NAME}.verify", method="POST", path=f"{_ONE}/verify", run=_verify, effect="write", object_type=TABLE,
        id_param="id", idempotent=True,
    ),
    Operation(
        name=f"{_NAME}.list", method="GET", path=_PATH, run=_list, object_type=TABLE, id_param="customer",
        listing=LISTING,
    ),
)  # fmt: skip
