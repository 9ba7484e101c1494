"""What programs read from the environment to reach an authorization server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brownout.core.provider import Variable

if TYPE_CHECKING:
    from brownout.providers.oauth.options import OAuthOptions


def variables(url: str, options: OAuthOptions) -> list[Variable]:
    """Return the variables, with the first of the clients that the options name, if they name any."""
    client, secret = next(iter(options.clients.items()), ("brownout-client", "brownout-secret"))
    loopback = "lets it speak to a token endpoint without TLS"
    return [
        Variable("OAUTH_CLIENT_ID", client, "programs that name theirs so"),
        Variable("OAUTH_CLIENT_SECRET", secret, "programs that name theirs so"),
        Variable("OAUTH_TOKEN_URL", f"{url}/token", "programs that name theirs so", leads=True),
        Variable("OAUTHLIB_INSECURE_TRANSPORT", "1", f"oauthlib: {loopback}", leads=True),
        Variable("AUTHLIB_INSECURE_TRANSPORT", "1", f"Authlib: {loopback}", leads=True),
    ]
