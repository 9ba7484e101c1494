"""`junit`: the verdict as JUnit XML, for CI servers.

A test suite is an arm, a test case one threshold or one check of its steady state, and one more whether the run can be
trusted: an inconclusive run is an error there, so that no CI server shows it green. A breach is a failure, with what to
do about it. What is missed and doesn't decide (a control arm's thresholds, or those beside others that are marked
`gate`) is skipped, with its message. The elements and attributes are those of Jenkins' junit-10.xsd.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final
from xml.etree import ElementTree as ET

from brownout.reports.checks import counts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 §2.2 has no place for, not even escaped."""
_BAD: Final = {"failure": "failures", "error": "errors", "skipped": "skipped"}
"""How a test case can be bad, and the attribute that counts it."""


@dataclass(frozen=True, slots=True)
class JunitReport:
    """Writes `junit.xml`."""

    api: ClassVar[int] = 1
    name: ClassVar[str] = "junit"
    filename: ClassVar[str] = "junit.xml"

    def render(self, verdict: Mapping[str, Any]) -> str:
        """Return the verdict as XML, in ASCII: whatever isn't is a character reference."""
        scenario = verdict["scenario"]["name"] or "brownout"
        root = ET.Element("testsuites", {"name": _clean(scenario)})
        for name, arm in verdict["arms"].items():
            root.append(_suite(verdict, scenario, name, arm))
        for attribute in ("tests", "failures", "errors"):
            root.set(attribute, str(sum(int(suite.get(attribute, 0)) for suite in root)))
        root.set("time", f"{sum(float(suite.get('time', 0)) for suite in root):.3f}")
        ET.indent(root)
        text: bytes = ET.tostring(root, encoding="us-ascii")
        return f'<?xml version="1.0" encoding="utf-8"?>\n{text.decode()}\n'


def _suite(verdict: Mapping[str, Any], scenario: str, name: str, arm: Mapping[str, Any]) -> ET.Element:
    suite = ET.Element("testsuite", {"name": _clean(name)})
    cases = ET.Element("cases")
    where = f"{scenario}.{name}"
    for check in arm["thresholds"]:
        _add(cases, where, _label(check), _fate(check, decides=counts(arm, check)))
    for check in arm.get("steady_state", ()):
        _add(cases, where, f"steady state {_label(check)}", _fate(check, decides=arm["decides"]))
    for own in arm.get("invariants") or ():
        _add(cases, where, f"invariant {own['name']}", _fate(own, decides=arm["decides"]))
    if arm["decides"]:
        _add(cases, where, "the run can be trusted", _trust(verdict))
    properties = ET.SubElement(suite, "properties")
    for key, value in _properties(verdict, arm):
        ET.SubElement(properties, "property", {"name": key, "value": _clean(value)})
    suite.extend(cases)
    suite.set("tests", str(len(cases)))
    for kind, attribute in _BAD.items():
        suite.set(attribute, str(len(cases.findall(f"testcase/{kind}"))))
    suite.set("time", f"{_seconds(verdict):.3f}")
    return suite


def _label(check: Mapping[str, Any]) -> str:
    chosen = [f"{name}:{check[name]}" for name in ("phase", "client", "operation") if check.get(name) is not None]
    subject = f"{check['metric']}{{{','.join(chosen)}}}" if chosen else check["metric"]
    return f"{subject} {check['assertion']}"


def _fate(check: Mapping[str, Any], *, decides: bool) -> tuple[str, str] | None:
    """Return what kind of bad a check is, and how it says so, with what to do about it; None if it holds."""
    if check["holds"]:
        return None
    if not decides:
        who = "this arm" if check.get("decides", True) else "what isn't marked gate"
        return "skipped", f"{check['message']}; {who} doesn't decide"
    said = "\n".join(filter(None, (check["message"], check.get("advice"))))
    return ("error" if check["holds"] is None else "failure"), said


def _trust(verdict: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return why nobody can tell whether the client copes, None if the verdict is one way or the other."""
    if verdict["status"] != "inconclusive":
        return None
    return "error", "\n".join(verdict["reasons"])


def _add(cases: ET.Element, where: str, name: str, fate: tuple[str, str] | None) -> None:
    case = ET.SubElement(cases, "testcase", {"classname": _clean(where), "name": _clean(name), "time": "0"})
    if fate is not None:
        kind, message = fate
        bad = ET.SubElement(case, kind, {"message": _clean(message.partition("\n")[0])})
        if kind != "skipped":
            bad.set("type", "inconclusive" if kind == "error" else "threshold")
            bad.text = _clean(message)


def _properties(verdict: Mapping[str, Any], arm: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    yield "status", verdict["status"]
    yield "arm.status", arm["status"]
    yield "arm.decides", str(arm["decides"]).lower()
    yield "seed", str(verdict["seed"])
    yield "interrupted", str(verdict["interrupted"]).lower()
    if verdict.get("repeat"):
        yield "repeat", verdict.get("again") or verdict["repeat"]
    for reason in verdict["reasons"]:
        yield "reason", reason
    for warning in arm.get("warnings", ()):
        yield "warning", warning
    for finding in arm["findings"][:10]:
        yield "finding", finding["message"]


def _seconds(verdict: Mapping[str, Any]) -> float:
    return float((verdict.get("load") or {}).get("duration_seconds") or 0.0)


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
