"""Whatever a file holds, loading it ends in a plan or in mistakes, never in anything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from brownout import scenario
from brownout.core.errors import ScenarioError
from brownout.scenario import document
from brownout.scenario.build import SECTIONS
from brownout.scenario.check import check
from brownout.scenario.expect import expectations
from brownout.scenario.limits import LimitSection
from brownout.scenario.model import (
    ArmSection,
    ClockSection,
    FaultSection,
    Head,
    LoadSection,
    MatchSection,
    OAuthSection,
    PhaseSection,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from brownout.core.registries import Registries


pytestmark = pytest.mark.slow

FUZZ = settings(max_examples=150, deadline=None, derandomize=True)
GOOD = """\
brownout: 1
seed: 5
clock: {start: 2026-01-01T00:00:00Z, speed: 2}
identity: {bank.payments.create: body.order_id}
limits:
  - {name: a, match: {operation: bank.*}, algorithm: token_bucket, rate: 10/s, burst: 20}
faults:
  - name: lost
    kind: abort
    match: {operation: "bank.payments.*", cohort: 3%, body: {amount: 20}}
    percentage: 8.5
    target: response
    connection: reset
  - {kind: latency, delay: 1m30s, first: 3}
  - {kind: latency, delay: 1s, percentage: 5, at: 1s, for: 9s, repeat: 20s, ramp: 2s, max: 3}
  - match: {cohort: {share: 3%, by: body.customer}, grant: refresh_token}
    one_of: [{kind: abort, status: 503, percentage: 20}, {kind: latency, delay: 1s, percentage: 30}]
use: []
fault_header: true
providers: {bank: {review: 4s, hooks: [{url: http://x}]}}
oauth: {access_ttl: 130s, rotation: true, on_reuse: reject}
phases:
  - {name: calm, duration: 2s}
  - name: storm
    duration: 5s
    limits: [{name: a, algorithm: token_bucket, rate: 1/s, burst: 2}]
    faults: [{kind: abort, status: 503, percentage: 50}]
    oauth: {access_ttl: 2s, reuse_grace: 0}
    providers: {bank: {review: 1s, hooks: []}}
load: {rate: 15/s, users: 10}
arms: {naive: {client: naive, control: true}, keyed: {client: "shop:Keyed"}}
steady_state: {goodput.rate: ["value > 0.9"]}
thresholds: {payments.lost: ["count == 0"], "op.latency{arm:keyed,phase:storm}": ["max < 3s"]}
"""
SECTION_KEYS = [
    key
    for section in (
        *(Head, ClockSection, OAuthSection, MatchSection, FaultSection, LimitSection, PhaseSection, LoadSection),
        ArmSection,
    )
    for key in section.model_fields
]
KEYS = st.sampled_from(
    [
        *SECTIONS,
        *SECTION_KEYS,
        "kind",
        "match",
        "one_of",
        "share",
        "by",
        "status",
        "delay",
        "jitter",
        "connection",
        "bank",
        "hooks",
    ]
) | st.text(max_size=5)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=True)
    | st.text(max_size=8)
    | st.sampled_from(
        [
            "abort",
            "latency",
            "reject",
            "2s",
            "15/s",
            "3%",
            "edge",
            "body.a",
            "bank.*",
            "bank.payments.create",
            "count == 0",
        ]
    )
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)
SCENARIOS = st.fixed_dictionaries(
    {"brownout": st.just(1) | SCALARS},
    optional={key: VALUES for key in (*SECTIONS, *Head.model_fields) if key != "brownout"},
)


@pytest.fixture(params=["libyaml", "pure Python"], scope="module")
def attempt(request: pytest.FixtureRequest, registries: Registries) -> Iterator[Callable[[str], None]]:
    """Return a function that loads a text, and checks what was loaded; once with each of PyYAML's parsers."""
    loader = yaml.SafeLoader if request.param == "pure Python" else getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    def attempt(text: str) -> None:
        try:
            plan = scenario.load(text, registries)
        except ScenarioError as error:
            said = [str(error), *error.mistakes]
        else:
            said = [plan.digest, *map(str, (*expectations(plan, registries), *check(plan, registries)))]
        assert all(said)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(document, "_LOADER", loader)
        yield attempt


@FUZZ
@given(text=st.text())
def test_any_text_is_a_plan_or_mistakes(attempt: Callable[[str], None], text: str) -> None:
    """Arbitrary text never raises anything but a ScenarioError."""
    attempt(text)


@FUZZ
@given(text=st.text(alphabet="brownout: 1\n\t-[]{}&*!|>'\"%@`#,?<=~.0x\\u\r\u2028"))
def test_any_yaml_is_a_plan_or_mistakes(attempt: Callable[[str], None], text: str) -> None:
    """Arbitrary arrangements of YAML's own characters never raise anything but a ScenarioError."""
    attempt("brownout: 1\n" + text)


@FUZZ
@given(data=SCENARIOS)
def test_any_data_is_a_plan_or_mistakes(attempt: Callable[[str], None], data: dict[str, Any]) -> None:
    """Known keys with unexpected values never raise anything but a ScenarioError."""
    attempt(yaml.safe_dump(data, allow_unicode=True))


@FUZZ
@given(at=st.integers(0, len(GOOD)), cut=st.integers(0, 12), put=st.text(max_size=4))
def test_any_slip_is_a_plan_or_mistakes(attempt: Callable[[str], None], at: int, cut: int, put: str) -> None:
    """A good file with a slip of the hand anywhere never raises anything but a ScenarioError."""
    attempt(GOOD[:at] + put + GOOD[at + cut :])


def test_the_good_file_is_good(attempt: Callable[[str], None], registries: Registries) -> None:
    """What the slips are made in is itself right."""
    assert len(scenario.load(GOOD, registries).rules) == 6
    attempt(GOOD)
