"""Which calls cause an event of Stripe's: one recipe an event, for `brownout trigger`.

Recipes use what Stripe documents for tests: cards, bank accounts, what a dispute's evidence says. World time passes
where an event comes later by itself. (Stripe docs, Testing, and Stripe CLI: trigger; read 2026-11-24.)
"""

from __future__ import annotations

from typing import Any, Final

from brownout.core.triggers import Advance, Recipe, Recipes, Step, Triggers

_PAGE: Final = "https://shop.example/done"
_AT_ONCE: Final = "pm_card_bypassPending"
_BANK: Final = {
    "object": "bank_account", "country": "US", "currency": "usd", "routing_number": "110000000",
    "account_number": "000123456789",
}  # fmt: skip
_NO_ACCOUNT: Final = "000111111116"
SELLER: Final = {
    "type": "custom",
    "country": "US",
    "business_type": "individual",
    "capabilities": {"transfers": {"requested": True}, "card_payments": {"requested": True}},
    "business_profile": {"mcc": "5734", "url": "https://seller.example"},
    "individual": {
        "first_name": "Jenny",
        "last_name": "Rosen",
        "email": "jenny@example.com",
        "phone": "+15555550100",
        "dob": {"day": 1, "month": 1, "year": 1902},
        "ssn_last_4": "0000",
        "address": {"line1": "address_full_match", "city": "Mobile", "state": "AL", "postal_code": "36602"},
    },
    "tos_acceptance": {"date": 1_767_225_600, "ip": "127.0.0.1"},
    "external_account": _BANK,
}
_SELLER_ID: Final = "{account.id}"


def _do(name: str, path: str, /, **params: Any) -> Step:
    return Step(name=name, path=f"/v1/{path}", params=params)


def _gone(name: str, path: str) -> Step:
    return Step(name=name, path=f"/v1/{path}", method="DELETE")


def _paid(card: str = "pm_card_visa", *, refused: bool = False, **more: Any) -> Step:
    """Return a payment; a card that is declined is `refused`."""
    params = {
        "amount": 2000, "currency": "usd", "confirm": True, "payment_method": card,
        "allowed_payment_method_types": ["card"], **more,
    }  # fmt: skip
    about = "error.payment_intent.id" if refused else "id"
    return Step(name="payment_intent", path="/v1/payment_intents", params=params, about=about, refused=refused)


def _intent(**more: Any) -> Step:
    return _do(
        "payment_intent", "payment_intents", amount=2000, currency="usd", allowed_payment_method_types=["card"], **more
    )


def _setup(card: str | None = "pm_card_visa", *, refused: bool = False, **more: Any) -> Step:
    params = {"allowed_payment_method_types": ["card"], **more}
    if card is not None:
        params |= {"payment_method": card, "confirm": True}
    about = "error.setup_intent.id" if refused else "id"
    return Step(name="setup_intent", path="/v1/setup_intents", params=params, about=about, refused=refused)


def _evidence(said: str) -> Step:
    return _do("evidence", "disputes/{disputes.data.0.id}", evidence={"uncategorized_text": said}, submit=True)


def _session(*rest: Step) -> Recipe:
    """Return an identity verification, and what becomes of it."""
    made = _do("verification_session", "identity/verification_sessions", type="document", return_url=_PAGE)
    return Recipe((made, *rest, Advance("2h")))


def _form(path: str, **params: Any) -> Step:
    return Step(name="page", path=path, params=params)


