"""What a restricted key may do: for each resource nothing, reading, or reading and writing.

`rk_test_reports: {customers: read, checkout.sessions: write, "*": none}`. A resource is named as the API reference's
paths name it, `.` for `/`: `payment_intents`, `checkout.sessions`, `radar.value_lists`. `*` is for those not named;
without it they are `none`. Whatever belongs to an object (`customers/{id}/sources`, a confirmation, a search) is of
its resource. `expand` needs no permission of its own here: how Stripe has it isn't documented. (Stripe docs, API keys:
Restricted API keys; read 2026-11-24.)
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from brownout.core.errors import did_you_mean
from brownout.providers.stripe.generic.tables import tables

if TYPE_CHECKING:
    from collections.abc import Mapping

Access: TypeAlias = Literal["none", "read", "write"]
ALL_OTHERS: Final = "*"
_VERBS: Final = frozenset({"search", "create_preview", "preview"})


@cache
def resource_of(path: str) -> str | None:
    """Return the resource that a path belongs to, None for one that needs no permission: OAuth and our own pages.

    >>> resource_of("/v1/customers/{customer}/sources"), resource_of("/v1/checkout/sessions/{session}/expire")
    ('customers', 'checkout.sessions')
    >>> resource_of("/v1/charges/search"), resource_of("/oauth/token")
    ('charges', None)
    """
    version, *parts = path.strip("/").split("/")
    if version not in ("v1", "v2"):
        return None
    named: list[str] = []
    for part in parts:
        if part.startswith("{") or part in _VERBS:
            break
        named.append(part)
    found = ".".join(named)
    if found == "account":
        return "accounts"
    return found if version == "v1" else f"v2.{found}"


@cache
def resources() -> frozenset[str]:
    """Return the names of all resources of the official SDK."""
    return frozenset(one for row in tables().rows if (one := resource_of(row.path)) is not None)


@cache
def permission(resource: str, *, reads: bool) -> str:
    """Return the name that Stripe has for a permission.

    >>> permission("customers", reads=True), permission("checkout.sessions", reads=False)
    ('rak_customer_read', 'rak_checkout_session_write')
    """
    words = resource.replace(".", "_")
    if words.endswith("ies"):
        words = f"{words[:-3]}y"
    elif words.endswith("s") and not words.endswith(("ss", "us")):
        words = words[:-1]
    return f"rak_{words}_{'read' if reads else 'write'}"


def lacking(table: Mapping[str, Access], path: str, *, reads: bool) -> str | None:
    """Return the permission that a key lacks for an operation at `path`, None if it may."""
    resource = resource_of(path)
    if resource is None:
        return None
    access = table.get(resource, table.get(ALL_OTHERS, "none"))
    if access == "write" or (reads and access == "read"):
        return None
    return permission(resource, reads=reads)


def check(key: str, table: Mapping[str, Access]) -> None:
    """Refuse permissions of what there isn't.

    Raises:
        ValueError: if the key isn't a restricted test key, or names a resource that Stripe hasn't.
    """
    if not key.startswith("rk_test_"):
        raise ValueError(f"restricted_keys must name test keys, such as rk_test_reports, not {key[:8]!r}…")
    for name in table:
        if name != ALL_OTHERS and name not in resources():
            hint = did_you_mean(name, resources())
            if "did you mean" not in hint:  # there are too many to name them all
                hint = f"unknown {name!r}; name a resource as its path does: payment_intents, checkout.sessions, or *"
            raise ValueError(f"restricted_keys: {key}: {hint}")
