"""What PayPal says of its limits: nothing of live ones; in the sandbox, who sends too much is blocked by address.

(PayPal publishes no policy, and its live limits adapt. Help article TS2115 for the sandbox, read 2026-11-22.)
"""

from __future__ import annotations

from typing import Final

from brownout.core.limits import Documented, Limit, Penalty
from brownout.core.match import Match

LIMITS: Final = {
    "sandbox": Documented(
        title="over 50 requests a minute an address is blocked for 5 minutes",
        source="https://www.paypal.com/us/cshelp/article/why-did-i-get-http-error-code-429-ts2115",
        read="2026-11-22",
        limits=(
            Limit(
                name="paypal.sandbox.address",
                match=Match(provider=("paypal",)),
                algorithm="fixed_window",
                quota=50,
                window_seconds=60.0,
                partition="ip",
                penalty=Penalty(block_seconds=300.0),
            ),
        ),
    ),
}
