"""The changes of 2023, as far as they touch what is modelled.

2023-10-16 has new codes of errors in an account's requirements and fills in its statement descriptor: neither shows
here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.versions import Change
from brownout.providers.stripe.versions.shapes import CHANGELOG

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.operation import Call

_CHOOSE: Final = frozenset(
    {
        "allowed_payment_method_types",
        "automatic_payment_methods",
        "payment_method_types",
        "payment_method_configuration",
    }
)


def _cards(params: Mapping[str, Any], call: Call) -> Mapping[str, Any]:
    return params if _CHOOSE & params.keys() else {**params, "payment_method_types": {"0": "card"}}


CHANGES: Final = (
    Change(
        version="2023-08-16",
        said="payment and setup intents take the Dashboard's methods unless they say otherwise; before, cards",
        source=f"{CHANGELOG}/2023-08-16/automatic-payment-methods",
        asks={"stripe.payment_intents.create": _cards, "stripe.setup_intents.create": _cards},
    ),
)
