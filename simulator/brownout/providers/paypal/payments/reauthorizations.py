"""`paypal.authorizations.reauthorize`: another authorization of the same money, honored for three days more.

It is for money of a PayPal account, from the fourth day to the 29th, up to 115 % of the first amount and no more than
75 dollars beyond it; captures are then made on the new id. (PayPal REST API specifications, Payments v2,
`authorizations.reauthorize`; developer.paypal.com, Authorization and honor period, and the error
REAUTHORIZATION_TOO_SOON; read 2026-11-23. Pages disagree on how often: here it can be done again once the last one's
days of honor are over.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from brownout.core.exchange import Answer
from brownout.providers.paypal.amounts import Money
from brownout.providers.paypal.errors import ON, find, refusal
from brownout.providers.paypal.ids import free_id
from brownout.providers.paypal.mocks import operation
from brownout.providers.paypal.payments.authorizations import HONOR_SECONDS, root_of, shown_authorization, tell
from brownout.providers.paypal.payments.captures import DATES, post_payment
from brownout.providers.paypal.reader import Place, Reader
from brownout.providers.paypal.tokens import PAY_SCOPE
from brownout.providers.paypal.wire import PAYMENTS_TTL_SECONDS, minimal_payment, wants_all

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.idempotency import Stored
    from brownout.core.operation import Call

_ON: Final = ON["paypal.authorizations.reauthorize"]
_MOST_PERCENT: Final = 115
_MOST_DOLLARS_MINOR: Final = 7_500


def _reauthorize(call: Call) -> Answer:
    root = find(call, _ON, "authorization")
    _check(call, root)
    amount = _amount(call, root)
    again = call.create(
        "authorization",
        {
            **root,
            "id": free_id(call, "authorization"),
            "root": root["id"],
            "amount_minor": amount.minor,
            "honored_until": min(call.now + HONOR_SECONDS, root["until"]),
            "created": call.now,
            "updated": call.now,
        },
    )
    difference = amount.minor - root["held_minor"]
    post_payment(call, "authorize" if difference > 0 else "release", again, abs(difference))
    root.update(
        amount_minor=amount.minor,
        held_minor=amount.minor,
        honored_until=again["honored_until"],
        updated=call.now,
    )
    order = call.table("order").get(root["order"])
    if order is not None:
        order["units"][root["unit"]]["authorizations"].append(again["id"])
    tell(call, again, "CREATED")
    return _answer(call, again, 201)


def _check(call: Call, root: Mapping[str, Any]) -> None:
    """Refuse what can't be authorized again, or not yet."""
    if root["root"] is not None or root["processor"] is not None:
        raise refusal(call, _ON, "REAUTHORIZATION_NOT_SUPPORTED")
    issue = {"VOIDED": "AUTHORIZATION_VOIDED", "CAPTURED": "AUTHORIZATION_ALREADY_CAPTURED",
             "PARTIALLY_CAPTURED": "AUTHORIZATION_ALREADY_CAPTURED"}.get(root["status"])  # fmt: skip
    if issue is not None:
        raise refusal(call, _ON, "AUTHORIZATION_EXPIRED" if root["expired"] else issue)
    if call.now <= root["honored_until"]:
        raise refusal(call, _ON, "REAUTHORIZATION_TOO_SOON")


def _amount(call: Call, root: Mapping[str, Any]) -> Money:
    """Return how much to authorize: what is asked for, else what was the last time."""
    if call.params.get("amount") is None:
        return Money(root["amount_minor"], root["currency"])
    reader = Reader(call, _ON)
    amount = reader.money(call.params["amount"], Place("/amount", "/amount"))
    if amount.currency != root["currency"]:
        raise reader.refused("AUTH_CURRENCY_MISMATCH", "/amount/currency_code", amount.currency)
    first = root["first_minor"]
    more = amount.minor - first
    if amount.minor * 100 > first * _MOST_PERCENT or (amount.currency == "USD" and more > _MOST_DOLLARS_MINOR):
        raise reader.refused("AUTHORIZATION_AMOUNT_EXCEEDED", "/amount/value", amount.shown()["value"])
    return amount


def _answer(call: Call, authorization: dict[str, Any], status: int) -> Answer:
    if wants_all(call):
        return Answer(status, shown_authorization(call, authorization))
    shown = {**authorization, "status": root_of(call, authorization)["status"]}
    return Answer(status, minimal_payment(call, "authorization", shown))


def _again(call: Call, stored: Stored) -> Answer:
    return _answer(call, call.table("authorization").get(orjson.loads(stored.body)["id"]) or {}, 200)


OPERATIONS: Final = (
    operation(
        "paypal.authorizations.reauthorize", _reauthorize, method="POST",
        path="/v2/payments/authorizations/{id}/reauthorize", effect="write", object_type="authorization",
        id_param="id", scopes=frozenset({PAY_SCOPE}), idempotent=True, again=_again, key_binds_params=False,
        idempotency_ttl_seconds=PAYMENTS_TTL_SECONDS, money=("amount.value",), dates=(*DATES, "expiration_time"),
        enums=("status",),
    ),
)  # fmt: skip
