"""Accounts: one's own, and those that a platform has made.

What is asked of an account before it may do anything is in `standing.py`. (Stripe docs, API reference: Accounts, and
Connect: Design an integration; stripe-python 16.1's types and params; read 2026-11-24. That accounts come without
events of their creation is as documented.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.exchange import Answer
from brownout.core.operation import Operation
from brownout.providers.stripe import platforms
from brownout.providers.stripe.connect import blank, capabilities, external_accounts, persons
from brownout.providers.stripe.connect.account_params import CREATE, UPDATE
from brownout.providers.stripe.connect.standing import review, standing
from brownout.providers.stripe.connect.whose import changing, own, target
from brownout.providers.stripe.errors import refusal
from brownout.providers.stripe.expand import LINKS, shown, tree_of
from brownout.providers.stripe.lists import LISTING, list_shape, page
from brownout.providers.stripe.params import EXPAND, Shape, check, merged, moments, one_of

if TYPE_CHECKING:
    from brownout.core.operation import Call

__all__ = ["OPERATIONS", "new_account_id", "own"]
_PLAIN: Final = ("business_type", "default_currency", "email")
_GROUPS: Final = ("business_profile", "settings", "tos_acceptance")
_DONE: Final = Shape(expand=EXPAND)
_REJECT: Final = Shape(
    ("reason",), expand=EXPAND, payouts_action=one_of("none", "pause"),
    reason=one_of("credit", "fraud", "fraud_no_intent_to_fulfill", "fraud_other", "fraud_payment_method_casher",
                  "fraud_payment_method_tester", "other", "terms_of_service"),
)  # fmt: skip
_LIST: Final = list_shape(created=moments)
LINKS["account"] = {}
LINKS["person"] = {}
_DOLLARS: Final = {"AU": "aud", "BR": "brl", "CA": "cad", "CH": "chf", "DK": "dkk", "GB": "gbp", "HK": "hkd",
                   "IN": "inr", "JP": "jpy", "MX": "mxn", "NO": "nok", "NZ": "nzd", "PL": "pln", "SE": "sek",
                   "SG": "sgd", "US": "usd"}  # fmt: skip
"""The currency of an account, by its country; the euro elsewhere."""


def new_account_id(call: Call) -> str:
    """Return a free id; its last ten letters are in the ids of all that the account will have."""
    while True:
        made = f"acct_1{call.draw_text('account', 15)}"
        if call.within(made).table("own_account").get(made) is None:
            return made


def _create(call: Call) -> Answer:
    given = check(call, CREATE)
    tree = tree_of(call, given, "account")
    if "type" in given and "controller" in given:
        raise refusal(call, "You may not provide both `type` and `controller`: choose one of them.", param="type")
    kind = given.get("type", "none" if "controller" in given else "standard")
    account_id = new_account_id(call)
    inner = call.within(account_id)
    value = blank.account(inner, account_id)
    country = given.get("country", own(call)["country"])
    value |= {
        "controller": _controller(kind, given.get("controller") or {}),
        "country": country,
        "default_currency": _DOLLARS.get(country, "eur"),
        "type": kind,
    }
    _refuse(call, value, given)
    payee = _payee(inner, given)

    inner.table("own_account").put(value)
    call.create("account", value)
    platforms.connect(call.world, call.account, account_id, by="create")
    _put(inner, value, given, payee)
    review(inner, value)
    return shown(call, value, tree)


def _controller(kind: str, given: dict[str, Any]) -> dict[str, Any]:
    if kind != "none":
        return blank.controller(*blank.CONTROLLERS[kind])
    fees, losses, collection, dashboard = blank.CONTROLLERS["standard"]
    dashboard = given.get("stripe_dashboard", {}).get("type", dashboard)
    collection = given.get("requirement_collection", collection)
    fees = given.get("fees", {}).get("payer", fees)
    return blank.controller(fees, given.get("losses", {}).get("payments", losses), collection, dashboard)


def _refuse(call: Call, value: dict[str, Any], given: dict[str, Any]) -> None:
    """Refuse what a platform can't say of such an account."""
    if given.get("tos_acceptance") and value["controller"].get("requirement_collection") == "stripe":
        accepted = {name for name in given["tos_acceptance"] if name != "service_agreement"}
        if accepted:
            message = "You cannot accept the Terms of Service on behalf of Standard and Express connected accounts."
            raise refusal(call, message, param="tos_acceptance")
    kind = given.get("business_type", value["business_type"])
    if "individual" in given and kind not in (None, "individual"):
        message = f"Parameter `individual` cannot be provided with a `business_type` of {kind}."
        raise refusal(call, message, param="individual")
    if "company" in given and kind == "individual":
        message = "Parameter `company` cannot be provided with a `business_type` of individual."
        raise refusal(call, message, param="company")


def _payee(inner: Call, given: dict[str, Any]) -> dict[str, Any] | None:
    """Return the external account that a call brings with it, None if there is none."""
    asked = given.get("external_account")
    return None if asked in (None, "") else external_accounts.read(inner, asked, "external_account")


def _put(inner: Call, value: dict[str, Any], given: dict[str, Any], payee: dict[str, Any] | None) -> None:
    """Put what is given into an account that is kept; `inner` acts for it."""
    for name in _PLAIN:
        if name in given:
            value[name] = given[name]
    for name in _GROUPS:
        if name in given:
            value[name] = persons.deep(value[name], given[name])
    if "metadata" in given:
        value["metadata"] = merged(inner, value["metadata"], given["metadata"])
    if "company" in given:
        put_company(inner, value, given["company"])
    if "individual" in given:
        put_individual(inner, value, given["individual"])
    if payee is not None:
        external_accounts.add(inner, value, payee, default=True)
    capabilities.request(inner, value, given.get("capabilities", {}))


