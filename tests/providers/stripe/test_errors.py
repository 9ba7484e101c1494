"""The exact words, codes and parameters of Stripe's refusals."""

from __future__ import annotations

from typing import Any

import pytest

CREATE = "amount=2000&currency=usd&payment_method=pm_card_visa&confirm=true"
NO_REDIRECT = "automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never"
MISSING_METHOD = (
    "No such PaymentMethod: 'pm_x'; It's possible this PaymentMethod exists on one of your connected accounts, in "
    "which case you should retry this request on that connected account. Learn more at "
    "https://stripe.com/docs/connect/authentication"
)

REFUSED = [
    ("GET", "/v1/customers/cus_x", "", 404, "resource_missing", "id", "No such customer: 'cus_x'"),
    ("GET", "/v1/payment_intents/pi_x", "", 404, "resource_missing", "intent", "No such payment_intent: 'pi_x'"),
    ("GET", "/v1/payment_methods/pm_x", "", 404, "resource_missing", "payment_method", MISSING_METHOD),
    ("GET", "/v1/charges/ch_x", "", 404, "resource_missing", "id", "No such charge: 'ch_x'"),
    ("GET", "/v1/refunds/re_x", "", 404, "resource_missing", "refund", "No such refund: 're_x'"),
    ("POST", "/v1/refunds", "charge=ch_x", 404, "resource_missing", "id", "No such charge: 'ch_x'"),
    ("POST", "/v1/refunds", "payment_intent=pi_x", 400, "resource_missing", "payment_intent",
     "No such payment_intent: 'pi_x'"),
    ("POST", "/v1/payment_intents", "amount=100&currency=usd&customer=cus_x", 400, "resource_missing", "customer",
     "No such customer: 'cus_x'"),
    ("POST", "/v1/payment_intents", "amount=100&currency=usd&payment_method=pm_x", 400, "resource_missing",
     "payment_method", MISSING_METHOD),
    ("GET", "/v1/charges?starting_after=ch_x", "", 400, "resource_missing", "starting_after", "No such charge: 'ch_x'"),
    ("GET", "/v1/charges?starting_after=a&ending_before=b", "", 400, None, None,
     "Received both starting_after and ending_before parameters. Please pass in only one."),
    ("POST", "/v1/payment_intents", "amount=100", 400, "parameter_missing", "currency",
     "Missing required param: currency."),
    ("POST", "/v1/payment_intents", "amount=100&currency=usd&wat=1", 400, "parameter_unknown", "wat",
     "Received unknown parameter: wat"),
    ("POST", "/v1/customers", "invoice_settings[nope]=1", 400, "parameter_unknown", "invoice_settings[nope]",
     "Received unknown parameter: invoice_settings[nope]"),
    ("GET", "/v1/customers?limit=abc", "", 400, "parameter_invalid_integer", "limit", "Invalid integer: abc"),
    ("GET", "/v1/customers?created[gte]=x", "", 400, "parameter_invalid_integer", "created[gte]", "Invalid integer: x"),
    ("POST", "/v1/refunds", "charge=ch_x&amount=0", 400, "parameter_invalid_integer", "amount",
     "This value must be greater than or equal to 1."),
    ("POST", "/v1/refunds", "charge=ch_x&reason=because", 400, None, "reason",
     "Invalid reason: must be one of duplicate, fraudulent, or requested_by_customer"),
    ("POST", "/v1/refunds", "amount=5", 400, None, None,
     "One of the following params should be provided for this request: payment_intent or charge."),
    ("POST", "/v1/payment_intents", "amount=0&currency=usd", 400, "parameter_invalid_integer", "amount",
     ("The amount must be greater than or equal to the minimum charge amount allowed for your account and the currency "
     "set (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts).  If you want to save a Payment "
     "Method for future use without an immediate payment, use a Setup Intent instead: "
     "https://docs.stripe.com/payments/setup-intents")),
    ("POST", "/v1/payment_intents", "amount=49&currency=usd", 400, "amount_too_small", "amount",
     "Amount must be at least $0.50 usd"),
    ("POST", "/v1/payment_intents", "amount=100000000&currency=usd", 400, "amount_too_large", "amount",
     "Amount must be no more than $999,999.99 usd"),
    ("POST", "/v1/payment_intents", "amount=&currency=usd", 400, "parameter_invalid_empty", "amount",
     ("You passed an empty string for 'amount'. We assume empty values are an attempt to unset a parameter; however "
     "'amount' cannot be unset. You should remove 'amount' from your request or supply a non-empty value.")),
    ("POST", "/v1/payment_intents", "amount=100&currency=usd&confirm=maybe", 400, None, "confirm",
     "Invalid boolean: maybe"),
    ("POST", "/v1/payment_intents", "amount=100&currency=usd&metadata=x", 400, None, "metadata", "Invalid object"),
    ("POST", "/v1/payment_intents", "amount=100&currency=usd&allowed_payment_method_types=card", 400, None,
     "allowed_payment_method_types", "Invalid array"),
    ("POST", "/v1/payment_intents", f"amount=100&currency=usd&metadata[{'k' * 41}]=x", 400, None, "metadata",
     ("Metadata keys can have up to 40 characters, but you passed in a key that is 41 characters. "
      f"Invalid key: {'k' * 41}")),
    ("POST", "/v1/payment_intents", f"amount=100&currency=usd&metadata[k]={'x' * 501}", 400, None, "metadata",
     ("Metadata values can have up to 500 characters, but you passed in a value that is 501 characters. "
     f"Invalid value: {'x' * 501}")),
    ("POST", "/v1/payment_intents", "amount=100&currency=usd&off_session=true", 400, None, "off_session",
     "The parameter `off_session` cannot be passed when creating a PaymentIntent unless `confirm` is set to true."),
    ("GET", "/v1/customers?expand[]=nope", "", 400, None, None,
     "This property cannot be expanded (nope). You may want to try expanding 'data.nope' instead."),
    ("GET", "/v1/customers?expand[]=data.nope", "", 400, None, None, "This property cannot be expanded (data.nope)."),
    ("GET", "/v1/payment_intents/pi_x_secret_y", "", 404, None, "intent",
     ("You passed a string that looks like a client secret as the PaymentIntent ID, but you must provide a valid "
     "PaymentIntent ID. Please use the value in the `id` field of the PaymentIntent.")),
    ("POST", "/v1/webhook_endpoints", "url=shop.example&enabled_events[]=*", 400, "url_invalid", "url",
     "Invalid URL: An explicit scheme (such as https) must be provided."),
    ("POST", "/v1/payment_methods", "type=card&card[token]=tok_nope", 400, "resource_missing", "card[token]",
     "No such token: 'tok_nope'; There is a part of the token that is not valid: 'nope'."),
    ("POST", "/v1/payment_intents", "amount=100&currency=usd&transfer_data[destination]=acct_2", 400,
     "resource_missing", "transfer_data[destination]", "No such destination: 'acct_2'"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "form", "status", "code", "param", "message"), REFUSED)
