"""Accounts that a call may name because they are connected to its own.

For whoever moves money between a platform and its connected accounts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brownout.providers.stripe import keys, platforms
from brownout.providers.stripe.errors import refusal

if TYPE_CHECKING:
    from brownout.core.operation import Call


def linked(call: Call, account_id: str) -> bool:
    """Return whether an account is connected to the calling one."""
    return platforms.connected(call.world, call.account, account_id)


def find_linked(call: Call, account_id: str, *, param: str = "destination") -> dict[str, Any]:
    """Return a connected account, or refuse in the words of transfers and destination charges."""
    found = call.table("account").get(account_id) if linked(call, account_id) else None
    if found is None:
        message = f"No such destination: '{account_id}'"
        raise refusal(call, message, code="resource_missing", param=param)
    return found


def platform_of(call: Call) -> str | None:
    """Return the platform that a call was made by, if the calling account is one that is connected to it.

    None for an account that calls with a key of its own. What happens later, without a call, is taken for its first
    platform's.
    """
    presented = keys.credential(call.headers)
    if presented is not None:
        own = call.world.plan.accounts.get(presented.account, presented.account)
        given = platforms.given_key(call.world, call.account, presented.secret)
        if given is not None:
            return str(given["platform"])
        return own if own != call.account and platforms.connected(call.world, own, call.account) else None
    return next(iter(platforms.platforms_of(call.world, call.account)), None)
