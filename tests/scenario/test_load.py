"""Good scenarios, and what plan they make."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from brownout import scenario
from brownout.core.errors import ScenarioError
from brownout.core.limits import Limit
from brownout.core.match import Match
from brownout.core.plan import Arm, ClockOptions, Load, Plan
from brownout.core.rules import Count, Rule
from brownout.faults import FAULTS
from brownout.faults.abort import Abort
from brownout.faults.latency import Latency
from brownout.scenario.reader import keys_of
from brownout.scenario.rules import COMMON

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from brownout.core.errors import Mistake
    from brownout.core.registries import Registries


WHOLE = """\
brownout: 1
title: Everything at once
description: |
  Two lines
  of text.
seed: 7
client_from: header.X-Client
credentials: closed
clock: {start: 2026-01-01T00:00:00Z, speed: 60, frozen: true}
identity: {bank.payments.create: body.order_id}
providers: {bank: {review: 1m30s, hooks: [{url: http://localhost:1/, events: [paid]}]}}
accounts: {pk_1: shop}
limits:
  - {name: burst, match: {operation: bank.payments.*}, algorithm: token_bucket, rate: 90/m, burst: 20,
     partition: client, announce: retry_after}
  - {name: slots, algorithm: concurrency, quota: 3}
faults:
  - name: lost
    kind: abort
    match:
      provider: bank
      operation: [bank.payments.create, bank.refunds.*]
      method: POST
      path: /bank/*
      account: shop
      client: [a, b]
      key: 7
      occurrence: [1, 3]
      cohort: 3%
      header: {User-Agent: [stripe*]}
      body: {amount: 2000, currency: [eur, usd]}
    percentage: 8
    target: response
    connection: reset
  - {kind: latency, delay: 250ms, nth: 2}
  - {kind: latency, jitter: 1s, first: 2, target: edge}
load: {executor: constant_arrival_rate, journey: shop, rate: 15/s, duration: 7s, users: 10}
arms: {naive: {client: naive, control: true}, keyed: {client: keyed}}
thresholds:
  payments.duplicated: ["count == 0"]
  "payments.lost{arm:keyed}": ["count == 0"]
  "operations.failed{ arm: naive }": ["rate < 0.5", "count <= 50"]
"""


def test_every_key_reaches_the_plan(registries: Registries) -> None:
    """A scenario that uses every key makes exactly the plan it describes."""
    plan = scenario.load(WHOLE, registries, file="folder/whole.yaml")

    options = plan.providers["bank"]
    assert (options.review, options.hooks[0].url, options.hooks[0].events) == (90.0, "http://localhost:1/", ("paid",))
    assert plan == Plan(
        title="Everything at once",
        description="Two lines\nof text.\n",
        name="whole",
        seed=7,
        client_from="header.X-Client",
        credentials="closed",
        clock=ClockOptions(start=1_767_225_600.0, speed=60.0, frozen=True),
        identity={"bank.payments.create": "body.order_id"},
        providers={"bank": options},
        accounts={"pk_1": "shop"},
        limits=(
            Limit(
                name="burst",
                match=Match(operation=("bank.payments.*",), salt="burst"),
                algorithm="token_bucket",
                rate_per_second=1.5,
                burst=20.0,
                partition="client",
                announce="retry_after",
            ),
            Limit(name="slots", match=Match(salt="slots"), algorithm="concurrency", quota=3),
        ),
        rules=(
            Rule(
                name="lost",
                fault=Abort(connection="reset"),
                target="response",
                match=Match(
                    provider=("bank",),
                    operation=("bank.payments.create", "bank.refunds.*"),
                    method=("POST",),
                    path=("/bank/*",),
                    account=("shop",),
                    client=("a", "b"),
                    key=("7",),
                    occurrence=(1, 3),
                    cohort=3.0,
                    header={"User-Agent": ("stripe*",)},
                    body={"amount": ("2000",), "currency": ("eur", "usd")},
                    salt="lost",
                ),
                count=Count(percentage=8.0),
            ),
            Rule(
                name="latency-1",
                fault=Latency(delay=0.25),
                target="response",
                match=Match(salt="latency-1"),
                count=Count(nth=(2,)),
            ),
            Rule(
                name="latency-2",
                fault=Latency(jitter=1.0),
                target="edge",
                match=Match(salt="latency-2"),
                count=Count(first=2),
            ),
        ),
        load=Load(journey="shop", rate_per_second=15.0, duration_seconds=7.0, users=10),
        arms={
            "naive": Arm(name="naive", client="naive", control=True),
            "keyed": Arm(name="keyed", client="keyed"),
        },
        thresholds={
            "payments.duplicated": ("count == 0",),
            "payments.lost{arm:keyed}": ("count == 0",),
            "operations.failed{ arm: naive }": ("rate < 0.5", "count <= 50"),
        },
        folder="folder",
        digest=plan.digest,
    )


def test_the_shortest_scenario_is_a_plain_emulator(load: Callable[..., Plan]) -> None:
    """One line is a scenario: every default is the core's own."""
    plan = load("", name="short")

    assert plan == Plan(title="short", name="short", digest=plan.digest)


def test_sections_may_be_left_empty(load: Callable[..., Plan]) -> None:
    """A section whose entries are all commented out says nothing, and is no mistake."""
    empty = "clock:\nidentity:\nproviders:\naccounts:\nlimits:\nfaults:\nload:\narms:\nthresholds:\n"

    assert load(empty, name="short") == Plan(title="short", name="short", digest=load(empty).digest)


def test_an_empty_provider_has_its_defaults(load: Callable[..., Plan], registries: Registries) -> None:
    """`bank:` with nothing behind it is the provider with its default options."""
    assert load("providers:\n  bank:\n").providers == {"bank": registries.providers["bank"].options_type()}


def test_the_digest_is_of_the_data(load: Callable[..., Plan]) -> None:
    """Comments, order of keys and ways to write YAML don't move the digest; a value does."""
    digest = load("title: a\nseed: 1\n").digest

    assert digest == sha256(b'{"brownout":1,"seed":1,"title":"a"}').hexdigest()
    assert load('seed: 1  # one\n"title": "a"\n').digest == digest
    assert load("title: a\nseed: 2\n").digest != digest


def test_a_given_seed_takes_the_place_of_the_scenarios_own(load: Callable[..., Plan]) -> None:
    """`--seed` reaches the plan and leaves the digest alone."""
    plan = load("seed: 1\n", seed=9)

    assert (plan.seed, plan.digest) == (9, load("seed: 1\n").digest)


def test_json_is_a_scenario_too(registries: Registries) -> None:
    """What the admin API takes as JSON is read by the same loader."""
    plan = scenario.load(
        '{"brownout": 1, "title": "\\u00e4", "faults": [{"kind": "abort", "status": 500}]}', registries
    )

    assert (plan.title, plan.rules[0].name) == ("ä", "abort-1")


def test_aliases_save_writing_things_twice(load: Callable[..., Plan]) -> None:
    """An anchor may be used again: the data is as if it had been written out."""
    plan = load(
        "faults:\n"
        "  - {name: a, kind: abort, status: 500, match: &m {operation: bank.payments.create}}\n"
        "  - {name: b, kind: latency, delay: 1s, match: *m}\n"
    )

    assert plan.rules[1].match.operation == ("bank.payments.create",)


@pytest.mark.parametrize(
    ("written", "title"),
    [("2026-01-01", "2026-01-01"), ("'yes'", "yes"), ('"1:30"', "1:30"), ("y", "y"), ("1.2.3", "1.2.3")],
)
def test_texts_stay_as_they_are_written(load: Callable[..., Plan], written: str, title: str) -> None:
    """Dates, versions and quoted words are the text that the file shows."""
    assert load(f"title: {written}\n").title == title


@pytest.mark.parametrize(("written", "percentage"), [("8", 8.0), ("0.5", 0.5), (".5", 0.5), ("1e1", 10.0), ("+3", 3.0)])
def test_numbers_are_those_of_json(load: Callable[..., Plan], written: str, percentage: float) -> None:
    """Numbers are decimal, with or without a fraction and an exponent."""
    plan = load(f"faults: [{{kind: abort, status: 500, percentage: {written}}}]\n")

    assert plan.rules[0].count.percentage == percentage


def test_a_file_is_named_by_its_own_name(tmp_path: Path, registries: Registries) -> None:
    """The plan of a file bears its name without the ending; a byte order mark does no harm."""
    path = tmp_path / "lost.yaml"
    path.write_bytes(b"\xef\xbb\xbfbrownout: 1\n")

    assert scenario.load_file(path, registries).name == "lost"


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (b"brownout: 1\ntitle: caf\xe9\n", 2, "isn't UTF-8 (byte 0xe9)"),
        ("brownout: 1\n".encode("utf-16"), 1, "isn't UTF-8"),
        (b"#" * 1_000_001, None, "is larger than 1,000,000 bytes"),
    ],
)
def test_a_file_that_is_no_text_is_refused(
    tmp_path: Path, registries: Registries, content: bytes, line: int | None, words: str
) -> None:
    """Bytes that aren't UTF-8, and files too large to be scenarios, are mistakes with the file's name."""
    path = tmp_path / "bad.yaml"
    path.write_bytes(content)

    with pytest.raises(ScenarioError) as refused:
        scenario.load_file(path, registries)

    (mistake,) = refused.value.mistakes
    assert (mistake.file, mistake.line) == (str(path), line)
    assert words in mistake.message


def test_a_text_too_large_is_refused(mistakes: Callable[[str], tuple[Mistake, ...]]) -> None:
    """The limit of a file holds for texts that come over the wire too."""
    (found,) = mistakes("#" * 1_000_001)

    assert "is larger than 1,000,000 bytes" in found.message


@pytest.mark.parametrize("name", ["missing.yaml", ".", "a\0b", "x" * 5000])
def test_a_file_that_cant_be_read_is_refused(tmp_path: Path, registries: Registries, name: str) -> None:
    """A missing file, a folder and an impossible name are mistakes, not tracebacks."""
    with pytest.raises(ScenarioError, match="can't be read"):
        scenario.load_file(tmp_path / name, registries)


def test_no_fault_has_a_key_that_every_fault_has() -> None:
    """It would never reach the fault: the rule takes it."""
    clashes = {kind: sorted(keys_of(fault) & COMMON) for kind, fault in FAULTS.items() if keys_of(fault) & COMMON}

    assert clashes == {}
