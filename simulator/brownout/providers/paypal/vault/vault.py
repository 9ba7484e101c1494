"""`paypal.setup_tokens.*` and `paypal.payment_tokens.*`: payment methods saved for later.

A setup token is approved by the payer and then exchanged for a payment token, once and within three days. (PayPal REST
API specifications, Payment Method Tokens v3, version 3.1, request ids kept 3 hours; developer.paypal.com, Save payment
methods; read 2026-11-23. What a second exchange is answered isn't documented.)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import orjson

from brownout.core.exchange import Answer
from brownout.core.operation import Listing, Operation
from brownout.providers.paypal.errors import refusal
from brownout.providers.paypal.ids import free_id
from brownout.providers.paypal.links import link
from brownout.providers.paypal.reader import Place, Reader
from brownout.providers.paypal.tokens import VAULT_READ_SCOPE, VAULT_SCOPE
from brownout.providers.paypal.vault.vault_shape import (
    SETUP_PATH,
    TOKENS_PATH,
    read_customer,
    read_method,
    shown_setup,
    shown_token,
)
from brownout.providers.paypal.vault.vault_words import ON
from brownout.providers.paypal.webhooks.webhook_events import emit

if TYPE_CHECKING:
    from brownout.core.idempotency import Stored
    from brownout.core.operation import Call

TTL_SECONDS: Final = 3 * 3600.0
_LIFE_SECONDS: Final = 3 * 86_400
_TOKEN_TYPES: Final = ("SETUP_TOKEN", "BILLING_AGREEMENT")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,8}")
_PAGE_SIZE: Final = 5


def _create_setup(call: Call) -> Answer:
    reader = Reader(call, ON)
    customer, method = read_customer(reader, call.params), read_method(call, reader, call.params)
    setup = call.create("setup_token", {
        "id": free_id(call, "setup_token"),
        "status": method.pop("begins"),
        "customer": {"id": call.draw_text("customer", 10)} | customer,
        "created": call.now,
        **method,
    })  # fmt: skip
    return Answer(201, shown_setup(call, setup))


def _setup(call: Call, setup_id: str, **pointed: Any) -> dict[str, Any]:
    found = call.table("setup_token").get(setup_id)
    if found is None:
        raise refusal(call, ON, "INVALID_RESOURCE_ID", value=setup_id, **pointed)
    return found


def _retrieve_setup(call: Call) -> Answer:
    return Answer(200, shown_setup(call, _setup(call, call.path["id"], field="id", location="path")))


def _create_token(call: Call) -> Answer:
    reader = Reader(call, ON)
    source = reader.mapping(call.params, "payment_source", Place()) or {}
    reference = reader.mapping(source, "token", Place("/payment_source"))
    customer = read_customer(reader, call.params)
    if reference is None:
        method = read_method(call, reader, call.params)
        if method["kind"] != "card" or method["begins"] != "APPROVED":
            raise reader.refused("PAYMENT_SOURCE_CANNOT_BE_USED", f"/payment_source/{method['kind']}")
        return _save(call, {"customer": {"id": call.draw_text("customer", 10)} | customer, **method})
    at = Place("/payment_source/token")
    token_id = reader.text(reference, "id", at, most=255, needed=True) or ""
    kind = reader.text(reference, "type", at, most=255, needed=True)
    if kind not in _TOKEN_TYPES:
        raise reader.refused("INVALID_PARAMETER_VALUE", "/payment_source/token/type", kind)
    setup = _setup(call, token_id, field="/payment_source/token/id")
    _check(call, setup)
    setup["status"] = "VAULTED"
    return _save(call, setup | {"customer": setup["customer"] | customer})


def _check(call: Call, setup: dict[str, Any]) -> None:
    """Refuse a setup token that can't be exchanged: expired, used, or not approved by anybody."""
    if call.now >= setup["created"] + _LIFE_SECONDS:
        raise refusal(call, ON, "SETUP_TOKEN_EXPIRED")
    if setup["status"] == "VAULTED":
        raise refusal(call, ON, "SETUP_TOKEN_ALREADY_VAULTED")
    by_itself = setup["status"] == "PAYER_ACTION_REQUIRED" and call.world.options(call.provider).approve == "auto"
    if setup["status"] != "APPROVED" and not by_itself:
        raise refusal(call, ON, "SETUP_TOKEN_NOT_APPROVED")


def _save(call: Call, method: dict[str, Any]) -> Answer:
    kept = {name: method[name] for name in ("customer", "kind", "shown")}
    token = call.create("payment_token", {"id": _free_token_id(call), **kept, "created": call.now})
    shown = shown_token(call, token)
    emit(call, "VAULT.PAYMENT-TOKEN.CREATED", shown)
    return Answer(201, shown)


