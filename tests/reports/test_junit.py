"""The verdict as JUnit XML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from story import Story, phased

from brownout.reports.junit import JunitReport
from brownout.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Mapping

# Element: its attributes (True: it must be there), and what may stand in it, as Jenkins' junit-10.xsd has it.
RULES: Mapping[str, tuple[dict[str, bool], set[str]]] = {
    "testsuites": (dict.fromkeys(("name", "time", "tests", "failures", "errors"), False), {"testsuite"}),
    "testsuite": (
        {"name": True, "tests": True, "failures": True, "errors": True, "time": False, "skipped": False},
        {"properties", "testcase"},
    ),
    "properties": ({}, {"property"}),
    "property": ({"name": True, "value": True}, set()),
    "testcase": ({"name": True, "classname": False, "time": False}, {"failure", "error", "skipped"}),
    "failure": ({"type": False, "message": False}, set()),
    "error": ({"type": False, "message": False}, set()),
    "skipped": ({"type": False, "message": False}, set()),
}
_TIME = re.compile(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?")
ASKED = {"payments.duplicated": ("count == 0",), "op.latency{phase:storm}": ("p(95) < 800ms", "p(99) < 1s")}


def _parsed(verdict: Mapping[str, Any]) -> ET.Element:
    """Return the report, having held it against the schema's rules and its own sums."""
    root = ET.fromstring(JunitReport().render(verdict))  # noqa: S314 - our own text
    for element in root.iter():
        attributes, inside = RULES[element.tag]
        assert set(element.attrib) <= set(attributes)
        assert {name for name, needed in attributes.items() if needed} <= set(element.attrib)
        assert {child.tag for child in element} <= inside
        if element.tag in ("testsuite", "testsuites"):
            assert _TIME.fullmatch(element.get("time", ""))
    for suite in root:
        assert suite.get("tests") == str(len(suite.findall("testcase")))
        for kind, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            assert suite.get(attribute) == str(len(suite.findall(f"testcase/{kind}")))
    for attribute in ("tests", "failures", "errors"):
        assert root.get(attribute) == str(sum(int(suite.get(attribute, "")) for suite in root))
    return root


def _fates(suite: ET.Element) -> dict[str, str]:
    return {str(case.get("name")): next((child.tag for child in case), "passed") for case in suite.iter("testcase")}


def test_each_arm_is_a_suite_and_each_check_a_case() -> None:
    """Thresholds with their phase, the steady state before and after, and whether the run can be trusted."""
    told = phased(rate=40, thresholds=ASKED, steady_state={"goodput.rate": ("value >= 0.98",)})

    [suite] = _parsed(judge([told.run()]))

    assert suite.get("name") == "keyed"
    assert suite[1].get("classname") == "lost-answer.keyed"
    assert _fates(suite) == dict.fromkeys(
        [
            "payments.duplicated count == 0",
            "op.latency{phase:storm} p(95) < 800ms",
            "op.latency{phase:storm} p(99) < 1s",
            "steady state goodput.rate{phase:baseline} value >= 0.98",
            "steady state goodput.rate{phase:recovery} value >= 0.98",
            "the run can be trusted",
        ],
        "passed",
    ) | {"op.latency{phase:storm} p(99) < 1s": "error", "the run can be trusted": "error"}


def test_breach_is_a_failure_with_its_message() -> None:
    """What CI shows is the sentence that the verdict says."""
    root = _parsed(judge([Story().orders(3).order("order-0117", charges=2).run()]))

    failure = root.find("testsuite/testcase/failure")

    assert failure is not None
    assert failure.get("message") == "keyed: payments.duplicated is 1, but a threshold asks for count == 0"
    assert root.get("failures") == "1"
    assert root.get("errors") == "0"


def test_unmeasured_is_an_error() -> None:
    """What nobody could look at has not passed."""
    told = Story().orders(3)
    told.claims = None

    [suite] = _parsed(judge([told.run()]))

    assert _fates(suite) == {
        "payments.duplicated count == 0": "passed",
        "payments.lost count == 0": "error",
        "the run can be trusted": "error",
    }


def test_inconclusive_is_never_green() -> None:
    """Even where every threshold holds: the reasons are an error."""
    [suite] = _parsed(judge([Story().orders(3).run(interrupted=True)]))

    error = suite.find("testcase/error")

    assert error is not None
    assert error.get("message") == "keyed: the run was interrupted before its end"
    assert suite.get("failures") == "0"


def test_what_no_arm_met_is_an_error_of_those_that_decide() -> None:
    """A reason that is about no single arm turns up all the same."""
    asked = {"payments.duplicated": ("count == 0",)}
    verdict = judge(
        [Story("naive", control=True, thresholds=asked).orders(3).run(), Story(thresholds=asked).orders(3).run()]
    )

    naive, keyed = _parsed(verdict)

    assert (naive.get("errors"), keyed.get("errors")) == ("0", "1")


def test_control_arm_never_fails_a_build() -> None:
    """What it misses is skipped, with the message: it is there to show that."""
    asked = {"payments.duplicated": ("count == 0",), "payments.unresolved": ("count == 0",)}
    naive = Story("naive", control=True, thresholds=asked).orders(3, charges=2)
    verdict = judge([naive.run(), Story(thresholds=asked).orders(3).run()])

    shown, _ = root = _parsed(verdict)
    skipped = shown.find("testcase/skipped")

    assert (root.get("failures"), root.get("errors")) == ("0", "0")
    assert skipped is not None
    assert str(skipped.get("message")).endswith("; this arm doesn't decide")
    assert _fates(shown) == {"payments.duplicated count == 0": "skipped", "payments.unresolved count == 0": "passed"}


def test_reasons_seed_and_how_to_repeat_are_properties() -> None:
    """For whoever reads the file and has nothing else."""
    told = phased(but={12: {"charges": 2}})
    verdict = {**judge([told.run()]), "again": "brownout drill mine.yaml --seed 7"}

    [suite] = _parsed(verdict)

    properties = [(one.get("name"), one.get("value")) for one in suite.iter("property")]
    assert properties == [
        ("status", "fail"),
        ("arm.status", "fail"),
        ("arm.decides", "true"),
        ("seed", "7"),
        ("interrupted", "false"),
        ("repeat", "brownout drill mine.yaml --seed 7"),
        ("reason", "keyed: payments.duplicated is 1, but a threshold asks for count == 0"),
        ("finding", "keyed charged order-0012 twice: $24.99 too much"),
    ]
    assert suite.get("time") == "30.000"


def test_run_without_a_scenario_has_a_name_too() -> None:
    """A journal that doesn't say where it comes from."""
    assert _parsed(judge([Story().orders(1).run(scenario="")])).get("name") == "brownout"


@given(st.text())
def test_any_text_is_valid_xml(text: str) -> None:
    """Control characters, surrogates, quotes, line ends: the file parses, and what XML knows is kept."""
    told = Story().order("order-1", "fail", charges=0, claim={"error": "server", "detail": text})

    root = _parsed(judge([told.run(scenario=text, trouble=text)]))

    kept = re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)
    assert root.get("name") == (kept or "brownout")


@pytest.mark.parametrize("text", ["\x00\x1b[31m", "\ud800", "\uffff", "]]><x/>", "\"&<'", "\r\n\t"])
def test_odd_text_is_valid_xml(text: str) -> None:
    """The worst of them by name."""
    assert _parsed(judge([Story().orders(1).run(scenario=text, trouble=text)])) is not None
