"""What Onfido says of its limits: so many requests a minute in live, and no number for the sandbox.

(developers.onfido.com, get started: Rate limits, read 2026-11-22.)
"""

from __future__ import annotations

from typing import Final

from brownout.core.limits import Documented, Limit
from brownout.core.match import Match

LIMITS: Final = {
    "live": Documented(
        title="400 requests a minute",
        source="https://developers.onfido.com/guide/get-started-integrating/",
        read="2026-11-22",
        limits=(
            Limit(
                name="onfido.live.requests",
                match=Match(provider=("onfido",)),
                algorithm="fixed_window",
                quota=400,
                window_seconds=60.0,
            ),
        ),
    ),
}
