"""Where Onfido really is, and what programs read from the environment to get there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from brownout.core.provider import Variable
from brownout.providers.onfido.words import ROOT

if TYPE_CHECKING:
    from brownout.providers.onfido.options import OnfidoOptions

HOSTS: Final = ("api.eu.onfido.com", "api.us.onfido.com", "api.ca.onfido.com", "api.onfido.com")
"""One a region, and the one from before there were regions. Sandbox and live share them."""


def variables(url: str, options: OnfidoOptions, token: str) -> list[Variable]:
    """Return the variables, with the first of the tokens and clients that the options name, if they name any."""
    client, secret = next(iter(options.clients.items()), ("brownout-client", "brownout-secret"))
    return [
        Variable("ONFIDO_API_TOKEN", next(iter(options.tokens), "api_sandbox.brownout"), "Onfido's SDKs' own examples"),
        Variable("ONFIDO_OAUTH_CLIENT_ID", client, "Onfido's SDKs' own examples"),
        Variable("ONFIDO_OAUTH_CLIENT_SECRET", secret, "Onfido's SDKs' own examples"),
        Variable("ONFIDO_REGION", "EU", "Onfido's SDKs' own examples"),
        Variable("ONFIDO_WEBHOOK_SECRET_TOKEN", token, "Onfido's SDKs' own examples"),
        Variable("ONFIDO_API_URL", f"{url}{ROOT}", "programs that set the SDK's host or base path from it", leads=True),
    ]
