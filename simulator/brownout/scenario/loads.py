"""The section `load`: what a drill sends, and when."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from brownout.core.executors import EXECUTORS, ORDERS_MOST, expected
from brownout.core.plan import Load, Stage
from brownout.scenario.model import LoadSection, StageSection
from brownout.scenario.wording import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.plan import Phase
    from brownout.scenario.document import Path
    from brownout.scenario.model import Section
    from brownout.scenario.reader import Reader

_AT: Final[Path] = ("load",)
_ALWAYS: Final = frozenset(("executor", "journey", "duration", "users"))


def load_of(reader: Reader, value: Any, phases: list[Phase]) -> Load | None:
    """Return the load that a scenario describes, None if there is none, or a mistake in it was noted."""
    if value is None:
        return None
    given = dict(reader.mapping(value, _AT))
    if isinstance(given.get("stages"), list):  # what is unknown in one is noted here, with a suggestion
        given["stages"] = [
            reader.known(entry, frozenset(StageSection.model_fields), (*_AT, "stages", number))
            if isinstance(entry, dict)
            else entry
            for number, entry in enumerate(given["stages"])
        ]
    section = reader.section(LoadSection, given if isinstance(value, dict) else value, _AT)
    if section is None:
        return None
    wrong = [*_misplaced(section, given), *_not_above_0(section, given)]
    for key, message in wrong:
        reader.fail((*_AT, key), message)
    if wrong:
        return None
    load = reader.made(lambda: _made(section), given, _AT)
    return None if load is None else _sized(reader, load, section, phases)


def _misplaced(section: Section, given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the keys that the executor can do nothing with, each with what is wrong."""
    executor = section.executor  # type: ignore[attr-defined]
    sending = EXECUTORS[executor]
    wrong = [
        (key, f"doesn't belong to {executor}, {sending}")
        for key in LoadSection.model_fields
        if given.get(key) is not None and key not in (*_ALWAYS, *sending.keys)
    ]
    if executor == "ramping_arrival_rate" and given.get("duration") is not None:
        wrong.append(("duration", "the stages say how long it takes: leave duration out"))
    return wrong


def _not_above_0(section: Section, given: Mapping[str, Any]) -> list[tuple[str, str]]:
    above_0 = ("rate", "duration", "repeat", "for")
    return [(key, f"must be above 0, not {shown(given[key])}") for key in above_0 if getattr(section, key) == 0]


def _made(section: Any) -> Load:
    executor, told = section.executor, section.model_fields_set
    takes = EXECUTORS[executor]
    rate: float | None = section.rate if "rate_per_second" in takes.fields else None
    if executor == "bursts" and "rate" not in told:
        rate = None
    stages = tuple(Stage(duration_seconds=one.duration, rate_per_second=one.rate) for one in section.stages or ())
    return Load(
        journey=section.journey,
        executor=executor,
        rate_per_second=rate,
        duration_seconds=sum(stage.duration_seconds for stage in stages) if stages else section.duration,
        users=section.users,
        start_rate_per_second=section.start_rate or 0.0,
        stages=stages,
        repeat_seconds=section.repeat,
        size=section.size,
        for_seconds=getattr(section, "for"),
        think_seconds=section.think or 0.0,
    )


def _sized(reader: Reader, load: Load, section: Any, phases: list[Phase]) -> Load | None:
    """Return a load of the length that its phases have, unless it says another one, or can't be planned."""
    if phases:
        whole = sum(phase.duration_seconds for phase in phases)
        if "duration" in section.model_fields_set:
            message = f"the phases say how long a drill takes, {whole:g}s in all: leave duration out"
            reader.fail((*_AT, "duration"), message)
        elif load.stages and abs(load.duration_seconds - whole) > 1e-6:
            message = f"the stages take {load.duration_seconds:g}s in all, and the phases {whole:g}s: make them equal"
            reader.fail((*_AT, "stages"), message)
            return None
        load = replace(load, duration_seconds=whole)
    if load.stages and load.duration_seconds <= 0:
        reader.fail((*_AT, "stages"), "must take some time in all")
        return None
    orders = expected(load)
    if load.executor != "constant_arrival_rate" and orders is not None and orders > ORDERS_MOST:
        reader.fail(_AT, f"that is about {orders:,.0f} orders, and {ORDERS_MOST:,} is the most that are planned")
        return None
    return load