def test_what_is_wrong_with_a_request_is_said_in_stripes_words(
    world: Any, method: str, path: str, form: str, status: int, code: str | None, param: str | None, message: str
) -> None:
    """A parameter or lookup failure has its exact status, code, parameter and message, and changes nothing."""
    path, _, query = path.partition("?")
    before = world.state()

    answered = world.send(method, path, form, query=query, headers={"Idempotency-Key": "k"})

    error = answered.error
    assert (answered.status, error["type"]) == (status, "invalid_request_error")
    assert (error.get("code"), error.get("param"), error["message"]) == (code, param, message)
    assert ("doc_url" in error) == (code is not None)
    assert list(error) == sorted(error)
    assert error["request_log_url"].endswith(answered.headers["Request-Id"])
    assert "Stripe-Should-Retry" not in answered.headers
    assert world.state() == before


def test_business_rules_refuse_with_the_payment_beside_them(world: Any) -> None:
    """Refusals of an executed call carry the payment intent and `Stripe-Should-Retry: false`, and change nothing."""
    succeeded = world.post("/v1/payment_intents", f"{CREATE}&{NO_REDIRECT}").body
    held = world.post("/v1/payment_intents", f"{CREATE}&{NO_REDIRECT}&capture_method=manual").body
    empty = world.post("/v1/payment_intents", f"amount=500&currency=usd&{NO_REDIRECT}").body
    redirecting = world.post("/v1/payment_intents", "amount=500&currency=usd&payment_method=pm_card_visa").body
    state = "payment_intent_unexpected_state"
    cases = [
        (f"{succeeded['id']}/confirm", "", state, None,
         "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed."),
        (f"{empty['id']}/confirm", "", state, None,
         ("You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the "
         "PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment "
         "method or ConfirmationToken.")),
        (f"{redirecting['id']}/confirm", "", None, None,
         ("This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these "
         "payment methods might redirect your customer off of your page, you must provide a `return_url`. If you don't "
         "want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and "
         "`automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents.")),
        (f"{empty['id']}/capture", "", state, None,
         ("This PaymentIntent could not be captured because it has a status of requires_payment_method. Only a "
         "PaymentIntent with one of the following statuses may be captured: requires_capture.")),
        (f"{succeeded['id']}/capture", "", state, None,
         "This PaymentIntent could not be captured because it has already been captured."),
        (f"{held['id']}/capture", "amount_to_capture=2001", "amount_too_large", None,
         ("The payment could not be captured because the requested capture amount is greater than the amount you can "
         "capture for this charge. Contact us via https://support.stripe.com/contact/ for help.")),
        (f"{succeeded['id']}/cancel", "", state, None,
         ("You cannot cancel this PaymentIntent because it has a status of succeeded. Only a PaymentIntent with one of "
         "the following statuses may be canceled: requires_payment_method, requires_capture, requires_reauthorization, "
         "requires_confirmation, requires_action, expired, processing.")),
        (succeeded["id"], "amount=700", state, "amount",
         ("This PaymentIntent's amount could not be updated because it has a status of succeeded. You may only update "
         "the amount of a PaymentIntent with one of the following statuses: requires_payment_method, "
         "requires_confirmation, requires_action.")),
    ]  # fmt: skip
    before = world.state()

    for path, form, code, param, message in cases:
        answered = world.post(f"/v1/payment_intents/{path}", form)
        error = answered.error

        assert (answered.status, error.get("code"), error.get("param"), error["message"]) == (400, code, param, message)
        assert error["payment_intent"]["id"] == path.partition("/")[0]
        assert answered.headers["Stripe-Should-Retry"] == "false"
    assert world.state() == before


