"""PayPal's webhooks in tests: who listens, what was told, and a verifier that knows nothing of ours."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING, Any
from zlib import crc32

import orjson
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

if TYPE_CHECKING:
    from collections.abc import Mapping

    from paypal_world import World

    from brownout.core.hooks import Attempt

URL = "https://shop.test/hook"
HOOKS = "/v1/notifications/webhooks"
EVENTS = "/v1/notifications/webhooks-events"


def listen(world: World, *names: str, url: str = URL) -> str:
    """Make a webhook, for every event unless it says which, and return its id."""
    types = [{"name": name} for name in names or ("*",)]
    made = world.post(HOOKS, {"url": url, "event_types": types})
    assert made.status == 201, made.body
    webhook_id: str = made.body["id"]
    return webhook_id


def attempts(world: World) -> list[Attempt]:
    """Return what is due by now, as it would be posted."""
    box = world.box
    box.arrive(box.moment.wall)
    due = []
    while (delivery := box.hooks.take()) is not None:
        attempt = box.hooks.prepare(delivery, box.moment)
        if attempt is not None:
            due.append(attempt)
    return due


def told(world: World) -> list[dict[str, Any]]:
    """Return the events that are due by now, in order."""
    return [orjson.loads(one.body) for one in attempts(world)]


def verified(body: bytes, headers: Mapping[str, str], webhook_id: str, pem: bytes) -> bool:
    """Return whether a delivery is PayPal's, the way its guide says to find out."""
    parts = (headers["PAYPAL-TRANSMISSION-ID"], headers["PAYPAL-TRANSMISSION-TIME"], webhook_id, str(crc32(body)))
    leaf, authority = x509.load_pem_x509_certificates(pem)
    leaf.verify_directly_issued_by(authority)
    key = leaf.public_key()
    assert isinstance(key, RSAPublicKey)
    try:
        key.verify(
            b64decode(headers["PAYPAL-TRANSMISSION-SIG"]), "|".join(parts).encode(), padding.PKCS1v15(), SHA256()
        )
    except InvalidSignature:
        return False
    return headers["PAYPAL-AUTH-ALGO"] == "SHA256withRSA"


def question(body: bytes, headers: Mapping[str, str], webhook_id: str) -> dict[str, Any]:
    """Return what the verify endpoint is asked about a delivery."""
    return {
        "auth_algo": headers["PAYPAL-AUTH-ALGO"],
        "cert_url": headers["PAYPAL-CERT-URL"],
        "transmission_id": headers["PAYPAL-TRANSMISSION-ID"],
        "transmission_sig": headers["PAYPAL-TRANSMISSION-SIG"],
        "transmission_time": headers["PAYPAL-TRANSMISSION-TIME"],
        "webhook_id": webhook_id,
        "webhook_event": orjson.loads(body),
    }
