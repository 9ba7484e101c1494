"""What PayPal says of what goes with a payment, word for word: shipping, fees, patches, trackers, reauthorization.

(PayPal REST API specifications, Orders v2, version 2.13, and Payments v2, Apache-2.0; developer.paypal.com, errors
of both; read 2026-11-23.)
"""

from __future__ import annotations

from typing import Final

WORDS: Final = {
    "AMOUNT_CANNOT_BE_SPECIFIED": (
        "An authorization amount can only be specified if an Order has been saved by calling "
        "/v2/checkout/orders/{order_id}/save.  Please save the order and try again."
    ),
    "AMOUNT_CHANGE_NOT_ALLOWED": "The amount specified is different from the amount authorized by payer.",
    "AMOUNT_NOT_PATCHABLE": (
        "The amount cannot be updated as the 'payer' has chosen and approved a specific financing offer for a given "
        "amount. Please Create a new Order with the updated Order amount and have the 'payer' approve the new payment "
        "terms."
    ),
    "APPLE_PAY_AMOUNT_MISMATCH": (
        "The 'amount' specified in the Order should match the amount that was viewed and authorized by the "
        "payer/buyer on Apple Pay. If the amount has changed, please redirect the buyer to authorize the order again "
        "via Apple Pay."
    ),
    "AUTHORIZATION_AMOUNT_EXCEEDED": (
        "Authorization amount specified exceeded allowable limit. Specify a different amount and try the request "
        "again. Alternately, contact Customer Support to increase your limits. Local regulations (e.g. in PSD2 "
        "countries) prohibit overages above the amount authorized by the payer."
    ),
    "AUTHORIZATION_CURRENCY_MISMATCH": (
        "The currency of the authorization should be same as that in which the Order was created and approved by the "
        "Payer. Please check the 'currency_code' and try again."
    ),
    "AUTH_CURRENCY_MISMATCH": (
        "The currency specified during reauthorization should be the same as the currency specified in the original "
        "authorization. Please check the currency of the authorization for which you are trying to reauthorize and "
        "try again."
    ),
    "CANNOT_BE_VOIDED": "A reauthorization cannot be voided. Please void the original parent authorization.",
    "CAPTURE_ID_NOT_FOUND": "Specified capture ID does not exist. Check the capture ID and try again.",
    "CAPTURE_STATUS_NOT_VALID": (
        "Invalid capture status. Tracker information can only be added to captures in `COMPLETED` state."
    ),
    "CITY_REQUIRED": "The specified country requires a city (address.admin_area_2).",
    "CURRENCY_MISMATCH": "CURRENCY_MISMATCH",
    "DECLINED_DUE_TO_RELATED_TXN": (
        "One or more transactions in this Order did not succeed. Since this Order is being processed as an All or "
        "None Order, if one or more transactions in this Order do not succeed, then all purchase units are marked "
        "declined and will not be processed."
    ),
    "DONATION_ITEMS_NOT_SUPPORTED": (
        "If 'purchase_unit' has \"DONATION\" as the 'items.category' then the Order can at most have one "
        "purchase_unit. Multiple purchase_units are not supported if either of them have at least one items with "
        'category as "DONATION".'
    ),
    "FIELD_NOT_PATCHABLE": "Field cannot be patched.",
    "IDENTIFIER_NOT_FOUND": (
        "Specified identifier was not found. Please verify the correct identifier was used and try the request again."
    ),
    "INVALID_COUNTRY_CODE": (
        "Country code is invalid. Please refer to https://developer.paypal.com/api/rest/reference/country-codes/ for "
        "a list of supported country codes."
    ),
    "INVALID_FX_RATE_ID": (
        "The specific FX Rate ID is not valid. This could be either because we are not able to look up the FX Rate "
        "based on this ID or it could be because the ID belongs to another API Caller."
    ),
    "INVALID_PARAMETER": "Cannot be specified as part of the request.",
    "INVALID_PATCH_OPERATION": (
        "The operation cannot be honored. Cannot add a property that's already present, use replace. Cannot remove a "
        "property thats not present, use add. Cannot replace a property thats not present, use add."
    ),
    "INVALID_PAYEE_PRICING_TIER_ID": (
        "Please check the value specified or confirm with your Account Manager that the 'payee_pricing_tier_id' "
        "specified has been setup for the account."
    ),
    "INVALID_PAYER_ID": "The payer ID is not valid.",
    "INVALID_PICKUP_ADDRESS": (
        "If the 'shipping_option.type' is set as 'PICKUP' then the 'shipping_detail.name.full_name' should start with "
        "'S2S' meaning Ship To Store. Example: 'S2S My Store'."
    ),
    "INVALID_PLATFORM_FEES_ACCOUNT": (
        "The specified platform_fees payee account is either invalid or account setup is incomplete.Please work with "
        "your PayPal Account Manager to enable this option for your account."
    ),
    "INVALID_PLATFORM_FEES_AMOUNT": "The platform_fees amount cannot be greater than order amount.",
    "ITEM_CATEGORY_NOT_SUPPORTED_BY_PAYMENT_SOURCE": (
        "The provided payment source does not support provided item category."
    ),
    "ITEM_SKU_MISMATCH": "Item sku must match one of the items sku that was provided during order creation.",
    "MAX_AUTHORIZATION_COUNT_EXCEEDED": (
        "Maximum number of authorization allowed for the order is reached. Please contact Customer Support if you "
        "need to increase your limit."
    ),
    "MISSING_PICKUP_ADDRESS": "A pickup address(`shipping.address`) is required for the provided `shipping.type`.",
    "MSP_NOT_SUPPORTED": "Multiple purchase units are not supported for this operation.",
    "MULTIPLE_ITEM_CATEGORIES": (
        "For a given 'purchase_unit' the 'items.category' could be either \"PHYSICAL_GOODS\" and/or \"DIGITAL_GOODS\" "
        'or just "DONATION".  \'items.category\' as "DONATION" cannot be combined with items with either '
        '"PHYSICAL_GOODS" or "DIGITAL_GOODS".'
    ),
    "MULTIPLE_SHIPPING_ADDRESS_NOT_SUPPORTED": "Multiple shipping addresses are not supported.",
    "MULTIPLE_SHIPPING_OPTION_SELECTED": "Only one shipping.option can be set to 'selected = true'.",
    "MULTIPLE_SHIPPING_TYPE_NOT_SUPPORTED": "Different `shipping.type` are not supported across purchase units.",
    "ORDER_CANNOT_BE_CONFIRMED": "An order with status = 'COMPLETED' cannot be confirmed again.",
    "ORDER_CANNOT_BE_SAVED": (
        "The option to save an order is only available if the `intent` is AUTHORIZE and `processing_instruction` uses "
        "one of the `ORDER_SAVED` options. For example, `intent`=AUTHORIZE, "
        "`processing_instruction`=ORDER_SAVED_EXPLICITLY. Please change the intent and/or processing_instruction` and "
        "try again."
    ),
    "ORDER_COMPLETE_ON_PAYMENT_APPROVAL": (
        "A processing_instruction of `ORDER_COMPLETE_ON_PAYMENT_APPROVAL` is required for the specified "
        "payment_source. Please refer to the integration guide "
        "https://developer.paypal.com/docs/limited-release/alternative-payment-methods-with-orders/ for more details"
    ),
    "ORDER_IS_PENDING_APPROVAL": (
        "The order was confirmed and payer action completed but order approval processing from PayPal is pending. No "
        "action is needed from Payee or Payer. Please wait until order status changes to 'APPROVED'."
    ),
    "PAYEE_COUNTRY_NOT_SUPPORTED_FOR_PAYMENT_SOURCE": (
        "Payee country code is not supported by the provided payment source."
    ),
    "PAYEE_FX_RATE_ID_CURRENCY_MISMATCH": (
        "The specified FX Rate ID is for a currency that does not match with the currency of this request. Please "
        "specify a different FX Rate ID and try the request again. Alternately, remove the FX Rate ID to process the "
        "request using the default exchange rate."
    ),
    "PAYEE_FX_RATE_ID_EXPIRED": (
        "The specified FX Rate ID has expired. Please specify a different FX Rate Id and try the request again. "
        "Alternately, remove the FX Rate ID to process the request using the default exchange rate."
    ),
    "PAYEE_PRICING_TIER_ID_NOT_ENABLED": (
        "The API Caller is not enabled to process transactions by specifying a 'payee_pricing_tier_id'. Please work "
        "with your Account Manager to enable this option for your account."
    ),
    "PERMISSION_DENIED_FOR_DONATION_ITEMS": (
        "The API Caller or Payee have not been granted appropriate permissions to send 'items.category' as "
        "'DONATION'. Please speak to your account manager if you want to process these type of items."
    ),
    "PLATFORM_FEES_NOT_SUPPORTED": (
        "The API Caller is not enabled to process transactions by specifying 'platform_fees'. Please work with your "
        "PayPal Account Manager to enable this option for your account."
    ),
    "PLATFORM_FEE_EXCEEDED": (
        "Platform fee amount specified exceeds the amount that is available for refund. You can only refund up to the "
        "available platform fee amount. This error is also returned when no platform_fee was specified or was zero "
        "when the payment was captured."
    ),
    "PLATFORM_FEE_NOT_ENABLED": (
        "The API Caller account is not setup to be able to process refunds with 'platform_fees'. Please contact your "
        "Account Manager. This feature is useful when you want to contribute a portion of the 'platform_fees' you had "
        "capture as part of the refund being processed."
    ),
    "PLATFORM_FEE_PAYEE_CANNOT_BE_SAME_AS_PAYER": (
        "The payer cannot pay themselves. The recipient account of the platform fees must be different from the payer "
        "account."
    ),
    "POSTAL_CODE_REQUIRED": "The specified country requires a postal code.",
    "PREFERRED_SHIPPING_OPTION_AMOUNT_MISMATCH": (
        "The amount provided in the preferred shipping option should match the amount provided in amount breakdown"
    ),
    "REAUTHORIZATION_NOT_SUPPORTED": (
        "A reauthorize cannot be attempted on an authorization_id that is the result of a prior reauthorization or on "
        "an authorization made on an Order saved using the `v2/orders/id/save` API."
    ),
    "REAUTHORIZATION_TOO_SOON": (
        "A reauthorization is only allowed once from Day 4 to Day 29 since the date of the original authorization."
    ),
    "REFUND_AMOUNT_TOO_LOW": (
        "The amount after applying currency conversion is zero and hence the capture cannot be refunded. The currency "
        "conversion is required because the currency of the capture is different than the currency in which the "
        "amount was settled into the payee account."
    ),
    "REFUND_IS_RESTRICTED": (
        "This refund can only be processed by the API caller that had 'captured' the transaction. If you facilitate "
        "your transactions via a platform/partner, please initiate a refund through them."
    ),
    "SAVE_ORDER_NOT_SUPPORTED": (
        "The API caller account is setup in a way that does not allow it to be used for saving the order. This "
        "functionality is not available for PayPal Commerce Platform for Platforms & Marketplaces."
    ),
    "SHIPPING_ADDRESS_INVALID": "Provided shipping address is invalid.",
    "SHIPPING_OPTIONS_NOT_SUPPORTED": (
        "Shipping options are not supported when 'application_context.shipping_preference' is set as 'NO_SHIPPING' or "
        "'SET_PROVIDED_ADDRESS'."
    ),
    "SHIPPING_OPTION_NOT_SELECTED": "At least one of the shipping.option should be set to 'selected = true'.",
    "SHIPPING_TYPE_NOT_SUPPORTED_FOR_CLIENT": (
        "The API Caller account is not setup to be able to support a `shipping.type`=`PICKUP_IN_PERSON`. This feature "
        'is only supported for <a href="https://www.paypal.com/us/business/platforms-and-marketplaces">PayPal '
        "Commerce Platform for Platforms and Marketplaces</a>."
    ),
    "TRACKER_ID_NOT_FOUND": "Specified tracker ID does not exist. Check the tracker ID and try again.",
    "UNSUPPORTED_PATCH_PARAMETER_VALUE": "The value specified for this field is not currently supported.",
    "UNSUPPORTED_PAYMENT_INSTRUCTION": (
        "You must provide the payment instruction when you capture an authorized payment for `intent=AUTHORIZE`. For "
        'details, see <a href="/docs/api/payments/v2/#authorizations_capture">Capture authorization</a>. For '
        "`intent=CAPTURE`, send the payment instruction when you create the order."
    ),
    "UNSUPPORTED_SHIPPING_TYPE": (
        "The provided `shipping.type` is only supported for "
        "`application_context.shipping_preference`=`SET_PROVIDED_ADDRESS` or `NO_SHIPPING`."
    ),
}
"""Issue to description."""
