"""What a scenario may say under `providers: paypal:`, with PayPal's usual sandbox as the default."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Literal

from brownout.core.errors import OptionError

_VISIBLE: Final = re.compile(r"[!-~]+")
_CLIENT_ID: Final = re.compile(r"[!-9;-~]{1,255}")  # visible ASCII without the colon, which ends an id in Basic


def is_client_id(text: str) -> bool:
    """Return whether `text` can be the id of a REST application.

    >>> is_client_id("AbC-1_x"), is_client_id("a:b"), is_client_id("")
    (True, False, False)
    """
    return _CLIENT_ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class PayPalOptions:
    """Options of the PayPal provider.

    `approve` says who approves an order that names no card: `auto` lets capture and authorize approve it, `manual`
    waits for a visit to its approve link. `clients` maps client ids to secrets: one that is named must send its own,
    and under `credentials: closed` there are no others. `unique_invoices` refuses to take money twice for one
    `invoice_id`, as the account setting of that name does.

    Raises:
        ValueError: if a client's id or secret can't go over the wire.
    """

    approve: Literal["auto", "manual"] = "auto"
    clients: dict[str, str] = field(default_factory=dict)
    unique_invoices: bool = False

    def __post_init__(self) -> None:
        """Check what no client could send."""
        for client, secret in self.clients.items():
            if not is_client_id(client):
                raise OptionError("a client id is 1 to 255 visible ASCII characters without ':'", "clients", client)
            if not _VISIBLE.fullmatch(secret):
                raise OptionError("a secret is visible ASCII, and not empty", "clients", client)
