"""What is likely to disappoint about rules that strike webhook deliveries."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from brownout.core.deliveries import delivery_of
from brownout.core.errors import did_you_mean
from brownout.core.match import fits
from brownout.scenario.advice import Advice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brownout.core.fault import Fault
    from brownout.core.match import Match
    from brownout.core.plan import Plan
    from brownout.core.provider import Provider
    from brownout.core.registries import Registries
    from brownout.core.rules import Rule
    from brownout.scenario.expect import Expectation

_OF_CALLS: Final = ("header", "body", "path", "grant", "method")
"""Keys of `match` about what only a call has."""
_WITH_VERSIONS: Final = "stripe.webhook.delivery"
_LONGEST: Final = 300


def strikes_deliveries(rule: Rule) -> bool:
    """Return whether a rule is about webhook deliveries."""
    return bool(getattr(rule.fault, "deliveries", False))


def deliveries(key: str, rule: Rule, plan: Plan, expected: Expectation) -> Iterator[Advice]:
    """Say where a rule of webhook deliveries can't do what it is there for."""
    match = rule.match
    if not strikes_deliveries(rule):
        return
    unfit = [name for name in _OF_CALLS if getattr(match, name)]
    if unfit and expected.operations:
        message = f"{rule.name} never fires: a webhook delivery has no {' and no '.join(unfit)} to match"
        yield Advice(key=f"{key}.match.{unfit[0]}", message=f"{message}; it has event and endpoint")
    if any(number != 1 for number in match.occurrence):
        message = f"{rule.name} is decided once a delivery, so there is no occurrence but 1; tries of it have tries"
        yield Advice(key=f"{key}.match.occurrence", message=message)
    if (
        rule.fault.kind == "webhook_burst"
        and rule.phase is None
        and (rule.when is None or rule.when.for_seconds is None)
    ):
        message = f"{rule.name} holds nothing back: its window has no end, so say for: how long, or put it into a phase"
        yield Advice(key=key, message=message)
    versions = getattr(rule.fault, "versions", ())
    if versions and expected.operations and _WITH_VERSIONS not in expected.operations:
        yield Advice(key=key, message=f"{rule.name} changes nothing: only Stripe's events come in versions")
    if plan.clock.speed != 1 and rule.when is not None:
        faster = f"{plan.clock.speed:g} times as fast as the load"
        message = f"{rule.name} counts its window in the world's time, which goes {faster}"
        yield Advice(key=key, message=message, severity="hint")


def events(key: str, rule: Rule, registries: Registries) -> Iterator[Advice]:
    """Yield each type of event of a rule that none of its providers has; of some the types aren't known."""
    about = [one for one in _senders(registries) if rule.match.event and rule.concerns(delivery_of(one.name))]
    known = [getattr(one, "event_types", None) for one in about]
    if not known or None in known:
        return
    types = {name for each in known if each is not None for name in each()}
    for glob in rule.match.event:
        if not any(fits((glob,), name) for name in types) and len(glob) <= _LONGEST:
            near = get_close_matches(glob, sorted(types), n=1, cutoff=0.5)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            names = " or ".join(one.title for one in about)
            yield Advice(key=f"{key}.match.event", message=f"{names} has no type of event like {glob!r}{hint}")


def unknown_version(fault: Fault, match: Match, registries: Registries) -> str | None:
    """Return what is wrong with the version that a fault of deliveries sends in; None if nothing is, or can be said."""
    about = [one for one in _senders(registries) if match.static(delivery_of(one.name))]
    judges: list[Any] = [one for one in about if hasattr(one, "is_version")]
    for version in getattr(fault, "versions", ()) if judges else ():
        if not any(one.is_version(version) for one in judges):
            known = {name for one in judges for name in one.known_versions()}
            return f"can't be a version: {did_you_mean(version, known)}"
    return None


def _senders(registries: Registries) -> list[Provider]:
    """Return the providers that send webhooks."""
    operations = registries.deliveries()
    return [one for one in registries.providers.values() if delivery_of(one.name).name in operations]
