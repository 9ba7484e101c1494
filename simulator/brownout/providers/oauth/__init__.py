"""A generic OAuth 2.0 provider: for applications whose own provider isn't emulated.

What belongs here: an authorization server (RFC 6749, RFC 7009) and resources behind bearer tokens (RFC 6750), whose
bodies a scenario lays out. What a token is worth is `core.tokens`' business; faults and limits are the engine's.
"""

from brownout.providers.oauth.options import Fixture, OAuthOptions, RefreshToken
from brownout.providers.oauth.provider import OAUTH, OAuth
from brownout.providers.oauth.registrations import Registration

__all__ = ["OAUTH", "Fixture", "OAuth", "OAuthOptions", "RefreshToken", "Registration"]
