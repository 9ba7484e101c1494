"""A document as a plan: names are looked up, parts are joined, and every mistake is kept until the end."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from brownout.core.errors import ScenarioError
from brownout.core.plan import ClockOptions, Plan
from brownout.scenario.arms import arms_of
from brownout.scenario.document import FIRST
from brownout.scenario.faults import rules_of
from brownout.scenario.identity import identity_of
from brownout.scenario.invariants import invariants_of
from brownout.scenario.limits import limits_of
from brownout.scenario.loads import load_of
from brownout.scenario.model import VERSION, ClockSection, Head
from brownout.scenario.overlays import merged, oauth_of, one_owner_each, providers_of
from brownout.scenario.phases import phases_of
from brownout.scenario.presets import Presets, laid_under
from brownout.scenario.reader import Reader
from brownout.scenario.rules import Names
from brownout.scenario.thresholds import steady_state_of, thresholds_of
from brownout.scenario.wording import shown, unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from brownout.core.registries import Registries
    from brownout.scenario.document import Document
    from brownout.scenario.presets import Preset

SECTIONS: Final = (
    "use",
    "clock",
    "identity",
    "providers",
    "oauth",
    "accounts",
    "limits",
    "faults",
    "phases",
    "load",
    "arms",
    "steady_state",
    "thresholds",
    "invariants",
)
"""The top-level keys beside those of `Head`."""


def plan(document: Document, registries: Registries, *, name: str, seed: int | None = None) -> Plan:
    """Return the plan that `document` describes; `seed`, if given, takes the place of its own.

    Raises:
        ScenarioError: with every mistake found.
    """
    data = _versioned(document)
    reader = Reader(document, registries)
    for key in data:
        if key not in Head.model_fields and key not in SECTIONS:
            reader.fail((key,), unknown(key, (*Head.model_fields, *SECTIONS)))
    head = reader.section(Head, {key: value for key, value in data.items() if key in Head.model_fields}, ())
    head = head or Head(brownout=1)
    seed = head.seed if seed is None else seed
    names, presets = Names(), Presets(reader)
    used = presets.of(data.get("use"), ("use",))
    rules = rules_of(reader, data.get("faults"), ("faults",), names)
    limits = limits_of(reader, data.get("limits"), ("limits",))
    identity: dict[str, str] = {}
    oauth: dict[str, Any] = {}
    for preset in used:
        rules += preset.rules(names)
        limits += preset.limits(limits)
        identity |= identity_of(preset.reader, preset.data)
        oauth |= preset.oauth()
    base = merged(laid_under(used), data.get("providers"))
    phased = phases_of(reader, data, names, presets, base)
    made = Plan(
        title=head.title or name,
        description=head.description,
        name=name,
        seed=seed,
        clock=_clock(reader, data),
        identity={**phased.identity, **identity, **identity_of(reader, data)},
        providers=_providers(reader, data, used),
        accounts=_accounts(reader, data),
        credentials=head.credentials,
        client_from=head.client_from,
        fault_header=head.fault_header,
        rules=(*rules, *phased.rules),
        limits=(*limits, *phased.limits),
        phases=tuple(phased.phases),
        oauth={**oauth, **oauth_of(reader, data.get("oauth"), ("oauth",))},
        load=load_of(reader, data.get("load"), phased.phases),
        arms=arms_of(reader, data),
        thresholds=thresholds_of(reader, data),
        steady_state=steady_state_of(reader, data),
        invariants=invariants_of(reader, data),
        folder=str(PurePath(document.file).parent),
        digest=_digest([data, presets.used] if presets.used else data),
    )
    if document.mistakes or presets.mistakes:
        raise ScenarioError([*document.error().mistakes, *presets.mistakes])
    return made


def _digest(data: Any) -> str:
    """Return what stands for a scenario's data, and for that of what it uses."""
    return sha256(json.dumps(data, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _providers(reader: Reader, data: dict[str, Any], used: Sequence[Preset]) -> dict[str, Any]:
    """Return options of providers: the scenario's own, laid over those of what it uses."""
    made: dict[str, Any] = {}
    for number, preset in enumerate(used):
        made |= preset.providers(laid_under(used[:number], {}), once=True)
    under = laid_under(used) if used else None
    made |= providers_of(reader, data.get("providers"), ("providers",), under)
    one_owner_each(reader, made, ("providers",))
    return made


def _versioned(document: Document) -> dict[str, Any]:
    """Return the top mapping of a version that can be read; nothing else is said of any other."""
    data = document.data
    if not isinstance(data, dict):
        document.fail((), f"must be a mapping of keys that begins with {FIRST}, not {shown(data)}")
        raise document.error()
    found = data.get("brownout")
    if "brownout" not in data:
        document.fail(("brownout",), f"missing; write {FIRST} as the first line")
    elif isinstance(found, int) and not isinstance(found, bool) and found > VERSION:
        document.mistakes.clear()
        document.fail(
            ("brownout",),
            f"this scenario is written for version {found}, and this Brownout reads version {VERSION}: "
            "upgrade it with pip install --upgrade brownout",
        )
        raise document.error()
    elif found != VERSION or isinstance(found, bool | float):
        document.fail(("brownout",), f"must be the version of the format: write {FIRST}, not {shown(found)}")
    return {**data, "brownout": VERSION}


def _clock(reader: Reader, data: dict[str, Any]) -> ClockOptions:
    clock = reader.section(ClockSection, data.get("clock"), ("clock",)) or ClockSection()
    return ClockOptions(start=clock.start, speed=clock.speed, frozen=clock.frozen)


def _accounts(reader: Reader, data: dict[str, Any]) -> dict[str, str]:
    accounts = reader.mapping(data.get("accounts"), ("accounts",))
    for presented, account in accounts.items():
        if not isinstance(account, str) or not account:
            reader.fail(("accounts", presented), f"must be the name of an account, not {shown(account)}")
    return accounts
