"""A token is judged when the provider looks at it, not when its request set out."""

from __future__ import annotations

from base64 import b64encode

import orjson
import pytest

from brownout.core.match import Match
from brownout.core.plan import Plan
from brownout.core.rules import Rule
from brownout.faults.latency import Latency
from brownout.testing.transport import EngineTransport

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BASIC = {"Authorization": f"Basic {b64encode(b'shop:secret').decode()}"}
POST_SECRET = b"grant_type=client_credentials&client_id=shop&client_secret=secret"


@pytest.mark.parametrize(
    ("issue", "headers", "body", "use"),
    [
        ("/oauth/token", FORM, POST_SECRET, "/oauth/api/ping"),
        ("/onfido/v3.6/oauth/token", FORM, POST_SECRET, "/onfido/v3.6/ping"),
        (
            "/paypal/v1/oauth2/token", FORM | BASIC, b"grant_type=client_credentials",
            "/paypal/v2/checkout/orders/5O190127TN364715T",
        ),
    ],
)  # fmt: skip
def test_a_token_that_dies_while_its_request_is_held_up_is_dead(
    issue: str, headers: dict[str, str], body: bytes, use: str
) -> None:
    """What waits at the edge for longer than its token lives is refused, as by a provider behind a slow gateway."""
    slow = Rule(name="slow", fault=Latency(delay=10.0), target="edge", match=Match(method=("GET",)))
    transport = EngineTransport(Plan(rules=(slow,), oauth={"access_ttl_seconds": 5.0}))
    token = orjson.loads(transport.send("POST", issue, headers=headers, body=body).body)["access_token"]

    answer = transport.send("GET", use, headers={"Authorization": f"Bearer {token}"})

    record = list(transport.world.journal)[-1]
    assert (answer.status, record.error, record.repeatability) == (401, "token_expired", "D2")
