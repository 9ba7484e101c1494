"""What payouts say when something is wrong, and the values with which PayPal's sandbox is told to let it go wrong.

(developer.paypal.com, Payouts, Test and go live, read in 2026: the test values; Review error and reason codes: statuses
and what an item's error means; answers recorded with PayPal-node-SDK in 2014 and 2015: the words marked so. The other
words are ours, and so is the status of an error that the documents give without one.)
"""

from __future__ import annotations

from typing import Final

LINK: Final = "https://developer.paypal.com/docs/api/payments.payouts-batch/v1/#errors"

REFUSALS: Final[dict[str, tuple[int, str]]] = {
    "AUTHORIZATION_ERROR": (403, "Authorization error occurred"),
    "BATCH_NOT_COMPLETED": (400, "Batch is not completed."),
    "CIP_NOT_VERIFIED": (403, "Authorization error occurred"),
    "INSUFFICIENT_FUNDS": (422, "Sender does not have sufficient funds. Please add funds and retry."),
    "INTERNAL_ERROR": (500, "An internal service error has occurred."),
    "INVALID_RESOURCE_ID": (404, "Requested resource ID was not found."),
    "ITEM_ALREADY_CANCELLED": (400, "Requested item is already cancelled."),  # recorded
    "ITEM_CANCELLATION_FAILED": (400, "Item cancellation failed."),
    "ITEM_INCORRECT_STATUS": (400, "Only items in Unclaimed status can be cancelled."),  # recorded
    "NON_HOLDING_CURRENCY": (400, "The account holds no balance in this currency."),
    "PREVIOUS_REQUEST_IN_PROGRESS": (409, "A previous request on this resource is currently in progress."),
    "RATE_LIMIT_VALIDATION": (429, "The request was blocked after too many failed attempts."),
    "REQUEST_TIMEOUT_EXCEEDED": (504, "The request was not processed within the time limit."),
    "REQUIRED_SCOPE_MISSING": (403, "Access token does not have required scope."),
    "SENDER_EMAIL_UNCONFIRMED": (403, "Authorization error occurred"),  # documented
    "SENDER_LOCKED": (403, "Authorization error occurred"),
    "SENDER_RESTRICTED": (403, "Authorization error occurred"),
    "SYNC_MODE_NOT_APPLICABLE": (400, "Sync mode is not applicable to this request."),
    "USER_BUSINESS_ERROR": (400, "User business error."),  # recorded
    "VALIDATION_ERROR": (400, "Invalid request - see details"),  # recorded
}
"""Error to status and message."""

CREATE_NOTES: Final = {
    "ERRPYO001": "SENDER_RESTRICTED",
    "ERRPYO002": "SENDER_EMAIL_UNCONFIRMED",
    "ERRPYO003": "AUTHORIZATION_ERROR",
    "ERRPYO005": "INSUFFICIENT_FUNDS",
    "ERRPYO006": "INTERNAL_ERROR",
    "ERRPYO010": "VALIDATION_ERROR",
    "ERRPYO011": "REQUIRED_SCOPE_MISSING",
    "ERRPYO012": "SENDER_LOCKED",
    "ERRPYO014": "USER_BUSINESS_ERROR",
    "ERRPYO035": "RATE_LIMIT_VALIDATION",
    "ERRPYO036": "REQUEST_TIMEOUT_EXCEEDED",
    "ERRPYO037": "SYNC_MODE_NOT_APPLICABLE",
    "ERRPYO038": "NON_HOLDING_CURRENCY",
    "ERRPYO039": "PREVIOUS_REQUEST_IN_PROGRESS",
    "ERRPYO040": "CIP_NOT_VERIFIED",
}
"""Note of the first item to how the whole batch is refused."""
CANCEL_IDS: Final = {
    "ERRPOI001": "INVALID_RESOURCE_ID",
    "ERRPYO004": "BATCH_NOT_COMPLETED",
    "ERRPYO007": "ITEM_ALREADY_CANCELLED",
    "ERRPYO008": "ITEM_CANCELLATION_FAILED",
    "ERRPYO009": "ITEM_INCORRECT_STATUS",
}
"""Id of an item to how its cancellation is refused."""

