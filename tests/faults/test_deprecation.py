"""Changes that are announced: what clients are told, from when on, and what the changelog says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from brownout.core.announce import Announcement, heralds, parse_point
from brownout.core.effects import Reply
from brownout.core.rules import Rule
from brownout.faults.deprecation import Deprecation
from brownout.faults.drift import Drift
from brownout.testing import Simulator

if TYPE_CHECKING:
    from brownout.testing import Sandbox

KEY = {"Authorization": "Bearer sk_test_shop"}
START = 1_767_225_600  # 2026-01-01T00:00:00Z
DAY = 86_400
HEAD = """
brownout: 1
clock: {start: 2026-01-01T00:00:00Z, frozen: true}
faults:
"""
DOLLARS = (
    HEAD
    + """
  - name: dollars
    kind: drift
    match: {operation: stripe.payment_intents.*}
    change: money
    at: 40d
    announced: {lead: 30d, sunset: 2026-04-01, link: "https://provider.example/changes", headers: {Next-Version: "2"}}
"""
)


def pay(box: Sandbox) -> httpx.Response:
    """Make a payment intent of 2,000 cents."""
    form = {"amount": 2000, "currency": "usd"}
    return httpx.post(f"{box.url_of('stripe')}/v1/payment_intents", data=form, headers=KEY)


def told(answer: httpx.Response) -> dict[str, str]:
    """Return the headers that announce something."""
    names = ("deprecation", "sunset", "link", "next-version")
    return {name: text for name, text in answer.headers.items() if name in names}


def changelog(box: Sandbox) -> list[dict[str, Any]]:
    """Return what the admin API says was announced by now."""
    return httpx.get(f"{box.url}/_brownout/changelog").json()["changes"]  # type: ignore[no-any-return]


def fired(box: Sandbox) -> list[dict[str, str]]:
    """Return what became of the rules, exchange by exchange."""
    return [{one["rule"]: one["state"] for one in exchange.decided["fired"]} for exchange in box.exchanges()]


def test_a_drift_is_announced_from_its_lead_on_and_then_comes() -> None:
    """Thirty days before, in two formats of date on one answer, as the standards have it; then the amounts change."""
    seen = []
    with Simulator(DOLLARS) as box:
        for days in (0, 10, 29, 1):
            box.clock.advance(f"{days}d") if days else None
            answer = pay(box)
            seen.append((answer.json()["amount"], told(answer)))
        states = fired(box)

    announced = {
        "deprecation": f"@{START + 40 * DAY}",
        "sunset": "Wed, 01 Apr 2026 00:00:00 GMT",
        "link": '<https://provider.example/changes>; rel="deprecation"; type="text/html"',
        "next-version": "2",
    }
    assert seen == [(2000, {}), (2000, announced), (2000, announced), (20, announced)]
    assert states == [
        {},
        {"dollars.announced": "applied"},
        {"dollars.announced": "applied"},
        {"dollars": "applied", "dollars.announced": "applied"},
    ]


def test_only_those_are_told_whom_it_will_strike() -> None:
    """Another operation of the same provider says nothing."""
    with Simulator(DOLLARS) as box:
        box.clock.advance("20d")
        answer = httpx.get(f"{box.url_of('stripe')}/v1/balance", headers=KEY)

    assert told(answer) == {}


def test_a_cohort_is_told_of_what_it_will_meet() -> None:
    """The same share of the clients, the same clients: nobody else hears of it."""
    rule = """
  - {name: some, kind: drift, match: {operation: stripe.balance.retrieve, cohort: 50}, path: $.object, change: remove,
     at: 2d, announced: {lead: 1d}}
"""
    told_to, struck = set(), set()
    with Simulator(HEAD + rule) as box:
        box.clock.advance("1d")
        for seen in (told_to, struck):
            for number in range(20):
                headers = {"Authorization": f"Bearer sk_test_shop{number}"}
                answer = httpx.get(f"{box.url_of('stripe')}/v1/balance", headers=headers)
                if told(answer) if seen is told_to else "object" not in answer.json():
                    seen.add(number)
            box.clock.advance("1d")

    assert told_to == struck
    assert 0 < len(struck) < 20


def test_the_changelog_tells_what_was_announced_so_far() -> None:
    """Nothing before the lead; then what changes, how bad that is, and when."""
    with Simulator(DOLLARS) as box:
        before = changelog(box)
        box.clock.advance("10d")
        after = changelog(box)

    assert before == []
    assert after == [
        {
            "name": "dollars",
            "kind": "drift",
            "operations": ["stripe.payment_intents.*"],
            "change": "write the amounts in another unit",
            "grade": "silent",
            "announced_at": START + 10 * DAY,
            "deprecation": START + 40 * DAY,
            "sunset": START + 90 * DAY,
            "link": "https://provider.example/changes",
        }
    ]


def test_a_deprecation_of_its_own_changes_nothing() -> None:
    """The answer's body is what it was; moments may lie in the past, or count from the beginning."""
    rule = """
  - {name: old, kind: deprecation, match: {operation: stripe.*}, deprecation: 2020-06-30, sunset: 60d, said: all goes}
"""
    with Simulator(HEAD + rule) as box, Simulator(HEAD + "  []") as plain:
        answer, same = pay(box), pay(plain)
        lines = changelog(box)
        states = fired(box)

    assert told(answer) == {"deprecation": "@1593475200", "sunset": "Mon, 02 Mar 2026 00:00:00 GMT"}
    assert answer.content == same.content
    assert [(one["change"], one["grade"], one["sunset"]) for one in lines] == [("all goes", None, START + 60 * DAY)]
    assert states == [{"old": "applied"}]


