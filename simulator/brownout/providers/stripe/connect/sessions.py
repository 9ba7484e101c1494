"""Account sessions, for Connect's embedded components, and login links to the Express Dashboard.

(Stripe docs, API reference: Account Session, Login Links; stripe-python 16.1's types; read 2026-11-24. How long a
session lasts isn't documented: here an hour.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.exchange import Answer
from brownout.core.operation import Operation
from brownout.providers.stripe.connect.whose import own, target
from brownout.providers.stripe.errors import refusal
from brownout.providers.stripe.generic.tables import tables
from brownout.providers.stripe.pages import html, of_any_account
from brownout.providers.stripe.params import EXPAND, Shape, boolean, check, text

if TYPE_CHECKING:
    from brownout.core.operation import Call

_LASTS_SECONDS: Final = 3_600
_PATH: Final = "/express/{link}"
_OFF: Final = frozenset({
    "card_management", "card_spend_dispute_management", "cardholder_management",
    "destination_on_behalf_of_charge_management", "disable_stripe_user_authentication", "edit_payout_schedule",
    "send_money", "spend_control_management", "transfer_balance",
})  # fmt: skip
"""Features of a component that are off unless they are asked for."""


def _features() -> dict[str, tuple[str, ...]]:
    """Return the features of each component."""
    shapes = tables().shapes
    top = tables().objects["account_session"]["components"].kind
    found: dict[str, tuple[str, ...]] = {}
    for name, component in (shapes[top] if isinstance(top, int) else {}).items():
        inner = shapes[component.kind]["features"].kind if isinstance(component.kind, int) else None
        found[name] = tuple(shapes[inner]) if isinstance(inner, int) else ()
    return found


def _components(call: Call, name: str, value: Any) -> dict[str, Any]:
    """Read which components are enabled, with which features."""
    if not isinstance(value, dict) or not value:
        raise refusal(call, "Invalid object", param=name)
    known = _features()
    found: dict[str, Any] = {}
    for component, features in known.items():
        found[component] = {"enabled": False, "features": dict.fromkeys(features, False)}
    for component, given in value.items():
        full = f"{name}[{component}]"
        if component not in known:
            raise refusal(call, f"Received unknown parameter: {full}", code="parameter_unknown", param=full)
        if not isinstance(given, dict):
            raise refusal(call, "Invalid object", param=full)
        shape = Shape(**dict.fromkeys(known[component], boolean))
        asked = check(call, Shape(("enabled",), enabled=boolean, features=_any), given, full)
        own_features = check(call, shape, asked.get("features") or {}, f"{full}[features]")
        usual = {one: asked["enabled"] and one not in _OFF for one in known[component]}
        found[component] = {"enabled": asked["enabled"], "features": usual | own_features}
    return found


def _any(call: Call, name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise refusal(call, "Invalid object", param=name)
    return value


_SESSION: Final = Shape(("account", "components"), account=text(unset=False), components=_components, expand=EXPAND)


def _begin(call: Call) -> Answer:
    given = check(call, _SESSION)
    _, account = target(call, given["account"])
    return Answer(200, {
        "object": "account_session",
        "account": account["id"],
        "client_secret": f"accs_secret__{call.draw_text('accs', 48)}",
        "components": given["components"],
        "expires_at": call.now + _LASTS_SECONDS,
        "livemode": False,
    })  # fmt: skip


def _log_in(call: Call) -> Answer:
    check(call, Shape(expand=EXPAND))
    inner, account = target(call)
    dashboard = account["controller"].get("stripe_dashboard") or {}
    if dashboard.get("type") != "express":
        message = f"Cannot create an edit link for the account {account['id']}, which is not an Express account."
        raise refusal(call, message, executed=True)
    if not account["details_submitted"]:
        message = "Cannot create a login link for an account that has not completed onboarding."
        raise refusal(call, message, executed=True)
    letters = call.draw_text("login", 12)
    inner.table("login_link_url").put({"id": letters, "used": False})
    url = f"{call.base_url}{_PATH.format(link=letters)}"
    return Answer(200, {"object": "login_link", "created": call.now, "url": url})


def _dashboard(call: Call) -> Answer:
    link = of_any_account(call, "login_link_url", call.path["link"])
    if link is None:
        return html("No such link", "Ask for another one where you got it.", status=404, error="no_such_link")
    account = own(call)
    able = "can" if account["payouts_enabled"] else "can't yet"
    return html("Express Dashboard", f"This would be the dashboard of {account['id']}, which {able} be paid out.")


OPERATIONS: Final = (
    Operation(
        name="stripe.account_sessions.create", method="POST", path="/v1/account_sessions", run=_begin, effect="write",
        object_type="account_session", key_objects=("body.account",), idempotent=True, dates=("expires_at",),
    ),
    Operation(
        name="stripe.accounts.login_links.create", method="POST", path="/v1/accounts/{account}/login_links",
        run=_log_in, effect="write", object_type="login_link", id_param="account", idempotent=True,
        dates=("created",),
    ),
    Operation(name="stripe.express_dashboard.show", method="GET", path=_PATH, run=_dashboard, public=True),
)  # fmt: skip
