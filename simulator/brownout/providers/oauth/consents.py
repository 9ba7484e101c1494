"""`oauth.consents.list` and `oauth.consents.revoke`: where somebody sees what they allowed, and takes it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from brownout.core.errors import Refused
from brownout.core.exchange import Answer
from brownout.core.operation import Operation
from brownout.providers.oauth.pages import consents_page, error_page

if TYPE_CHECKING:
    from brownout.core.operation import Call


def _list(call: Call) -> Answer:
    subject = call.params.get("subject")
    found = call.world.tokens.consents.of(call.provider, subject)
    return consents_page(subject, found, action=f"{call.base_url}/consents/revoke")


def _revoke(call: Call) -> Answer:
    """Take back one scope, or all that a client was allowed, from it and from the tokens that it holds."""
    client, subject = call.params.get("client_id"), call.params.get("subject")
    if client is None or subject is None:
        raise Refused(error_page("invalid_request", "client_id and subject say whose consent is taken back."))
    scope = call.params.get("scope")
    scopes = None if scope is None else frozenset(scope.split(" ")) - {""}
    if not call.world.tokens.withdraw(call.provider, client, subject, scopes, call.moment.world):
        raise Refused(error_page("not_found", "There is no such consent.", status=404))
    return Answer(303, b"", headers={"Location": f"{call.base_url}/consents"}, stored=False)


OPERATIONS: Final = (
    Operation(name="oauth.consents.list", method="GET", path="/consents", run=_list, public=True),
    Operation(
        name="oauth.consents.revoke", method="POST", path="/consents/revoke", run=_revoke, effect="write", public=True
    ),
)
