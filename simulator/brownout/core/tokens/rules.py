"""How long tokens live and how they are renewed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRules:
    """How long tokens live and how they are renewed. A provider has its own; a scenario's `oauth` overrides fields.

    A refresh token ends at the earliest of three: `refresh_ttl_seconds` after it was issued, `refresh_idle_ttl_seconds`
    after it was last used, `refresh_absolute_ttl_seconds` after its grant began; None is no end.

    With `rotation` each refresh returns a new refresh token and spends the old one. A spent one used again within
    `reuse_grace_seconds` is honoured, and `grace_returns` says with which refresh token: a `new` one, the `same` that
    its first use returned, or the `old` one that was presented. Later it is a reuse: `on_reuse` says whether only that
    request fails or the whole family is revoked (RFC 9700 §4.14.2).

    Raises:
        ValueError: if a length is not above 0 (the grace: below 0) or not finite; it begins with the key's name.
    """

    access_ttl_seconds: float = 3600.0
    refresh_ttl_seconds: float | None = None
    refresh_idle_ttl_seconds: float | None = None
    refresh_absolute_ttl_seconds: float | None = None
    rotation: bool = False
    reuse_grace_seconds: float = 0.0
    grace_returns: Literal["new", "same", "old"] = "new"
    on_reuse: Literal["reject", "revoke_family"] = "revoke_family"

    def __post_init__(self) -> None:
        """Check the ranges."""
        for key, seconds in (
            ("access_ttl", self.access_ttl_seconds),
            ("refresh_ttl", self.refresh_ttl_seconds),
            ("refresh_idle_ttl", self.refresh_idle_ttl_seconds),
            ("refresh_absolute_ttl", self.refresh_absolute_ttl_seconds),
        ):
            if seconds is not None and not 0 < seconds < math.inf:
                raise ValueError(f"{key} must be above 0 and finite, not {seconds:g} seconds")
        if not 0 <= self.reuse_grace_seconds < math.inf:
            raise ValueError(f"reuse_grace must be at least 0 and finite, not {self.reuse_grace_seconds:g} seconds")

    def refresh_end(self, *, issued_at: float, used_at: float, grant_at: float) -> float | None:
        """Return the world time at which a refresh token ends, None if it doesn't.

        >>> rules = TokenRules(refresh_ttl_seconds=100.0, refresh_idle_ttl_seconds=10.0)
        >>> rules.refresh_end(issued_at=0.0, used_at=5.0, grant_at=0.0)
        15.0
        >>> rules.refresh_end(issued_at=0.0, used_at=95.0, grant_at=0.0)
        100.0
        """
        return min(
            (
                since + seconds
                for since, seconds in (
                    (issued_at, self.refresh_ttl_seconds),
                    (used_at, self.refresh_idle_ttl_seconds),
                    (grant_at, self.refresh_absolute_ttl_seconds),
                )
                if seconds is not None
            ),
            default=None,
        )
