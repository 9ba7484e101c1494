"""Proof Key for Code Exchange: what ties an authorization code to the client that asked for it.

(RFC 7636 §4.1, §4.2, §4.6; read 2026-11-23.)
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from hmac import compare_digest
from typing import Final, Literal, NamedTuple, TypeAlias

Method: TypeAlias = Literal["S256", "plain"]
VERIFIER: Final = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
"""What a verifier looks like (§4.1), and a challenge too: 43 to 128 unreserved characters."""


class Challenge(NamedTuple):
    """What a client sent along when it asked for a code."""

    text: str
    method: Method

    def met_by(self, verifier: str) -> bool:
        """Return whether `verifier` is the one that the challenge was made from.

        >>> Challenge("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "S256").met_by(
        ...     "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        ... )
        True
        """
        if not VERIFIER.fullmatch(verifier):
            return False
        return compare_digest(self.text, challenge_of(verifier) if self.method == "S256" else verifier)


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a verifier (§4.2)."""
    return urlsafe_b64encode(sha256(verifier.encode("ascii")).digest()).decode().rstrip("=")
