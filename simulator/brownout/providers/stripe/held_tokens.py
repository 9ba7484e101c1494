"""What tokens stand for, and that each is used once.

The test tokens of Stripe's docs stand for the same thing however often they are used; see `cards.BY_TOKEN` and `BANKS`.
(Stripe docs, API reference: Tokens, and Testing; public error logs; read 2026-11-24.)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from brownout.providers.stripe.cards import BY_TOKEN
from brownout.providers.stripe.errors import refusal

if TYPE_CHECKING:
    from brownout.core.errors import Refused
    from brownout.core.operation import Call

ROUTING: Final = "110000000"
NUMBER: Final = "000123456789"
"""The account number of the test bank account that works."""
BANKS: Final = {
    "btok_us": NUMBER, "btok_us_verified": NUMBER, "btok_us_noAccount": "000111111116",
    "btok_us_accountClosed": "000111111113", "btok_us_insufficientFunds": "000222222227",
    "btok_us_debitNotAuthorized": "000333333335", "btok_us_invalidCurrency": "000444444440",
}  # fmt: skip
"""Test tokens of bank accounts, by the number each stands for."""
_DRAWN: Final = re.compile(r"[a-z]+_1[A-Za-z0-9]{23}")
_PARTS: Final = frozenset(name.removeprefix("tok_").partition("_")[0] for name in BY_TOKEN)


def no_such(call: Call, token: str, param: str) -> Refused:
    """Return the refusal of a token that nobody made; it names the part of a test token's name that is wrong."""
    message = f"No such token: '{token}'"
    part = token.removeprefix("tok_").partition("_")[0]
    if token.startswith("tok_") and part and part not in _PARTS and _DRAWN.fullmatch(token) is None:
        message += f"; There is a part of the token that is not valid: '{part}'."
    return refusal(call, message, code="resource_missing", param=param)


def stands_for(call: Call, token: str, kind: str, param: str) -> dict[str, Any]:
    """Return the parameters that a token of this kind was made with; refuse one that was used, or is none."""
    if token in BANKS and kind == "bank_account":
        return {"account_number": BANKS[token], "routing_number": ROUTING, "country": "US", "currency": "usd"}
    found = call.table("token").get(token)
    beside = call.table("token_holds").get(token)
    if found is None or beside is None:
        raise no_such(call, token, param)
    if found["type"] != kind:
        message = f"The token {token} is a {found['type']} token, where a {kind} token is needed."
        raise refusal(call, message, param=param)
    if found["used"]:
        message = f"You cannot use a Stripe token more than once: {token}."
        raise refusal(call, message, code="token_already_used", param=param)
    given: dict[str, Any] = beside["given"]
    return given


def holder(call: Call, token: str) -> Call:
    """Return the call as of the account that made a token: a platform makes those of what others are paid out to."""
    for (provider, account, kind), table in call.world.tables.items():
        if provider == call.provider and kind == "token" and table.get(token) is not None:
            return call if account == call.account else call.within(account)
    return call


def use(call: Call, token: str | None) -> None:
    """Mark a token as used, if it is one that can be used up."""
    found = call.table("token").get(token) if token is not None else None
    if found is not None:
        found["used"] = True
