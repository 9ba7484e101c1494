"""Stripe's dated API versions, as far as they change what is answered here: the changes are data, a file a year or two.

Requests are pinned by `Stripe-Version`, else by their key (`api_versions`), else by the account (`api_version`); an
endpoint for webhooks by the version that it was made with, so that the two may differ: after an upgrade on one side
they do, and a plugin that pinned its requests alone lost its refunds to it (woocommerce-gateway-stripe issue 2497).
Only what breaks is dated: what Stripe adds shows in every version, here as there. (Stripe docs, Versioning and
changelog, the page of each change; release notes of stripe-node 23.1; read 2026-11-24.)
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from brownout.core.errors import Refused
from brownout.core.versions import Versions
from brownout.providers.stripe.errors import refusal
from brownout.providers.stripe.versions import to_2022, y2023, y2024, y2025, y2026
from brownout.providers.stripe.versions.names import API_VERSION, check_pins, is_version

if TYPE_CHECKING:
    from brownout.core.exchange import Answer
    from brownout.core.operation import Call, Operation
    from brownout.core.versions import Asked, Older

__all__ = ["API_VERSION", "CHANGES", "VERSIONS", "check_pins", "dated", "is_version", "told_by"]

CHANGES: Final = (*y2026.CHANGES, *y2025.CHANGES, *y2024.CHANGES, *y2023.CHANGES, *to_2022.CHANGES)
VERSIONS: Final = Versions(CHANGES, lambda value: value.get("object"))


def told_by(older: Older | None, value: dict[str, Any], previous: dict[str, Any] | None, call: Call) -> dict[str, Any]:
    """Return an event's `data` in an older version: the object, and what it was before where that differs."""
    if older is None:
        return {"object": value} if previous is None else {"object": value, "previous_attributes": previous}
    data = {"object": older(value, call)}
    if previous is not None:
        before = older({**value, **previous}, call)
        now = data["object"]
        data["previous_attributes"] = {
            key: item for key, item in before.items() if key in previous or now.get(key) != item
        }
    return data


def dated(operation: Operation) -> Operation:
    """Return an operation that is asked and answers in the version its caller is pinned to, refusals too."""
    run = operation.run
    asked = VERSIONS.asked(operation.name)
    changes = bool(asked)

    def answer(call: Call) -> Answer:
        version = call.version or API_VERSION  # found out by `wire.check_version`
        older = VERSIONS.older(version) if version != API_VERSION else None
        if changes:
            _refuse_retired(call, version, asked)
            if version != API_VERSION:
                call.params = asked(call.params, version, call)
        if older is None:
            return run(call)
        try:
            made = run(call)
        except Refused as refused:
            refused.answer.body = older(refused.answer.body, call)
            raise
        made.body = older(made.body, call)
        return made

    return replace(operation, run=answer, versions=VERSIONS)


def _refuse_retired(call: Call, version: str, asked: Asked) -> None:
    """Refuse a parameter that the caller's version doesn't take any more, if the options say that it counts."""
    found = asked.retired(call.params, version)
    if found is None or call.world.options("stripe").retired_parameters != "refuse":
        return
    name, code = found
    message = (
        f"Received unknown parameter: {name}"
        if code == "parameter_unknown"
        else f"The parameter `{name}` is no longer supported as of this API version. Use dynamic payment methods, or "
        "`allowed_payment_method_types` or `excluded_payment_method_types` to limit them."
    )
    raise refusal(call, message, code=code, param=name)
