"""docs/failures.md is true: each of its lines is in force, is met over the wire, and has struck."""

from __future__ import annotations

import asyncio
import re
import ssl
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, get_args

import orjson
import pytest
import yaml
from catalogue import CATALOGUE
from failure_stories import SLOW, STORIES
from failures import FAILURES, PAGE, Failure
from intercepted import Setting
from visits import Refusal, Visit

from brownout import scenario
from brownout.assembly import registries
from brownout.core.announce import Announcement
from brownout.core.limits import Algorithm, Announce, Counted, Part
from brownout.core.limits.limit import ResetForm, Told
from brownout.faults import FAULTS
from brownout.scenario.check import check
from brownout.scenario.model import OAuthSection
from brownout.server.app import App
from brownout.testing import Simulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from brownout.core.limits import Limit

KNOWN = registries()
AT_THE_DOOR = [one for one in FAILURES if one.kinds == {"certificate"}]
ON_THE_WIRE = [one for one in FAILURES if one not in AT_THE_DOOR]
NOWHERE = "http://127.0.0.1:9/"
PREFIXES = {"legacy": "X-RateLimit", "trio": "RateLimit"}
RESETS = {"epoch": r"\d{10}", "seconds": r"\d{1,2}", "http_date": r".*GMT"}
REASONS = {
    "expired": "certificate has expired",
    "wrong_name": "Hostname mismatch",
    "unknown_authority": "unable to get local issuer certificate",
}


def named(rows: Iterable[Failure]) -> list[Any]:
    """Return rows as parameters."""
    return [pytest.param(one, id=re.sub(r"[^\w]+", "-", one.words).strip("-")) for one in rows]


