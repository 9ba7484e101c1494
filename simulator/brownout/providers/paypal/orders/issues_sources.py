"""What PayPal says of payment sources that it refuses, word for word: cards, wallets, banks, vaulted ones.

(PayPal REST API specifications, Orders v2, version 2.13, and Payments v2, Apache-2.0; developer.paypal.com, errors
of both; read 2026-11-23.)
"""

from __future__ import annotations

from typing import Final

WORDS: Final = {
    "AGREEMENT_ALREADY_CANCELLED": "The requested agreement is already canceled.",
    "ALIAS_DECLINED_BY_PROCESSOR": (
        "The provided alias was declined by the processor. Please create a new order with a different alias_key "
        "and/or alias_label and try again."
    ),
    "BANK_NOT_SUPPORTED_FOR_VERIFICATION": "Verification for this bank account is not supported.",
    "BILLING_AGREEMENT_ID_MISMATCH": (
        "Billing Agreement ID must exactly match the Billing Agreement ID that was provided during order creation."
    ),
    "BILLING_AGREEMENT_NOT_FOUND": "The requested Billing Agreement token was not found.",
    "BLIK_ONE_CLICK_MISSING_REQUIRED_PARAMETER": (
        "Blik's one_click flow requires one_click.auth_code and one_click.alias_label parameters for the buyer's "
        "first transaction. For all subsequent transactions,only the one_click.alias_key parameter is required."
    ),
    "CANCEL_URL_REQUIRED": "The cancel url is required when attempting to vault this source.",
    "CARD_BRAND_NOT_SUPPORTED": (
        "Processing of this card brand is not supported. Please use another card to continue with this transaction."
    ),
    "CARD_TYPE_NOT_SUPPORTED": "Processing of this card type is not supported. Use another card type.",
    "COUNTRY_NOT_SUPPORTED_BY_PAYMENT_SOURCE": "Country code provided is not supported by the provided payment source.",
    "CRYPTOGRAM_REQUIRED": "Cryptogram is required if authentication method is CRYPTOGRAM 3DS.",
    "CURRENCY_NOT_SUPPORTED_FOR_BANK": (
        "The payment_source does not support the currency of the Order. For ACH debit, only USD is supported and for "
        "SEPA debit, only EUR is supported."
    ),
    "CURRENCY_NOT_SUPPORTED_FOR_CARD_TYPE": (
        "The issued currency code of this card is not supported for direct card payments. Please refer "
        "https://developer.paypal.com/api/rest/reference/currency-codes/ for list of supported currency codes."
    ),
    "CURRENCY_NOT_SUPPORTED_FOR_COUNTRY": (
        " For the payment_source specified, the currency of the Order is restricted by the country in which the payee "
        "account is based. Please refer https://developer.paypal.com/api/rest/reference/currency-codes/ for list of "
        "supported currency codes."
    ),
    "DEVICE_DATA_NOT_AVAILABLE": (
        "Device Data is not available for processing this order. The PayPal-Client-Metadata-Id header value sent "
        "during `Create Order` api call is either missing or incorrect or there was an error in collecting required "
        "data. Please verify if appropriate value for PayPal-Client-Metadata-Id header is being sent during 'Create "
        "Order' api call. Please note this error only applies to payment_source.pay_upon_invoice at the moment."
    ),
    "EMV_DATA_REQUIRED": "EMV Data is required if authentication method is EMV.",
    "GOOGLE_PAY_GATEWAY_MERCHANT_ID_MISMATCH": (
        "The gateway merchant ID in Google Pay token is not valid. This could be because the gateway merchant Id that "
        "was authorized by payer/buyer on Google Pay does not match with the API caller of the order."
    ),
    "IBAN_COUNTRY_NOT_SUPPORTED": (
        "Country code of issuer bank for the provided IBAN is not supported for SEPA debit payments."
    ),
    "INVALID_GOOGLE_PAY_TOKEN": (
        "The google pay token is invalid. PayPal was not able to decrypt the googlepay token or PayPal was not able "
        "to find the necessary data in the token after decryption."
    ),
    "INVALID_IBAN": "IBAN provided is not a valid bank account number.",
    "INVALID_PREVIOUS_TRANSACTION_REFERENCE": (
        "The authorization or capture referenced by `previous_transaction_reference` is not valid. This could be "
        "either because the previous_transaction_reference is not found or doesn't belong to the payee. Please use a "
        "valid `previous_transaction_reference`."
    ),
    "MERCHANT_INITIATED_WITH_AUTHENTICATION_RESULTS": (
        "`stored_payment_source.payment_initiator` = `MERCHANT` is not supported if 3D-Secure authentication results "
        "are present in the order. 3D-Secure authentication results can be present in the order only when customer is "
        "the payment initiator. It is semantically incorrect to perform a merchant initiated payment with 3D-Secure "
        "authentication results is the order."
    ),
    "MERCHANT_INITIATED_WITH_MULTIPLE_PURCHASE_UNITS": (
        "`stored_payment_source.payment_initiator` = `MERCHANT` is not supported if more than one purchase_unit is "
        "present in the Order. Merchant initiated payments are not supported from orders with more than one "
        "purchase_unit. Please retry the request with multiple Order requests (one for each purchase_unit)."
    ),
    "MERCHANT_INITIATED_WITH_SECURITY_CODE": (
        "`stored_payment_source.payment_initiator` = `MERCHANT` is not supported if "
        "`payment_source.card.security_code` is present in the order. `security_code` can be present in the order "
        "only when customer is the payment initiator. It is semantically incorrect to perform a merchant initiated "
        "payment with `security_code` is the order."
    ),
    "MISMATCHED_VAULT_ID_TO_PAYMENT_SOURCE": (
        "The vault_id does not match the payment_source provided. Please verify that the vault_id token used refers "
        "to the matching payment_source and try again. For example, a PayPal token cannot be passed in the vault_id "
        "field in the payment_source.card object."
    ),
    "MISSING_CRYPTOGRAM": "Cryptogram is mandatory for any customer initiated network token transactions.",
    "MISSING_PREVIOUS_REFERENCE": (
        "For Merchant initiated network token transactions, either the "
        "payment_source.card.stored_credential.previous_network_transaction_reference or "
        "payment_source.card.stored_credential.previous_transaction_reference must be included in the request."
    ),
    "NOT_ELIGIBLE_FOR_PAYPAL_TRANSACTION_ID_PROCESSING": (
        "API caller is not enable to process payments using `paypal_transaction_id`. Please contact customer support "
        "to request permissions to process transactions with PayPal transaction ID."
    ),
    "NOT_ELIGIBLE_FOR_PNREF_PROCESSING": (
        "API caller is not enabled to process payments with the `pnref`. Please contact customer support to request "
        "permissions to process transactions with PNREF."
    ),
    "NOT_ENABLED_FOR_APPLE_PAY": (
        "The 'API caller' and/or 'payee' is not setup to be able to process apple pay. Please contact your Account "
        "Manager."
    ),
    "NOT_ENABLED_FOR_BANK_PROCESSING": (
        "The API Caller account is not setup to be able to process bank payments. Please contact your PayPal account "
        "manager."
    ),
    "NOT_ENABLED_FOR_GOOGLE_PAY": (
        "The 'API caller' and/or 'payee' is not setup to be able to process google pay. Please contact your Account "
        "Manager."
    ),
    "NOT_ENABLED_TO_VAULT_PAYMENT_SOURCE": (
        "The API caller or the merchant on whose behalf the API call is initiated is not allowed to vault the given "
        "source. Please contact PayPal customer support for assistance."
    ),
    "ONE_OF_THE_PARAMETERS_REQUIRED": "One or more field is required to continue with this request.",
    "ONLY_ONE_BANK_SOURCE_ALLOWED": "More than one payment method within the bank payment object is not supported.",
    "ONLY_ONE_PAYMENT_SOURCE_ALLOWED": "More than one payment method within the payment source is not supported.",
    "PAYEE_NOT_ENABLED_FOR_BANK_PROCESSING": (
        "Payee account is not setup to be able to process bank payments. Please contact your PayPal account manager."
    ),
    "PAYMENT_ALREADY_APPROVED": (
        "The payment has already been approved.  Please capture the order, or create and confirm a new order with "
        "this payment source."
    ),
    "PAYMENT_SOURCE_MISMATCH": (
        "The `payment_source` in the request must match the `payment_source` used for the authorization or capture "
        "referenced by `previous_transaction_reference`. Please use `previous_transaction_reference` whose "
        "`payment_source` matches with the `payment_source` specified in the order."
    ),
    "PAYMENT_SOURCE_NOT_SUPPORTED": (
        "The payer selected method of payment is not supported when multiple purchase units are specified for an Order."
    ),
    "PAYMENT_TYPE_NOT_SUPPORTED_FOR_INTENT": (
        "Provided payment type not supported for order intent. Payment authorizations are supported only for order "
        "with `intent=AUTHORIZE` and payment captures are supported only for order with `intent=CAPTURE`."
    ),
    "PAYPAL_TRANSACTION_ID_EXPIRED": (
        "Specified `paypal_transaction_id` has expired. PayPal transaction ID expires 4 years after the date of the "
        "initial transaction."
    ),
    "PAYPAL_TRANSACTION_ID_NOT_FOUND": (
        "Specified `paypal_transaction_id` was not found. Verify the value and try the request again."
    ),
    "PNREF_EXPIRED": (
        "Specified `pnref` has expired. PNREF expires 15 months after the date of the initial transaction."
    ),
    "PNREF_NOT_FOUND": "Specified `pnref` was not found. Verify the value and try the request again.",
    "PREFERRED_PAYMENT_SOURCE_MISMATCH": (
        "Payment Source must exactly match the Preferred Payment Source that was provided during order creation."
    ),
    "PREVIOUS_TRANSACTION_REFERENCE_HAS_CHARGEBACK": (
        "The capture referenced by `previous_transaction_reference` has a chargeback and hence cannot be used for "
        "this order. Please use a `previous_transaction_reference` which does not have a chargeback."
    ),
    "PREVIOUS_TRANSACTION_REFERENCE_VOIDED": (
        "The status of authorization referenced by `previous_transaction_reference` is `VOIDED` and hence cannot be "
        "used for this order. Please use a `previous_transaction_reference` whose status is not `VOIDED`."
    ),
    "REFERENCED_CARD_EXPIRED": (
        "The card underlying the token has expired and hence cannot be used to process a payment."
    ),
    "REQUIRED_PARAMETER_FOR_CUSTOMER_INITIATED_PAYMENT": (
        "This parameter is required when the customer is present. If the customer is not present, indicate so by "
        "sending payment_initiator=`MERCHANT`. For details, see <a "
        'href="https://developer.paypal.com/docs/api/orders/v2/#definition-card_stored_credential">Stored '
        "Credential</a>."
    ),
    "REQUIRED_PARAMETER_FOR_PAYMENT_SOURCE": "The parameter is required for provided payment source.",
    "RETURN_URL_REQUIRED": "The return url is required when attempting to vault this source.",
    "SETUP_ERROR_FOR_BANK": (
        "The API Caller account setup, for bank payments, is incomplete or incorrect. Please contact your PayPal "
        "account manager."
    ),
    "TOKEN_EXPIRED": "The token is expired and cannot be used for payment.",
    "TOKEN_ID_NOT_FOUND": "Specified token was not found. Verify the token and try the request again.",
    "UNSUPPORTED_INTENT_FOR_PAYMENT_SOURCE": (
        "`intent=AUTHORIZE` is not supported for the specified payment_source. Only `intent=CAPTURE` is supported."
    ),
    "UNSUPPORTED_PROCESSING_INSTRUCTION": (
        "The specified processing_instruction is not supported for the given payment_source. Please refer to "
        "https://developer.paypal.com/api/orders/v2/#definition-processing_instruction for the list of payment_source "
        "that can be specified with this value."
    ),
    "VAULT_INSTRUCTION_DUPLICATED": (
        "Only one vault instruction is allowed. Please use `vault.store_in_vault` to provide vault instruction."
    ),
    "VAULT_INSTRUCTION_REQUIRED": (
        "Vault instruction is required. Please use `vault.store_in_vault` to provide vault instruction."
    ),
}
"""Issue to description."""
