"""What PayPal says when it refuses a call on payments: status to issue to description, word for word.

(PayPal REST API specifications, Payments v2, Apache-2.0; developer.paypal.com, Payments v2 errors; read 2026-11-23.)
"""

from __future__ import annotations

from typing import Final

AUTH_CAPTURE: Final[dict[int, dict[str, str]]] = {
    400: {
        "INVALID_PARAMETER_SYNTAX": "The value of a field does not conform to the expected format.",
        "INVALID_PARAMETER_VALUE": "The value of a field is invalid.",
        "INVALID_STRING_LENGTH": "The value of a field is either too short or too long.",
        "INVALID_STRING_MAX_LENGTH": "The value of a field is too long.",
        "MISSING_REQUIRED_PARAMETER": "A required field / parameter is missing.",
    },
    422: {
        "AUTHORIZATION_ALREADY_CAPTURED": "Authorization has previously been captured.",
        "AUTHORIZATION_DENIED": "An denied authorization cannot be captured.",
        "AUTHORIZATION_EXPIRED": "An expired authorization cannot be captured.",
        "AUTHORIZATION_VOIDED": "A voided authorization cannot be captured or reauthorized. ",
        "AUTH_CAPTURE_CURRENCY_MISMATCH": "Currency of capture must be the same as currency of authorization.",
        "CANNOT_BE_ZERO_OR_NEGATIVE": (
            "Must be greater than zero. If the currency supports decimals, only two decimal place precision is "
            "supported."
        ),
        "DECIMALS_NOT_SUPPORTED": (
            "Currency does not support decimals. Please refer to "
            "https://developer.paypal.com/docs/api/reference/currency-codes/ for more information."
        ),
        "DECIMAL_PRECISION": "If the currency supports decimals, only two decimal place precision is supported.",
        "DUPLICATE_INVOICE_ID": "Requested invoice_id has been previously captured. Possible duplicate transaction.",
        "INVALID_CURRENCY_CODE": (
            "Currency code is invalid or is not currently supported. Please refer "
            "https://developer.paypal.com/docs/api/reference/currency-codes/ for list of supported currency codes."
        ),
        "MAX_CAPTURE_AMOUNT_EXCEEDED": (
            "Capture amount exceeds allowable limit. Please contact customer service or your account manager to request"
            " the change to your overage limit. The default overage limit is 115%, which allows the sum of all captures"
            " to be up to 115% of the order amount. The ability to over capture is subjected to regulatory approvals."
        ),
        "MAX_CAPTURE_COUNT_EXCEEDED": (
            "Maxmimum number of allowable captures has been reached. No additional captures are possible for this "
            "authorization. Contact Customer Service or your account manager to change the number of captures for a "
            "given authorization."
        ),
        "PAYEE_ACCOUNT_LOCKED_OR_CLOSED": "Transaction could not complete because payee account is locked or closed.",
        "PAYEE_ACCOUNT_RESTRICTED": "Payee account is restricted.",
        "PAYER_ACCOUNT_LOCKED_OR_CLOSED": "The payer account cannot be used for this transaction.",
        "PAYER_CANNOT_PAY": (
            "Payer cannot pay for this transaction. Please contact the payer to find other ways to pay for this "
            "transaction."
        ),
        "TRANSACTION_REFUSED": "PayPal's internal controls prevent authorization from being captured.",
    },
}
VOID: Final[dict[int, dict[str, str]]] = {
    422: {
        "PREVIOUSLY_CAPTURED": "Authorization has been previously captured and hence cannot be voided.",
        "PREVIOUSLY_VOIDED": "Authorization has been previously voided and hence cannot be voided again.",
    },
}
REFUND: Final[dict[int, dict[str, str]]] = {
    422: {
        "CAPTURE_FULLY_REFUNDED": "The capture has already been fully refunded",
        "DUPLICATE_INVOICE_ID": "Invoice ID was previously used to refund a capture.",
        "MAX_NUMBER_OF_REFUNDS_EXCEEDED": "You have exceeded the maximum number of refund attempts for this capture.",
        "PARTIAL_REFUND_NOT_ALLOWED": "You cannot do a refund less than the original capture amount.",
        "PAYEE_ACCOUNT_LOCKED_OR_CLOSED": "Transaction could not complete because payee account is locked or closed.",
        "PAYEE_ACCOUNT_RESTRICTED": "Payee account is restricted.",
        "PAYER_ACCOUNT_LOCKED_OR_CLOSED": "The payer account cannot be used for this transaction.",
        "PENDING_CAPTURE": (
            "Cannot initiate a refund as the capture is pending. Capture is typically pending when the payer has funded"
            " the transaction using e-check/bank funded."
        ),
        "REFUND_AMOUNT_EXCEEDED": (
            "The refund amount must be less than or equal to the capture amount that has not yet been refunded."
        ),
        "REFUND_CAPTURE_CURRENCY_MISMATCH": "Refund must be in the same currency as the capture",
        "REFUND_FAILED_INSUFFICIENT_FUNDS": (
            "Capture could not be refunded due to insufficient funds. Please check to see if you have sufficient funds "
            "in your PayPal account or if the bank account linked to your PayPal account is verified and has sufficient"
            " funds."
        ),
        "REFUND_NOT_ALLOWED": "Capture cannot be refunded.",
        "REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK": (
            "Refunds are not allowed on this capture due to a chargeback on the card or bank. Please contact the payee "
            "to resolve the chargeback."
        ),
        "REFUND_TIME_LIMIT_EXCEEDED": "You are over the time limit to perform a refund on this capture",
        "TRANSACTION_DISPUTED": (
            "Partial refunds cannot be offered at this time because there is an open case on this transaction. Visit "
            "the PayPal Resolution Center to review this case."
        ),
    },
}