def test_a_phase_announces_before_it_begins() -> None:
    """The moment of the change is that of the phase, or so long after."""
    scenario = """
brownout: 1
clock: {start: 2026-01-01T00:00:00Z, frozen: true}
phases:
  - {name: calm, duration: 10d}
  - name: storm
    duration: 10d
    faults:
      - {name: gone, kind: drift, match: {operation: stripe.payment_intents.create}, path: $.amount, change: remove,
         announced: {lead: 2d}}
"""
    seen = []
    with Simulator(scenario) as box:
        for days in (7, 1, 2):
            box.clock.advance(f"{days}d")
            answer = pay(box)
            seen.append(("amount" in answer.json(), told(answer)))

    announced = {"deprecation": f"@{START + 10 * DAY}"}
    assert seen == [(True, {}), (True, announced), (False, announced)]


def test_a_live_drift_announces_itself_and_goes_whole() -> None:
    """Its time counts from when it was put; taking it out takes its announcement out."""
    with Simulator(HEAD + "  []") as box:
        box.clock.advance("5d")
        options = {"path": "$.amount", "change": "remove", "at": "2d", "announced": {"lead": "1d", "sunset": "30d"}}
        with box.fault("drift", name="live", operation="stripe.payment_intents.create", **options):
            first = pay(box)
            box.clock.advance("1d")
            second = pay(box)
            lines = changelog(box)
            box.clock.advance("1d")
            third = pay(box)
        last = pay(box)

    assert [told(one).get("deprecation") for one in (first, second, third, last)] == [
        None, f"@{START + 7 * DAY}", f"@{START + 7 * DAY}", None,
    ]  # fmt: skip
    assert ["amount" in one.json() for one in (first, second, third, last)] == [True, True, False, True]
    assert [(one["name"], one["announced_at"]) for one in lines] == [("live", START + 6 * DAY)]


def test_a_link_that_is_there_stays() -> None:
    """Another one is put beside it; other headers of the same name are replaced, in whatever case."""
    effect = Announcement(
        deprecation="2026-01-01", link="https://provider.example/", headers={"API-Version": "2"}
    ).reword(None, 0.0)  # fmt: skip
    given = Reply(200, {"link": "<https://a/?page=2>; rel=next", "api-version": "1", "deprecation": "true"}, b"{}")

    made = effect.change(given)

    assert made is not None
    assert made.headers == {
        "link": '<https://a/?page=2>; rel=next, <https://provider.example/>; rel="deprecation"; type="text/html"',
        "API-Version": "2",
        "Deprecation": "@1767225600",
    }
    assert given.headers["deprecation"] == "true"
    assert effect.said == "announce a change: API-Version, Deprecation, Link"


def test_a_sunset_alone_is_an_announcement() -> None:
    """Each header stands for itself; what tells of another rule strikes at the response, where headers are."""
    made = Announcement(sunset="2026-01-01").reword(None, 0.0).change(Reply(200, {}, b""))
    drift = Drift(path="$.a", change="remove", announced=Announcement())
    herald = heralds(Rule(name="r", fault=drift, target="response"), 5.0)[0]

    assert made is not None
    assert made.headers == {"Sunset": "Thu, 01 Jan 2026 00:00:00 GMT"}
    assert (herald.name, herald.fault.targets()) == ("r.announced", ("response",))
    assert heralds(Rule(name="r", fault=Drift(path="$.a", change="remove"), target="response"), 5.0) == ()


@pytest.mark.parametrize(
    ("text", "seconds", "after"),
    [("30d", 2_592_000.0, True), ("2026-01-01", 1_767_225_600.0, False), ("0s", 0.0, True),
     ("2026-01-01T02:00:00+02:00", 1_767_225_600.0, False)],
)  # fmt: skip
def test_a_moment_is_a_date_or_a_time_after_the_beginning(text: str, seconds: float, after: bool) -> None:  # noqa: FBT001
    """A date without a zone is UTC."""
    point = parse_point(text, "sunset")

    assert point == (seconds, after)
    assert point.at(100.0) == (100.0 + seconds if after else seconds)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "deprecation needs something to announce"),
        ({"deprecation": "soon"}, "deprecation can't be 'soon'"),
        ({"sunset": "30"}, "sunset can't be '30'"),
        ({"link": "provider.example"}, "link must be a web address"),
        ({"link": "https://a/<b>"}, "link must be a web address"),
        ({"link": "https://a/\r\nX: y"}, "link must be a web address"),
        ({"headers": {"Sunset": "x"}}, "headers can't hold 'Sunset'"),
        ({"headers": {"A": "b\n"}}, "headers can't hold 'A'"),
        ({"headers": {"A b": "c"}}, "headers can't hold 'A b'"),
    ],
)
def test_what_cant_be_sent_is_refused_when_it_is_read(options: dict[str, Any], message: str) -> None:
    """With the key that is wrong first."""
    with pytest.raises(ValueError, match=f"^{message}"):
        Deprecation(**options)


def test_a_lead_is_a_length_of_time() -> None:
    """At least none."""
    with pytest.raises(ValueError, match=r"^lead must be at least 0"):
        Announcement(lead=-1.0)
