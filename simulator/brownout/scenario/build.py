"""A document as a plan: names are looked up, parts are joined, and every mistake is kept until the end."""

from __future__ import annotations

import json
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from brownout.core.metrics import parse_assertion, parse_subject
from brownout.core.plan import Arm, ClockOptions, Load, Plan
from brownout.scenario.document import FIRST
from brownout.scenario.model import VERSION, ArmSection, ClockSection, Head, LoadSection
from brownout.scenario.reader import Reader
from brownout.scenario.rules import limits_of, rules_of
from brownout.scenario.values import name_of, place_of
from brownout.scenario.wording import shown, unknown

if TYPE_CHECKING:
    from brownout.core.registries import Registries
    from brownout.scenario.document import Document, Path

SECTIONS: Final = (
    "clock",
    "identity",
    "providers",
    "accounts",
    "limits",
    "faults",
    "load",
    "arms",
    "thresholds",
)
"""The top-level keys beside those of `Head`."""
LATER: Final = ("phases", "steady_state", "oauth")
"""Keys of the design that come with later versions. Until then a scenario that uses them is refused."""


def plan(document: Document, registries: Registries, *, name: str, seed: int | None = None) -> Plan:
    """Return the plan that `document` describes; `seed`, if given, takes the place of its own.

    Raises:
        ScenarioError: with every mistake found.
    """
    data = _versioned(document)
    reader = Reader(document, registries)
    for key in data:
        if key in LATER:
            reader.fail((key,), "not supported by this version yet")
        elif key not in Head.model_fields and key not in SECTIONS:
            reader.fail((key,), unknown(key, (*Head.model_fields, *SECTIONS)))
    head = reader.section(Head, {key: value for key, value in data.items() if key in Head.model_fields}, ())
    head = head or Head(brownout=1)
    seed = head.seed if seed is None else seed
    made = Plan(
        title=head.title or name,
        description=head.description,
        name=name,
        seed=seed,
        clock=_clock(reader, data),
        identity=_identity(reader, data),
        providers=_providers(reader, data),
        accounts=_accounts(reader, data),
        credentials=head.credentials,
        client_from=head.client_from,
        rules=rules_of(reader, data.get("faults")),
        limits=limits_of(reader, data.get("limits")),
        load=_load(reader, data),
        arms=_arms(reader, data),
        thresholds=_thresholds(reader, data),
        digest=sha256(json.dumps(data, sort_keys=True, separators=(",", ":")).encode()).hexdigest(),
    )
    if document.mistakes:
        raise document.error()
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


def _identity(reader: Reader, data: dict[str, Any]) -> dict[str, str]:
    places = reader.mapping(data.get("identity"), ("identity",))
    for operation, place in places.items():
        path: Path = ("identity", operation)
        if operation not in reader.operations:
            reader.fail(path, unknown(operation, reader.operations, hint="brownout list operations shows all"))
        reader.made(partial(place_of, place), {}, path)
    return places


def _providers(reader: Reader, data: dict[str, Any]) -> dict[str, Any]:
    made = {}
    for name, options in reader.mapping(data.get("providers"), ("providers",)).items():
        provider = reader.registries.providers.get(name)
        if provider is None:
            reader.fail(("providers", name), unknown(name, reader.registries.providers))
        else:
            made[name] = reader.options(provider.options_type, options, ("providers", name))
    return made


def _accounts(reader: Reader, data: dict[str, Any]) -> dict[str, str]:
    accounts = reader.mapping(data.get("accounts"), ("accounts",))
    for presented, account in accounts.items():
        if not isinstance(account, str) or not account:
            reader.fail(("accounts", presented), f"must be the name of an account, not {shown(account)}")
    return accounts


def _load(reader: Reader, data: dict[str, Any]) -> Load | None:
    if data.get("load") is None:
        return None
    load = reader.section(LoadSection, data["load"], ("load",))
    if load is None:
        return None
    for key in ("rate", "duration"):
        if getattr(load, key) <= 0:
            reader.fail(("load", key), f"must be above 0, not {shown(data['load'][key])}")
    return Load(journey=load.journey, rate_per_second=load.rate, duration_seconds=load.duration, users=load.users)


def _arms(reader: Reader, data: dict[str, Any]) -> dict[str, Arm]:
    arms = {}
    for name, value in reader.mapping(data.get("arms"), ("arms",)).items():
        path: Path = ("arms", name)
        reader.made(partial(name_of, name), {}, path)
        arm = reader.section(ArmSection, value, path)
        if arm is not None:
            arms[name] = Arm(name=name, client=arm.client, control=arm.control)
    return arms


def _thresholds(reader: Reader, data: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    given = data.get("arms")
    arms = given if isinstance(given, dict) else {}
    thresholds = {}
    for key, lines in reader.mapping(data.get("thresholds"), ("thresholds",)).items():
        path: Path = ("thresholds", key)
        subject = reader.made(partial(parse_subject, key), {}, path)
        if subject is not None and subject.arm is not None and subject.arm not in arms:
            reader.fail(path, f"arm: {unknown(subject.arm, arms)}")
        if not isinstance(lines, list) or not lines:
            found = "an empty one" if lines == [] else shown(lines)
            reader.fail(path, f'must be a list of assertions, such as ["count == 0"], not {found}')
            continue
        for position, line in enumerate(lines):
            place = (*path, position)
            if not isinstance(line, str):
                reader.fail(place, f'must be text, such as "count == 0", not {shown(line)}')
            elif subject is not None:
                reader.made(partial(parse_assertion, subject.metric, line), {}, place)
        thresholds[key] = tuple(str(line) for line in lines)
    return thresholds