_CUSTOMER: Final = _do("customer", "customers", name="Jenny Rosen", email="jenny@example.com")
_METHOD: Final = _do("payment_method", "payment_methods", type="card", card={"token": "tok_visa"})
_ATTACH: Final = _do("attached", "payment_methods/{payment_method.id}/attach", customer="{customer.id}")
_SOURCE: Final = _do("source", "customers/{customer.id}/sources", source="tok_visa")
_HELD: Final = _paid(capture_method="manual")
_CAPTURE: Final = _do("captured", "payment_intents/{payment_intent.id}/capture")
_CANCEL: Final = _do("canceled", "payment_intents/{payment_intent.id}/cancel")
_CHALLENGED: Final = _paid("pm_card_authenticationRequired", return_url=_PAGE)
_REFUND: Final = _do("refund", "refunds", payment_intent="{payment_intent.id}")
_DISPUTED: Final = (
    _paid("pm_card_createDispute"),
    Advance("5s"),
    Step(
        name="disputes", path="/v1/disputes", method="GET", params={"payment_intent": "{payment_intent.id}"},
    ),
)  # fmt: skip
_DECIDED: Final = Advance("1m")
_PRODUCT: Final = _do("product", "products", name="Tea")
_PRICE: Final = _do("price", "prices", product="{product.id}", currency="usd", unit_amount=2000)
_LINE: Final = {"price_data": {"currency": "usd", "unit_amount": 2000, "product_data": {"name": "Tea"}}, "quantity": 1}
_CHECKOUT: Final = _do("checkout_session", "checkout/sessions", mode="payment", success_url=_PAGE, line_items=[_LINE])
_LINK: Final = _do("payment_link", "payment_links", line_items=[{"price": "{price.id}", "quantity": 1}])
_FUNDS: Final = _paid(_AT_ONCE, amount=100_000, capture_method="automatic")
_PAYOUT: Final = _do("payout", "payouts", amount=2000, currency="usd")
_PAID_OUT: Final = Advance("7d")
_TOPUP: Final = _do("topup", "topups", amount=2000, currency="usd", description="Top-up")
_ACCOUNT: Final = _do("account", "accounts", **SELLER)
_VERIFIED: Final = (_ACCOUNT, Advance("1m"))
_TRANSFER: Final = _do("transfer", "transfers", amount=1000, currency="usd", destination=_SELLER_ID)
_TRANSFERRED: Final = (_FUNDS, *_VERIFIED, _TRANSFER)
_FEE: Final = (
    *_VERIFIED,
    _paid(application_fee_amount=123, capture_method="automatic", transfer_data={"destination": _SELLER_ID}),
    Step(name="fees", path="/v1/application_fees", method="GET", params={"limit": 1}),
)
_NOT_AGREED: Final = _do("account", "accounts", **{k: v for k, v in SELLER.items() if k != "tos_acceptance"})
_AGREED: Final = (
    _NOT_AGREED,
    _do("updated", "accounts/{account.id}", tos_acceptance=SELLER["tos_acceptance"]),
    Advance("1m"),
)
_FEE_BACK: Final = _do("fee_refund", "application_fees/{fees.data.0.id}/refunds", amount=23)
_BANK_2: Final = _do("external_account", "accounts/{account.id}/external_accounts", external_account="tok_visa_debit")
_PERSON: Final = _do("person", "accounts/{account.id}/persons", first_name="Jane", last_name="Diaz")
_COMPANY: Final = _do("account", "accounts", type="custom", country="US", business_type="company",
                      capabilities={"transfers": {"requested": True}})  # fmt: skip
_VERIFICATION: Final = "identity/verification_sessions/{verification_session.id}"
_VERIFICATION_PAGE: Final = "{verification_session.url}"

