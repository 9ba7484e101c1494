"""A shop takes a payment with stripe-python, as its first page shows; nothing here knows of Brownout."""

import os

import stripe

client = stripe.StripeClient(os.environ["STRIPE_SECRET_KEY"])
intent = client.v1.payment_intents.create(
    {
        "amount": 2499,
        "currency": "usd",
        "payment_method": "pm_card_visa",
        "allowed_payment_method_types": ["card"],
        "confirm": True,
        "metadata": {"order_id": "order-7"},
    }
)
print(intent.status, intent.amount)