def _free_token_id(call: Call) -> str:
    """Return an id of eight small letters and digits that no payment token has."""
    table = call.table("payment_token")
    while True:
        made = call.draw_text("payment_token", 8).lower()
        if table.get(made) is None:
            return made


def _token(call: Call) -> dict[str, Any]:
    found = call.table("payment_token").get(call.path["id"])
    if found is None:
        raise refusal(call, ON, "INVALID_RESOURCE_ID", field="id", value=call.path["id"], location="path")
    return found


def _retrieve_token(call: Call) -> Answer:
    return Answer(200, shown_token(call, _token(call)))


def _delete_token(call: Call) -> Answer:
    """Forget a payment method; one that isn't there is as good as forgotten."""
    token = call.table("payment_token").remove(call.path["id"])
    if token is not None:
        call.table("payment_token_gone").put({"id": token["id"]})  # so that nobody can pay with it any more
        emit(call, "VAULT.PAYMENT-TOKEN.DELETED", {"id": token["id"], "customer": token["customer"]})
    return Answer(204, b"")


def _list(call: Call) -> Answer:
    customer = call.params.get("customer_id")
    if not customer:
        raise refusal(call, ON, "MISSING_REQUIRED_PARAMETER", field="customer_id", location="query")
    page, size = _number(call, "page", 1), _number(call, "page_size", _PAGE_SIZE)
    found = [one for one in call.table("payment_token").newest_first() if one["customer"]["id"] == customer]
    pages = max(1, -(-len(found) // size))
    out: dict[str, Any] = {"customer": found[0]["customer"] if found else {"id": customer}}
    out["payment_tokens"] = [shown_token(call, one) for one in found[(page - 1) * size : page * size]]
    out["links"] = [_page(call, rel, number, size) for rel, number in _rels(page, pages).items()]
    if call.params.get("total_required") == "true":
        out = {"total_items": len(found), "total_pages": pages} | out
    return Answer(200, out)


def _rels(page: int, pages: int) -> dict[str, int]:
    rels = {"self": page, "first": 1, "last": pages}
    if page > 1:
        rels["prev"] = page - 1
    if page < pages:
        rels["next"] = page + 1
    return rels


def _page(call: Call, rel: str, page: int, size: int) -> dict[str, str]:
    query = urlencode({"customer_id": call.params["customer_id"], "page": page, "page_size": size})
    return link(call, f"{TOKENS_PATH}?{query}", rel)


def _number(call: Call, name: str, default: int) -> int:
    text = call.params.get(name)
    if text is None:
        return default
    if _NUMBER.fullmatch(text) is None:
        raise refusal(call, ON, "INVALID_PARAMETER_VALUE", field=name, value=text, location="query")
    return int(text)


def _again_setup(call: Call, stored: Stored) -> Answer:
    setup = call.table("setup_token").get(orjson.loads(stored.body)["id"])
    return Answer(200, stored.body) if setup is None else Answer(200, shown_setup(call, setup))


def _again_token(call: Call, stored: Stored) -> Answer:
    return Answer(200, stored.body)


_READ, _WRITE = frozenset({VAULT_READ_SCOPE}), frozenset({VAULT_SCOPE})
OPERATIONS: Final = (
    Operation(
        name="paypal.setup_tokens.create", method="POST", path=SETUP_PATH, run=_create_setup, effect="write",
        object_type="setup_token", scopes=_READ, idempotent=True, again=_again_setup,
        idempotency_ttl_seconds=TTL_SECONDS, enums=("status",),
    ),
    Operation(
        name="paypal.setup_tokens.retrieve", method="GET", path=f"{SETUP_PATH}/{{id}}", run=_retrieve_setup,
        object_type="setup_token", id_param="id", scopes=_READ, enums=("status",),
    ),
    Operation(
        name="paypal.payment_tokens.create", method="POST", path=TOKENS_PATH, run=_create_token, effect="write",
        object_type="payment_token", key_objects=("body.payment_source.token.id",), scopes=_WRITE, idempotent=True,
        again=_again_token, idempotency_ttl_seconds=TTL_SECONDS,
    ),
    Operation(
        name="paypal.payment_tokens.list", method="GET", path=TOKENS_PATH, run=_list, scopes=_WRITE,
        listing=Listing(items="payment_tokens", cursor="page", more="links"),
    ),
    Operation(
        name="paypal.payment_tokens.retrieve", method="GET", path=f"{TOKENS_PATH}/{{id}}", run=_retrieve_token,
        object_type="payment_token", id_param="id", scopes=_WRITE,
    ),
    Operation(
        name="paypal.payment_tokens.delete", method="DELETE", path=f"{TOKENS_PATH}/{{id}}", run=_delete_token,
        effect="write", object_type="payment_token", id_param="id", scopes=_WRITE,
    ),
)  # fmt: skip