def put_company(inner: Call, value: dict[str, Any], given: dict[str, Any]) -> None:
    """Put what is given of an account's company; `inner` acts for the account."""
    shown_of = {name: one for name, one in given.items() if name not in ("tax_id", "vat_id", "registration_number")}
    company = persons.deep(value.get("company") or blank.company(), shown_of)
    for name in ("tax_id", "vat_id"):
        if name in given:
            company[f"{name}_provided"] = given[name] is not None
    value["company"] = company
    persons.tell_numbers(inner, value, given)


def put_individual(inner: Call, value: dict[str, Any], given: dict[str, Any]) -> None:
    """Put what is given of an account's only person; `inner` acts for the account."""
    if value.get("individual") is None:
        value["individual"] = persons.new(inner, given)
        value["individual"]["relationship"]["representative"] = True
    else:
        persons.put(inner, value["individual"], given)
    persons.tell_numbers(inner, value, given)


def _retrieve(call: Call) -> Answer:
    tree = tree_of(call, check(call, _DONE), "account")
    inner, value = target(call)
    return shown(inner, value, tree)


def _current(call: Call) -> Answer:
    tree = tree_of(call, check(call, _DONE), "account")
    return shown(call, own(call), tree)


def _update(call: Call) -> Answer:
    given = check(call, UPDATE)
    tree = tree_of(call, given, "account")
    inner, value = target(call)
    if inner is call and value["controller"]["type"] == "account":
        message = "You cannot update your own account by API: use the Dashboard."
        raise refusal(call, message, status=403, executed=True)
    _refuse(call, value, given)
    payee = _payee(inner, given)
    with changing(inner, value):
        _put(inner, value, given, payee)
    return shown(inner, value, tree)


def _delete(call: Call) -> Answer:
    check(call, Shape())
    inner, value = target(call)
    if inner is call or value["controller"]["type"] == "account":
        message = "You cannot delete an account that you don't control. Only accounts that you created can be deleted."
        raise refusal(call, message, status=403, executed=True)
    platforms.disconnect(call.world, call.account, value["id"])
    call.table("account").remove(value["id"])
    return Answer(200, {"id": value["id"], "object": "account", "deleted": True})


def _reject(call: Call) -> Answer:
    given = check(call, _REJECT)
    return _judge(call, given, given["reason"])


def _unreject(call: Call) -> Answer:
    return _judge(call, check(call, _DONE), None)


def _judge(call: Call, given: dict[str, Any], reason: str | None) -> Answer:
    tree = tree_of(call, given, "account")
    inner, value = target(call)
    if inner is call or value["controller"]["type"] == "account":
        raise refusal(call, "You may only reject accounts that your platform controls.", status=403, executed=True)
    with changing(inner, value):
        standing(inner, value)["rejected"] = None if reason is None else _word(reason)
    return shown(inner, value, tree)


def _word(reason: str) -> str:
    """Return what `disabled_reason` says after `rejected.`, by the platform's reason."""
    if reason == "terms_of_service":
        return "platform_terms_of_service"
    return "platform_fraud" if reason.startswith("fraud") else "platform_other"


def _list(call: Call) -> Answer:
    return page(call, _LIST, "account", "/v1/accounts")


_DATES: Final = ("created",)
_ENUMS: Final = ("type", "business_type", "requirements.disabled_reason")
_ONE: Final = "/v1/accounts/{account}"
OPERATIONS: Final = (
    Operation(
        name="stripe.accounts.create", method="POST", path="/v1/accounts", run=_create, effect="write",
        object_type="account", idempotent=True, dates=_DATES, enums=_ENUMS,
    ),
    Operation(
        name="stripe.accounts.retrieve", method="GET", path=_ONE, run=_retrieve, object_type="account",
        id_param="account", dates=_DATES, enums=_ENUMS,
    ),
    Operation(
        name="stripe.accounts.retrieve_current", method="GET", path="/v1/account", run=_current,
        object_type="account", dates=_DATES, enums=_ENUMS,
    ),
    Operation(
        name="stripe.accounts.update", method="POST", path=_ONE, run=_update, effect="write", object_type="account",
        id_param="account", idempotent=True, dates=_DATES, enums=_ENUMS,
    ),
    Operation(
        name="stripe.accounts.delete", method="DELETE", path=_ONE, run=_delete, effect="write",
        object_type="account", id_param="account",
    ),
    Operation(
        name="stripe.accounts.reject", method="POST", path=f"{_ONE}/reject", run=_reject, effect="write",
        object_type="account", id_param="account", idempotent=True, dates=_DATES, enums=_ENUMS,
    ),
    Operation(
        name="stripe.accounts.unreject", method="POST", path=f"{_ONE}/unreject", run=_unreject, effect="write",
        object_type="account", id_param="account", idempotent=True, dates=_DATES, enums=_ENUMS,
    ),
    Operation(
        name="stripe.accounts.list", method="GET", path="/v1/accounts", run=_list, object_type="account",
        listing=LISTING, dates=("data.created",), enums=tuple(f"data.{one}" for one in _ENUMS),
    ),
)  # fmt: skip
