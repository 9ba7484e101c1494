"""Objects that nobody created, made the moment a call names them: `unknown_objects: conjure`.

So recorded traffic, which names the ids of another world, just runs. What is made is fixed by the seed and the id, made
before the world began, in the state that such objects usually are in, and told of by no event. Money that it must have
taken for its refunds to balance is in the ledger. Whatever rests on it is marked: see `Call.conjured`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from brownout.core.chance import pack
from brownout.core.operation import Call
from brownout.providers.stripe import keys, platforms
from brownout.providers.stripe.generic import makers
from brownout.providers.stripe.generic.makers import MAKERS
from brownout.providers.stripe.generic.prefixes import CHOSEN
from brownout.providers.stripe.payment_methods import give

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brownout.core.exchange import Answer
    from brownout.core.operation import Operation

_ID: Final = re.compile(r"([a-z]+(?:_[a-z]+)*?)_([A-Za-z0-9]{6,})")
_OTHERS: Final = frozenset({"metadata", "expand", "include", "id", "client_secret", "query"})
"""Parameters in which an id names nothing that must be there."""
_NEVER: Final = frozenset({"event", "webhook_endpoint", "v2.core.event", "v2.core.event_destination", "token"})
"""What can't be conjured: something that happened, where to send it, and what says how to pay."""
_MADE: Final = "conjured"
_GONE: Final = "conjured_gone"
_DAYS: Final = (8, 90)


MODELLED: Final[set[str]] = set()
"""The types of object that have operations of their own, as the provider says: none of those is made from a schema."""


def conjuring(operation: Operation) -> Operation:
    """Return an operation before which what it names is conjured, where the scenario asks for that."""
    run = operation.run

    def answer(call: Call) -> Answer:
        options = call.world.options("stripe")
        if options.unknown_objects == "error" or (operation.fidelity == "generic" and not options.generic):
            return run(call)
        acts = _connect(call)
        ids = list(dict.fromkeys(_named(call, operation)))
        for one in ids:
            _conjure(call, operation, one)
        made = call.table(_MADE)
        call.conjured = acts or any(made.get(one) is not None for one in ids)
        if call.conjured:
            _join(call)
        answered = run(call)
        if call.conjured:
            for one in call.objects:
                made.put({"id": one})
        elif len(made):
            call.conjured = _shows(answered.body, call)
        if operation.method == "DELETE" and answered.error is None and ids:
            call.table(_GONE).put({"id": ids[-1]})
        return answered

    return replace(operation, run=answer)


def _named(call: Call, operation: Operation) -> Iterator[str]:
    """Yield what a call names: the ids in its path and in its parameters."""
    for name, one in call.path.items():
        if _ID.fullmatch(one) or (operation.object_type in CHOSEN and name == operation.id_param):
            yield one
    yield from _inside({name: one for name, one in call.params.items() if name not in _OTHERS})


def _inside(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if _ID.fullmatch(value):
            yield value
    elif isinstance(value, dict):
        for name, one in value.items():
            if name not in _OTHERS:
                yield from _inside(one)
    elif isinstance(value, list):
        for one in value:
            yield from _inside(one)


def _conjure(call: Call, operation: Operation, object_id: str) -> None:
    """Make the object of an id, unless there is one, was one, or none can be told from it."""
    object_type = _type_of(operation, object_id, call.path.get(operation.id_param or ""))
    if object_type is None or object_type in _NEVER or object_id == call.account:
        return
    known = (object_type, f"{object_type}_deleted", _GONE)
    if any(call.table(one).get(object_id) is not None for one in known):
        return
    make = MAKERS.get(object_type)
    if make is None and object_type in MODELLED:
        return
    before = _before(call, call.account, object_id)
    if make is not None:
        make(before, object_id)
    else:
        makers.of_schema(before, object_type, object_id, _place(call, operation, object_id), call.path)
    made = call.table(_MADE)
    for one in (object_id, *before.objects):
        made.put({"id": one})
    call.effects.extend(before.effects)


def _before(call: Call, account: str, object_id: str) -> Call:
    """Return a call of `account` at the moment that an object is supposed to have been made."""
    return Call(
        call.world,
        provider=call.provider,
        account=account,
        packed=pack("conjure", account, object_id),
        moment=call.moment._replace(world=_since(call, object_id)),
        base_url=call.base_url,
    )


def _connect(call: Call) -> bool:
    """Conjure the account that a platform's key acts for, if nobody made it; return whether it is conjured."""
    presented = keys.credential(call.headers)
    platform = call.world.plan.accounts.get(presented.account, presented.account) if presented is not None else None
    if platform is None or platform == call.account:
        return False
    made = call.world.store.table(platform, f"{call.provider}.{_MADE}")
    if not platforms.connected(call.world, platform, call.account):
        MAKERS["account"](_before(call, platform, call.account), call.account)
        made.put({"id": call.account})
    return made.get(call.account) is not None


def _since(call: Call, object_id: str) -> float:
    """Return when an object was made: some days before the world began."""
    least, most = _DAYS
    share = call.world.id_chance.uniform(pack("conjured at", call.account, object_id))
    return float(int(call.world.clock.started_at - (least + (most - least) * share) * 86_400))


def _type_of(operation: Operation, object_id: str, own: str | None) -> str | None:
    """Return the type of an id: what the operation is about, if that fits, else the first whose ids begin so."""
    about = operation.object_type
    if about in CHOSEN and object_id == own:
        return about
    found = _ID.fullmatch(object_id)
    if found is None:
        return None
    fitting = makers.by_prefix().get(found[1], ())
    return about if about in fitting else fitting[0] if fitting else None


def _place(call: Call, operation: Operation, object_id: str) -> str:
    path = operation.path.format(**call.path)
    return path.partition(f"/{object_id}")[0]


def _join(call: Call) -> None:
    """Give conjured payment methods that a call names together with their customer to it, so that they can pay."""
    customer = call.params.get("customer", call.path.get("customer"))
    if not isinstance(customer, str) or call.table("customer").get(customer) is None:
        return
    for one in _inside(dict(call.params)):
        method = call.table("payment_method").get(one)
        beside = call.table("payment_method_card").get(one)
        conjured = call.table(_MADE).get(one) is not None
        if method is not None and beside is not None and conjured and method["customer"] is None:
            beside["spent"] = False
            give(call, method, customer)


def _shows(body: Any, call: Call) -> bool:
    """Return whether a list shows something that is conjured."""
    rows = body.get("data") if isinstance(body, dict) else None
    made = call.table(_MADE)
    return isinstance(rows, list) and any(isinstance(one, dict) and made.get(one.get("id", "")) for one in rows)
