"""Which account is connected to which platform, and the keys that OAuth gave to platforms for it.

Here is only what is known about that; how accounts come to be connected is in `connect/`. Rows live with the connected
account, so that a reset forgets them with everything else. (Stripe docs, Connect: Making API calls for connected
accounts; read 2026-11-24.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from brownout.core.sandbox import Sandbox
    from brownout.core.store import Table

_PLATFORMS: Final = "stripe.platform"
_KEYS: Final = "stripe.oauth_key"
_GIVEN: Final = "_test_51"
"""Is in every key that OAuth gives away, as it carries the account; most others needn't be looked up."""


def connect(world: Sandbox, platform: str, account: str, *, by: Literal["create", "oauth"], scope: str = "") -> None:
    """Connect `account` to `platform`: by having been created for it, or by its owner's consent to `scope`."""
    row = world.store.table(account, _PLATFORMS).get(platform)
    if row is not None and row["by"] == "create" and not row["gone"]:
        return  # whoever made an account needn't be let in
    world.store.table(account, _PLATFORMS).put({"id": platform, "by": by, "scope": scope, "gone": False})


def disconnect(world: Sandbox, platform: str, account: str) -> None:
    """Take an account's platform and its keys their access; that they had it is still known."""
    row = world.store.table(account, _PLATFORMS).get(platform)
    if row is not None:
        row["gone"] = True
    for key in world.store.table(account, _KEYS).oldest_first():
        if key["platform"] == platform:
            key["revoked"] = True


def connected(world: Sandbox, platform: str, account: str) -> bool:
    """Return whether `account` is connected to `platform` now."""
    row = world.store.table(account, _PLATFORMS).get(platform)
    return row is not None and not row["gone"]


def created(world: Sandbox, account: str) -> bool:
    """Return whether a platform created the account, which so has no key of its own."""
    return any(row["by"] == "create" for row in _rows(world, account))


def platforms_of(world: Sandbox, account: str) -> list[str]:
    """Return the platforms that an account is connected to, in the order in which it came to be."""
    return [row["id"] for row in _rows(world, account) if not row["gone"]]


def former_platforms_of(world: Sandbox, account: str) -> list[str]:
    """Return the platforms that an account was connected to once."""
    return [row["id"] for row in _rows(world, account) if row["gone"]]


def all_platforms_of(world: Sandbox, account: str) -> list[str]:
    """Return the platforms that an account is connected to, or was."""
    table = world.store.table(account, _PLATFORMS)  # as `_rows`, which each event would pay for
    return [row["id"] for row in table.oldest_first()] if len(table) else []


def _rows(world: Sandbox, account: str) -> list[dict[str, Any]]:
    table: Table = world.store.table(account, _PLATFORMS)
    return list(table.oldest_first()) if len(table) else []


def give_key(world: Sandbox, platform: str, account: str, key: str, *, scope: str) -> None:
    """Note that `key` was given to `platform` and opens `account`, as far as `scope` goes."""
    world.store.table(account, _KEYS).put({"id": key, "platform": platform, "revoked": False, "scope": scope})


def revoke_key(world: Sandbox, account: str, key: str) -> None:
    """Have a key that was given away open nothing any more."""
    row = world.store.table(account, _KEYS).get(key)
    if row is not None:
        row["revoked"] = True


def given_key(world: Sandbox, account: str, key: str) -> dict[str, Any] | None:
    """Return what is known of a key that OAuth gave away (`platform`, `revoked`, `scope`), None of others."""
    return world.store.table(account, _KEYS).get(key) if _GIVEN in key else None
