"""Pages of what stands in front: nothing of the provider's own, and clients that can't read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
import stripe
from toy import KEY, REGISTRIES

from brownout.core.plan import Plan
from brownout.core.rules import Count, Rule
from brownout.faults.gateway import Gateway
from brownout.testing import Simulator

if TYPE_CHECKING:
    from brownout.core.fault import Target

PAY = {"amount": 100, "order": "o-1"}


@pytest.mark.parametrize(
    ("fault", "server", "begins"),
    [
        (Gateway(), "nginx", "<html>"),
        (Gateway(status=504, server="elb"), "awselb/2.0", "<html>"),
        (Gateway(status=503, server="envoy"), "envoy", "no healthy upstream"),
        *[(Gateway(status=status), "cloudflare", "<!DOCTYPE html>") for status in (520, 521, 522, 523, 524)],
        (Gateway(status=502, server="cloudflare"), "cloudflare", "<!DOCTYPE html>"),
    ],
    ids=lambda one: f"{one.server}-{one.status}" if isinstance(one, Gateway) else "",
)
@pytest.mark.parametrize("target", ["edge", "request", "response"])
def test_a_page_at_every_target(fault: Gateway, server: str, begins: str, target: Target) -> None:
    """Its status, its server, no request id; only at the response does the payment stand."""
    rule = Rule(name="g", fault=fault, target=target, count=Count(first=1))
    with Simulator(Plan(rules=(rule,)), registries=REGISTRIES) as box:
        answer = httpx.post(f"{box.url_of('toy')}/v1/payments", json=PAY, headers=KEY)
        record = box.exchanges()[0]

        assert answer.status_code == record.status == fault.status
        assert answer.headers["Server"] == server
        assert answer.headers["Content-Type"].startswith("text/")
        assert answer.text.startswith(begins)
        assert not any("request-id" in name.lower() for name in answer.headers)
        assert ("cf-ray" in answer.headers) == (server == "cloudflare")
        assert record.error == "gateway"
        assert [fired["state"] for fired in record.fired] == ["applied"]
        assert box.ledger().captured() == (100 if target == "response" else 0)


@pytest.mark.parametrize("status", [502, 503, 520])
def test_stripes_own_client_can_read_none_of_it(status: int) -> None:
    """It says so, with the page in the message, and without a request id to tell support."""
    with Simulator() as box:
        client = stripe.StripeClient("sk_test_a", base_addresses=box.stripe_bases, max_network_retries=0)  # type: ignore[arg-type]
        with (
            box.fault("gateway", status=status, operation="stripe.customers.create", target="response"),
            pytest.raises(stripe.APIError, match="Invalid response body") as problem,
        ):
            client.v1.customers.create({"email": "a@example.com"})

        assert problem.value.http_status == status
        assert problem.value.request_id is None
        assert len(box.exchanges()[0].objects) == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"status": 500}, "status must be 502"),
        ({"status": 525}, "status must be 502"),
        ({"status": 520, "server": "nginx"}, "server must be cloudflare"),
    ],
)
def test_pages_that_nobody_has(given: dict[str, Any], said: str) -> None:
    """A status belongs to somebody."""
    with pytest.raises(ValueError, match=said):
        Gateway(**given)
