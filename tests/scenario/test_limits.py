"""Limits as YAML has them: what they become, what is refused, and what `check` says of them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from jsonschema import Draft202012Validator

from brownout import scenario
from brownout.assembly import registries
from brownout.core.errors import ScenarioError
from brownout.core.limits import Lie, Limit, Penalty
from brownout.core.match import Match
from brownout.providers.stripe import STRIPE
from brownout.scenario.check import check
from brownout.scenario.json_schema import schema

HEAD = "brownout: 1\n"
BUCKET = "algorithm: token_bucket, rate: 10/s, burst: 5"
WINDOW = "algorithm: fixed_window, quota: 5, window: 60s"


def entry(fields: str) -> str:
    """Return a scenario with one limit, whose own line is the third."""
    return f"{HEAD}limits:\n  - {{name: a, {fields}}}\n"


def test_every_key_arrives() -> None:
    """Durations and rates as seconds, names of zones as zones, one text or several."""
    plan = scenario.load(
        entry(
            "match: {operation: stripe.*}, algorithm: fixed_window, quota: 5, window: 1m, window_from: first_request, "
            "cost: {stripe.refunds.*: 2}, cost_items: body.items, partition: [account, header.X-Team], "
            "count: successes, penalty: {block: 1m30s, extend: true}, announce: [trio, retry_after], reset: epoch, "
            "lie: {remaining: 3, retry_after: too_long}, status: 403, code: slow_down"
        ),
        registries(),
    )

    (limit,) = plan.limits
    assert limit == Limit(
        name="a",
        match=Match(operation=("stripe.*",), salt="a"),
        algorithm="fixed_window",
        quota=5,
        window_seconds=60.0,
        window_from="first_request",
        cost={"stripe.refunds.*": 2},
        cost_items="body.items",
        partition=("account", "header.X-Team"),
        count="successes",
        penalty=Penalty(block_seconds=90.0, extend=True),
        announce=("trio", "retry_after"),
        reset="epoch",
        lie=Lie(remaining=3, retry_after="too_long"),
        status=403,
        code="slow_down",
    )


def test_a_days_zone_arrives() -> None:
    """By its name."""
    (limit,) = scenario.load(entry("algorithm: quota, quota: 4, timezone: Europe/London"), registries()).limits

    assert limit.day == ZoneInfo("Europe/London")


@pytest.mark.parametrize("name", sorted(registries().limits()))
def test_a_documented_set_is_one_line(name: str) -> None:
    """Its limits are named after it, each meets calls that there are, and what they say has a source and a day."""
    documented = registries().limits()[name]
    operations = [*registries().operations().values(), *STRIPE.operations_beyond()]

    limits = scenario.load(f"{HEAD}limits: [{{use: {name}}}]\n", registries()).limits

    assert [limit.name for limit in limits] == [limit.name for limit in documented.limits]
    for limit in limits:
        assert limit.documented == name
        assert limit.name.startswith(f"{name}.")
        assert any(limit.match.static(operation) for operation in operations)
    assert documented.source.startswith("https://")
    assert len(documented.read) == len("2026-11-22")


@pytest.mark.parametrize(
    ("text", "line", "key", "words"),
    [
        (entry("algorithm: leaky_bucket"), 3, "limits[0]", "leaky_bucket needs rate above 0"),
        (entry("algorithm: fixed_window, quota: 5"), 3, "limits[0]", "fixed_window needs window above 0"),
        (entry("algorithm: sliding_window, window: 1s"), 3, "limits[0]", "sliding_window needs quota above 0"),
        (entry("algorithm: quota"), 3, "limits[0]", "quota needs quota above 0"),
        (entry("algorithm: shed, quota: 3"), 3, "limits[0]", "shed needs shares"),
        (entry("algorithm: lock, quota: 3"), 3, "limits[0].quota", "doesn't belong to lock, which takes no numbers"),
        (entry(f"{BUCKET}, window: 1s"), 3, "limits[0].window", "which takes rate, burst"),
        (entry(f"{WINDOW}, rate: 1/s"), 3, "limits[0].rate", "doesn't belong to fixed_window"),
        (entry(f"{WINDOW}, timezone: UTC"), 3, "limits[0].timezone", "doesn't belong to fixed_window"),
        (entry(f"{WINDOW}, shares: {{read: 5}}"), 3, "limits[0].shares", "doesn't belong to fixed_window"),
        (entry(f"{WINDOW}, precision: log"), 3, "limits[0].precision", "doesn't belong to fixed_window"),
        (entry(f"{WINDOW}, window_from: now"), 3, "limits[0].window_from", "known: clock, first_request"),
        (entry("algorithm: fixed_window, quota: 0, window: 1s"), 3, "limits[0].quota", "must be at least 1"),
        (entry("algorithm: fixed_window, quota: 5, window: 60"), 3, "limits[0].window", "with its unit"),
        (entry("algorithm: fixed_window, quota: 5, window: 0.5ms"), 3, "limits[0].window", "at least 1ms"),
        (
            entry("algorithm: sliding_window, quota: 100001, window: 1s"), 3, "limits[0].quota",
            "must be at most 100,000: each request of the window is remembered; precision: counter counts more",
        ),
        (entry("algorithm: quota, quota: 5, timezone: Mars/Olympus"), 3, "limits[0].timezone", "such as UTC or Europe"),
        (entry("algorithm: quota, quota: 5, window: 1h, timezone: UTC"), 3, "limits[0].timezone", "is for days"),
        (entry(f"{WINDOW}, partition: [account, acount]"), 3, "limits[0].partition", "did you mean 'account'?"),
        (entry(f"{WINDOW}, partition: [account, account]"), 3, "limits[0].partition", "each part once"),
        (entry(f"{WINDOW}, partition: [all, account]"), 3, "limits[0].partition", "nothing goes beside it"),
        (entry(f"{WINDOW}, partition: []"), 3, "limits[0].partition", "an empty list says nothing"),
        (entry(f"{WINDOW}, partition: 3"), 3, "limits[0].partition", "must be text or a list of texts, not 3"),
        (entry(f"{WINDOW}, partition: body."), 3, "limits[0].partition", "write body.PATH or header.NAME"),
        (entry("algorithm: lock, partition: account"), 3, "limits[0].partition", "must have object in it"),
        (entry(f"{WINDOW}, count: succeses"), 3, "limits[0].count", "did you mean 'successes'?"),
        (entry("algorithm: concurrency, quota: 2, count: failures"), 3, "limits[0].count", "given back in any case"),
        (entry("algorithm: concurrency, quota: 2, cost: 2"), 3, "limits[0].cost", "counts requests under way"),
        (entry(f"{WINDOW}, cost: -1"), 3, "limits[0].cost", "must be a whole number from 0, not -1"),
        (entry(f"{WINDOW}, cost: 0"), 3, "limits[0].cost", "never limits"),
        (entry(f"{WINDOW}, cost: {{stripe.*: 1.5}}"), 3, "limits[0].cost", "from 0 for stripe.*, not 1.5"),
        (entry(f"{WINDOW}, cost: {{strip.*: 1}}"), 3, "limits[0].cost.strip.*", "unknown 'strip.*'"),
        (entry(f"{WINDOW}, cost_items: items"), 3, "limits[0].cost_items", "write body.PATH"),
        (entry(f"{WINDOW}, cost_items: header.X"), 3, "limits[0].cost_items", "must be body.PATH"),
        (entry("algorithm: shed, quota: 5, shares: {read: 101}"), 3, "limits[0].shares.read", "must be at most 100"),
        (entry("algorithm: shed, quota: 5, shares: {reads: 10}"), 3, "limits[0].shares.reads", "did you mean 'read'?"),
        (entry(f"{WINDOW}, penalty: 60s"), 3, "limits[0].penalty", "must be a mapping of keys, not '60s'"),
        (entry(f"{WINDOW}, penalty: {{block: 1s, extnd: true}}"), 3, "limits[0].penalty.extnd", "mean 'extend'?"),
        (entry(f"{WINDOW}, penalty: {{block: 0s}}"), 3, "limits[0].penalty.block", "must be above 0"),
        (entry(f"{WINDOW}, penalty: {{extend: true}}"), 3, "limits[0].penalty.block", "missing"),
        (entry(f"{WINDOW}, announce: lgacy"), 3, "limits[0].announce", "did you mean 'legacy'?"),
        (entry(f"{WINDOW}, announce: [none, trio]"), 3, "limits[0].announce", "none by itself"),
        (entry(f"{WINDOW}, reset: epoch"), 3, "limits[0].reset", "announce: legacy or trio"),
        (entry(f"{WINDOW}, lie: {{remaining: 2}}"), 3, "limits[0].lie", "needs announce: legacy, trio or draft"),
        (
            entry(f"{WINDOW}, announce: legacy, lie: {{retry_after: missing}}"), 3, "limits[0].lie",
            "needs announce: retry_after",
        ),
        (entry(f"{WINDOW}, announce: legacy, lie: {{}}"), 3, "limits[0].lie", "needs remaining"),
        (entry(f"{WINDOW}, announce: legacy, lie: {{remaining: 0}}"), 3, "limits[0].lie.remaining", "at least 1"),
        (entry(f"{WINDOW}, status: 99"), 3, "limits[0].status", "must be at least 200"),
        (entry(f"{WINDOW}, body: html, code: x"), 3, "limits[0].code", "a gateway's page has none"),
        (f"{HEAD}limits:\n  - use: stripe.life\n", 3, "limits[0].use", "did you mean 'stripe.live'?"),
        (f"{HEAD}limits:\n  - use: 7\n", 3, "limits[0].use", "brownout list limits shows all"),
        (f"{HEAD}limits:\n  - use: stripe.live\n    quota: 7\n", 4, "limits[0].quota", "doesn't go with use"),
        (
            f"{HEAD}limits:\n  - use: onfido.live\n  - use: onfido.live\n", 4, "limits[1].use",
            "'onfido.live.requests' of onfido.live is taken on line 3",
        ),
    ],
)  # fmt: skip
def test_a_mistake_has_line_key_and_what_was_meant(text: str, line: int, key: str, words: str) -> None:
    """Every wrong number and combination is refused, once, at its own line and key."""
    with pytest.raises(ScenarioError) as refused:
        scenario.load(text, registries())

    found = refused.value.mistakes
    assert [(one.line, one.key) for one in found] == [(line, key)], found
    assert words in found[0].message


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        (entry(f"{WINDOW}, match: {{method: POST, operation: stripe.customers.list}}"), "limits[0].match", "never lim"),
        (entry("algorithm: lock, match: {operation: stripe.customers.list}"), "limits[0].match", "never limits: no op"),
        (
            entry(f"{WINDOW}, partition: object, match: {{operation: stripe.customers.list}}"), "limits[0].match",
            "has one level for all",
        ),
        (entry(f"{WINDOW}, cost: {{stripe.refunds.create: 9}}"), "limits[0]", "never admits stripe.refunds.create: it"),
        (entry("algorithm: shed, quota: 3, shares: {read: 30}"), "limits[0]", "it costs 1, and there are 0 at most"),
        ("clock: {frozen: true}\n" + entry(WINDOW), "limits[0]", "never begins anew while the clock is frozen"),
        ("clock: {frozen: true}\n" + entry(BUCKET), "limits[0]", "never refills while the clock is frozen"),
        (
            f"clock: {{frozen: true}}\n{HEAD}limits:\n  - use: onfido.live\n  - {{name: a, {BUCKET}}}\n", "limits[1]",
            "a never refills",
        ),
    ],
)  # fmt: skip
def test_check_says_what_disappoints(text: str, key: str, words: str) -> None:
    """A warning at the entry that it is about, sets or not."""
    advice = check(scenario.load(text, registries()), registries())

    assert any(one.key == key and words in one.message for one in advice), [str(one) for one in advice]


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ([{"use": "stripe.live"}], True),
        ([{"use": "stripe.life"}], False),
        ([{"use": "stripe.live", "name": "a"}], False),
        ([{"name": "a", "algorithm": "shed", "quota": 3, "shares": {"read": 50}}], True),
        ([{"name": "a", "algorithm": "quota", "quota": 3, "partition": ["account", "body.x"]}], True),
        ([{"name": "a", "algorithm": "quota", "quota": 3, "penalty": {"block": "1m"}, "lie": {"remaining": 1}}], True),
        ([{"name": "a", "algorithm": "quota", "quota": 3, "penalty": {"blok": "1m"}}], False),
        ([{"name": "a", "algorithm": "quota", "quota": 3, "partition": ["acount"]}], False),
        ([{"name": "a", "algorithm": "quota", "quota": 3, "cost": {"stripe.*": 2}}], True),
        ([{"name": "a", "algorithm": "quota", "quota": 3, "cost": -2}], False),
    ],
)
def test_the_schema_knows_limits(text: list[object], good: bool) -> None:  # noqa: FBT001
    """Editors see the same keys and words."""
    validator = Draft202012Validator(schema(registries()))

    assert validator.is_valid({"brownout": 1, "limits": text}) == good
