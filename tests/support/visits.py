"""One client at one sandbox that goes on until all that its scenario says has struck, and remembers what it saw."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import aiohttp
from traffic import STRIPE, basic, round_of_calls

if TYPE_CHECKING:
    from collections.abc import Mapping

    from brownout.core.plan import Plan
    from brownout.testing import AsyncSandbox

LOGIN: Final = basic("shop", "secret")
ROUNDS_MOST: Final = 60
PACE_SECONDS: Final = 600
NEVER_FIRST: Final = {"stripe.sandbox.endpoint"}
"""Stripe documents 25 a second for an endpoint and for the account, whose limit is asked first: it is never the one."""


class Answer(NamedTuple):
    """An answer as its client saw it."""

    status: int
    headers: Mapping[str, str]
    body: Any = None


class Refusal(NamedTuple):
    """A limit's answer, and in how many seconds there will really be room; None: nobody knows."""

    answer: Answer
    wait: float | None


class Visit:
    """One client at one sandbox, and all the answers that it has seen, by the id of their exchange."""

    def __init__(self, box: AsyncSandbox, plan: Plan, posted: list[Any] | None = None) -> None:
        self.box = box
        self.plan = plan
        self.posted = posted if posted is not None else []
        self.seen: dict[str, Answer] = {}
        trace = aiohttp.TraceConfig()
        trace.on_request_end.append(self._note)
        self._traces = [trace]

    async def _note(self, _session: Any, _context: Any, params: aiohttp.TraceRequestEndParams) -> None:
        answer = params.response
        self.seen[answer.headers.get("Brownout-Exchange", "")] = Answer(answer.status, dict(answer.headers))

    @property
    def refusals(self) -> dict[str, list[Refusal]]:
        """The refusals that clients have seen, by limit."""
        found: dict[str, list[Refusal]] = {limit.name: [] for limit in self.plan.limits}
        for one in self.box.exchanges(limit=100_000):
            if one.decided["limit"] is not None and one.id in self.seen:
                found[one.decided["limit"]].append(Refusal(self.seen[one.id], one.decided["limited"].get("wait")))
        return found

    @property
    def applied(self) -> set[str]:
        """The rules that were applied in what is on record."""
        fired = [one for record in self.box.exchanges(limit=100_000) for one in record.decided["fired"]]
        return {one["rule"] for one in fired if one["state"] == "applied"}

    @property
    def idle(self) -> set[str]:
        """The rules that were not applied, and the limits that refused nobody."""
        rules = {one["name"] for one in self.box.faults()} - self.applied
        limits = {name for name, refusals in self.refusals.items() if not refusals}
        return (rules | limits) - NEVER_FIRST

    async def live(self) -> None:
        """Do rounds of plain traffic until all has struck."""
        pace = max([PACE_SECONDS, *(rule.when.at_seconds for rule in self.plan.rules if rule.when is not None)])
        for number in range(1, ROUNDS_MOST + 1):
            day = asyncio.ensure_future(round_of_calls(self.box, number, self._traces))
            while not day.done() and (self.plan.limits or self.idle):
                await asyncio.wait([day], timeout=None if self.plan.limits else 0.005)
            day.cancel()
            await asyncio.wait([day])
            if not self.idle:
                return
            await self.box.clock.advance(pace)

    async def call(self, method: str, provider: str, path: str, **how: Any) -> Answer:
        """Return one answer."""
        url = self.box.url_of(provider) + path
        async with aiohttp.ClientSession(trace_configs=self._traces) as http, http.request(method, url, **how) as got:
            body = await got.json() if "json" in got.content_type else None
            return Answer(got.status, got.headers, body)

    async def changelog(self) -> list[dict[str, Any]]:
        """Return what has been announced."""
        async with aiohttp.ClientSession() as http, http.get(f"{self.box.url}/_brownout/changelog") as answer:
            return list((await answer.json())["changes"])

    async def stripe(self, path: str, data: Mapping[str, str] | None = None) -> Answer:
        """GET, or POST `data`."""
        return await self.call("GET" if data is None else "POST", "stripe", path, headers=STRIPE, data=data)

    async def token(self, **form: str) -> Answer:
        """Ask for a token by the client's own credentials."""
        asked = {"grant_type": "client_credentials", "scope": "read write", **form}
        return await self.call("POST", "oauth", "/token", headers=LOGIN, data=asked)

    async def refresh(self, token: Answer) -> Answer:
        """Renew."""
        form = {"grant_type": "refresh_token", "refresh_token": token.body["refresh_token"]}
        return await self.call("POST", "oauth", "/token", headers=LOGIN, data=form)

    async def use(self, token: Answer) -> int:
        """Return how the API answers to a token."""
        bearer = {"Authorization": f"Bearer {token.body['access_token']}"}
        return (await self.call("GET", "oauth", "/api/accounts", headers=bearer)).status