def test_refunds_and_charges_refuse(world: Any) -> None:
    """Too much, twice, of nothing, cancelling a refund, and capturing a payment's charge are refused."""
    paid = world.post("/v1/payment_intents", f"{CREATE}&{NO_REDIRECT}").body
    held = world.post("/v1/payment_intents", f"{CREATE}&{NO_REDIRECT}&capture_method=manual").body
    declined = world.post(
        "/v1/payment_intents",
        f"amount=2000&currency=usd&confirm=true&payment_method=pm_card_chargeDeclined&{NO_REDIRECT}",
    ).error
    charge, failed = paid["latest_charge"], declined["payment_intent"]["id"]
    refund = world.post("/v1/refunds", f"charge={charge}&amount=500").body
    cases = [
        ("/v1/refunds", f"charge={charge}&amount=4000", None, "amount",
         "Refund amount ($40.00) is greater than unrefunded amount on charge ($15.00)"),
        ("/v1/refunds", f"payment_intent={failed}", None, None,
         f"This PaymentIntent ({failed}) does not have a successful charge to refund."),
        (f"/v1/refunds/{refund['id']}/cancel", "", None, None, "Canceling this refund is unsupported."),
        (f"/v1/charges/{held['latest_charge']}/capture", "", None, None,
         (f"This uncaptured Charge was created by a PaymentIntent ({held['id']}). You must capture the PaymentIntent "
         "instead.")),
        (f"/v1/charges/{charge}/capture", "", "charge_already_captured", None,
         f"Charge {charge} has already been captured."),
    ]  # fmt: skip
    before = world.state()

    for path, form, code, param, message in cases:
        error = world.post(path, form).error

        assert (error.get("code"), error.get("param"), error["message"]) == (code, param, message)
    held_back = world.post("/v1/refunds", f"charge={held['latest_charge']}").error["message"]
    assert world.state() == before
    assert "You must cancel the PaymentIntent to reverse the authorization" in held_back
    world.post("/v1/refunds", f"charge={charge}")
    again = world.post("/v1/refunds", f"charge={charge}").error
    assert (again["code"], again["message"]) == (
        "charge_already_refunded", f"Charge {charge} has already been refunded."
    )  # fmt: skip


