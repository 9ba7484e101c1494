"""The entries of `limits`: how many requests are let through, and what those that aren't are told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias, get_args
from zoneinfo import ZoneInfo

from pydantic import Field, PlainValidator, WithJsonSchema

from brownout.core.limits import Algorithm, Announce, Counted, Lie, Limit, Part, Penalty
from brownout.core.limits.limit import ResetForm, Told  # noqa: TC001 - pydantic reads them
from brownout.core.match import fits
from brownout.core.units import PerSecond, Seconds  # noqa: TC001 - pydantic reads it
from brownout.scenario.model import Section
from brownout.scenario.rules import match_of, unique
from brownout.scenario.values import PLACE, Name, Percent, place_of
from brownout.scenario.wording import shown, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from brownout.core.match import Match
    from brownout.scenario.document import Path
    from brownout.scenario.reader import Reader

_PARTS: Final = get_args(Part)
_ANNOUNCES: Final = get_args(Announce)
_EFFECTS: Final = ("read", "write", "token")


def _list(value: Any) -> list[Any]:
    given = value if isinstance(value, list) else [value]
    if not given:
        raise ValueError("an empty list says nothing: leave the key out")
    return given


def _partition(value: Any) -> tuple[str, ...]:
    for one in _list(value):
        if not isinstance(one, str):
            raise ValueError(f"must be text or a list of texts, not {shown(one)}")  # noqa: TRY004 - pydantic's way
        if one not in _PARTS and not one.startswith(("body.", "header.")):
            raise ValueError(f"{unknown(one, _PARTS)}, or a place: body.PATH or header.NAME")
        if one not in _PARTS:
            place_of(one)
    return tuple(_list(value))


def _announce(value: Any) -> tuple[str, ...]:
    for one in _list(value):
        if not isinstance(one, str) or one not in _ANNOUNCES:
            raise ValueError(unknown(one, _ANNOUNCES) if isinstance(one, str) else f"must be text, not {shown(one)}")
    return tuple(_list(value))


def _cost(value: Any) -> int | dict[str, int]:
    costs = value if isinstance(value, dict) else {"": value}
    for glob, cost in costs.items():
        if not isinstance(cost, int) or isinstance(cost, bool) or cost < 0:
            of = f" for {glob}" if glob else ""
            raise ValueError(f"must be a whole number from 0{of}, not {shown(cost)}")
    if not costs:
        raise ValueError("an empty mapping says nothing: leave the key out, or name operations")
    return value  # type: ignore[no-any-return]


def _items(value: Any) -> str:
    place = place_of(value)
    if not place.startswith("body."):
        raise ValueError(f"must be body.PATH, where a list is, not {shown(value)}")
    return place


def _zone(value: Any) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, TypeError, OSError):
        raise ValueError(f"not a time zone: {shown(value)}; write a name such as UTC or Europe/Berlin") from None
    return str(value)


_ONE_PART: Final = {"anyOf": [{"enum": list(_PARTS)}, {"type": "string", "pattern": PLACE}]}
_ONE_ANNOUNCE: Final = {"enum": list(_ANNOUNCES)}
_ONE_COST: Final = {"type": "integer", "minimum": 0}


def _several(one: dict[str, Any]) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]})


Partitions: TypeAlias = Annotated[tuple[str, ...], PlainValidator(_partition), _several(_ONE_PART)]
Announces: TypeAlias = Annotated[tuple[Announce, ...], PlainValidator(_announce), _several(_ONE_ANNOUNCE)]
Costs: TypeAlias = Annotated[
    int | dict[str, int],
    PlainValidator(_cost),
    WithJsonSchema({"anyOf": [_ONE_COST, {"type": "object", "additionalProperties": _ONE_COST, "minProperties": 1}]}),
]
Items: TypeAlias = Annotated[
    str, PlainValidator(_items), WithJsonSchema({"type": "string", "pattern": r"^body\.[^\s]+$"})
]
Zone: TypeAlias = Annotated[
    str, PlainValidator(_zone), WithJsonSchema({"type": "string", "examples": ["UTC", "Europe/Berlin"]})
]


class PenaltySection(Section):
    """Once over the limit, everything of that partition is refused for a while."""

    block: Seconds
    """For how long, on world time."""
    extend: bool = False
    """Each early retry begins it anew."""


class LieSection(Section):
    """What the announcement says that isn't so."""

    remaining: Annotated[int, Field(ge=1)] | None = None
    """Never fewer than so many are said to be left, not even in a refusal."""
    retry_after: Told | None = None
    """Retry-After is a tenth of the wait, ten times the wait, a date (true, but seldom read), or missing."""


