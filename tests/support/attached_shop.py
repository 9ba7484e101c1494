"""A small shop as a program: `attached_shop.py URL [careful|mute]`. It listens on a free port and prints its address.

POST /pay charges an order with Stripe at URL, and tries again if no answer comes: with one idempotency key if it is
careful, else without any. It hands on the baggage of its request, unless it is mute.
"""

from __future__ import annotations

import http.client
import json
import sys
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

BASE, *WAYS = sys.argv[1:] or [""]
TRIES = 6
NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Shop(BaseHTTPRequestHandler):
    """Answers one customer."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Take a payment, or take notice of a cancellation that says what to answer."""
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        order = str(body.get("order_id", "none"))
        status = self._charge(order) if self.path == "/pay" else int(body["status"])
        said = json.dumps({"order_id": order}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def _charge(self, order: str) -> int:
        form = {
            "amount": "2499",
            "currency": "usd",
            "confirm": "true",
            "payment_method": "pm_card_visa",
            "metadata[order_id]": order,
            "automatic_payment_methods[enabled]": "true",
            "automatic_payment_methods[allow_redirects]": "never",
        }
        headers = {"Authorization": "Bearer sk_test_x"}
        if "mute" not in WAYS:
            headers["baggage"] = self.headers.get("baggage", "")
        else:
            del form["metadata[order_id]"]
        if "careful" in WAYS:
            headers["Idempotency-Key"] = f"pay-{self.headers.get('baggage', order)}"
        request = urllib.request.Request(
            f"{BASE}/stripe/v1/payment_intents", urllib.parse.urlencode(form).encode(), headers
        )
        for _ in range(TRIES):
            try:
                with NO_PROXY.open(request, timeout=5) as answer:
                    answer.read()
                    return 201
            except urllib.error.HTTPError as refused:
                refused.read()
                return 402 if refused.code == 402 else 503
            except (OSError, http.client.HTTPException):
                continue
        return 502

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)  # noqa: T201 - for whoever started it
    server.serve_forever()
