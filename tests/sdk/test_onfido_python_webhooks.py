"""Webhooks as a shop gets them: every delivery is verified by onfido-python's own verifier, in every kind of time."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final
from urllib.request import Request, urlopen

import onfido
import orjson
import pytest
from onfido import ApplicantBuilder, CheckBuilder, ReportName, WebhookBuilder
from onfido.webhook_event_verifier import OnfidoInvalidSignatureError, WebhookEventVerifier
from world_times import TIMES

from brownout.core.plan import ClockOptions, Plan
from brownout.providers.onfido import OnfidoOptions, WebhookOptions, webhook_token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.sdk.conftest import Delivery, MakeOnfido, Receiver

    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk

DONE: Final = "check.completed"


def listen(api: onfido.DefaultApi, receiver: Receiver, *events: str) -> str:
    """Make a webhook and return its token."""
    made = api.create_webhook(WebhookBuilder(url=receiver.url, events=list(events) or None))
    assert made.token is not None
    return made.token


def start(api: onfido.DefaultApi) -> Any:
    """Make a check of two reports and return it."""
    applicant = api.create_applicant(ApplicantBuilder(first_name="A", last_name="B"))
    names = [ReportName.WATCHLIST_AML, ReportName.KNOWN_FACES]
    return api.create_check(CheckBuilder(applicant_id=applicant.id, report_names=names))


def verified(delivery: Delivery, token: str) -> Any:
    """Return the payload of a delivery, once the SDK took its signature."""
    event = WebhookEventVerifier(token).read_payload(delivery.body.decode(), delivery.headers["X-SHA2-Signature"])
    assert event is not None
    return event.payload


# ---------------------------------------------------------------- times
@pytest.mark.parametrize("set_time", TIMES, ids=lambda one: one.__name__.strip("_"))
def test_a_delivery_and_its_retry_verify_at_any_time(
    brownout: Sandbox, onfido_api: onfido.DefaultApi, receiver: Receiver, set_time: Callable[[Sandbox], None]
) -> None:
    """World time may race, jump or stand still: there is no time in the signature, and the body stays the same."""
    token = listen(onfido_api, receiver, DONE)
    set_time(brownout)
    receiver.answers = [500, 503]

    check = start(onfido_api)
    brownout.clock.advance("5m")

    payloads = [verified(one, token) for one in receiver.got]
    assert [one.action for one in payloads] == [DONE] * 3
    assert {one.object.id for one in payloads} == {str(check.id)}
    assert len({one.body for one in receiver.got}) == 1
    taken = payloads[0].object.completed_at_iso8601 - check.created_at
    assert 2 <= taken.total_seconds() <= 300
    delivery = brownout.webhooks()[0]
    assert (delivery["state"], [one["status"] for one in delivery["attempts"]]) == ("delivered", [500, 503, 200])


def test_the_retries_of_a_jump_come_in_order_and_verify(
    brownout: Sandbox, onfido_api: onfido.DefaultApi, receiver: Receiver
) -> None:
    """Thirty days play every rung of the ladder; after the last the event is given up."""
    token = listen(onfido_api, receiver, DONE)
    receiver.answers = [500] * 50
    start(onfido_api)

    brownout.clock.advance("30d")

    delivery = brownout.webhooks()[0]
    at = [one["at"] for one in delivery["attempts"]]
    assert (delivery["state"], len(receiver.got)) == ("failed", 7)
    assert [round(later - earlier) for earlier, later in pairwise(at)] == [
        30, 120, 900, 7_200, 36_000, 86_400,
    ]  # fmt: skip
    assert {verified(one, token).action for one in receiver.got} == {DONE}


@pytest.fixture
def long_frozen(brownout: Sandbox) -> Iterator[Sandbox]:
    """A world whose clock has stood still for ten minutes."""
    plan = Plan(clock=ClockOptions(start=time.time() - 600, frozen=True))
    box = brownout.sandbox(f"{brownout.name}-frozen", scenario=plan)
    yield box
    box.drop()


def test_a_frozen_world_completes_nothing_by_itself(
    long_frozen: Sandbox, make_onfido: MakeOnfido, receiver: Receiver
) -> None:
    """A review ends only when the clock is moved to its end; what is then sent verifies."""
    api = make_onfido(long_frozen)
    token = listen(api, receiver)
    check = start(api)
    long_frozen.clock.advance("1999ms")
    before = [verified(one, token).action for one in receiver.got]

    long_frozen.clock.advance("1ms")

    assert before == ["check.started"]
    actions = [verified(one, token).action for one in receiver.got]
    assert actions == ["check.started", "report.completed", "report.completed", DONE]
    assert api.find_check(check.id).status == "complete"


def test_a_review_ends_by_itself_at_wall_speed(
    brownout: Sandbox, onfido_api: onfido.DefaultApi, receiver: Receiver
) -> None:
    """Nobody has to ask: at sixty times the speed of the wall the webhook comes after a thirtieth of a second."""
    token = listen(onfido_api, receiver, DONE)
    brownout.clock.speed(60)
    start(onfido_api)

    deadline = time.monotonic() + 5
    while not receiver.got:
        assert time.monotonic() < deadline

    assert verified(receiver.got[0], token).object.status == "complete"


# ---------------------------------------------------------------- whom and what
def test_the_href_of_an_event_leads_to_the_check(
    brownout: Sandbox, onfido_api: onfido.DefaultApi, receiver: Receiver
) -> None:
    """Absolute, through the sandbox's own address."""
    token = listen(onfido_api, receiver, DONE)
    check = start(onfido_api)
    brownout.clock.advance("2s")

    href = verified(receiver.got[0], token).object.href

    assert href == f"{brownout.url_of('onfido')}/v3.6/checks/{check.id}"
    with urlopen(Request(href, headers={"Authorization": "Token token=api_sandbox.shop"})) as answer:
        assert orjson.loads(answer.read())["status"] == "complete"