class LimitSection(Section):
    """A rate or capacity limit. Which numbers it takes depends on its algorithm."""

    name: Name
    """Unique; reports name it. In a phase, one of the base's takes that one's place."""
    algorithm: Algorithm
    """How it counts."""
    rate: PerSecond | None = None
    """token_bucket, leaky_bucket: how fast tokens come back, or the bucket leaks."""
    burst: Annotated[float, Field(gt=0, le=1e12)] | None = None
    """token_bucket, leaky_bucket: how much the bucket holds at most."""
    quota: Annotated[int, Field(ge=1, le=10**12)] | None = None
    """fixed_window, sliding_window, quota, shed: how many a window; concurrency, shed: how many at once."""
    window: Seconds | None = None
    """fixed_window, sliding_window, quota, shed: how long the window is."""
    window_from: Literal["clock", "first_request"] | None = None
    """fixed_window: windows begin on the clock, at multiples of their length, or with the first request."""
    precision: Literal["log", "counter"] | None = None
    """sliding_window: each request is remembered (log), or the count of the window before is weighed (counter)."""
    timezone: Zone | None = None
    """quota: whose midnight ends the day; UTC by default."""
    shares: dict[str, Percent] | None = None
    """shed: up to how many percent of quota read, write, token or operations that fit a glob are admitted."""
    cost: Costs | None = None
    """What a call takes: a number, or numbers by operation (globs)."""
    cost_items: Items | None = None
    """Where the request has a list: the cost is that of each item in it."""
    partition: Partitions | None = None
    """What each has a level of its own: account (object for lock, all for shed) by default. Several count together."""
    count: Counted = "all"
    """Which outcomes count. A request under way holds its place until its outcome is known."""
    penalty: PenaltySection | None = None
    """Beside the algorithm: who went over it is refused everything for a while."""
    announce: Announces = ("none",)
    """Which headers tell of it; Retry-After stands on refusals, the others on every answer."""
    reset: ResetForm | None = None
    """How legacy (epoch by default) and trio (seconds by default) write their Reset."""
    lie: LieSection | None = None
    """What the headers say that isn't so."""
    status: Annotated[int, Field(ge=200, le=599)] | None = None
    """What a refusal is answered: the provider's own status by default, 503 for shed; 200 has the error inside."""
    code: Annotated[str, Field(min_length=1)] | None = None
    """Which of the provider's error codes a refusal has."""
    body: Literal["provider", "html"] = "provider"
    """In whose words a refusal is: the provider's, or those of a gateway in front of it."""


USE: Final = "use"
"""The key that switches on a set of limits which a provider documents."""
KEYS: Final = frozenset((*LimitSection.model_fields, "match"))


def limits_of(reader: Reader, value: Any, path: Path, phase: str | None = None) -> tuple[Limit, ...]:
    """Return the limits of a `limits` list."""
    limits: list[Limit] = []
    taken: dict[str, Path] = {}
    for place, entry in reader.entries(value, path):
        if USE in entry:
            limits += _documented(reader, entry, place, phase, taken)
            continue
        unique(reader, entry.get("name"), place, taken)
        limit = _limit(reader, entry, place, phase)
        if limit is not None:
            limits.append(limit)
    return tuple(limits)


