"""As in `webhooks`, but the shop's door is always open: whatever goes wrong with the news is the provider's doing."""

from __future__ import annotations

from typing import Final

from brownout_clients.journeys.steps import Journey
from brownout_clients.journeys.webhooks import through

JOURNEY: Final = Journey(through, needs=("subscribe", "news"), door=False)
