"""A script that lets urllib3 try again: by its own rule a POST whose answer is lost is not sent twice."""

import os

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

FORM = {
    "amount": "2499",
    "currency": "usd",
    "confirm": "true",
    "payment_method": "pm_card_visa",
    "allowed_payment_method_types[0]": "card",
    "metadata[order_id]": "order-1",
}

with requests.Session() as session:
    session.mount("https://", HTTPAdapter(max_retries=Retry(3)))
    session.auth = (os.environ["STRIPE_SECRET_KEY"], "")
    try:
        session.post("https://api.stripe.com/v1/payment_intents", data=FORM, timeout=30)
    except requests.ConnectionError as problem:
        print(type(problem).__name__)
