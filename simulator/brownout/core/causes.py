"""What a record's `cause` may say of a credential that was refused, beside `rule NAME`, and what `explain` tells of it.

A provider's answer is the same for most of these, as it is in reality: only the journal tells them apart.
"""

from __future__ import annotations

from typing import Final

ADMIN: Final = "admin"
BASIC_FOR_POST: Final = "basic where post is needed"
CLIENT: Final = "client"
CLOCK: Final = "clock"
CONSENT: Final = "consent"
LIVE: Final = "live against sandbox"
NEVER_ASKED: Final = "scope never asked"
NOT_GRANTED: Final = "scope not granted"
POST_FOR_BASIC: Final = "post where basic is needed"
REUSE: Final = "reuse"
SKEW: Final = "skew"
WRONG_REDIRECT: Final = "wrong redirect"

_SELF_EVIDENT: Final = frozenset({BASIC_FOR_POST, LIVE, NEVER_ASKED, POST_FOR_BASIC, "unknown client", "wrong secret"})
"""Those that hang on the request alone, or on what its token was asked for."""

TOLD: Final[dict[str, str]] = {
    BASIC_FOR_POST: "The client sent its id and secret by Basic, and this server wants them in the form.",
    POST_FOR_BASIC: "The client sent its id and secret in the form, and this server wants them by Basic.",
    LIVE: "The credential is one of the live environment, and this is the sandbox: each has its own.",
    "unknown client": "There is no client of that id here.",
    "wrong secret": "There is such a client, but that is not and never was its secret.",
    "old secret": "The secret was the client's own until it was given another one.",
    WRONG_REDIRECT: "The redirect_uri is not, letter by letter, one that the client registered or began with.",
    NEVER_ASKED: "Its token lacks a scope that this needs, and that nobody ever asked for.",
    NOT_GRANTED: "Its token lacks a scope that this needs: it was asked for, but not granted.",
    ADMIN: "Its credential had been revoked through the admin API.",
    CLIENT: "Its token had been revoked by the client itself.",
    CONSENT: "Its token had been revoked because the consent that it rested on was taken back.",
    REUSE: "Its token had been revoked because a spent refresh token of the same grant was used again.",
    SKEW: "Its token expired because the client's clock is off: by the authority's clock its time was up.",
}
"""The sentence for each, whatever the error."""

_JUMPED: Final = "Its token expired because the clock was advanced: without that it would still be good."

TOLD_OF: Final[dict[tuple[str, str], str]] = {
    ("token_expired", CLOCK): _JUMPED,
    ("grant_dead", CLOCK): _JUMPED,
    ("client_unknown", SKEW): "By the authority's clock its assertion was out of date: the client's clock is off.",
    ("grant_dead", SKEW): "By the authority's clock its time was up: the client's clock is off.",
    ("token_expired", ADMIN): "Its token was made to expire through the admin API.",
    ("scope_missing", CONSENT): "Its token lacks a scope that was granted, and taken back since.",
    ("scope_missing", ADMIN): "Its token lacks a scope that was taken from it through the admin API.",
}
"""The sentence for each error and cause that have one of their own."""


def tells_of_others(cause: str | None) -> bool:
    """Return whether a cause lies in time or in another request, so that a seed alone doesn't repeat it."""
    return cause is not None and cause not in _SELF_EVIDENT
