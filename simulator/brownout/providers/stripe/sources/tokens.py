"""Tokens: cards, bank accounts and people's data on their way to a server that shouldn't see them.

(Stripe docs, API reference: Tokens; stripe-python 16.1's types; read 2026-11-24. How several objects in one request
are refused isn't documented: here so. What a `cvc_update`, an account, a person or `pii` token holds is kept and
never shown.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.providers.stripe.errors import CARD, refusal
from brownout.providers.stripe.ids import alone
from brownout.providers.stripe.params import Shape, group, opaque, text
from brownout.providers.stripe.resource import NOW, Resource, fixed
from brownout.providers.stripe.sources import objects

if TYPE_CHECKING:
    from brownout.core.exchange import Answer
    from brownout.core.operation import Call

_PREFIXES: Final = {
    "account": "ct", "bank_account": "btok", "card": "tok", "cvc_update": "cvctok", "person": "cpt", "pii": "pii",
}  # fmt: skip
_CVC: Final = group(Shape(("cvc",), cvc=text(unset=False)), unset=False)
_PII: Final = group(Shape(id_number=text(unset=False), personal_id_number=text(unset=False)), unset=False)


def _prepare(call: Call, token: dict[str, Any], given: dict[str, Any]) -> None:
    """See what the token is made of."""
    kinds = [name for name in _PREFIXES if name in given]
    if len(kinds) != 1:
        listed = ", ".join(_PREFIXES)
        told = (
            "You must supply either a card, customer, PII data, bank account, or account legal entity to create a "
            "token."
        )
        if kinds:
            told = f"You may only specify one of these parameters: {listed}."
        raise refusal(call, told, param=kinds[1] if kinds else None)
    kind = kinds[0]
    holds = given[kind]
    if kind == "card":
        holds = group(objects.CARD, unset=False)(call, "card", holds)
        token["card"] = _shown(objects.card(call, holds, "card"))
    elif kind == "bank_account":
        holds = group(objects.BANK, unset=False)(call, "bank_account", holds)
        token["bank_account"] = _shown(objects.bank_account(call, holds, "bank_account"))
    elif kind == "cvc_update" and not (holds["cvc"].isdecimal() and len(holds["cvc"]) in (3, 4)):
        message = "Your card's security code is invalid."
        raise refusal(call, message, status=402, type=CARD, code="invalid_cvc", param="cvc", executed=True)
    token["id"] = alone(call, _PREFIXES[kind], call.table("token"))
    token["type"] = kind
    call.table("token_holds").put({"id": token["id"], "given": holds})


def _shown(source: objects.Source) -> dict[str, Any]:
    """Return a source as its token shows it: it belongs to nobody."""
    return {name: one for name, one in source.value.items() if name not in ("customer", "allow_redisplay")}


def _done(call: Call, token: dict[str, Any], given: dict[str, Any]) -> Answer | None:
    """Leave out what a token of its type doesn't have."""
    for name in ("card", "bank_account"):
        if token[name] is None:
            del token[name]
    return None


TOKENS: Final = Resource(
    object_type="token",
    path="/v1/tokens",
    prefix="tok",
    path_param="token",
    fields={
        "bank_account": fixed(),
        "card": fixed(),
        "client_ip": fixed(),
        "created": NOW,
        "livemode": fixed(value=False),
        "type": fixed("card", kind="enum"),
        "used": fixed(value=False),
    },
    verbs=("create", "retrieve"),
    create_too={
        "account": opaque, "bank_account": opaque, "card": opaque, "customer": text(unset=False), "cvc_update": _CVC,
        "person": opaque, "pii": _PII,
    },
    prepare=_prepare,
    done=_done,
)  # fmt: skip
OPERATIONS: Final = TOKENS.operations()
