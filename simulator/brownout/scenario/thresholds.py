"""The entries of `thresholds` and `steady_state`: metrics, selectors and assertions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from brownout.core.thresholds import AT_THE_END, OF_THE_RUN, Line, gated, parse_assertion, parse_subject
from brownout.core.units import Seconds  # noqa: TC001 - pydantic reads the annotation when it runs
from brownout.scenario.model import Section
from brownout.scenario.phases import names_of
from brownout.scenario.wording import shown, unknown

if TYPE_CHECKING:
    from brownout.core.thresholds import Subject
    from brownout.scenario.document import Path
    from brownout.scenario.reader import Reader

_K6: Final = {"abortOnFail": "abort_on_fail", "delayAbortEval": "delay"}
"""What k6 calls some of our keys."""


class LineSection(Section):
    """A line of a threshold, with what it does beyond being judged at the end."""

    threshold: str
    """The assertion, such as count == 0"""
    abort_on_fail: bool = False
    """An arm that misses it is ended at once; the verdict is then fail."""
    delay: Seconds = 0.0
    """How long after the load began abort_on_fail looks at it first."""
    gate: bool = False
    """Only the lines marked so decide the verdict; if none is, all do."""


Asserted = dict[str, tuple[str | Line, ...]]


def thresholds_of(reader: Reader, data: dict[str, Any]) -> Asserted:
    """Return what must hold at the end, by subject."""
    asserted = _asserted(reader, data, "thresholds")
    for key, lines in asserted.items():
        for position, line in enumerate(map(Line.of, lines)):
            if line.abort_on_fail and (metric := key.partition("{")[0].strip()) in AT_THE_END:
                message = f"ends the run early, and {metric} is known only at its end: leave abort_on_fail out"
                reader.fail(("thresholds", key, position, "abort_on_fail"), message)
    if gated(asserted):
        for key, lines in asserted.items():
            for position, line in enumerate(map(Line.of, lines)):
                if line.abort_on_fail and not line.gate:
                    message = "ends the run, so it must decide, as only those marked gate do here: write gate: true too"
                    reader.fail(("thresholds", key, position, "abort_on_fail"), message)
    return asserted


def steady_state_of(reader: Reader, data: dict[str, Any]) -> Asserted:
    """Return what must hold in the first and the last phase, by subject."""
    if data.get("steady_state") and isinstance(data["steady_state"], dict) and len(names_of(data)) < 2:
        message = (
            "holds in the first and the last phase, so it needs at least two phases; thresholds hold for a whole run"
        )
        reader.fail(("steady_state",), message)
    asserted = _asserted(reader, data, "steady_state")
    for key, lines in asserted.items():
        if (metric := key.partition("{")[0]) in OF_THE_RUN:
            message = (
                f"holds in the first and the last phase, and {metric} is of the whole run: it goes under thresholds"
            )
            reader.fail(("steady_state", key), message)
        for position, line in enumerate(map(Line.of, lines)):
            for word in ("abort_on_fail", "gate"):
                if getattr(line, word):
                    message = f"the steady state is judged whole, and at the end: {word} goes under thresholds"
                    reader.fail(("steady_state", key, position, word), message)
    return asserted


def _asserted(reader: Reader, data: dict[str, Any], section: str) -> Asserted:
    asserted: Asserted = {}
    for key, lines in reader.mapping(data.get(section), (section,)).items():
        path: Path = (section, key)
        subject = reader.made(partial(parse_subject, key), {}, path)
        if subject is not None:
            _selected(reader, subject, data, path)
        if not isinstance(lines, list) or not lines:
            found = "an empty one" if lines == [] else shown(lines)
            reader.fail(path, f'must be a list of assertions, such as ["count == 0"], not {found}')
            continue
        read = (_line(reader, subject, line, (*path, position)) for position, line in enumerate(lines))
        asserted[key] = tuple(line for line in read if line is not None)
    return asserted


def _line(reader: Reader, subject: Subject | None, given: Any, path: Path) -> str | Line | None:
    """Return one line; a plain text where nothing is said beside it."""
    if not isinstance(given, str | dict):
        message = f'must be text, such as "count == 0", or {{threshold: "count == 0", …}}, not {shown(given)}'
        reader.fail(path, message)
        return None
    line: str | Line | None = given if isinstance(given, str) else _marked(reader, given, path)
    if line is not None and subject is not None:
        place = path if isinstance(given, str) else (*path, "threshold")
        reader.made(partial(parse_assertion, subject.metric, Line.of(line).threshold), {}, place)
    return line


def _marked(reader: Reader, given: dict[str, Any], path: Path) -> str | Line | None:
    of_k6 = [key for key in given if key in _K6]
    for key in of_k6:
        reader.fail((*path, key), f"is k6's word for {_K6[key]}: write that")
    section = reader.section(LineSection, {key: value for key, value in given.items() if key not in of_k6}, path)
    if section is None:
        return None
    made = reader.made(
        lambda: Line(
            threshold=section.threshold,
            abort_on_fail=section.abort_on_fail,
            delay_seconds=section.delay,
            gate=section.gate,
        ),
        given,
        path,
    )
    return section.threshold if made == Line(threshold=section.threshold) else made


def _selected(reader: Reader, subject: Subject, data: dict[str, Any], path: Path) -> None:
    arms = data.get("arms")
    if subject.arm is not None and subject.arm not in (arms if isinstance(arms, dict) else {}):
        reader.fail(path, f"arm: {unknown(subject.arm, arms if isinstance(arms, dict) else {})}")
    if subject.operation is not None:
        reader.fitting((subject.operation,), "operation", path)
    if subject.phase is None:
        return
    if path[0] == "steady_state":
        reader.fail(path, "steady_state holds in the first and the last phase: select a phase under thresholds")
    elif subject.phase not in names_of(data):
        reader.fail(path, f"phase: {unknown(subject.phase, names_of(data))}")
