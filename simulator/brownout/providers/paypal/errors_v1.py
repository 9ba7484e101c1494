"""Errors of PayPal's version 1 APIs: the name itself says what is wrong, and details are sentences.

(Sandbox and live answers published between 2015 and 2026 with clients of Payouts and Transaction Search: recordings of
PayPal-node-SDK, issue 26 of firefly-III-paypal-importer; developer.paypal.com, Payouts, Test and go live; read
2026-11-23.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brownout.core.errors import Refused
from brownout.core.exchange import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brownout.core.operation import Call


def refused(
    call: Call, status: int, name: str, message: str, *, details: Sequence[dict[str, str]] = (),
    links: Sequence[dict[str, str]] = (), information: str | None = None, **more: Any,
) -> Refused:  # fmt: skip
    """Return the exception to raise; nothing may have been changed before it.

    `information` is where the API's errors are documented, `more` stands beside `message`.
    """
    body: dict[str, Any] = {"name": name, "message": message, "debug_id": call.request_id or ""}
    if information is not None:
        body["information_link"] = information
    body |= more
    body["details"] = list(details)
    body["links"] = list(links)
    return Refused(Answer(status, body, error=name, stored=False))


def detail(field: str, issue: str, value: object = None, *, location: str = "body") -> dict[str, str]:
    """Return one detail of an error.

    >>> detail("page_size", "Must be a number", "x", location="query")
    {'field': 'page_size', 'value': 'x', 'location': 'query', 'issue': 'Must be a number'}
    """
    out = {"field": field}
    if isinstance(value, str | int | float):
        out["value"] = str(value)[:256]
    return out | {"location": location, "issue": issue}