ITEM_ERRORS: Final = {
    "ERRPYO015": "CLOSED_MARKET",
    "ERRPYO016": "CURRENCY_COMPLIANCE",
    "ERRPYO017": "CURRENCY_NOT_SUPPORTED_FOR_RECEIVER",
    "ERRPYO018": "DUPLICATE_ITEM",
    "ERRPYO019": "RECEIVER_ACCOUNT_LOCKED",
    "ERRPYO020": "RECEIVER_COUNTRY_NOT_ALLOWED",
    "ERRPYO021": "RECEIVER_UNCONFIRMED",
    "ERRPYO022": "RECEIVER_UNREGISTERED",
    "ERRPYO023": "RECEIVER_YOUTH_ACCOUNT",
    "ERRPYO024": "RECEIVING_LIMIT_EXCEEDED",
    "ERRPYO025": "REGULATORY_BLOCKED",
    "ERRPYO026": "REGULATORY_PENDING",
    "ERRPYO027": "RISK_DECLINE",
    "ERRPYO028": "SELF_PAY_NOT_ALLOWED",
    "ERRPYO029": "TRANSACTION_LIMIT_EXCEEDED",
    "ERRPYO030": "UNDEFINED",
    "ERRPYO031": "ZERO_AMOUNT",
    "ERRPYO034": "INVALID_EMAIL",
    "ERRPYO060": "RECEIVER_ACCOUNT_LIMITATION",
    "ERRPYOB005": "ACCOUNT_RESTRICTED",
    "ERRPYOB006": "ACCOUNT_UNCONFIRMED_EMAIL",
    "ERRPYOB007": "APPROVER_DENIED",
    "ERRPYOB008": "GAMER_FAILED_COUNTRY_OF_RESIDENCE_CHECK",
    "ERRPYOB009": "GAMER_FAILED_FUNDING_SOURCE_CHECK",
    "ERRPYOB010": "GAMING_INVALID_PAYMENT_FLOW",
    "ERRPYOB011": "NON_HOLDING_CURRENCY",
    "ERRPYOB012": "PENDING_RECIPIENT_NON_HOLDING_CURRENCY_PAYMENT_PREFERENCE",
    "ERRPYOB013": "SENDER_STATE_RESTRICTED",
    "ERRPYOB014": "SPENDING_LIMIT_EXCEEDED",
    "ERRPYOB015": "TRANSACTION_DECLINED_BY_TRAVEL_RULE",
}
"""Test value to what goes wrong with one item while its batch succeeds.

PayPal takes these as the id of a batch to show; here they do it as the note of any item too.
"""
BATCH_IDS: Final = {
    "POSPYO002": "SUCCESS", "ERRPYOB001": "SUCCESS", "ERRPYOB002": "PENDING", "ERRPYOB003": "PROCESSING",
    "ERRPYOB004": "DENIED",
}  # fmt: skip
"""Id of a batch to the status in which one is made up."""
ITEM_IDS: Final[dict[str, str | None]] = {
    "POSPOI001": None,
    "POSPOI002": None,
    "ERRPYO041": "CLOSED_MARKET",
    "ERRPYO042": "CURRENCY_COMPLIANCE",
    "ERRPYO043": "CURRENCY_NOT_SUPPORTED_FOR_RECEIVER",
    "ERRPYO044": "RECEIVER_ACCOUNT_LOCKED",
    "ERRPYO045": "RECEIVER_COUNTRY_NOT_ALLOWED",
    "ERRPYO046": "RECEIVER_UNCONFIRMED",
    "ERRPYO047": "RECEIVER_UNREGISTERED",
    "ERRPYO048": "RECEIVER_YOUTH_ACCOUNT",
    "ERRPYO049": "RECEIVING_LIMIT_EXCEEDED",
    "ERRPYO050": "REGULATORY_BLOCKED",
    "ERRPYO051": "REGULATORY_PENDING",
    "ERRPYO052": "RISK_DECLINE",
    "ERRPYO053": "SELF_PAY_NOT_ALLOWED",
    "ERRPYO054": "TRANSACTION_LIMIT_EXCEEDED",
    "ERRPYO055": "UNDEFINED",
    "ERRPYO056": "ZERO_AMOUNT",
    "ERRPYO059": "INVALID_EMAIL",
    "ERRPYO061": "RECEIVER_ACCOUNT_LIMITATION",
}
"""Id of an item to the error with which one is made up."""
_UNCLAIMED: Final = frozenset({"RECEIVER_UNREGISTERED", "RECEIVER_UNCONFIRMED"})
_HELD: Final = frozenset({
    "REGULATORY_PENDING", "PENDING_RECIPIENT_NON_HOLDING_CURRENCY_PAYMENT_PREFERENCE", "RECEIVER_ACCOUNT_LIMITATION",
})  # fmt: skip
_BLOCKED: Final = frozenset({"REGULATORY_BLOCKED", "TRANSACTION_DECLINED_BY_TRAVEL_RULE"})
_SAID: Final = {
    "CLOSED_MARKET": "Market closed and transaction is between 2 different countries",  # documented
    "RECEIVER_UNREGISTERED": "Receiver is unregistered",  # recorded
}


def ends(error: str | None) -> str:
    """Return the status in which an item with this error ends, SUCCESS without one.

    >>> ends(None), ends("RECEIVER_UNREGISTERED"), ends("RISK_DECLINE")
    ('SUCCESS', 'UNCLAIMED', 'FAILED')
    """
    if error is None:
        return "SUCCESS"
    for status, errors in (("UNCLAIMED", _UNCLAIMED), ("ONHOLD", _HELD), ("BLOCKED", _BLOCKED)):
        if error in errors:
            return status
    return "FAILED"


def said(error: str) -> str:
    """Return an item's error in words.

    >>> said("RECEIVER_UNREGISTERED"), said("RISK_DECLINE")
    ('Receiver is unregistered', 'Risk decline')
    """
    return _SAID.get(error) or error.replace("_", " ").capitalize()
