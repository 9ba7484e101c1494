"""A shop that charges again where an answer was lost, without a key: Stripe can't know that it is the same order."""

import os

import stripe

client = stripe.StripeClient(
    os.environ["STRIPE_SECRET_KEY"], http_client=stripe.RequestsClient(timeout=30), max_network_retries=0
)


def charge(order: str) -> stripe.PaymentIntent:
    return client.v1.payment_intents.create(
        {
            "amount": 2499,
            "currency": "usd",
            "payment_method": "pm_card_visa",
            "allowed_payment_method_types": ["card"],
            "confirm": True,
            "metadata": {"order_id": order},
        }
    )


for number in range(1, 4):
    try:
        charge(f"order-{number}")
    except stripe.APIConnectionError:
        charge(f"order-{number}")
