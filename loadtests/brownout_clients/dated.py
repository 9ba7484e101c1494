"""Clients that know Stripe's answers from one dated version: two that take the account's for granted, two that don't.

What breaks them is what Stripe's changelog says: a payment intent without `charges` (2022-11-15), without `invoice`
(2025-03-31.basil).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout_clients.naive import Naive
from brownout_clients.protocols import Failure
from brownout_clients.providers import STRIPE
from brownout_clients.resilient import Resilient
from brownout_clients.shapes import Field, body_of, tolerant
from brownout_clients.shop import INTENT

if TYPE_CHECKING:
    from brownout_clients.protocols import Response
    from brownout_clients.providers import Call

VERSION: Final = "Stripe-Version"
WRITTEN_FOR: Final = "2022-08-01"
"""The version that the first two know: the last in which an intent had its charges in it."""
CHARGE: Final = Field("charges.data.0.id")
LATEST: Final = Field("latest_charge")


class ReadsCharges(Naive):
    """Keeps each payment's charge, the first of `charges`; which version it is answered in it never says."""

    def read(self, response: Response, fields: tuple[Field, ...], where: str) -> dict[str, Any]:
        """Read strictly, an intent with its charge."""
        return super().read(response, (*fields, CHARGE) if fields is INTENT else fields, where)


class Pinned(Resilient):
    """Says with each call which version it was written for, and finds the charge where later ones have it, too."""

    def once(self, call: Call, bearer: str, *, keyed: bool) -> Response:
        """Send a call one time, pinned."""
        if call.provider is STRIPE:
            call = call._replace(headers={**call.headers, VERSION: WRITTEN_FOR})
        return super().once(call, bearer, keyed=keyed)

    def read(self, response: Response, fields: tuple[Field, ...], where: str) -> dict[str, Any]:
        """Read tolerantly, an intent with its charge, wherever that is."""
        if fields is INTENT and not any(tolerant(response.body, (CHARGE, LATEST), where).values()):
            raise Failure("contract", f"no charge in the answer to {where}", certain=False)
        return super().read(response, fields, where)


class ReadsInvoice(Naive):
    """Has a model of an intent in which `invoice` may be null, but must be there; reads no headers."""

    def read(self, response: Response, fields: tuple[Field, ...], where: str) -> dict[str, Any]:
        """Read strictly, an intent with its invoice."""
        if fields is INTENT:
            _with_invoice(response, where)
        return super().read(response, fields, where)


class Heeds(Resilient):
    """Has that model, too; but once an answer announces a change, all users ask for the version that they have."""

    def once(self, call: Call, bearer: str, *, keyed: bool) -> Response:
        """Send a call one time, pinned if that is called for."""
        stripe, shared = call.provider is STRIPE, self.around.shared
        if stripe and "pinned" in shared:
            call = call._replace(headers={**call.headers, VERSION: shared["pinned"]})
        response = super().once(call, bearer, keyed=keyed)
        if stripe and "pinned" not in shared and "Deprecation" in response.headers:
            shared["pinned"] = response.headers[VERSION]
        return response

    def read(self, response: Response, fields: tuple[Field, ...], where: str) -> dict[str, Any]:
        """Read tolerantly, an intent with its invoice."""
        if fields is INTENT:
            _with_invoice(response, where)
        return super().read(response, fields, where)


def _with_invoice(response: Response, where: str) -> None:
    body = body_of(response.body, where)
    if not isinstance(body, dict) or "invoice" not in body:
        raise Failure("contract", f"invoice of {where} is missing", certain=False)
