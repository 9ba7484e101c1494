"""What products, plans and subscriptions say when they refuse: issue to status and description.

(PayPal REST API specifications, Subscriptions v1, version 1.9, and Catalog Products v1; answers published with clients;
read 2026-11-23.)
"""

from __future__ import annotations

from typing import Final

from brownout.providers.paypal.errors import ANY, Issues

_SHARED: Final = (
    "CANNOT_BE_NEGATIVE", "CANNOT_BE_ZERO_OR_NEGATIVE", "CARD_EXPIRED", "DECIMALS_NOT_SUPPORTED", "DECIMAL_PRECISION",
    "INVALID_CURRENCY_CODE", "INVALID_PARAMETER_SYNTAX", "INVALID_PARAMETER_VALUE", "INVALID_RESOURCE_ID",
    "INVALID_SECURITY_CODE_LENGTH", "INVALID_STRING_LENGTH", "MALFORMED_REQUEST_JSON", "MISSING_REQUIRED_PARAMETER",
    "PAYMENT_SOURCE_CANNOT_BE_USED", "PERMISSION_DENIED",
)  # fmt: skip
ON: Final = Issues("subscriptions/v1", {
    **{issue: ANY[issue] for issue in _SHARED if issue in ANY},
    "PLAN_STATUS_INVALID": (422, "Invalid plan status for this action."),
    "SUBSCRIPTION_STATUS_INVALID": (422, "Invalid subscription status for this action."),
    "SUBSCRIPTION_CANNOT_BE_ACTIVATED": (422, "The subscription can't be activated: its buyer has not approved it."),
    "INVALID_BILLING_CYCLE_SEQUENCE": (422, "The provided billing cycle sequence is invalid."),
    "CURRENCY_MISMATCH": (422, "The currency code is different from the plan's currency code."),
    "ZERO_OUTSTANDING_BALANCE": (422, "Current outstanding balance should be greater than zero."),
    "AMOUNT_GREATER_THAN_OUTSTANDING_BALANCE": (
        422, "The capture amount can not be greater than the current outstanding balance."
    ),
    "DUPLICATE_RESOURCE_IDENTIFIER": (422, "The resource identifier is already in use."),
    "PRICING_SCHEME_UPDATE_NOT_ALLOWED": (422, "The pricing scheme can't be changed."),
    "UNSUPPORTED_PATCH_OPERATION": (422, "The specified path cannot be updated."),
})  # fmt: skip
