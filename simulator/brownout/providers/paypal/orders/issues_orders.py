"""What PayPal says when it refuses a call on orders: status to issue to description, word for word.

The issues that calls run into most; `issues_known` has the rest. (PayPal REST API specifications, Orders v2, version
2.13, Apache-2.0; developer.paypal.com, Orders v2 errors; read 2026-11-23.)
"""

from __future__ import annotations

from typing import Final

EVERY: Final[dict[int, dict[str, str]]] = {
    400: {
        "INVALID_PARAMETER_SYNTAX": "The value of a field does not conform to the expected format.",
        "INVALID_PARAMETER_VALUE": "A parameter value is not valid.",
        "INVALID_STRING_LENGTH": "The value of a field is either too short or too long",
        "MALFORMED_REQUEST_JSON": "The request JSON is not well formed.",
    },
    403: {
        "PERMISSION_DENIED": "You do not have permission to access or perform operations on this resource.",
    },
    422: {
        "AUTH_CAPTURE_NOT_ENABLED": (
            "Authorization and Capture feature is not enabled for the merchant. Make sure that the recipient of the "
            "funds is a verified business account."
        ),
        "DOMESTIC_TRANSACTION_REQUIRED": (
            "This transaction requires the payee and payer to be resident in the same country, a domestic transaction "
            "is required to create this payment."
        ),
        "DUPLICATE_INVOICE_ID": (
            "Duplicate Invoice ID detected. To avoid a potential duplicate transaction your account setting requires "
            "that Invoice Id be unique for each transaction."
        ),
        "INCOMPATIBLE_PARAMETER_VALUE": (
            "The value of the field is incompatible/redundant with other fields in the order."
        ),
        "INVALID_SECURITY_CODE_LENGTH": "The security_code length is invalid for the specified card brand.",
        "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED": "You have exceeded the maximum number of payment attempts.",
        "PAYEE_BLOCKED_TRANSACTION": (
            "The Fraud settings for this seller are such that this payment cannot be executed."
        ),
        "PAYER_ACCOUNT_LOCKED_OR_CLOSED": "The payer account cannot be used for this transaction.",
        "PAYER_ACCOUNT_RESTRICTED": "PAYER_ACCOUNT_RESTRICTED",
        "PAYMENT_DENIED": "PayPal has declined to process this transaction.",
        "TRANSACTION_LIMIT_EXCEEDED": "Total payment amount exceeded transaction limit.",
        "TRANSACTION_RECEIVING_LIMIT_EXCEEDED": "The transaction exceeds the receiver's receiving limit.",
        "TRANSACTION_REFUSED": "The request was refused.",
    },
}
"""What create, authorize and capture share: status to issue to description."""
PAY: Final[dict[int, dict[str, str]]] = {
    400: {
        "MISSING_REQUIRED_PARAMETER": "A required field / parameter is missing",
    },
    403: {
        "NOT_ELIGIBLE_FOR_TOKEN_PROCESSING": (
            "API caller is not enabled to process payments with the specified type of token. Please contact customer "
            "support to request permissions to process transactions with this type of token."
        ),
    },
    422: {
        "CARD_EXPIRY_REQUIRED": "The card expiry is required when attempting to process payment with card.",
        "CARD_NUMBER_REQUIRED": "The card number is required when attempting to process payment with card.",
        "PAYER_ACTION_REQUIRED": "Transaction cannot complete successfully, instruct the buyer to return to PayPal.",
        "PAYER_CANNOT_PAY": (
            "Payer cannot pay for this transaction. Please contact the payer to find other ways to pay for this "
            "transaction."
        ),
    },
}
"""What authorize and capture share."""
CREATE: Final[dict[int, dict[str, str]]] = {
    400: {
        "INVALID_ARRAY_MAX_ITEMS": "The number of items in an array parameter is too large.",
        "INVALID_ARRAY_MIN_ITEMS": "The number of items in an array parameter is too small.",
        "MISSING_REQUIRED_PARAMETER": "A required parameter is missing.",
        "NOT_SUPPORTED": "This field is not currently supported.",
        "PAYPAL_REQUEST_ID_REQUIRED": (
            "A PayPal-Request-Id is required if you are trying to process payment for an Order. Please specify a "
            "PayPal-Request-Id or Create the Order without a 'payment_source' specified."
        ),
    },
    403: {
        "PAYEE_ACCOUNT_NOT_VERIFIED": (
            "Payee has not verified their account with PayPal. The selected payment method requires the recipient to "
            "have a verified PayPal account before transactions can be processed on their behalf."
        ),
    },
    422: {
        "AMOUNT_MISMATCH": (
            "Should equal item_total + tax_total + shipping + handling + insurance - shipping_discount - discount."
        ),
        "BILLING_ADDRESS_INVALID": "Provided billing address is invalid.",
        "CANNOT_BE_NEGATIVE": (
            "Must be greater than or equal to 0. If the currency supports decimals, only two decimal place precision is"
            " supported."
        ),
        "CANNOT_BE_ZERO_OR_NEGATIVE": (
            "Must be greater than zero. If the currency supports decimals, only two decimal place precision is "
            "supported."
        ),
        "CARD_EXPIRED": "The card is expired",
        "COMPLIANCE_VIOLATION": "Transaction is declined due to compliance violation.",
        "DECIMALS_NOT_SUPPORTED": (
            "Currency does not support decimals. Please refer to "
            "https://developer.paypal.com/docs/api/reference/currency-codes/ for more information."
        ),
        "DECIMAL_PRECISION": "If the currency supports decimals, only two decimal place precision is supported.",
        "DUPLICATE_REFERENCE_ID": "`reference_id` must be unique if multiple `purchase_unit` are provided.",
        "INSTRUMENT_DECLINED": (
            "The instrument presented  was either declined by the processor or bank, or it can't be used for this "
            "payment."
        ),
        "INVALID_CURRENCY_CODE": (
            "Currency code is invalid or is not currently supported. Please refer "
            "https://developer.paypal.com/api/rest/reference/currency-codes/ for list of supported currency codes."
        ),
        "INVALID_EXPIRY_DATE": (
            "Expiry date is invalid. Expiry date should be a date in future and within the threshold for the payment "
            "source."
        ),
        "ITEM_TOTAL_MISMATCH": (
            "Should equal sum of (unit_amount * quantity) across all items for a given purchase_unit."
        ),
        "ITEM_TOTAL_REQUIRED": (
            "If item details are specified (items.unit_amount and items.quantity) corresponding "
            "amount.breakdown.item_total is required."
        ),
        "MAX_VALUE_EXCEEDED": "Should be less than or equal to 999999999999999.99.",
        "MULTI_CURRENCY_ORDER": (
            "Multiple differing values of currency_code are not supported. Entire Order request must have the same "
            "currency_code."
        ),
        "NOT_ENABLED_FOR_CARD_PROCESSING": (
            "The API Caller account is not setup to be able to process card payments. Please contact PayPal customer "
            "support."
        ),
        "NO_PAYMENT_SOURCE_PROVIDED": "NO_PAYMENT_SOURCE_PROVIDED",
        "ONE_OF_PARAMETERS_REQUIRED": "One or more field is required to continue with this request.",
        "PAYEE_ACCOUNT_INVALID": (
            "Payee account specified is invalid. Please check the `payee.email_address` or `payee.merchant_id` "
            "specified and try again. Ensure that either  `payee.merchant_id` or `payee.email_address` is specified."
        ),
        "PAYEE_ACCOUNT_LOCKED_OR_CLOSED": "The merchant account is locked or closed.",
        "PAYEE_ACCOUNT_RESTRICTED": "The merchant account is restricted.",
        "PAYER_CANNOT_PAY": "Combination of payer and payee settings mean that this buyer cannot pay this seller.",
        "PAYMENT_SOURCE_CANNOT_BE_USED": (
            "The provided payment source cannot be used to pay for the order. Please try again with a different payment"
            " source by creating a new order."
        ),
        "PAYMENT_SOURCE_DECLINED_BY_PROCESSOR": (
            "The provided payment source is declined by the processor. Please try again with a different payment source"
            " by creating a new order."
        ),
        "PAYMENT_SOURCE_INFO_CANNOT_BE_VERIFIED": (
            "The combination of the payment_source name, billing address, shipping name and shipping address could not "
            "be verified. Please correct this information and try again by creating a new order."
        ),
        "REFERENCE_ID_REQUIRED": (
            "'reference_id' is required for each 'purchase_unit' if multiple 'purchase_unit' are provided."
        ),
        "TAX_TOTAL_MISMATCH": "Should equal sum of (tax * quantity) across all items for a given purchase_unit.",
        "TAX_TOTAL_REQUIRED": (
            "If item details are specified (items.tax_total and items.quantity) corresponding "
            "amount.breakdown.tax_total is required."
        ),
        "TRANSACTION_BLOCKED_BY_PAYEE": "Transaction blocked by Payee’s Fraud Protection settings.",
        "UNSUPPORTED_INTENT": (
            "`intent=AUTHORIZE` is not supported for multiple purchase units. Only `intent=CAPTURE` is supported."
        ),
    },
}
AUTHORIZE: Final[dict[int, dict[str, str]]] = {
    422: {
        "ACTION_DOES_NOT_MATCH_INTENT": (
            "Order was created with an intent to 'CAPTURE'. Please use v2/checkout/orders/order_id/capture to complete "
            "the transaction or alternately Create an order with an intent of 'AUTHORIZE'."
        ),
        "ORDER_ALREADY_AUTHORIZED": (
            "Order already authorized.If 'intent=AUTHORIZE' only one authorization per order is allowed."
        ),
        "ORDER_COMPLETED_OR_VOIDED": "Order is voided or completed and hence cannot be authorized.",
        "ORDER_EXPIRED": (
            "Order is expired and hence cannot be authorized. Please contact Customer Support if you need to increase "
            "your order validity period."
        ),
        "ORDER_NOT_APPROVED": (
            "Payer has not yet approved the Order for payment. Please redirect the payer to the 'rel':'approve' url "
            "returned as part of the HATEOAS links within the Create Order call."
        ),
    },
}
CAPTURE: Final[dict[int, dict[str, str]]] = {
    403: {
        "CONSENT_NEEDED": "CONSENT_NEEDED",
    },
    422: {
        "ACTION_DOES_NOT_MATCH_INTENT": (
            "Order was created with an intent to 'AUTHORIZE'. Please use v2/checkout/orders/order_id/authorize to "
            "complete the transaction or alternately Create an order with an intent of 'CAPTURE'."
        ),
        "COMPLIANCE_VIOLATION": "Transaction is declined due to compliance violation.",
        "INSTRUMENT_DECLINED": (
            "The instrument presented  was either declined by the processor or bank, or it can't be used for this "
            "payment."
        ),
        "NOT_ENABLED_FOR_CARD_PROCESSING": (
            "The API Caller account is not setup to be able to process card payments. Please contact PayPal customer "
            "support."
        ),
        "ORDER_ALREADY_CAPTURED": "Order already captured.If 'intent=CAPTURE' only one capture per order is allowed.",
        "ORDER_COMPLETION_IN_PROGRESS": (
            "The order was created with processing_instruction of ORDER_COMPLETE_ON_PAYMENT_APPROVAL. The customer has "
            "approved the payment and PayPal is still in the process of capturing the order on your behalf as "
            "instructed. Please try your request again."
        ),
        "ORDER_NOT_APPROVED": (
            "Payer has not yet approved the Order for payment. Please redirect the payer to the 'rel':'approve' url "
            "returned as part of the HATEOAS links within the Create Order call or provide a valid `payment_source` in "
            "the request."
        ),
        "PAYEE_NOT_ENABLED_FOR_CARD_PROCESSING": (
            "Payee account is not setup to be able to process card payments. Please contact PayPal customer support."
        ),
        "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING": (
            "Transaction failed. Redirect the payer to select another funding source."
        ),
        "TRANSACTION_BLOCKED_BY_PAYEE": "Transaction blocked by Payee’s Fraud Protection settings.",
    },
}
UPDATE: Final[dict[int, dict[str, str]]] = {
    422: {
        "INVALID_JSON_POINTER_FORMAT": (
            "Path should be a valid JSON Pointer https://tools.ietf.org/html/rfc6901 that references a location within "
            "the request where the operation is performed."
        ),
        "NOT_PATCHABLE": "Cannot be patched.",
        "ORDER_ALREADY_COMPLETED": "The order cannot be patched after it is completed.",
        "PATCH_PATH_REQUIRED": "Please specify a 'path' for the field for which the operation needs to be performed.",
        "PATCH_VALUE_REQUIRED": "Please specify a 'value' to for the field that is being patched.",
        "REFERENCE_ID_NOT_FOUND": (
            "Filter expression value is incorrect. Please check the value of the reference_id and try again."
        ),
    },
}