def _documented(
    reader: Reader, entry: dict[str, Any], path: Path, phase: str | None, taken: dict[str, Path]
) -> Iterable[Limit]:  # fmt: skip
    """Return the limits of a documented set, as they are."""
    sets = reader.registries.limits()
    name = entry[USE]
    for key in entry:
        if key != USE:
            reader.fail((*path, key), f"{key} doesn't go with use: a documented set is as it is; write the limit out")
    if not isinstance(name, str) or name not in sets:
        hint = "brownout list limits shows all"
        reader.fail((*path, USE), unknown(name, sets, hint=hint) if isinstance(name, str) else f"must be text; {hint}")
        return ()
    for limit in sets[name].limits:
        if limit.name in taken:
            line = reader.document.line_of(taken[limit.name])
            reader.fail((*path, USE), f"{limit.name!r} of {name} is taken on line {line}; names are unique")
            return ()
        taken[limit.name] = path
    return [replace(limit, phase=phase, documented=name) for limit in sets[name].limits]


def _limit(reader: Reader, entry: dict[str, Any], path: Path, phase: str | None) -> Limit | None:
    own = reader.known(entry, KEYS, path)
    given = {key: own[key] for key in own if key != "match"}
    match = match_of(reader, entry, path, salt=str(entry.get("name")))
    inner = True
    for key, model in (("penalty", PenaltySection), ("lie", LieSection)):
        if given.get(key) is None:
            continue
        if reader.section(model, given[key], (*path, key)) is None:
            inner = False
            del given[key]
        else:  # what is unknown in it was noted
            given[key] = {name: value for name, value in given[key].items() if name in model.model_fields}
    section = reader.section(LimitSection, given, path)
    if match is None or section is None or not inner:
        return None
    _known_operations(reader, section, path)
    penalty = lie = None
    if section.penalty is not None:
        found = section.penalty
        penalty = reader.made(
            lambda: Penalty(block_seconds=found.block, extend=found.extend), given["penalty"], (*path, "penalty")
        )
    if section.lie is not None:
        told = section.lie
        lie = reader.made(
            lambda: Lie(remaining=told.remaining, retry_after=told.retry_after), given["lie"], (*path, "lie")
        )
    if (penalty is None) != (section.penalty is None) or (lie is None) != (section.lie is None):
        return None
    return reader.made(lambda: _made(section, match, penalty, lie, phase), own, path)


def _made(
    section: LimitSection, match: Match, penalty: Penalty | None, lie: Lie | None, phase: str | None
) -> Limit:  # fmt: skip
    return Limit(
        name=section.name,
        match=match,
        algorithm=section.algorithm,
        rate_per_second=section.rate,
        burst=section.burst,
        quota=section.quota,
        window_seconds=section.window,
        window_from=section.window_from,
        precision=section.precision,
        zone=ZoneInfo(section.timezone) if section.timezone is not None else None,
        shares=section.shares or {},
        cost=section.cost,
        cost_items=section.cost_items,
        partition=_one(section.partition),
        count=section.count,
        penalty=penalty,
        announce=_one(section.announce) or "none",  # type: ignore[arg-type]
        reset=section.reset,
        lie=lie,
        status=section.status,
        code=section.code,
        body=section.body,
        phase=phase,
    )


def _one(texts: tuple[str, ...] | None) -> str | tuple[str, ...] | None:
    return texts[0] if texts is not None and len(texts) == 1 else texts


def _known_operations(reader: Reader, section: LimitSection, path: Path) -> None:
    """Note each glob of `cost` and `shares` that fits no operation."""
    shares = [word for word in section.shares or () if word not in _EFFECTS]
    costs = section.cost if isinstance(section.cost, dict) else ()
    for key, globs in (("cost", costs), ("shares", shares)):
        for glob in globs:
            if not any(fits((glob,), name) for name in reader.operations):
                known = (*reader.operations, *_EFFECTS) if key == "shares" else reader.operations
                message = unknown(glob, known, hint="brownout list operations shows all")
                reader.fail((*path, key, glob), message)
