"""What disputes go through, what a seller may do when, and what a call is refused with.

(PayPal REST API specifications, Disputes v1, version 1.10; sandbox disputes of 2021 and 2026 published with clients:
states, their links and ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE as a 422; developer.paypal.com, Disputes, Simulate
error scenarios; read 2026-11-23.)
"""

from __future__ import annotations

from typing import Final

from brownout.providers.paypal.errors import ANY, Issues

SELLER, BUYER, REVIEW, RESOLVED = (
    "WAITING_FOR_SELLER_RESPONSE", "WAITING_FOR_BUYER_RESPONSE", "UNDER_REVIEW", "RESOLVED",
)  # fmt: skip
STATES: Final = {
    SELLER: "REQUIRED_ACTION",
    BUYER: "REQUIRED_OTHER_PARTY_ACTION",
    REVIEW: "UNDER_PAYPAL_REVIEW",
    RESOLVED: "RESOLVED",
}
"""Status to `dispute_state`."""
REASONS: Final = (
    "MERCHANDISE_OR_SERVICE_NOT_RECEIVED", "MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED", "UNAUTHORISED",
    "CREDIT_NOT_PROCESSED", "DUPLICATE_TRANSACTION", "INCORRECT_AMOUNT", "PAYMENT_BY_OTHER_MEANS",
    "CANCELED_RECURRING_BILLING", "PROBLEM_WITH_REMITTANCE", "OTHER",
)  # fmt: skip
INQUIRY, CHARGEBACK = "INQUIRY", "CHARGEBACK"
ALLOWED: Final = {
    (INQUIRY, SELLER): ("send-message", "make-offer", "accept-claim", "escalate"),
    (INQUIRY, BUYER): ("send-message", "accept-claim", "escalate"),
    (CHARGEBACK, SELLER): ("provide-evidence", "accept-claim"),
    (CHARGEBACK, BUYER): (),
    (CHARGEBACK, REVIEW): ("adjudicate", "require-evidence"),
}
"""(stage, status) to what can be done; `adjudicate` and `require-evidence` exist in the sandbox only."""
OFFERS: Final = ("REFUND", "REFUND_WITH_RETURN", "REFUND_WITH_REPLACEMENT", "REPLACEMENT_WITHOUT_REFUND")
_NOT_NOW: Final = (
    "This action is not allowed for this dispute ID. For the allowed actions, see the HATEOAS link in show dispute "
    "details."
)
ON: Final = Issues("customer-disputes/v1", {
    **{issue: ANY[issue] for issue in (
        "INVALID_RESOURCE_ID", "INVALID_PARAMETER_VALUE", "INVALID_PARAMETER_SYNTAX", "INVALID_STRING_LENGTH",
        "MISSING_REQUIRED_PARAMETER", "MALFORMED_REQUEST_JSON", "PERMISSION_DENIED", "INVALID_CURRENCY_CODE",
        "DECIMAL_PRECISION", "DECIMALS_NOT_SUPPORTED", "CANNOT_BE_ZERO_OR_NEGATIVE",
    )},
    "ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE": (422, _NOT_NOW),
    "INVALID_OFFER_TYPE": (400, "The offer type is not allowed for this dispute."),
    "INVALID_DISPUTED_TRANSACTION": (422, "The transaction can't be disputed: it isn't one that took money."),
    "DISPUTE_ALREADY_OPEN": (422, "There is an open dispute about the transaction already."),
    "INVALID_DISPUTE_AMOUNT": (422, "More is disputed than is left of the transaction, or in another currency."),
})  # fmt: skip
LIST_ERRORS: Final = {
    "ERRDIS023": (403, "FORBIDDEN", "No permission for the requested operation."),
    "ERRDIS024": (404, "INVALID_RESOURCE_ID", "The requested resource ID was not found."),
    "ERRDIS025": (406, "NOT_ACCEPTABLE", "The requested media type can't be produced."),
    "ERRDIS026": (415, "UNSUPPORTED_MEDIA_TYPE", "The server does not support the request payload's media type."),
    "ERRDIS027": (429, "RATE_LIMIT_REACHED", "Too many requests. Blocked due to rate limiting."),
    "ERRDIS028": (503, "SERVICE_UNAVAILABLE", "Service Unavailable."),
    "ERRDIS029": (500, "INTERNAL_SERVICE_ERROR", "An internal service error has occurred."),
    "ERRDIS030": (401, "AUTHORIZATION_ERROR", "Authorization error occurred."),
    "ERRDIS031": (400, "VALIDATION_ERROR", "Invalid request - see details."),
}
"""`disputed_transaction_id` of a list, one of PayPal's test values, to the error that it brings."""
