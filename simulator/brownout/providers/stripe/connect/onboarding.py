"""Account links, and the page behind one on which somebody tells who they are.

A person presses a button; a test posts `result` to the same address: `complete` tells all that is due with Stripe's
test values, `fail` what no verification passes, `leave` nothing. Either way the visitor is sent on to `return_url`; an
address that was used or is older than five minutes leads to `refresh_url`. (Stripe docs, API reference: Account Links,
Connect: Stripe-hosted onboarding; read 2026-11-24. That one expires "a few minutes after creation" is documented, five
is ours; Stripe counts a first visit as use already, here only an answer is.)
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

from brownout.core.exchange import Answer
from brownout.core.operation import Operation
from brownout.providers.stripe.connect import accounts, external_accounts, persons
from brownout.providers.stripe.connect.standing import due, owner
from brownout.providers.stripe.connect.whose import changing, target
from brownout.providers.stripe.errors import refusal
from brownout.providers.stripe.options import has_host
from brownout.providers.stripe.pages import buttons, html, no_such_result, of_any_account, pressed, sent_to
from brownout.providers.stripe.params import EXPAND, Shape, check, missing, one_of, opaque, text

if TYPE_CHECKING:
    from brownout.core.operation import Call

PATH: Final = "/setup/s/{link}"
EXPIRES_SECONDS: Final = 300
_RESULTS: Final = {
    "complete": "Tell everything, with test values",
    "fail": "Tell what can't be verified",
    "leave": "Leave without telling anything",
}
_CREATE: Final = Shape(
    ("account", "type"), account=text(unset=False), collect=one_of("currently_due", "eventually_due"),
    collection_options=opaque, expand=EXPAND, refresh_url=text(unset=False), return_url=text(unset=False),
    type=one_of("account_onboarding", "account_update"),
)  # fmt: skip
_PERSON: Final[dict[str, Any]] = {
    "address": {
        "city": "South San Francisco", "country": "US", "line1": "354 Oyster Point Blvd", "line2": None,
        "postal_code": "94080", "state": "CA",
    },
    "dob": {"day": 1, "month": 1, "year": 1901},
    "email": "jenny.rosen@example.com", "first_name": "Jenny", "last_name": "Rosen", "phone": "+10000000000",
    "ssn_last_4": "0000",
}  # fmt: skip
_STRANGER: Final = {"day": 31, "month": 12, "year": 1950}
"""A date of birth that no verification passes."""


def _create(call: Call) -> Answer:
    given = check(call, _CREATE)
    inner, account = target(call, given["account"])
    if account["controller"]["type"] == "account":
        message = f"The account {account['id']} isn't one that your platform controls."
        raise refusal(call, message, param="account")
    if given["type"] == "account_update" and account["controller"]["requirement_collection"] != "application":
        raise refusal(call, 'Invalid type: must be one of ["account_onboarding"]', param="type")
    for name in ("refresh_url", "return_url"):
        if name not in given:
            raise missing(call, name)
        if not given[name].startswith(("http://", "https://")) or not has_host(given[name]):
            raise refusal(call, "Not a valid URL", code="url_invalid", param=name)
    letters = call.draw_text("account link", 12)
    expires_at = call.now + EXPIRES_SECONDS
    urls = {name: given[name] for name in ("refresh_url", "return_url")}
    inner.table("account_link_url").put({"id": letters, "used": False, "expires_at": expires_at, **urls})
    url = f"{call.base_url}{PATH.format(link=letters)}"
    return Answer(200, {"object": "account_link", "created": call.now, "expires_at": expires_at, "url": url})


def _find(call: Call) -> tuple[dict[str, Any] | None, Answer]:
    """Return the link of a visit, or else what to answer; the call is its account's from now on."""
    link = of_any_account(call, "account_link_url", call.path["link"])
    if link is None:
        return None, html("No such link", "Ask for another one where you got it.", status=404, error="no_such_link")
    if link["used"] or link["expires_at"] <= call.now:
        return None, sent_to(link["refresh_url"], {})
    return link, sent_to(link["return_url"], {})


def _show(call: Call) -> Answer:
    link, answer = _find(call)
    if link is None:
        return answer
    account = accounts.own(call)
    lacking = due(call, account)
    listed = "".join(f"<li>{escape(name)}</li>" for name in lacking)
    inside = buttons(f"{call.base_url}{PATH.format(link=link['id'])}", _RESULTS, f"<ul>{listed}</ul>\n")
    said = "This is what is due." if lacking else "Nothing is due."
    return html(f"Onboarding of {account['id']}", said, inside)


def _answer(call: Call) -> Answer:
    link, answer = _find(call)
    if link is None:
        return answer
    result = pressed(call, _RESULTS)
    if result is None:
        return no_such_result(_RESULTS)
    link["used"] = True
    if result != "leave":
        account = accounts.own(call)
        with changing(call, account):
            _tell_everything(call, account, passing=result == "complete")
    return answer


def _tell_everything(call: Call, account: dict[str, Any], *, passing: bool) -> None:
    """Put test values where something is due; what is known stays, but for what decides a verification."""
    lacking = set(due(call, account))
    account["business_type"] = account["business_type"] or "individual"
    profile = account["business_profile"]
    account["business_profile"] = profile | {
        "mcc": profile["mcc"] or "5734",
        "url": profile["url"] or "https://accessible.stripe.com",
    }
    account["tos_acceptance"] = account["tos_acceptance"] | {"date": call.now, "ip": "127.0.0.1"}
    if "external_account" in lacking:
        bank = external_accounts.usual_bank(call, account["default_currency"], account["country"])
        external_accounts.add(call, account, bank)
    _, person = owner(call, account)
    given = {name: one for name, one in _PERSON.items() if person is None or not person.get(name)}
    given |= {"address": _PERSON["address"], "dob": _PERSON["dob"] if passing else _STRANGER, "ssn_last_4": "0000"}
    if account["business_type"] == "individual":
        accounts.put_individual(call, account, given)
    else:
        accounts.put_company(call, account, {
            "address": _PERSON["address"], "name": "Rocket Rides", "phone": _PERSON["phone"], "tax_id": "000000000",
        })  # fmt: skip
        _tell_representative(call, person, given)
    if passing:
        persons.forget_numbers(call, account)


def _tell_representative(call: Call, person: dict[str, Any] | None, given: dict[str, Any]) -> None:
    if person is None:
        persons.new(call, {**given, "relationship": {"representative": True, "title": "CEO"}})
    else:
        persons.put(call, person, given)


OPERATIONS: Final = (
    Operation(
        name="stripe.account_links.create", method="POST", path="/v1/account_links", run=_create, effect="write",
        object_type="account_link", key_objects=("body.account",), idempotent=True, dates=("created", "expires_at"),
    ),
    Operation(
        name="stripe.onboarding.show", method="GET", path=PATH, run=_show, public=True, id_param="link",
    ),
    Operation(
        name="stripe.onboarding.answer", method="POST", path=PATH, run=_answer, effect="write", public=True,
        id_param="link",
    ),
)  # fmt: skip
