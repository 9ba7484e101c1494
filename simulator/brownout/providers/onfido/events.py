"""What webhooks tell, and how a delivery is signed.

An event has neither an id nor a time of its own: a repeat can be told by its action and object alone. (onfido-python
6.2's verifier and its test suite; read 2026-11-22.)
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any, Final

import orjson

from brownout.core.retain import exact

if TYPE_CHECKING:
    from collections.abc import Container

    from brownout.core.operation import Call
    from brownout.core.provider import Endpoint

LADDER_SECONDS: Final = (30.0, 120.0, 900.0, 7_200.0, 36_000.0, 86_400.0)
"""Waits between tries. Onfido publishes no intervals: these are from memory, and weak."""
TIMEOUT_SECONDS: Final = 10.0
"""From memory too."""
_REAL_URL: Final = "https://api.eu.onfido.com"
_USER_AGENT: Final = "Onfido-Webhooks/3.6 (Brownout)"


def emit(
    call: Call, action: str, value: dict[str, Any], to: Container[str] | None, *, completed_at: str | None = None
) -> None:
    """Tell that `action` happened to a check or report, and when it was completed, where it is.

    `to` holds the ids of the webhooks that may hear of it, None for any.
    """
    told = {"id": value["id"], "status": value["status"]}
    if completed_at is not None:
        told["completed_at_iso8601"] = completed_at
    told["href"] = f"{call.base_url or _REAL_URL}{value['href']}"
    payload = {"resource_type": action.partition(".")[0], "action": action, "object": told}
    body = exact(orjson.dumps({"payload": payload}))
    call.emit({"id": call.draw_text("event", 24), "type": action, "body": body}, to)


def signature(body: bytes, endpoint: Endpoint) -> dict[str, str]:
    """Return the headers of a delivery.

    >>> from brownout.core.provider import Endpoint
    >>> signature(b"{}", Endpoint("w", "u", ("t",), ("*",), None))["X-SHA2-Signature"][:8]
    '8cea346b'
    """
    return {
        "Content-Type": "application/json",
        "User-Agent": _USER_AGENT,
        "X-SHA2-Signature": hmac.digest(endpoint.secrets[0].encode(), body, "sha256").hex(),
    }
