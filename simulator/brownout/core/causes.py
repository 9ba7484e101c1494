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
OLD_SECRET: Final = "old secret"  # noqa: S105 - a word, not a secret
POST_FOR_BASIC: Final = "post where basic is needed"
REUSE: Final = "reuse"
SKEW: Final = "skew"
UNKNOWN_CLIENT: Final = "unknown client"
WRONG_REDIRECT: Final = "wrong redirect"

_SELF_EVIDENT: Final = frozenset({BASIC_FOR_POST, LIVE, NEVER_ASKED, POST_FOR_BASIC, UNKNOWN_CLIENT, "wrong secret"})
"""Those that hang on the request alone, or on what its token was asked for."""

TOLD: Final[dict[str, str]] = {
    BASIC_FOR_POST: "The client sent its id and secret by Basic, and this server wants them in the form.",
    POST_FOR_BASIC: "The client sent its id and secret in the form, and this server wants them by Basic.",
    LIVE: "The credential is one of the live environment, and this is the sandbox: each has its own.",
    UNKNOWN_CLIENT: "There is no client of that id here.",
    "wrong secret": "There is such a client, but that is not and never was its secret.",
    OLD_SECRET: "The secret was the client's own until it was given another one.",
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


_BY: Final = ", by rule "
_FEIGNED: Final = ", so says rule "


def by_rule(cause: str, rule: str | None) -> str:
    """Return a cause that a rule brought about, with its name; without one, the cause."""
    return cause if rule is None else f"{cause}{_BY}{rule}"


def feigned(cause: str, rule: str) -> str:
    """Return the cause that a rule wants a good credential to be refused for.

    >>> feigned(OLD_SECRET, "mixed-up")
    'old secret, so says rule mixed-up'
    """
    return f"{cause}{_FEIGNED}{rule}"


def plain(cause: str) -> str:
    """Return a cause without the rule that had a part in it.

    >>> plain(feigned(OLD_SECRET, "mixed-up")), plain("admin"), plain("rule r")
    ('old secret', 'admin', 'rule r')
    """
    return cause.partition(_FEIGNED)[0].partition(_BY)[0]


def doer(cause: str) -> str | None:
    """Return the rule that brought a cause about, as a cause itself; None if none did.

    >>> doer("rule r"), doer(by_rule(OLD_SECRET, "r")), doer("admin")
    ('rule r', 'rule r', None)
    """
    if cause.startswith("rule "):
        return cause
    _, brought_about, rule = cause.partition(_BY)
    return f"rule {rule}" if brought_about else None


def tell(error: str | None, cause: str) -> str | None:
    """Return the sentence for a cause, None if it has none of its own."""
    word, is_feigned, rule = cause.partition(_FEIGNED)
    if is_feigned:
        feigned = f"The refusal was feigned: rule {rule} saw to that, and the credential is good."
        return f"{feigned} What it was taken for: {TOLD[word]}"
    word, brought_about, rule = cause.partition(_BY)
    told = TOLD_OF.get((error or "", word)) or TOLD.get(word)
    return f"{told} Rule {rule} saw to that." if brought_about else told


def tells_of_others(cause: str | None) -> bool:
    """Return whether a cause lies in time or in another request, so that a seed alone doesn't repeat it."""
    return cause is not None and cause not in _SELF_EVIDENT and _FEIGNED not in cause
