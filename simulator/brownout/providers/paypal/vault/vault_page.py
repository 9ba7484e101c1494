"""`paypal.setup_tokens.approve`: the page on which a payer agrees to save a payment method.

The real one is behind a login. This one agrees at once, or cancels with `action=cancel`, and sends the browser on.
(developer.paypal.com, Save payment methods: the link's form; read 2026-11-23.)
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

from brownout.core.exchange import Answer
from brownout.core.operation import Operation
from brownout.providers.paypal.links import led_to
from brownout.providers.paypal.vault.vault_shape import APPROVE_PATH

if TYPE_CHECKING:
    from brownout.core.operation import Call

_HTML: Final = {"Content-Type": "text/html; charset=utf-8"}
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1><p>{said}</p></body></html>
"""
_SHOWN_LETTERS: Final = 64


def _approve(call: Call) -> Answer:
    setup_id = call.params.get("approval_session_id", "")
    setup = _find(call, setup_id)
    if setup is None:
        said = f"No setup token has the id {setup_id[:_SHOWN_LETTERS]!r} here. Take the link from the token itself."
        return _page("No such setup token", said, status=404)
    cancelled = call.params.get("action") == "cancel"
    if not cancelled and setup["status"] == "PAYER_ACTION_REQUIRED":
        setup["status"] = "APPROVED"
    url = setup["cancel_url" if cancelled else "return_url"]
    if url is None:
        return _page("Done", f"The setup token is {setup['status'].lower()}. You can close this window.")
    query = {"approval_token_id": setup["id"], "approval_session_id": setup["id"]}
    return Answer(302, b"", headers={**_HTML, "Location": led_to(url, query)})


def _find(call: Call, setup_id: str) -> dict[str, Any] | None:
    """Return a setup token of any account: who approves isn't who asked."""
    for (provider, _, object_type), table in call.world.tables.items():
        if provider == call.provider and object_type == "setup_token" and (found := table.get(setup_id)) is not None:
            return found
    return None


def _page(title: str, said: str, *, status: int = 200) -> Answer:
    body = _PAGE.format(title=escape(title), said=escape(said)).encode("utf-8", "replace")
    return Answer(status, body, headers=_HTML, error="INVALID_RESOURCE_ID" if status == 404 else None, stored=False)


OPERATIONS: Final = (
    Operation(
        name="paypal.setup_tokens.approve", method="GET", path=APPROVE_PATH, run=_approve, effect="write",
        object_type="setup_token", key_objects=("body.approval_session_id",), public=True,
    ),
)  # fmt: skip
