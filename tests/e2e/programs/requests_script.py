"""A script without an SDK: requests, a session that is kept alive, three calls."""

import os

import requests

with requests.Session() as session:
    session.auth = (os.environ["STRIPE_SECRET_KEY"], "")
    made = session.post("https://api.stripe.com/v1/customers", data={"email": "ada@example.com"}, timeout=30)
    read = session.get(f"https://api.stripe.com/v1/customers/{made.json()['id']}", timeout=30)
    paid = session.get("https://api.stripe.com/v1/balance", timeout=30)
print(made.status_code, read.json()["email"], paid.json()["object"])
