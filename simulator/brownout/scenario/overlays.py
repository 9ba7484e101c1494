"""What a scenario says at the top and a phase may say again: options of providers, and how tokens live.

A phase's mapping lies over the base's: mappings are merged, everything else takes the place of what was there.
"""

from __future__ import annotations

from dataclasses import fields
from functools import partial
from typing import TYPE_CHECKING, Any

from brownout.core.tokens import TokenRules
from brownout.scenario.model import OAuthSection
from brownout.scenario.reader import Trial
from brownout.scenario.wording import unknown

if TYPE_CHECKING:
    from brownout.scenario.document import Path
    from brownout.scenario.reader import Reader


def providers_of(reader: Reader, value: Any, path: Path, base: Any = None) -> dict[str, Any]:
    """Return the options of each provider that the mapping `value` names, laid over those of `base`.

    With a `base` (a mapping of the same form, as it was written), what is wrong with it alone isn't said again.
    """
    under = base if isinstance(base, dict) else {}
    made = {}
    for name, options in reader.mapping(value, path).items():
        provider = reader.registries.providers.get(name)
        if provider is None:
            reader.fail((*path, name), unknown(name, reader.registries.providers))
        elif under.get(name) and isinstance(options, dict):
            made[name] = _laid_over(reader, provider.options_type, under[name], options, (*path, name))
        elif options is not None or name not in under:
            made[name] = reader.options(provider.options_type, options, (*path, name))
    return made


def one_owner_each(reader: Reader, made: dict[str, Any], path: Path) -> None:
    """Note each host that options give a provider although it is another's already."""
    known = reader.registries.providers
    owners = {host: name for name, provider in known.items() for host in provider.hosts(provider.options_type())}
    for name, options in made.items():
        for place, host in enumerate(known[name].hosts(options) if options is not None else ()):
            owner = owners.setdefault(host, name)
            if owner != name:
                reader.fail((*path, name, "hosts", place), f"{host!r} is {owner}'s already; a host has one owner")


def refuse_once(reader: Reader, value: Any, path: Path) -> None:
    """Note each option of a phase that only the beginning of a world reads."""
    for name, options in value.items() if isinstance(value, dict) else ():
        provider = reader.registries.providers.get(name)
        for one in fields(provider.options_type) if provider is not None and isinstance(options, dict) else ():
            if one.name in options and one.metadata.get("once"):
                message = f"is read once, when a world begins: write it under providers.{name} at the top"
                reader.fail((*path, name, one.name), message)


def oauth_of(reader: Reader, value: Any, path: Path) -> dict[str, Any]:
    """Return the fields of `TokenRules` that the mapping `value` gives; a key without a value gives none."""
    section = reader.section(OAuthSection, value, path)
    made = {}
    for key, given in section if section is not None else ():
        if given is not None:
            field = f"{key}_seconds" if isinstance(given, float) else key
            made[field] = given
            reader.made(partial(TokenRules, **{field: given}), {}, (*path, key))
    return made


def merged(under: Any, over: Any) -> Any:
    """Return `over` laid over `under`.

    >>> merged({"review": "4s", "fees": {"card": 2, "bank": 1}}, {"fees": {"card": 3}})
    {'review': '4s', 'fees': {'card': 3, 'bank': 1}}
    """
    if not (isinstance(under, dict) and isinstance(over, dict)):
        return over
    return {**under, **{key: merged(under.get(key), value) for key, value in over.items()}}


def _laid_over(reader: Reader, options_type: type[Any], under: Any, over: dict[str, Any], path: Path) -> Any:
    """Return whole options; mistakes that the phase's own text makes are noted, those of the base's alone aren't."""
    base, whole = Trial(reader), Trial(reader)
    base.options(options_type, under, ())
    made = whole.options(options_type, merged(under, over), ())
    for place, message in whole.found:
        if _decides(over, place) or (place, message) not in base.found:
            reader.fail((*path, *place), message)
    return made


def _decides(over: Any, place: Path) -> bool:
    """Return whether what stands at `place` is all the phase's own, so that the base has no part in it."""
    for step in place:
        if not isinstance(over, dict):
            return True
        if step not in over:
            return False
        over = over[step]
    return not isinstance(over, dict)