@asynccontextmanager
async def posting(text: str) -> AsyncIterator[tuple[str, list[Any]]]:
    """Open an endpoint for the webhooks of a scenario that has some: its text with the address, and what is posted."""
    posted: list[Any] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        body = await reader.readexactly(length)
        with suppress(ValueError):  # some rows break it
            posted.append(orjson.loads(body))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    if NOWHERE not in text:
        yield text, posted
        return
    async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
        yield text.replace(NOWHERE, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"), posted


@pytest.mark.slow
@pytest.mark.parametrize("failure", named(ON_THE_WIRE))
async def test_it_strikes(failure: Failure) -> None:
    """Plain traffic, or the row's own story, meets it: every rule was applied, every limit refused as it says."""
    slow = any(limit.in_flight for limit in scenario.load(failure.scenario(), KNOWN).limits)
    async with posting(failure.scenario(*([SLOW] if slow else []))) as (text, posted):
        plan = scenario.load(text, KNOWN)
        async with Simulator(plan) as box:
            visit = Visit(box, plan, posted)
            await STORIES.get(failure.words, Visit.live)(visit)

            assert visit.idle == set()
            for limit in plan.limits:
                for refusal in visit.refusals[limit.name]:
                    spelled_as_it_says(limit, refusal)
            assert {one["name"] for one in await visit.changelog()} == {
                rule.name
                for rule in plan.rules
                if rule.fault.kind == "deprecation" or isinstance(getattr(rule.fault, "announced", None), Announcement)
            }


@pytest.mark.parametrize("failure", named(FAILURES))
def test_it_checks_clean(failure: Failure) -> None:
    """Whoever copies it is warned of nothing."""
    plan = scenario.load(failure.scenario(frozen=False), KNOWN)

    assert [str(one) for one in check(plan, KNOWN) if one.severity == "warning"] == []


def spelled_as_it_says(limit: Limit, refusal: Refusal) -> None:
    """Assert that a refusal has the status and the headers that its limit announces, lies included."""
    status, headers, _ = refusal.answer
    lies = limit.lie.retry_after if limit.lie is not None else None
    remaining = limit.lie.remaining if limit.lie is not None else None

    assert status == (limit.status or (503 if limit.algorithm == "shed" else 429))
    assert headers["Content-Type"].startswith("text/html") == (limit.body == "html")
    assert ("RateLimit-Policy" in headers) == ("draft" in limit.announces)
    for kind, prefix in PREFIXES.items():
        assert (f"{prefix}-Limit" in headers) == (kind in limit.announces)
        if kind in limit.announces:
            assert headers[f"{prefix}-Remaining"] == str(remaining or 0)
            form = limit.reset or ("epoch" if kind == "legacy" else "seconds")
            assert limit.algorithm == "quota" or re.fullmatch(RESETS[form], headers[f"{prefix}-Reset"])
    assert ("Retry-After" in headers) == ("retry_after" in limit.announces and lies != "missing")
    if "Retry-After" in headers:
        assert refusal.wait is not None
        told = headers["Retry-After"]
        if lies == "http_date":
            assert told.endswith("GMT")
        else:
            longer = int(told) - refusal.wait
            assert longer < -1 if lies == "too_short" else longer > 1 if lies == "too_long" else 0 <= longer <= 1


@pytest.mark.parametrize("failure", named(AT_THE_DOOR))
async def test_it_strikes_handshakes(failure: Failure) -> None:
    """A client that checks certificates refuses it, for the reason that the row gives."""
    app = App(KNOWN, scenario.load(failure.scenario(frozen=False), KNOWN))
    try:
        setting = Setting(app, await app.intercept())
        with pytest.raises(ssl.SSLCertVerificationError, match=REASONS[failure.entries[0]["change"]]):
            await setting.tls(sni="api.stripe.com")
        assert sum(app.worlds.default.fired.values()) == 1
    finally:
        await app.stop()


@pytest.mark.parametrize("failure", named(one for one in FAILURES if one.grade is not None))
def test_the_page_grades_drifts_as_the_code_does(failure: Failure) -> None:
    """Harmless, breaking or silent."""
    rule = scenario.load(failure.scenario(), KNOWN).rules[0]

    assert getattr(rule.fault, "grade", None) == failure.grade


def test_rows_are_not_twice_and_no_story_is_left_over() -> None:
    """A row that is reworded takes its story along."""
    words = [one.words for one in FAILURES]

    assert len(words) == len(set(words))
    assert set(STORIES) - set(words) == set()
    assert all(one.lines for one in FAILURES)


def test_the_page_shows_one_line_as_a_whole_file() -> None:
    """It is the one that the text speaks of."""
    block = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[0]
    row = re.search(r"^## Payments and answers\n.*?^\| [^m].*?`(.*?)` \|$", PAGE, re.MULTILINE | re.DOTALL)

    assert row is not None
    assert yaml.safe_load(block)["faults"] == yaml.safe_load(row[1])
    assert len(scenario.load(block, KNOWN).rules) == 1


def test_no_way_to_fail_is_missing() -> None:
    """Each kind of fault with each of its choices and each of its keys, and each choice that a limit has."""
    lines = [entry for one in FAILURES for entry in one.entries if "kind" in entry]
    used = {(entry["kind"], key, str(value).lower()) for entry in lines for key, value in entry.items()}
    keys = {(kind, key) for kind, key, _ in used}
    ways = [(kind, *way) for kind in FAULTS for way in choices(kind)]

    assert [(kind, key) for kind, key, _, _ in ways if (kind, key) not in keys] == []
    assert [
        (kind, key, value)
        for kind, key, values, default in ways
        for value in values
        if value != default and (kind, key, "none" if value == "null" else value) not in used
    ] == []


def choices(kind: str) -> list[tuple[str, list[str], str]]:
    """Return a kind's keys, the words that each takes (none where it takes anything) and its default."""
    section = CATALOGUE.PAGE.read_text(encoding="utf-8").partition(f"\n## {kind}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) \|$", section, re.MULTILINE)
    return [(key, re.findall(r"`(\w+)`", takes), default.strip("`")) for key, takes, default in rows]


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("algorithm", get_args(Algorithm)),
        ("partition", get_args(Part)),
        ("announce", get_args(Announce)),
        ("count", get_args(Counted)),
        ("reset", get_args(ResetForm)),
        ("retry_after", get_args(Told)),
        ("use", sorted(KNOWN.limits())),
    ],
)
def test_no_way_to_limit_is_missing(key: str, words: tuple[str, ...]) -> None:
    """Each word that a limit's key takes stands in a line."""
    lines = "\n".join(line for one in FAILURES for line in one.lines)

    assert [word for word in words if not re.search(rf"\b{key}: {re.escape(word)}\b", lines)] == []


def test_no_rule_for_tokens_is_missing() -> None:
    """Each key of `oauth`."""
    used = {key for one in FAILURES for entry in one.entries for key in entry.get("oauth", {})}

    assert set(OAuthSection.model_fields) - used == set()
