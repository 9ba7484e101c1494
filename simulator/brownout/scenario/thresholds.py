"""The entries of `thresholds` and `steady_state`: metrics, selectors and assertions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from brownout.core.thresholds import parse_assertion, parse_subject
from brownout.scenario.phases import names_of
from brownout.scenario.wording import shown, unknown

if TYPE_CHECKING:
    from brownout.core.thresholds import Subject
    from brownout.scenario.document import Path
    from brownout.scenario.reader import Reader


def thresholds_of(reader: Reader, data: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return what must hold at the end, by subject."""
    return _asserted(reader, data, "thresholds")


def steady_state_of(reader: Reader, data: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return what must hold in the first and the last phase, by subject."""
    if data.get("steady_state") and isinstance(data["steady_state"], dict) and len(names_of(data)) < 2:
        message = (
            "holds in the first and the last phase, so it needs at least two phases; thresholds hold for a whole run"
        )
        reader.fail(("steady_state",), message)
    return _asserted(reader, data, "steady_state")


def _asserted(reader: Reader, data: dict[str, Any], section: str) -> dict[str, tuple[str, ...]]:
    asserted = {}
    for key, lines in reader.mapping(data.get(section), (section,)).items():
        path: Path = (section, key)
        subject = reader.made(partial(parse_subject, key), {}, path)
        if subject is not None:
            _selected(reader, subject, data, path)
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
        asserted[key] = tuple(str(line) for line in lines)
    return asserted


def _selected(reader: Reader, subject: Subject, data: dict[str, Any], path: Path) -> None:
    arms = data.get("arms")
    if subject.arm is not None and subject.arm not in (arms if isinstance(arms, dict) else {}):
        reader.fail(path, f"arm: {unknown(subject.arm, arms if isinstance(arms, dict) else {})}")
    if subject.phase is None:
        return
    if path[0] == "steady_state":
        reader.fail(path, "steady_state holds in the first and the last phase: select a phase under thresholds")
    elif subject.phase not in names_of(data):
        reader.fail(path, f"phase: {unknown(subject.phase, names_of(data))}")
