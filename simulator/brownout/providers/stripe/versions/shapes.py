"""What the years have in common: where the changes are told of, and how objects are put together anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.operation import Call
    from brownout.core.versions import Ask

CHANGELOG: Final = "https://docs.stripe.com/changelog"

INTENTS: Final = tuple(
    f"stripe.payment_intents.{verb}"
    for verb in ("create", "retrieve", "update", "list", "confirm", "capture", "cancel")
)
CHARGES: Final = tuple(f"stripe.charges.{verb}" for verb in ("retrieve", "update", "list"))


def joined(value: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return an object with more fields, ordered as Stripe orders them: `id` and `object`, then by name."""
    both = {**value, **more}
    return {key: both[key] for key in sorted(both, key=lambda key: (key != "id", key != "object", key))}


def without(value: dict[str, Any], name: str) -> dict[str, Any]:
    """Return an object that lacks a field."""
    return {key: item for key, item in value.items() if key != name}


def renamed(older: str, newer: str) -> Ask:
    """Return what reads a parameter by its older name; the newer one is taken as well."""

    def ask(params: Mapping[str, Any], call: Call) -> Mapping[str, Any]:
        return {newer if name == older else name: value for name, value in params.items()}

    return ask


def default(name: str, value: str) -> Ask:
    """Return what gives a parameter the value that it had before when it was left out."""

    def ask(params: Mapping[str, Any], call: Call) -> Mapping[str, Any]:
        return params if name in params else {**params, name: value}

    return ask


def shown_anyway(*names: str) -> Ask:
    """Return what leaves out of `expand` the fields that an older version has, unexpanded or in any case."""
    known = frozenset((*names, *(f"data.{name}" for name in names)))

    def ask(params: Mapping[str, Any], call: Call) -> Mapping[str, Any]:
        wanted = params.get("expand")
        if not isinstance(wanted, dict) or not any(one in known for one in wanted.values() if isinstance(one, str)):
            return params
        rest = {index: one for index, one in wanted.items() if not isinstance(one, str) or one not in known}
        return {**params, "expand": rest} if rest else without(dict(params), "expand")

    return ask