_CUSTOMERS: Final[Recipes] = {
    "customer.created": Recipe((_CUSTOMER,)),
    "customer.updated": Recipe((_CUSTOMER, _do("updated", "customers/{customer.id}", name="Jane Diaz"))),
    "customer.deleted": Recipe((_CUSTOMER, _gone("deleted", "customers/{customer.id}"))),
    "customer.source.created": Recipe((_CUSTOMER, _SOURCE)),
    "customer.source.updated": Recipe(
        (_CUSTOMER, _SOURCE, _do("updated", "customers/{customer.id}/sources/{source.id}", name="Jane Diaz"))
    ),
    "customer.source.deleted": Recipe(
        (_CUSTOMER, _SOURCE, _gone("deleted", "customers/{customer.id}/sources/{source.id}"))
    ),
    "payment_method.attached": Recipe((_CUSTOMER, _METHOD, _ATTACH)),
    "payment_method.updated": Recipe(
        (_CUSTOMER, _METHOD, _ATTACH,
         _do("updated", "payment_methods/{payment_method.id}", billing_details={"name": "Jane Diaz"}))
    ),
    "payment_method.detached": Recipe(
        (_CUSTOMER, _METHOD, _ATTACH, _do("detached", "payment_methods/{payment_method.id}/detach"))
    ),
}  # fmt: skip
_PAYMENTS: Final[Recipes] = {
    "payment_intent.created": Recipe((_intent(),)),
    "payment_intent.succeeded": Recipe((_paid(),)),
    "payment_intent.payment_failed": Recipe((_paid("pm_card_chargeDeclined", refused=True),)),
    "payment_intent.requires_action": Recipe((_CHALLENGED,)),
    "payment_intent.amount_capturable_updated": Recipe((_HELD,)),
    "payment_intent.canceled": Recipe((_intent(), _CANCEL)),
    "charge.succeeded": Recipe((_paid(),)),
    "charge.failed": Recipe((_paid("pm_card_chargeDeclined", refused=True),)),
    "charge.captured": Recipe((_HELD, _CAPTURE)),
    "charge.expired": Recipe((_HELD, Advance("8d"))),
    "charge.refunded": Recipe((_paid(), _REFUND)),
    "charge.updated": Recipe((_paid(), _do("updated", "charges/{payment_intent.latest_charge}", description="Tea"))),
    "refund.created": Recipe((_paid(), _REFUND)),
    "refund.updated": Recipe((_paid(), _REFUND, _do("updated", "refunds/{refund.id}", metadata={"reason": "late"}))),
    "charge.refund.updated": Recipe(
        (_paid(), _REFUND, _do("updated", "refunds/{refund.id}", metadata={"reason": "late"}))
    ),
    "refund.failed": Recipe((_paid("pm_card_refundFail"), _REFUND, Advance("1d"))),
    "charge.dispute.created": Recipe(_DISPUTED),
    "charge.dispute.funds_withdrawn": Recipe(_DISPUTED),
    "charge.dispute.updated": Recipe((*_DISPUTED, _evidence("Here is the receipt."))),
    "charge.dispute.funds_reinstated": Recipe((*_DISPUTED, _evidence("winning_evidence"), _DECIDED)),
    "charge.dispute.closed": Recipe((*_DISPUTED, _evidence("losing_evidence"), _DECIDED)),
    "radar.early_fraud_warning.created": Recipe((_paid("pm_card_createIssuerFraudRecord"), Advance("5s"))),
    "review.opened": Recipe((_paid("pm_card_riskLevelElevated"),)),
    "review.closed": Recipe((_paid("pm_card_riskLevelElevated"), _REFUND)),
    "setup_intent.created": Recipe((_setup(None),)),
    "setup_intent.succeeded": Recipe((_setup(),)),
    "setup_intent.setup_failed": Recipe((_setup("pm_card_chargeDeclined", refused=True),)),
    "setup_intent.requires_action": Recipe((_setup("pm_card_authenticationRequired", return_url=_PAGE),)),
    "setup_intent.canceled": Recipe((_setup(None), _do("canceled", "setup_intents/{setup_intent.id}/cancel"))),
}
_SHOP: Final[Recipes] = {
    "product.created": Recipe((_PRODUCT,)),
    "product.updated": Recipe((_PRODUCT, _do("updated", "products/{product.id}", description="Green"))),
    "product.deleted": Recipe((_PRODUCT, _gone("deleted", "products/{product.id}"))),
    "price.created": Recipe((_PRODUCT, _PRICE)),
    "price.updated": Recipe((_PRODUCT, _PRICE, _do("updated", "prices/{price.id}", nickname="Standard"))),
    "payment_link.created": Recipe((_PRODUCT, _PRICE, _LINK)),
    "payment_link.updated": Recipe(
        (_PRODUCT, _PRICE, _LINK, _do("updated", "payment_links/{payment_link.id}", active=False))
    ),
    "checkout.session.completed": Recipe((_CHECKOUT, _form("{checkout_session.url}", card="4242424242424242"))),
    "checkout.session.expired": Recipe((_CHECKOUT, _do("expired", "checkout/sessions/{checkout_session.id}/expire"))),
}  # fmt: skip
_MONEY: Final[Recipes] = {
    "payout.created": Recipe((_FUNDS, _PAYOUT)),
    "payout.updated": Recipe((_FUNDS, _PAYOUT, _do("updated", "payouts/{payout.id}", metadata={"batch": "7"}))),
    "payout.canceled": Recipe((_FUNDS, _PAYOUT, _do("canceled", "payouts/{payout.id}/cancel"))),
    "payout.paid": Recipe((_FUNDS, _PAYOUT, _PAID_OUT)),
    "topup.created": Recipe((_TOPUP,)),
    "topup.succeeded": Recipe((_TOPUP, _PAID_OUT)),
    "topup.failed": Recipe(
        (_do("topup", "topups", amount=2000, currency="usd", source="btok_us_verified_noAccount"), _PAID_OUT)
    ),
    "topup.canceled": Recipe((_TOPUP, _do("canceled", "topups/{topup.id}/cancel"))),
    "transfer.created": Recipe(_TRANSFERRED),
    "transfer.updated": Recipe((*_TRANSFERRED, _do("updated", "transfers/{transfer.id}", metadata={"batch": "7"}))),
    "transfer.reversed": Recipe((*_TRANSFERRED, _do("reversal", "transfers/{transfer.id}/reversals"))),
    "application_fee.created": Recipe(_FEE),
    "application_fee.refunded": Recipe((*_FEE, _FEE_BACK)),
}  # fmt: skip
_PAYOUT_FAILS: Final = (
    _do("account", "accounts", **{**SELLER, "external_account": {**_BANK, "account_number": _NO_ACCOUNT},
                                  "settings": {"payouts": {"schedule": {"interval": "manual"}}}}),
    Advance("1m"),
    Step(name="payment_intent", path="/v1/payment_intents", params=_FUNDS.params, account=_SELLER_ID),
    Step(name="payout", path="/v1/payouts", params=_PAYOUT.params, account=_SELLER_ID),
    _PAID_OUT,
)  # fmt: skip
_CONNECT: Final[Recipes] = {
    "account.updated": Recipe(_AGREED, account=_SELLER_ID),
    "capability.updated": Recipe(_AGREED, account=_SELLER_ID),
    "account.external_account.created": Recipe((*_VERIFIED, _BANK_2), account=_SELLER_ID),
    "account.external_account.updated": Recipe(
        (*_VERIFIED, _BANK_2,
         _do("updated", "accounts/{account.id}/external_accounts/{external_account.id}", metadata={"branch": "7"})),
        account=_SELLER_ID,
    ),
    "account.external_account.deleted": Recipe(
        (*_VERIFIED, _BANK_2, _gone("deleted", "accounts/{account.id}/external_accounts/{external_account.id}")),
        account=_SELLER_ID,
    ),
    "person.created": Recipe((_COMPANY, _PERSON), account=_SELLER_ID),
    "person.updated": Recipe(
        (_COMPANY, _PERSON, _do("updated", "accounts/{account.id}/persons/{person.id}", first_name="Janet")),
        account=_SELLER_ID,
    ),
    "person.deleted": Recipe(
        (_COMPANY, _PERSON, _gone("deleted", "accounts/{account.id}/persons/{person.id}")), account=_SELLER_ID
    ),
    "payout.failed": Recipe(_PAYOUT_FAILS, account=_SELLER_ID),
}  # fmt: skip
_IDENTITY: Final[Recipes] = {
    f"identity.verification_session.{name}": _session(*steps)
    for name, steps in {
        "created": (),
        "processing": (_form(_VERIFICATION_PAGE, outcome="verified"),),
        "verified": (_form(_VERIFICATION_PAGE, outcome="verified"),),
        "requires_input": (_form(_VERIFICATION_PAGE, outcome="document_expired"),),
        "canceled": (_do("canceled", f"{_VERIFICATION}/cancel"),),
        "redacted": (_do("canceled", f"{_VERIFICATION}/cancel"), _do("redacted", f"{_VERIFICATION}/redact")),
    }.items()
}

TRIGGERS: Final = Triggers(
    recipes={**_CUSTOMERS, **_PAYMENTS, **_SHOP, **_MONEY, **_CONNECT, **_IDENTITY},
    headers={"Authorization": "Bearer {call.key}"},
    key="sk_test_brownout",
    events="/v1/events?type={event}&limit=100",
    listed="data",
    encoding="form",
    account_header="Stripe-Account",
)
