"""Unmodified Node programs under `brownout run --intercept`; `make test NODE_SDK=no` leaves this file out."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from run_intercepted import CUSTOMER, NODE_MODULES, ORDERED, PAID, PROGRAMS, Expected

from brownout.providers.paypal.access import merchant_of

if TYPE_CHECKING:
    from pathlib import Path

    from run_intercepted import Run

pytestmark = [pytest.mark.slow, pytest.mark.e2e, pytest.mark.sdk]

NODE = {
    "stripe_node.mjs": PAID,
    "stripe_node_fetch.cjs": Expected("ada@example.com", [CUSTOMER]),
    "paypal_node.mjs": ORDERED,
}


@pytest.mark.parametrize("program", NODE)
def test_a_node_program_runs_unmodified(run: Run, tmp_path: Path, program: str) -> None:
    """ES modules and CommonJS; https, fetch and axios."""
    assert NODE_MODULES.is_dir(), "no Node SDKs: `make test` installs them, NODE_SDK=no leaves these tests out"
    shutil.copy(PROGRAMS / program, tmp_path)

    done = run(["node", program])

    assert (done.code, done.printed.strip()) == (0, NODE[program].printed), done.said
    assert done.answered == NODE[program].answered


PAYPAL = {
    "requestToken": "token",
    "createOrder": "orders.create",
    "getOrder": "orders.retrieve",
    "patchOrder": "orders.update",
    "confirmOrder": "orders.confirm",
    "authorizeOrder": "orders.authorize",
    "captureOrder": "orders.capture",
    "createOrderTracking": "orders.track",
    "updateOrderTracking": "trackers.update",
    "getAuthorizedPayment": "authorizations.retrieve",
    "captureAuthorizedPayment": "authorizations.capture",
    "reauthorizePayment": "authorizations.reauthorize",
    "voidPayment": "authorizations.void",
    "getCapturedPayment": "captures.retrieve",
    "refundCapturedPayment": "captures.refund",
    "getRefund": "refunds.retrieve",
    "createSetupToken": "setup_tokens.create",
    "getSetupToken": "setup_tokens.retrieve",
    "createPaymentToken": "payment_tokens.create",
    "listCustomerPaymentTokens": "payment_tokens.list",
    "getPaymentToken": "payment_tokens.retrieve",
    "deletePaymentToken": "payment_tokens.delete",
    "searchTransactions": "transactions.list",
    "searchBalances": "balances.list",
    "createBillingPlan": "plans.create",
    "listBillingPlans": "plans.list",
    "getBillingPlan": "plans.retrieve",
    "patchBillingPlan": "plans.update",
    "activateBillingPlan": "plans.activate",
    "deactivateBillingPlan": "plans.deactivate",
    "updateBillingPlanPricingSchemes": "plans.update-pricing-schemes",
    "createSubscription": "subscriptions.create",
    "listSubscriptions": "subscriptions.list",
    "getSubscription": "subscriptions.retrieve",
    "patchSubscription": "subscriptions.update",
    "reviseSubscription": "subscriptions.revise",
    "suspendSubscription": "subscriptions.suspend",
    "activateSubscription": "subscriptions.activate",
    "cancelSubscription": "subscriptions.cancel",
    "captureSubscription": "subscriptions.capture",
    "listSubscriptionTransactions": "subscriptions.transactions",
}
"""Each method of paypal-server-sdk's controllers, and the operation that it calls."""
BY_HAND = "paypal.products.create"
"""The SDK has no call for it, and a plan needs one."""
TOO_SOON = "paypal.authorizations.reauthorize"
"""Answered with a refusal: it takes three days."""


def failing(status: int) -> str:
    """Return the rule under which all calls of one client but for its token fail with a status."""
    account = merchant_of(f"brownout-client-{status}")
    match = f"{{account: {account}, path: [/v2/*, /v3/*, /v1/billing/*, /v1/reporting/*]}}"
    return f"  - {{name: fails-{status}, kind: abort, status: {status}, target: edge, match: {match}}}\n"


def test_everything_that_paypals_sdk_has(run: Run, tmp_path: Path) -> None:
    """Each method of each controller is answered, and refused with each status; each error class is thrown."""
    shutil.copy(PROGRAMS / "paypal_node_operations.mjs", tmp_path)
    rules = "".join(failing(status) for status in (400, 401, 403, 404, 409, 422, 500, 503))
    (tmp_path / "failing.yaml").write_text(f"brownout: 1\nseed: 7\nfaults:\n{rules}")

    done = run(["node", "paypal_node_operations.mjs"], scenario="failing.yaml")

    assert done.code == 0, done.said
    assert set(done.printed.split()) == set(PAYPAL)
    operations = {f"paypal.{name}" for name in PAYPAL.values()}
    assert {operation for operation, _ in done.answered} == operations | {BY_HAND}
    assert {operation for operation, status in done.answered if status < 300} == operations - {TOO_SOON} | {BY_HAND}
    assert {status for operation, status in done.answered if operation == TOO_SOON} >= {422, 503}
