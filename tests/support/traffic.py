"""A little of everything that providers are asked, over the wire, by a client that takes whatever it meets.

One `round_of_calls` is a shopper's day at each provider: pay and look, list, refund; fetch tokens and renew them; check
a person. Nothing is asserted: it is there for faults to strike.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.testing import AsyncSandbox

PATIENCE = aiohttp.ClientTimeout(total=0.4)
CARD = {"number": "4005519200000004", "expiry": "2030-01", "security_code": "123", "name": "Jane Roe"}
STRIPE = {"Authorization": "Bearer sk_test_shop"}
ONFIDO = {"Authorization": "Token token=api_sandbox.shop.secret"}
ADA = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "consents": [{"name": "privacy_notices_read", "granted": True}],
}
CONSENT = {
    "response_type": "code",
    "client_id": "shop",
    "redirect_uri": "https://shop.example/back",
    "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "code_challenge_method": "S256",
}


def basic(client: str, secret: str) -> dict[str, str]:
    """Return the header with which a client asks for tokens."""
    return {"Authorization": aiohttp.encode_basic_auth(client, secret)}


class Shopper:
    """One client with a session of its own; `number` makes its orders its own."""

    def __init__(self, http: aiohttp.ClientSession, box: AsyncSandbox, number: int) -> None:
        self._http = http
        self._box = box
        self._number = number

    async def call(self, method: str, provider: str, path: str, **how: Any) -> Mapping[str, Any]:
        """Return the answer's JSON object, empty whatever goes wrong."""
        try:
            async with self._http.request(method, self._box.url_of(provider) + path, timeout=PATIENCE, **how) as answer:
                found = await answer.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    async def stripe(self) -> None:
        """Pay with a saved card, look, list, refund."""
        key = f"order-{self._number}"
        repeated = {"Idempotency-Key": f"key-{self._number}"}
        customer = await self.call("POST", "stripe", "/v1/customers", headers=STRIPE, data={"name": "Ada"})
        paid = await self.call(
            "POST", "stripe", "/v1/payment_intents", headers={**STRIPE, **repeated},
            data={"amount": "2500", "currency": "usd", "confirm": "true", "payment_method": "pm_card_visa",
                  "allowed_payment_method_types[]": "card", "metadata[order_id]": key},
        )  # fmt: skip
        made = await self.call(
            "POST", "stripe", "/v1/payment_intents", headers=STRIPE,
            data={"amount": "900", "currency": "usd", "metadata[order_id]": f"{key}-b",
                  "allowed_payment_method_types[]": "card", "customer": customer.get("id", "")},
        )  # fmt: skip
        await self.call(
            "POST", "stripe", f"/v1/payment_intents/{made.get('id', 'pi_none')}/confirm", headers=STRIPE,
            data={"payment_method": "pm_card_visa"},
        )  # fmt: skip
        await self.call("GET", "stripe", f"/v1/payment_intents/{paid.get('id', 'pi_none')}", headers=STRIPE)
        await self.call("GET", "stripe", f"/v1/customers/{customer.get('id', 'cus_none')}", headers=STRIPE)
        for path in ("payment_intents", "charges", "customers", "refunds", "balance", "events", "balance_transactions"):
            await self.call("GET", "stripe", f"/v1/{path}", headers=STRIPE)
        await self.call("POST", "stripe", "/v1/refunds", headers=STRIPE, data={"payment_intent": paid.get("id", "")})
        await self.call("GET", "stripe", "/v1/charges/ch_none", headers=STRIPE)

    async def paypal(self) -> None:
        """Fetch a token, order by card, capture, look, refund, list."""
        login = basic("shop-client", "shop-secret")
        grant = {"grant_type": "client_credentials"}
        token = await self.call("POST", "paypal", "/v1/oauth2/token", headers=login, data=grant)
        bearer = {"Authorization": f"Bearer {token.get('access_token', 'none')}"}
        unit = {"amount": {"currency_code": "USD", "value": "25.00"}, "invoice_id": f"order-{self._number}"}
        order = await self.call(
            "POST", "paypal", "/v2/checkout/orders",
            headers={**bearer, "PayPal-Request-Id": f"key-{self._number}", "Prefer": "return=representation"},
            json={"intent": "CAPTURE", "purchase_units": [unit], "payment_source": {"card": CARD}},
        )  # fmt: skip
        name = order.get("id", "none")
        await self.call("GET", "paypal", f"/v2/checkout/orders/{name}", headers=bearer)
        await self.call("POST", "paypal", f"/v2/checkout/orders/{name}/capture", headers=bearer, json={})
        units = order.get("purchase_units") or [{}]
        captures = (units[0].get("payments") or {}).get("captures") or [{}]
        capture = captures[0].get("id", "none")
        await self.call("GET", "paypal", f"/v2/payments/captures/{capture}", headers=bearer)
        await self.call("POST", "paypal", f"/v2/payments/captures/{capture}/refund", headers=bearer, json={})
        await self.call("GET", "paypal", "/v1/notifications/webhooks", headers=bearer)

    async def oauth(self) -> None:
        """Look at the screen for consent, fetch a token, use it, renew it twice, use that, ask what it is worth."""
        login = basic("shop", "secret")
        await self.call("GET", "oauth", "/authorize", params=CONSENT)
        asked = {"grant_type": "client_credentials", "scope": "read write"}
        token = await self.call("POST", "oauth", "/token", headers=login, data=asked)
        for _ in range(2):
            bearer = {"Authorization": f"Bearer {token.get('access_token', 'none')}"}
            for path in ("/api/accounts", "/api/accounts", "/api/transfers"):
                await self.call("GET", "oauth", path, headers=bearer)
            renewal = {"grant_type": "refresh_token", "refresh_token": token.get("refresh_token", "none")}
            token = {**token, **await self.call("POST", "oauth", "/token", headers=login, data=renewal)}
        await self.call(
            "GET", "oauth", "/api/accounts", headers={"Authorization": f"Bearer {token.get('access_token')}"}
        )
        await self.call(
            "POST", "oauth", "/introspect", headers=login, data={"token": token.get("access_token", "none")}
        )

    async def onfido(self) -> None:
        """Make an applicant, check them, look, list."""
        applicant = await self.call("POST", "onfido", "/v3.6/applicants", headers=ONFIDO, json=ADA)
        name = applicant.get("id", "none")
        check = await self.call(
            "POST", "onfido", "/v3.6/checks", headers=ONFIDO,
            json={"applicant_id": name, "report_names": ["identity_enhanced"]},
        )  # fmt: skip
        await self.call("GET", "onfido", f"/v3.6/applicants/{name}", headers=ONFIDO)
        await self.call("GET", "onfido", "/v3.6/applicants", headers=ONFIDO)
        await self.call("GET", "onfido", f"/v3.6/checks/{check.get('id', 'none')}", headers=ONFIDO)
        await self.call("GET", "onfido", "/v3.6/checks", headers=ONFIDO, params={"applicant_id": name})
        await self.call("GET", "onfido", "/v3.6/webhooks", headers=ONFIDO)


async def round_of_calls(
    box: AsyncSandbox, number: int = 1, traces: list[aiohttp.TraceConfig] | None = None
) -> None:  # fmt: skip
    """Do a shopper's day at each provider, all at once; connections are new, so that nothing carries over."""
    async with aiohttp.ClientSession(trace_configs=traces) as http:
        shopper = Shopper(http, box, number)
        await asyncio.gather(shopper.stripe(), shopper.paypal(), shopper.oauth(), shopper.onfido())