def test_a_payment_method_serves_its_own_customer_once(world: Any) -> None:
    """Another's card, one without its customer, and one used before without a customer are refused."""
    ada, eve = (world.post("/v1/customers").body["id"] for _ in range(2))
    method = world.post("/v1/payment_methods/pm_card_visa/attach", f"customer={ada}").body["id"]
    loose = world.post("/v1/payment_methods", "type=card&card[token]=tok_visa").body["id"]
    pay = f"amount=500&currency=usd&confirm=true&{NO_REDIRECT}"
    world.post("/v1/payment_intents", f"{pay}&payment_method={loose}")
    before = world.state()

    foreign = world.post("/v1/payment_intents", f"{pay}&payment_method={method}&customer={eve}").error
    unnamed = world.post("/v1/payment_intents", f"{pay}&payment_method={method}").error
    used = world.post("/v1/payment_intents", f"{pay}&payment_method={loose}").error

    assert foreign["param"] == "payment_method"
    assert foreign["message"] == (
        f"The PaymentMethod {method} does not belong to the Customer you supplied {eve}. Please use this PaymentMethod "
        "with the Customer that it belongs to instead."
    )
    assert "you must provide the customer" in unnamed["message"]
    assert "It may not be used again" in used["message"]
    assert world.state() == before


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/v1/nope/", {"type": "invalid_request_error"}),
        ("/v2/core/nope", {"type": "invalid_request_error"}),
        ("/", {"type": "invalid_request_error"}),
    ],
)
def test_an_unknown_url_is_unrecognized(world: Any, path: str, error: dict[str, str]) -> None:
    """Method and path are repeated; no key is needed to be told so."""
    answered = world.post(path, "a=b", key=None)

    assert answered.status == 404
    assert answered.error["type"] == error["type"]
    assert answered.error["message"] == (
        f"Unrecognized request URL (POST: {path}). If you are trying to list objects, remove the trailing slash. If "
        "you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier in your code. "
        "Please see https://stripe.com/docs or we can help at https://support.stripe.com/."
    )


def test_a_known_path_with_another_method_is_unrecognized(world: Any) -> None:
    """There is no 405."""
    assert world.send("PUT", "/v1/customers").status == 404
    assert world.send("DELETE", "/v1/charges/ch_x").error["message"].startswith("Unrecognized request URL (DELETE: ")


def test_oauth_answers_in_its_own_form(world: Any) -> None:
    """Under /oauth an error is a string with a description."""
    body = world.post("/oauth/nope").body

    assert body["error"] == "invalid_request"
    assert "Unrecognized request URL" in body["error_description"]
