"""Broken files, each with the line, the key and the words that its one mistake must have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from brownout.core.errors import Mistake


HEAD = "brownout: 1\n"
FAULT = HEAD + "faults:\n  - name: one\n    kind: abort\n    status: 503\n"
LIMIT = HEAD + "limits:\n  - name: one\n    algorithm: token_bucket\n    rate: 10/s\n    burst: 5\n"
DRILL = HEAD + "arms:\n  keyed: {client: keyed}\n"

SYNTAX = {
    "empty": ("", 1, "", "is empty; a scenario begins with `brownout: 1`"),
    "only a comment": ("# nothing\n", 1, "", "is empty"),
    "a list at the top": ("- brownout: 1\n", 1, "", "not a list"),
    "a text at the top": ("brownout\n", 1, "", "not 'brownout'"),
    "a tab": (HEAD + "faults:\n\t- kind: abort\n", 3, "", "indent with spaces"),
    "a colon in a title": (HEAD + "title: lost: the answer\n", 2, "", "must be quoted"),
    "an open bracket": (HEAD + "faults: [\n", 2, "", "is a bracket or brace left open?"),
    "an open brace": (HEAD + "clock: {speed: 1\nseed: 2\n", 3, "", "opens on line 2 closed?"),
    "an open quote": (HEAD + "title: 'lost\nseed: 1\n", 3, "", "the quote that opens on line 2 isn't closed"),
    "bad indentation": (HEAD + "faults:\n  - kind: abort\n   status: 500\n", 4, "", "check the indentation"),
    "an unquoted star": (HEAD + "faults:\n  - {kind: abort, match: {key: *x}}\n", 3, "", "begins with * or &"),
    "an unquoted at": (HEAD + "title: @home\n", 2, "", "quote a text that begins with a special character"),
    "a control character": (HEAD + "title: a\x07\n", 2, "", "control character '\\x07'"),
    "two documents": (HEAD + "---\n" + HEAD, 2, "", "a second document begins here"),
    "a Python tag": (HEAD + "title: !!python/name:os.system x\n", 2, "", "tags such as"),
    "deep nesting": (HEAD + "title: " + "[" * 500_000, 2, "", "nested more than 32 levels"),
    "a bomb of aliases": (
        HEAD + "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
            f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
        ), None, "", "grows beyond 100,000 values",
    ),
    "an alias of itself": (HEAD + "a: &a [*a]\n", 2, "", "grows beyond 32 levels"),
    "a merge key": (HEAD + "<<: {seed: 1}\n", 2, "", "merge keys"),
    "a list as a key": (HEAD + "? [a]\n: 1\n", 2, "", "a key must be a word"),
    "a number as a key": (HEAD + "accounts: {1: a}\n", 2, "accounts", "a key must be text, not 1; quote it"),
    "a key twice": (HEAD + "seed: 1\ntitle: a\nseed: 2\n", 4, "seed", "given twice, here and on line 2"),
    "half a character": (HEAD + 'title: "\ud800"\n', None, "", "half a character"),
}  # fmt: skip

TOP = {
    "no version": ("title: a\n", 1, "brownout", "missing; write `brownout: 1` as the first line"),
    "a newer version": ("brownout: 2\nnew: 1\n", 1, "brownout", "written for version 2, and this Brownout reads"),
    "a quoted version": ("brownout: '1'\n", 1, "brownout", "write `brownout: 1`, not '1'"),
    "version true": ("brownout: true\n", 1, "brownout", "not true"),
    "an unknown key": (HEAD + "titel: a\n", 2, "titel", "did you mean 'title'?"),
    "on as a key": (HEAD + "on: 1\n", 2, "on", "YAML reads on as true"),
    "a number for a title": (HEAD + "title: 1\n", 2, "title", "must be text, not 1; quote it"),
    "a text for a seed": (HEAD + "seed: '5'\n", 2, "seed", "must be a whole number, not '5'"),
    "a huge seed": (HEAD + "seed: 9223372036854775808\n", 2, "seed", "must be below"),
    "base 60": (HEAD + "seed: 1:30\n", 2, "seed", "base 60"),
    "an octal": (HEAD + "seed: 010\n", 2, "seed", "write a plain decimal number"),
    "credentials": (HEAD + "credentials: opne\n", 2, "credentials", "did you mean 'open'?"),
    "client_from": (HEAD + "client_from: X-Client\n", 2, "client_from", "write body.PATH or header.NAME"),
    "yes": (HEAD + "clock: {frozen: yes}\n", 2, "clock.frozen", "write true, or quote it"),
    "a standing clock": (HEAD + "clock: {speed: 0}\n", 2, "clock.speed", "must be above 0, not 0"),
    "a date as start": (HEAD + "clock:\n  start: 2026-01-01\n", 3, "clock.start", "has no time zone"),
    "no date as start": (HEAD + "clock:\n  start: soon\n", 3, "clock.start", "such as 2026-01-01T00:00:00Z"),
    "a start before time": (HEAD + "clock: {start: 1969-01-01T00:00:00Z}\n", 2, "clock.start", "before 1970"),
    "an unknown operation": (
        HEAD + "identity: {bank.payment.create: body.id}\n", 2, "identity.bank.payment.create",
        "did you mean 'bank.payments.create'?",
    ),
    "no place": (
        HEAD + "identity:\n  bank.payments.create: order_id\n", 3, "identity.bank.payments.create", "write body.PATH",
    ),
    "an unknown provider": (HEAD + "providers: {bnak: {}}\n", 2, "providers.bnak", "did you mean 'bank'?"),
    "an unknown option": (HEAD + "providers: {bank: {reviews: 1s}}\n", 2, "providers.bank.reviews", "'review'?"),
    "an option's unit": (HEAD + "providers: {bank: {review: 4}}\n", 2, "providers.bank.review", "such as 250ms"),
    "an option inside": (
        HEAD + "providers:\n  bank:\n    hooks:\n      - {url: http://x, event: [a]}\n", 5,
        "providers.bank.hooks[0].event", "did you mean 'events'?",
    ),
    "a value inside": (
        HEAD + "providers:\n  bank:\n    hooks:\n      - url: ftp://x\n", 5, "providers.bank.hooks[0].url",
        "must begin with http",
    ),
    "a value missing inside": (
        HEAD + "providers:\n  bank:\n    hooks:\n      - {}\n", 5, "providers.bank.hooks[0].url", "missing",
    ),
    "a list of providers": (HEAD + "providers: [bank]\n", 2, "providers", "must be a mapping of keys, not a list"),
    "no account": (HEAD + "accounts: {pk: 5}\n", 2, "accounts.pk", "must be the name of an account, not 5"),
}  # fmt: skip

FAULTS = {
    "faults as a mapping": (HEAD + "faults: {kind: abort}\n", 2, "faults", "must be a list of entries"),
    "a word as a fault": (HEAD + "faults:\n  - abort\n", 3, "faults[0]", "must be a mapping of keys, not 'abort'"),
    "no kind": (HEAD + "faults:\n  - {status: 500}\n", 3, "faults[0]", "kind is missing; known: abort, latency"),
    "an unknown kind": (HEAD + "faults:\n  - name: a\n    kind: latncy\n", 4, "faults[0].kind", "'latency'?"),
    "a number as kind": (HEAD + "faults: [{kind: 5}]\n", 2, "faults[0].kind", "must be one of abort, latency, not 5"),
    "an unknown key": (FAULT + "    statsu: 500\n", 6, "faults[0].statsu", "did you mean 'status'?"),
    "a key of another": (FAULT + "    delay: 2s\n", 6, "faults[0].delay", "unknown 'delay'; known: "),
    "a name with a blank": (HEAD + "faults: [{kind: abort, status: 500, name: a b}]\n", 2, "faults[0].name", "letters"),
    "a number as name": (HEAD + "faults: [{kind: abort, status: 500, name: 5}]\n", 2, "faults[0].name", "quote it"),
    "a name twice": (
        FAULT + "  - name: one\n    kind: latency\n    delay: 1s\n", 6, "faults[1].name",
        "'one' is taken by faults[0] on line 3",
    ),
    "a status in quotes": (
        HEAD + "faults:\n  - kind: abort\n    status: '503'\n", 4, "faults[0].status", "whole number, not '503'",
    ),
    "a good status": (
        HEAD + "faults:\n  - kind: abort\n    status: 200\n", 4, "faults[0].status", "must be 400 to 599, not 200",
    ),
    "nothing to do": (HEAD + "faults:\n  - kind: latency\n", 3, "faults[0]", "latency needs delay"),
    "no unit": (HEAD + "faults:\n  - {kind: latency, delay: 2}\n", 3, "faults[0].delay", "not a duration: 2"),
    "base 60": (HEAD + "faults:\n  - {kind: latency, delay: 1:30}\n", 3, "faults[0].delay", "such as 1m30s"),
    "an unknown target": (FAULT + "    target: respons\n", 6, "faults[0].target", "did you mean 'response'?"),
    "108 percent": (FAULT + "    percentage: 108\n", 6, "faults[0].percentage", "must be at most 100, not 108"),
    "percent as text": (FAULT + "    percentage: 8%\n", 6, "faults[0].percentage", "must be a number, not '8%'"),
    "two ways to count": (FAULT + "    percentage: 8\n    nth: 2\n", 6, "faults[0].percentage", "exclude each other"),
    "the 0th": (FAULT + "    nth: [1, 0]\n", 6, "faults[0].nth", "a whole number from 1"),
    "no nth": (FAULT + "    nth: []\n", 6, "faults[0].nth", "an empty list fits nothing"),
    "first 0": (FAULT + "    first: 0\n", 6, "faults[0].first", "must be at least 1, not 0"),
    "every half": (FAULT + "    every: 0.5\n", 6, "faults[0].every", "must be a whole number, not 0.5"),
    "an empty match": (FAULT + "    match:\n", 6, "faults[0].match", "is empty, which would fit everything"),
    "match as text": (FAULT + "    match: bank.*\n", 6, "faults[0].match", "must be a mapping of keys, not 'bank.*'"),
    "an unknown match": (FAULT + "    match: {operatoin: x}\n", 6, "faults[0].match.operatoin", "'operation'?"),
    "no such operation": (
        FAULT + "    match:\n      operation: [bank.*, bank.refund.create]\n", 7, "faults[0].match.operation",
        "unknown 'bank.refund.create'; did you mean 'bank.refunds.create'?",
    ),
    "no such glob": (FAULT + "    match: {operation: bnk.*}\n", 6, "faults[0].match.operation", "unknown 'bnk.*'"),
    "a small method": (FAULT + "    match: {method: post}\n", 6, "faults[0].match.method", "did you mean 'POST'?"),
    "no such provider": (FAULT + "    match: {provider: bnak}\n", 6, "faults[0].match.provider", "mean 'bank'?"),
    "match nothing": (FAULT + "    match: {client: []}\n", 6, "faults[0].match.client", "an empty list fits nothing"),
    "match empty text": (FAULT + "    match: {key: ''}\n", 6, "faults[0].match.key", "an empty text fits nothing"),
    "match a bool": (FAULT + "    match: {body: {a: true}}\n", 6, "faults[0].match.body.a", "not true; quote it"),
    "a large cohort": (FAULT + "    match: {cohort: 300%}\n", 6, "faults[0].match.cohort", "such as 3 or 3%"),
    "header off": (FAULT + "    match: {header: {X: off}}\n", 6, "faults[0].match.header.X", "YAML reads off as false"),
}  # fmt: skip

REST = {
    "no algorithm": (HEAD + "limits: [{name: a}]\n", 2, "limits[0].algorithm", "missing; it is required"),
    "no name": (HEAD + "limits: [{algorithm: concurrency, quota: 1}]\n", 2, "limits[0].name", "missing"),
    "an algorithm": (HEAD + "limits: [{name: a, algorithm: token_buket}]\n", 2, "limits[0].algorithm", "token_bucket"),
    "no burst": (
        HEAD + "limits:\n  - {name: a, algorithm: token_bucket, rate: 1/s}\n", 3, "limits[0]", "needs burst above 0",
    ),
    "a rate without time": (
        HEAD + "limits:\n  - name: a\n    algorithm: token_bucket\n    burst: 1\n    rate: 10\n", 6, "limits[0].rate",
        "such as 10/s",
    ),
    "a quota in a bucket": (LIMIT + "    quota: 2\n", 7, "limits[0].quota", "doesn't belong to token_bucket"),
    "an unknown partition": (LIMIT + "    partition: acount\n", 7, "limits[0].partition", "did you mean 'account'?"),
    "a limit's match": (LIMIT + "    match: {operation: x.y}\n", 7, "limits[0].match.operation", "unknown 'x.y'"),
    "a limit's key": (LIMIT + "    busrt: 2\n", 7, "limits[0].busrt", "did you mean 'burst'?"),
    "load as text": (HEAD + "load: 15/s\n", 2, "load", "must be a mapping of keys, not '15/s'"),
    "an executor": (HEAD + "load: {executor: constant_rate}\n", 2, "load.executor", "'constant_arrival_rate'"),
    "no users": (HEAD + "load:\n  users: 0\n", 3, "load.users", "must be at least 1"),
    "no rate": (HEAD + "load:\n  rate: 0/s\n", 3, "load.rate", "must be above 0, not '0/s'"),
    "a rate for users": (
        HEAD + "load:\n  executor: users\n  rate: 3/s\n", 4, "load.rate", "doesn't belong to users, which takes think",
    ),
    "thinking at a rate": (HEAD + "load:\n  think: 3s\n", 3, "load.think", "doesn't belong to constant_arrival_rate"),
    "no stages": (HEAD + "load: {executor: ramping_arrival_rate}\n", 2, "load", "needs stages"),
    "stages as a mapping": (
        HEAD + "load:\n  executor: ramping_arrival_rate\n  stages: {rate: 3/s}\n", 4, "load.stages", "must be a list",
    ),
    "a stage as text": (
        HEAD + "load:\n  executor: ramping_arrival_rate\n  stages:\n    - 3s\n", 5, "load.stages[0]",
        "must be a mapping",
    ),
    "a stage's key": (
        HEAD + "load:\n  executor: ramping_arrival_rate\n  stages:\n    - {duration: 3s, rate: 1/s, target: 3/s}\n", 5,
        "load.stages[0].target", "unknown 'target'",
    ),
    "a stage without rate": (
        HEAD + "load:\n  executor: ramping_arrival_rate\n  stages:\n    - duration: 3s\n", 5, "load.stages[0].rate",
        "missing",
    ),
    "stages and a duration": (
        HEAD + "load:\n  executor: ramping_arrival_rate\n  stages: [{duration: 3s, rate: 1/s}]\n  duration: 3s\n", 5,
        "load.duration", "the stages say how long it takes",
    ),
    "stages of no time": (
        HEAD + "load:\n  executor: ramping_arrival_rate\n  stages: [{duration: 0, rate: 1/s}]\n", 4, "load.stages",
        "must take some time",
    ),
    "stages that aren't as long as the phases": (
        HEAD + "load:\n  executor: ramping_arrival_rate\n  stages: [{duration: 3s, rate: 1/s}]\n"
        "phases: [{name: a, duration: 4s}]\n", 4, "load.stages", "take 3s in all, and the phases 4s",
    ),
    "bursts without a period": (HEAD + "load:\n  executor: bursts\n  size: 3\n", 2, "load", "needs repeat above 0"),
    "bursts all the time": (
        HEAD + "load:\n  executor: bursts\n  rate: 3/s\n  for: 2s\n  repeat: 2s\n", 6, "load.repeat",
        "repeat must be longer than for",
    ),
    "bursts of two kinds": (
        HEAD + "load:\n  executor: bursts\n  size: 3\n  rate: 3/s\n  for: 1s\n  repeat: 2s\n", 4, "load.size",
        "give either that, or rate and for",
    ),
    "bursts that come each nothing": (
        HEAD + "load:\n  executor: bursts\n  size: 3\n  repeat: 0\n", 5, "load.repeat", "must be above 0",
    ),
    "more orders than are planned": (
        HEAD + "load:\n  executor: poisson\n  rate: 999/ms\n", 2, "load", "about 6,993,000 orders, and 1,000,000",
    ),
    "an arm without client": (HEAD + "arms:\n  a: {}\n", 3, "arms.a", "must have one of client, locustfile and"),
    "a client that is no class": (HEAD + "arms: {a: {client: 'shop:'}}\n", 2, "arms.a.client", "write module:Class"),
    "a file as client": (HEAD + "arms: {a: {client: './shop.py:A'}}\n", 2, "arms.a.client", "write module:Class"),
    "a number as client": (HEAD + "arms: {a: {client: 1}}\n", 2, "arms.a.client", "must be text, not 1"),
    "an arm of two kinds": (
        HEAD + "arms: {a: {client: x, command: y}}\n", 2, "arms.a", "command, not client and command",
    ),
    "a command with an open quote": (
        HEAD + "arms: {a: {command: \"node 'x\"}}\n", 2, "arms.a.command", "not a command line: No closing quotation",
    ),
    "a command without a program": (HEAD + "arms: {a: {command: []}}\n", 2, "arms.a.command", "names no program"),
    "an arm's typing error": (HEAD + "arms: {a: {comand: x}}\n", 2, "arms.a.comand", "did you mean 'command'?"),
    "an arm as text": (HEAD + "arms: {a: naive}\n", 2, "arms.a", "must be a mapping of keys, not 'naive'"),
    "an arm's name": (HEAD + "arms: {a b: {client: x}}\n", 2, "arms.'a b'", "not a name: 'a b'"),
    "an unknown metric": (
        DRILL + "thresholds:\n  payment.lost: ['count == 0']\n", 5, "thresholds.payment.lost", "'payments.lost'?",
    ),
    "an unknown arm": (
        DRILL + "thresholds:\n  payments.lost{arm:key}: ['count == 0']\n", 5, "thresholds.payments.lost{arm:key}",
        "did you mean 'keyed'?",
    ),
    "a selector that a metric doesn't take": (
        DRILL + "thresholds:\n  errors{client:a}: ['count == 0']\n", 5, "thresholds.errors{client:a}",
        "errors can't be told by client",
    ),
    "a selected operation": (
        DRILL + "thresholds:\n  throttled{operation:bank.paymnts.*}: ['count == 0']\n", 5,
        "thresholds.throttled{operation:bank.paymnts.*}", "unknown 'bank.paymnts.*'",
    ),
    "a key of a line": (
        DRILL + "thresholds:\n  payments.lost: [{threshold: count == 0, gates: true}]\n", 5,
        "thresholds.payments.lost[0].gates", "did you mean 'gate'?",
    ),
    "k6's word": (
        DRILL + "thresholds:\n  payments.lost: [{threshold: count == 0, abortOnFail: true}]\n", 5,
        "thresholds.payments.lost[0].abortOnFail", "k6's word for abort_on_fail",
    ),
    "a line without a threshold": (
        DRILL + "thresholds:\n  payments.lost: [{gate: true}]\n", 5, "thresholds.payments.lost[0].threshold",
        "required",
    ),
    "an assertion in the long form": (
        DRILL + "thresholds:\n  payments.lost: [{threshold: rate < 1}]\n", 5, "thresholds.payments.lost[0].threshold",
        "has count, not 'rate'",
    ),
    "a delay of nothing": (
        DRILL + "thresholds:\n  payments.lost: [{threshold: count == 0, delay: 2s}]\n", 5,
        "thresholds.payments.lost[0].delay", "abort_on_fail: true beside it",
    ),
    "an abort that doesn't decide": (
        DRILL + "thresholds:\n  payments.lost: [{threshold: count == 0, gate: true}]\n"
        "  throttled: [{threshold: count == 0, abort_on_fail: true}]\n", 6,
        "thresholds.throttled[0].abort_on_fail", "write gate: true too",
    ),
    "an abort by what only the end tells": (
        DRILL + "thresholds:\n  recovery.time: [{threshold: value < 5s, abort_on_fail: true}]\n", 5,
        "thresholds.recovery.time[0].abort_on_fail", "known only at its end",
    ),
    "an invariant": (HEAD + "invariants: [shop]\n", 2, "invariants[0]", "must be MODULE:FUNCTION"),
    "an invariant twice": (HEAD + "invariants: ['a:b', 'a:b']\n", 2, "invariants[1]", "given twice"),
    "an unknown selector": (
        DRILL + "thresholds:\n  payments.lost{amr:a}: ['count == 0']\n", 5, "thresholds.payments.lost{amr:a}", "'arm'?",
    ),
    "no selector": (
        DRILL + "thresholds:\n  payments.lost{}: ['count == 0']\n", 5, "thresholds.payments.lost{}",
        "{arm:NAME,phase:NAME}",
    ),
    "no metric": (
        DRILL + "thresholds:\n  'a b': ['count == 0']\n", 5, "thresholds.'a b'",
        "write METRIC or METRIC{arm:NAME,phase:NAME}",
    ),
    "no list": (
        DRILL + "thresholds:\n  payments.lost: count == 0\n", 5, "thresholds.payments.lost", '["count == 0"]',
    ),
    "no assertion": (
        DRILL + "thresholds:\n  payments.lost:\n    - count = 0\n", 6, "thresholds.payments.lost[0]",
        "not an assertion: 'count = 0'",
    ),
    "another aggregation": (
        DRILL + "thresholds:\n  payments.lost: [rate < 1]\n", 5, "thresholds.payments.lost[0]", "has count, not 'rate'",
    ),
    "a number": (
        DRILL + "thresholds:\n  payments.lost: [0]\n", 5, "thresholds.payments.lost[0]", "must be text, such as",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "key", "words"),
    [
        pytest.param(*broken, id=f"{place}: {name}")
        for place, table in (("syntax", SYNTAX), ("top", TOP), ("faults", FAULTS), ("rest", REST))
        for name, broken in table.items()
    ],
)
def test_a_mistake_has_line_key_and_what_was_meant(
    mistakes: Callable[[str], tuple[Mistake, ...]], text: str, line: int | None, key: str, words: str
) -> None:
    """A broken file is refused with exactly one mistake, at its own line and key, that says what is allowed."""
    found = mistakes(text)

    assert [(one.file, one.key) for one in found] == [("broken.yaml", key)], found
    assert line is None or found[0].line == line
    assert words in found[0].message


def test_every_mistake_is_found_at_once(mistakes: Callable[[str], tuple[Mistake, ...]]) -> None:
    """Mistakes in different parts of a file are all reported, in the order of their lines."""
    text = HEAD + (
        "seed: yes\n"
        "clock: {speed: fast}\n"
        "faults:\n"
        "  - {kind: abrt, percentage: 200}\n"
        "  - {kind: latency, delay: 1s, match: {operation: nothing}, target: wire}\n"
        "limits:\n"
        "  - {name: a, algorithm: concurrency}\n"
        "thresholds: {payments.lost: []}\n"
    )

    found = mistakes(text)

    assert [(one.line, one.key) for one in found] == [
        (2, "seed"),
        (3, "clock.speed"),
        (5, "faults[0].kind"),
        (5, "faults[0].percentage"),
        (6, "faults[1].match.operation"),
        (6, "faults[1].target"),
        (8, "limits[0]"),
        (9, "thresholds.payments.lost"),
    ]


def test_a_mistake_reads_as_one_line(mistakes: Callable[[str], tuple[Mistake, ...]]) -> None:
    """A mistake prints as `file:line: key: message`, the form that editors and CI logs link."""
    (found,) = mistakes(HEAD + "faults:\n  - {kind: latncy}\n")

    assert str(found) == "broken.yaml:3: faults[0].kind: unknown 'latncy'; did you mean 'latency'?"
