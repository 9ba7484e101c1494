"""The changes of 2026: dahlia (2026-03-25) and endive (2026-09-30), as far as they touch what is modelled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.versions import Change
from brownout.providers.stripe.versions.shapes import CHANGELOG

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.operation import Call

_UI_MODES: Final = {"custom": "elements", "embedded": "embedded_page", "hosted": "hosted_page"}
_UI_MODES_BEFORE: Final = {newer: older for older, newer in _UI_MODES.items()}
_ENDIVE: Final = "2026-09-30.endive"
_NO_LONGER: Final = {"payment_method_types": "payment_method_types_no_longer_supported"}


def _ui_mode_before(value: dict[str, Any], call: Call) -> dict[str, Any]:
    mode = value.get("ui_mode")
    return {**value, "ui_mode": _UI_MODES_BEFORE[mode]} if mode in _UI_MODES_BEFORE else value


def _ui_mode(params: Mapping[str, Any], call: Call) -> Mapping[str, Any]:
    mode = params.get("ui_mode")
    return {**params, "ui_mode": _UI_MODES[mode]} if isinstance(mode, str) and mode in _UI_MODES else params


CHANGES: Final = (
    Change(
        version=_ENDIVE,
        said="payment and setup intents don't take payment_method_types any more",
        source=f"{CHANGELOG}/endive/2026-09-30/"
        "removes-the-payment-method-types-parameter-from-payment-intents-and-setup-intents",
        retired=dict.fromkeys(
            (
                "stripe.payment_intents.create",
                "stripe.payment_intents.update",
                "stripe.payment_intents.confirm",
                "stripe.setup_intents.create",
                "stripe.setup_intents.update",
            ),
            _NO_LONGER,
        ),
    ),
    Change(
        version=_ENDIVE,
        said="checkout sessions don't take payment_method_types any more",
        source=f"{CHANGELOG}/endive/2026-09-30/remove-payment-method-types-checkout-sessions",
        retired={"stripe.checkout.sessions.create": {"payment_method_types": "parameter_unknown"}},
    ),
    Change(
        version="2026-03-25.dahlia",
        said="checkout.session.ui_mode is hosted_page, embedded_page or elements; before, hosted, embedded or custom",
        source=f"{CHANGELOG}/dahlia/2026-03-25/updates-available-checkout-session-ui-modes",
        undo={"checkout.session": _ui_mode_before},
        asks={"stripe.checkout.sessions.create": _ui_mode},
    ),
)
