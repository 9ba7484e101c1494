"""Orders paid with what the vault keeps: payment tokens, by their ids.

An id that this vault doesn't know is taken as valid, so that a test needs no vault. (PayPal REST API specifications,
Orders v2, `vault_id` and its issues; read 2026-11-23.)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from brownout.providers.paypal.orders.sources import Terms
    from brownout.providers.paypal.reader import Place, Reader

_VAULT_ID: Final = re.compile(r"[0-9a-zA-Z_-]+")
_SOME_CARD: Final = {"last_digits": "0004", "brand": "VISA", "type": "CREDIT"}


def read_saved(reader: Reader, kind: str, given: dict[str, Any], place: Place, terms: Terms) -> dict[str, Any]:
    """Return what answers show of the method that `vault_id` names.

    Raises:
        Refused: if the vault has it as another kind of method than `kind`, or had it until it was deleted.
    """
    vault_id = reader.text(given, "vault_id", place, most=255, pattern=_VAULT_ID, needed=True) or ""
    reader.refuse_deleted(vault_id, f"{place.pointer}/vault_id")
    token = terms.saved(vault_id)
    if token is None:
        return dict(_SOME_CARD)
    if token["kind"] != kind:
        raise reader.refused("MISMATCHED_VAULT_ID_TO_PAYMENT_SOURCE", f"{place.pointer}/vault_id", vault_id)
    return dict(token["shown"])
