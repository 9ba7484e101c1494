"""A shop takes a payment with paypal-server-sdk for Python, whose host can't be set."""

import os

from paypalserversdk.configuration import Environment
from paypalserversdk.http.auth.o_auth_2 import ClientCredentialsAuthCredentials
from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient

client = PaypalServersdkClient(
    client_credentials_auth_credentials=ClientCredentialsAuthCredentials(
        os.environ["PAYPAL_CLIENT_ID"], os.environ["PAYPAL_CLIENT_SECRET"]
    ),
    environment=Environment.SANDBOX,
)
unit = {"amount": {"currency_code": "USD", "value": "24.99"}, "invoice_id": "order-8"}
source = {"card": {"number": "4005519200000004", "expiry": "2099-01", "security_code": "123", "name": "Jane Roe"}}
order = client.orders.create_order(
    {"body": {"intent": "CAPTURE", "purchase_units": [unit], "payment_source": source}, "paypal_request_id": "order-8"}
).body
print(order.status)
