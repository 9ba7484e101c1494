"""Reads a batch of payouts: every mistake in it is told at once, and then nothing of it is paid.

(PayPal REST API specifications, Payouts v1, version 1.9: ranges; a sandbox answer in issue 7 of Payouts-Java-SDK: the
shape of its error and the words about receivers; sandbox answers of 2026 for recipient types. Other words are ours.)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from brownout.providers.paypal.amounts import CURRENCIES, VALUE, minor_units, places
from brownout.providers.paypal.errors_v1 import detail, refused
from brownout.providers.paypal.payouts.payout_words import LINK, REFUSALS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from brownout.core.errors import Refused
    from brownout.core.operation import Call

MOST_ITEMS: Final = 15_000
_RECEIVERS: Final = {
    "EMAIL": re.compile(r"[^@\s]{1,64}@[^@\s]{1,62}"),
    "PHONE": re.compile(r"\+?[0-9][0-9 .()-]{4,24}"),
    "PAYPAL_ID": re.compile(r"[0-9A-Z]{13}"),
}
_TEXTS: Final = {"note": 4000, "sender_item_id": 63, "recipient_wallet": 36, "purpose": 40}
_HEADER_TEXTS: Final = {"sender_batch_id": 256, "email_subject": 255, "email_message": 1000}
_MOST_WHOLE_DIGITS: Final = 12


def refusal(call: Call, error: str, *details: dict[str, str], links: Sequence[dict[str, str]] = ()) -> Refused:
    """Return the refusal of a call on payouts."""
    status, said = REFUSALS[error]
    return refused(call, status, error, said, details=details, links=links, information=LINK)


def read_header(call: Call) -> dict[str, str | None]:
    """Return what the sender says of the whole batch.

    Raises:
        Refused: if it isn't there, or a text is none or too long.
    """
    given = call.params.get("sender_batch_header")
    if not isinstance(given, dict):
        raise refusal(call, "VALIDATION_ERROR", detail("sender_batch_header", "Required field is missing"))
    wrong: list[dict[str, str]] = []
    header = {name: _text(given, name, most, "sender_batch_header", wrong) for name, most in _HEADER_TEXTS.items()}
    if wrong:
        raise refusal(call, "VALIDATION_ERROR", *wrong)
    return header


def read_items(call: Call) -> list[dict[str, Any]]:
    """Return the items, all of one currency.

    Raises:
        Refused: if there are none or too many, or any of them is wrong: all that is wrong is told.
    """
    given = call.params.get("items")
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_ITEMS:
        raise refusal(call, "VALIDATION_ERROR", detail("items", f"Must be a list of 1 to {MOST_ITEMS} items"))
    usual = call.params["sender_batch_header"].get("recipient_type")
    wrong: list[dict[str, str]] = []
    items = [_item(one, f"items[{number}]", usual, wrong) for number, one in enumerate(given)]
    if not wrong and len({item["currency"] for item in items}) > 1:
        wrong.append(detail("items", "All items must have the same currency"))
    if wrong:
        raise refusal(call, "VALIDATION_ERROR", *wrong[:100])
    return items


def _item(given: Any, at: str, usual: Any, wrong: list[dict[str, str]]) -> dict[str, Any]:
    if not isinstance(given, dict):
        wrong.append(detail(at, "Must be an object"))
        return {}
    kind = given.get("recipient_type") or usual
    receiver = given.get("receiver")
    pattern = _RECEIVERS.get(kind) if isinstance(kind, str) else None
    if pattern is None or not isinstance(receiver, str) or pattern.fullmatch(receiver) is None:
        wrong.append(detail(f"{at}.receiver", "Receiver is invalid or does not match with type"))
    minor, currency = _amount(given.get("amount"), f"{at}.amount", wrong)
    texts = {name: _text(given, name, most, at, wrong) for name, most in _TEXTS.items()}
    return {"recipient_type": kind, "receiver": receiver, "amount_minor": minor, "currency": currency, **texts}


def _amount(given: Any, at: str, wrong: list[dict[str, str]]) -> tuple[int, str]:
    """Return minor units and currency of `{currency, value}`; the value may be a number, as older clients send it."""
    amount: Mapping[str, Any] = given if isinstance(given, dict) else {}
    currency, value = amount.get("currency"), amount.get("value")
    text = str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
    whole, _, part = text.partition(".")
    if not isinstance(currency, str) or currency not in CURRENCIES:
        wrong.append(detail(f"{at}.currency", "Currency is invalid or not supported", currency))
    elif VALUE.fullmatch(text) is None or len(whole) > _MOST_WHOLE_DIGITS or len(part) > places(currency):
        wrong.append(detail(f"{at}.value", "Amount is invalid for this currency", value))
    elif text.startswith("-") or (minor := minor_units(whole, part, currency)) == 0:
        wrong.append(detail(f"{at}.value", "Amount must be greater than zero", value))
    else:
        return minor, currency
    return 0, ""


def _text(given: Mapping[str, Any], name: str, most: int, at: str, wrong: list[dict[str, str]]) -> str | None:
    value = given.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > most:
        wrong.append(detail(f"{at}.{name}", f"Must be a string of at most {most} characters", value))
        return None
    return value
