"""What the vault says when it refuses: issue to status and description.

(PayPal REST API specifications, Payment Method Tokens v3, version 3.1: statuses; developer.paypal.com, Vault errors.
The specification names no issues of its own but PAYPAL_REQUEST_ID_PREVIOUSLY_USED: the others' words are ours; read
2026-11-23.)
"""

from __future__ import annotations

from typing import Final

from brownout.providers.paypal.errors import ANY, Issues

_SHARED: Final = (
    "CARD_EXPIRED", "INVALID_PARAMETER_SYNTAX", "INVALID_PARAMETER_VALUE", "INVALID_RESOURCE_ID",
    "INVALID_SECURITY_CODE_LENGTH", "INVALID_STRING_LENGTH", "MALFORMED_REQUEST_JSON", "MISSING_REQUIRED_PARAMETER",
    "PAYMENT_SOURCE_CANNOT_BE_USED", "PERMISSION_DENIED",
)  # fmt: skip
ON: Final = Issues("payment-tokens/v3", {
    **{issue: ANY[issue] for issue in _SHARED},
    "SETUP_TOKEN_NOT_APPROVED": (422, "The setup token has not been approved by the payer."),
    "SETUP_TOKEN_ALREADY_VAULTED": (422, "The setup token has been exchanged for a payment token already."),
    "SETUP_TOKEN_EXPIRED": (422, "The setup token has expired."),
    "PAYPAL_REQUEST_ID_PREVIOUSLY_USED": (422, "The PayPal-Request-Id was used for another request."),
})  # fmt: skip
