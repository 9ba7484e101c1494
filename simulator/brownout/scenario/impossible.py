"""Rules that can never match, and what is nearest to what they ask for."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from brownout.core.globs import may_fit
from brownout.core.match import fits
from brownout.scenario.advice import Advice
from brownout.scenario.expect import operations_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brownout.core.operation import Operation
    from brownout.core.registries import Registries
    from brownout.core.rules import Rule

_ONE_TOO_MANY: Final = ("method", "grant", "provider", "operation")
"""Keys of `match` of which one without the others may fit."""
GRANTS: Final = (
    "authorization_code",
    "client_credentials",
    "password",
    "refresh_token",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:ietf:params:oauth:grant-type:saml2-bearer",
    "urn:ietf:params:oauth:grant-type:token-exchange",
)
"""Grant types that have a name (RFC 6749 §4, and IANA's OAuth URI registry)."""
_LONGEST: Final = 300
"""A path longer than that isn't compared."""


def why_none(rule: Rule, registries: Registries) -> str:
    """Return why no operation fits all that a rule asks for, naming the nearest; nothing if that can't be said."""
    known = [*registries.operations().values(), *registries.beside().values()]
    fitting = [one.name for one in known if rule.match.static(one)]
    if fitting:
        return f"{rule.fault.kind} can do nothing to {fitting[0]}"
    for key in _ONE_TOO_MANY:
        if getattr(rule.match, key):
            left_out: dict[str, Any] = {key: ()}
            rest = replace(rule.match, **left_out)
            near = next((one for one in known if rest.static(one) and rule.fault.suits(one)), None)
            if near is not None and getattr(near, key, None) is not None:
                return f"but for {key}, {near.name} would fit, whose {key} is {getattr(near, key)}"
            if near is not None:
                return f"but for {key}, {near.name} would fit"
    return ""


def paths(key: str, rule: Rule, registries: Registries) -> Iterator[Advice]:
    """Yield each path of a rule that no route has; such a rule strikes at most calls for unknown paths."""
    if not rule.match.path:
        return
    struck = [one for one in operations_of(rule, registries) if one.effect not in ("handshake", "delivery")]
    unrouted = {provider.unknown.name for provider in registries.providers.values()}
    routes = [one for one in struck if one.name not in unrouted]
    for glob in rule.match.path:
        if not routes or any(may_fit(glob, one.path) for one in routes) or len(glob) > _LONGEST:
            continue
        only = "it strikes only calls for unknown paths" if len(routes) < len(struck) else f"{rule.name} never fires"
        yield Advice(key=f"{key}.match.path", message=f"no route has a path like {glob!r}{_near(glob, routes)}: {only}")


def grants(key: str, rule: Rule) -> Iterator[Advice]:
    """Yield each grant of a rule that fits no grant type with a name; a provider's own is none of those."""
    for glob in rule.match.grant:
        if any(fits((glob,), one) for one in GRANTS):
            continue
        found = get_close_matches(glob, GRANTS, n=1, cutoff=0.5)
        near = f"; did you mean {found[0]!r}?" if found else f"; those with a name are {', '.join(GRANTS[:4])}"
        message = f"{rule.name} fires only if a provider has a grant type of its own like {glob!r}{near}"
        yield Advice(key=f"{key}.match.grant", message=message)


def _near(glob: str, routes: list[Operation]) -> str:
    found = get_close_matches(glob, {one.path for one in routes}, n=1, cutoff=0.5)
    return f"; the nearest is {found[0]!r}" if found else ""