def test_each_webhook_has_its_own_token(brownout: Sandbox, onfido_api: onfido.DefaultApi, receiver: Receiver) -> None:
    """A delivery verifies with its own webhook's token and with no other's."""
    tokens = {listen(onfido_api, receiver, DONE), listen(onfido_api, receiver, DONE)}
    start(onfido_api)
    brownout.clock.advance("2s")

    opened_by = []
    for delivery in receiver.got:
        for token in sorted(tokens):
            try:
                verified(delivery, token)
            except OnfidoInvalidSignatureError:
                continue
            opened_by.append(token)

    assert sorted(opened_by) == sorted(tokens)
    assert len(tokens) == 2


@pytest.mark.parametrize("own", ["mine", None], ids=["named", "drawn"])
def test_a_configured_webhook_signs_with_its_token(
    brownout: Sandbox, make_onfido: MakeOnfido, receiver: Receiver, own: str | None
) -> None:
    """The scenario's own, or else the sandbox's, which its seed fixes; every account has it."""
    hook = WebhookOptions(url=receiver.url, events=(DONE,), token=own)
    plan = Plan(seed=7, providers={"onfido": OnfidoOptions(webhooks=(hook,))})
    brownout.use(plan)

    checks = [start(make_onfido(api_token=f"api_sandbox.{name}")) for name in ("one", "two")]
    brownout.clock.advance("2s")

    token = own or webhook_token(plan)
    assert {verified(one, token).object.id for one in receiver.got} == {str(one.id) for one in checks}
    assert [one.webhook_ids for one in checks] == [checks[0].webhook_ids] * 2


def test_a_deleted_webhook_gets_no_retry(brownout: Sandbox, onfido_api: onfido.DefaultApi, receiver: Receiver) -> None:
    """What was still to be tried again is cancelled."""
    listen(onfido_api, receiver, DONE)
    receiver.answers = [500]
    start(onfido_api)
    brownout.clock.advance("2s")
    onfido_api.delete_webhook(onfido_api.list_webhooks().webhooks[0].id)

    brownout.clock.advance("1h")

    assert (len(receiver.got), brownout.webhooks()[0]["state"]) == (1, "cancelled")
