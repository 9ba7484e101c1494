"""Accounts and persons of whom nothing is known yet, with every field that their type has.

(Stripe docs, API reference: Accounts, Persons; stripe-python 16.1's types; read 2026-11-24.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from brownout.core.operation import Call

_ADDRESS: Final = ("city", "country", "line1", "line2", "postal_code", "state")
_PROFILE: Final = (
    "estimated_worker_count", "mcc", "minority_owned_business_designation", "name", "product_description",
    "support_address", "support_email", "support_phone", "support_url", "url",
)  # fmt: skip
DOCUMENT: Final = {"back": None, "details": None, "details_code": None, "front": None}
CONTROLLERS: Final = {
    "standard": ("account", "stripe", "stripe", "full"),
    "express": ("application_express", "application", "stripe", "express"),
    "custom": ("application_custom", "application", "application", "none"),
}
"""By type: who pays fees, who bears losses, who collects requirements, which dashboard (Stripe docs, Connect: Migrate
to controller properties)."""


def nobody_needs() -> dict[str, Any]:
    """Return requirements that are all met."""
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": [],
        "disabled_reason": None,
        "errors": [],
        "eventually_due": [],
        "past_due": [],
        "pending_verification": [],
    }


def persons_needs() -> dict[str, Any]:
    """Return a person's requirements, all met."""
    found = nobody_needs()
    del found["current_deadline"], found["disabled_reason"]
    return found


def controller(fees: str, losses: str, collection: str, dashboard: str) -> dict[str, Any]:
    """Return the controller of an account that a platform created."""
    return {
        "fees": {"payer": fees},
        "is_controller": True,
        "losses": {"payments": losses},
        "requirement_collection": collection,
        "stripe_dashboard": {"type": dashboard},
        "type": "application",
    }


def account(call: Call, account_id: str) -> dict[str, Any]:
    """Return an account that nobody has kept yet, and that can do nothing."""
    return {
        "id": account_id,
        "object": "account",
        "business_profile": dict.fromkeys(_PROFILE),
        "business_type": None,
        "capabilities": {},
        "charges_enabled": False,
        "controller": {"type": "account"},
        "country": "US",
        "created": call.now,
        "default_currency": "usd",
        "details_submitted": False,
        "email": None,
        "external_accounts": {
            "object": "list",
            "data": [],
            "has_more": False,
            "total_count": 0,
            "url": f"/v1/accounts/{account_id}/external_accounts",
        },
        "future_requirements": nobody_needs(),
        "metadata": {},
        "payouts_enabled": False,
        "requirements": nobody_needs(),
        "settings": _settings(),
        "tos_acceptance": {"date": None, "ip": None, "user_agent": None},
        "type": "standard",
    }


def _settings() -> dict[str, Any]:
    statement = ("statement_descriptor", "statement_descriptor_kana", "statement_descriptor_kanji")
    prefix = tuple(f"statement_descriptor_prefix{one}" for one in ("", "_kana", "_kanji"))
    return {
        "bacs_debit_payments": {"display_name": None, "service_user_number": None},
        "branding": {"icon": None, "logo": None, "primary_color": None, "secondary_color": None},
        "card_issuing": {"tos_acceptance": {"date": None, "ip": None, "user_agent": None}},
        "card_payments": {"decline_on": {"avs_failure": False, "cvc_failure": False}, **dict.fromkeys(prefix)},
        "dashboard": {"display_name": None, "timezone": "Etc/UTC"},
        "invoices": {"default_account_tax_ids": None, "hosted_payment_method_save": "offer"},
        "payments": dict.fromkeys((*statement, *prefix[1:])),
        "payouts": {
            "debit_negative_balances": True,
            "schedule": {"delay_days": 2, "interval": "daily"},
            "statement_descriptor": None,
        },
        "sepa_debit_payments": {"creditor_id": None},
    }


def company() -> dict[str, Any]:
    """Return a company of which nothing is known."""
    return {
        "address": dict.fromkeys(_ADDRESS),
        "directors_provided": False,
        "executives_provided": False,
        "name": None,
        "owners_provided": False,
        "phone": None,
        "tax_id_provided": False,
        "vat_id_provided": False,
        "verification": {"document": dict(DOCUMENT)},
    }


def person(call: Call, person_id: str) -> dict[str, Any]:
    """Return a person of the calling account of whom nothing is known."""
    return {
        "id": person_id,
        "object": "person",
        "account": call.account,
        "additional_tos_acceptances": {"account": {"date": None, "ip": None, "user_agent": None}},
        "address": dict.fromkeys(_ADDRESS),
        "created": call.now,
        "dob": {"day": None, "month": None, "year": None},
        "email": None,
        "first_name": None,
        "full_name_aliases": [],
        "future_requirements": persons_needs(),
        "gender": None,
        "id_number_provided": False,
        "id_number_secondary_provided": False,
        "last_name": None,
        "maiden_name": None,
        "metadata": {},
        "nationality": None,
        "phone": None,
        "political_exposure": "none",
        "registered_address": dict.fromkeys(_ADDRESS),
        "relationship": {
            "authorizer": False,
            "director": False,
            "executive": False,
            "legal_guardian": False,
            "owner": False,
            "percent_ownership": None,
            "representative": False,
            "title": None,
        },
        "requirements": persons_needs(),
        "ssn_last_4_provided": False,
        "verification": {
            "additional_document": dict(DOCUMENT),
            "details": None,
            "details_code": None,
            "document": dict(DOCUMENT),
            "status": "unverified",
        },
    }
