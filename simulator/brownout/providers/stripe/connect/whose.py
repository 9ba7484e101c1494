"""Which account a call of Connect is about, and its own account object.

An account lives with itself, in the table `own_account`; its platforms have the same object in their table `account`,
so that they can list and name it.
"""

from __future__ import annotations

from contextlib import contextmanager
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

from brownout.core.chance import pack
from brownout.core.operation import Call
from brownout.providers.stripe import keys, platforms
from brownout.providers.stripe.connect import blank, external_accounts
from brownout.providers.stripe.connect.linked import linked
from brownout.providers.stripe.connect.standing import review, standing, tell
from brownout.providers.stripe.errors import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brownout.core.errors import Refused

_OLDER_BY: Final = 30 * 86_400
USUAL: Final = ("card_payments", "transfers")
"""The capabilities of an account that Stripe let in."""


def own(call: Call) -> dict[str, Any]:
    """Return the calling account's account object.

    One that nobody made is an ordinary test account, made on first use: in the US, let in, with a bank account for its
    payouts in US dollars. It hangs on its id and the world's beginning alone: whoever asks first changes nothing.
    """
    found = call.table("own_account").get(call.account)
    if found is not None:
        return found
    before = Call(
        call.world,
        provider=call.provider,
        account=call.account,
        packed=pack("own account", call.account),
        moment=call.moment._replace(world=float(int(call.world.clock.started_at) - _OLDER_BY)),
        base_url=call.base_url,
    )
    value = blank.account(before, call.account)
    return enter(before, value, country="US")


def enter(call: Call, value: dict[str, Any], *, country: str) -> dict[str, Any]:
    """Keep an account that Stripe has let in: it can do everything, and has a bank account. `call` acts for it."""
    value |= {
        "capabilities": dict.fromkeys(USUAL, "active"),
        "charges_enabled": True,
        "country": country,
        "details_submitted": True,
        "payouts_enabled": True,
    }
    call.table("own_account").put(value)
    standing(call, value)["verified"] = True
    external_accounts.add(call, value, external_accounts.usual_bank(call, value["default_currency"], country))
    for name in USUAL:
        put_capability(call, name, "active")
    return value


def conjured_account(call: Call, account_id: str) -> None:
    """Make an Express account that Stripe has let in, connected to the caller's."""
    inner = call.within(account_id)
    value = inner.table("own_account").get(account_id)
    if value is None:
        value = blank.account(inner, account_id)
        value |= {"controller": blank.controller(*blank.CONTROLLERS["express"]), "type": "express"}
        enter(inner, value, country="US")
    platforms.connect(call.world, call.account, account_id, by="create")
    call.create("account", value)


def put_capability(call: Call, name: str, status: str) -> dict[str, Any]:
    """Keep a capability of the calling account, and return it; whether it is requested, `status` says."""
    row = {
        "id": name,
        "object": "capability",
        "account": call.account,
        "future_requirements": blank.nobody_needs(),
        "requested": status != "unrequested",
        "requested_at": None if status == "unrequested" else call.now,
        "requirements": blank.nobody_needs(),
        "status": status,
    }
    call.table("capability").put(row)
    return row


def target(call: Call, account_id: str | None = None) -> tuple[Call, dict[str, Any]]:
    """Return a call that acts for the account of the path (or `account_id`), and that account.

    Refused for one that is neither the caller's own nor connected to it.
    """
    wanted = account_id if account_id is not None else call.path["account"]
    if wanted == call.account:
        return call, own(call)
    found = call.table("account").get(wanted) if linked(call, wanted) else None
    if found is None:
        raise no_access(call, wanted)
    return call.within(wanted), found


def no_access(call: Call, wanted: str) -> Refused:
    """Return the refusal of an account that isn't connected to the caller's."""
    presented = keys.credential(call.headers)
    message = keys.no_access_message(presented.secret if presented is not None else "", wanted)
    return refusal(call, message, status=403, code="account_invalid")


@contextmanager
def changing(call: Call, account: dict[str, Any]) -> Iterator[None]:
    """Change an account, then see where it stands by that, and tell of what is different. `call` acts for it."""
    before = deepcopy(account)
    yield
    review(call, account)
    tell(call, account, before)
