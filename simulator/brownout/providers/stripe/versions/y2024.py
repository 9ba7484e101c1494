"""The changes of 2024, as far as they touch what is modelled.

2024-06-20 (why a capability is disabled) and 2024-09-30.acacia (alerts of billing, readers) change nothing of it, and
the later versions of acacia only add: what is added shows in every version, as at Stripe.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.versions import Change
from brownout.providers.stripe.versions.shapes import CHANGELOG, default, joined, renamed, without

if TYPE_CHECKING:
    from brownout.core.operation import Call


def _features(value: dict[str, Any], call: Call) -> dict[str, Any]:
    if "marketing_features" not in value:  # one that was deleted
        return value
    return joined(without(value, "marketing_features"), features=value["marketing_features"])


CHANGES: Final = (
    Change(
        version="2024-04-10",
        said="payment intents are captured asynchronously unless they say otherwise (capture_method: automatic_async)",
        source=f"{CHANGELOG}/2024-04-10/automatic-sync-default-paymentintents",
        asks={"stripe.payment_intents.create": default("capture_method", "automatic")},
    ),
    Change(
        version="2024-04-10",
        said="product.features is called marketing_features",
        source=f"{CHANGELOG}/2024-04-10/renames-features-attribute-product-object",
        undo={"product": _features},
        asks=dict.fromkeys(
            ("stripe.products.create", "stripe.products.update"), renamed("features", "marketing_features")
        ),
    ),
)
