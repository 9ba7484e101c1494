"""What comes over the wire whatever the call: bodies that can't be read, unknown URLs, limits, injected failures."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onfido_world import ADA, NOBODY, World

from brownout.core.limits import Limit
from brownout.core.match import Match
from brownout.core.plan import Plan
from brownout.core.rules import Rule
from brownout.faults.abort import Abort
from brownout.providers.onfido import ONFIDO


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'"x"', b"null", b"7", b"\xff\xfe", b'{"a": NaN}', b'{"a": "\xff"}', b"[" * 5000,
     b'{"a":' * 5000 + b"1" + b"}" * 5000, b"first_name=Ada&last_name=L"],
)  # fmt: skip
def test_a_body_that_is_no_json_object_is_refused(world: Any, body: bytes) -> None:
    """400 in Onfido's envelope, with what is wrong; nothing is made."""
    before = world.state()

    refused = world.post("/applicants", body)

    assert (refused.status, refused.error["type"], refused.error["fields"]) == (400, "bad_request", {})
    assert refused.error["message"].startswith("The request could not be read: ")
    assert world.state() == before


def test_every_answer_has_a_request_id_and_its_type(world: Any) -> None:
    """JSON for what is JSON; nothing on an empty answer."""
    answered = world.post("/applicants", ADA)

    assert answered.headers.keys() == {"X-Request-Id", "Content-Type"}
    assert answered.headers["Content-Type"] == "application/json"
    assert world.delete(f"/applicants/{answered.body['id']}").headers.keys() == {"X-Request-Id"}


@pytest.mark.parametrize(
    ("method", "path", "hint"),
    [
        ("GET", "/v3.6/nothing", ""),
        ("PATCH", f"/v3.6/applicants/{NOBODY}", ""),
        ("GET", "/v3.6/applicants/", " (without the slash at its end, perhaps)"),
        ("POST", "/v3.6/workflow_runs", " (Onfido has it, but Brownout doesn't model it yet)"),
        ("POST", "/v3.6/sdk_token", " (Onfido has it, but Brownout doesn't model it yet)"),
        ("GET", "/v3.5/applicants", " (Brownout emulates /v3.6; the SDK's base URL must end with it)"),
        ("GET", "/applicants", " (paths begin with /v3.6)"),
        ("GET", "/", " (paths begin with /v3.6)"),
    ],
)
def test_an_unknown_url_is_answered_with_the_likely_reason(world: Any, method: str, path: str, hint: str) -> None:
    """404 in Onfido's envelope."""
    refused = world.send(method, path, key=None)

    assert (refused.status, refused.error["type"]) == (404, "resource_not_found")
    assert refused.error["message"] == f"Could not find the following resource: {method} {path}{hint}"


def test_a_long_url_is_not_repeated_whole(world: Any) -> None:
    """Two hundred characters of it are enough."""
    assert len(world.get("/" + "x" * 10_000).raw) < 600


# ---------------------------------------------------------------- limits
@pytest.mark.parametrize(("announce", "expected"), [("none", None), ("retry_after", "10")])
def test_a_limit_is_onfidos_429(make_world: Any, announce: Any, expected: str | None) -> None:
    """`Retry-After` only where it is announced: the Python SDK repeats calls silently when it sees one."""
    limit = Limit(
        name="burst", match=Match(), algorithm="token_bucket", rate_per_second=0.1, burst=1.0, announce=announce
    )
    world = make_world(plan=Plan(limits=(limit,)))
    world.get("/ping")

    refused = world.get("/ping")

    assert (refused.status, refused.error["type"]) == (429, "rate_limit")
    assert refused.headers.get("Retry-After") == expected


# ---------------------------------------------------------------- injected
TYPES = [
    (400, None, "bad_request"), (401, None, "authorization_error"), (401, "expired_token", "expired_token"),
    (403, None, "user_authorization_error"), (403, "account_disabled", "account_disabled"),
    (404, None, "resource_not_found"), (409, None, "conflict"), (410, None, "gone"), (418, None, "bad_request"),
    (422, None, "validation_error"), (422, "missing_documents", "missing_documents"), (429, None, "rate_limit"),
    (500, None, "internal_server_error"), (503, None, "internal_server_error"), (503, "gone", "gone"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "code", "type"), TYPES)
def test_an_injected_failure_is_in_onfidos_envelope(make_world: Any, status: int, code: Any, type: str) -> None:
    """`code` is the error's type; without one the status says which; nothing was executed."""
    rule = Rule(
        name="fail", fault=Abort(status=status, code=code), target="request", match=Match(operation=("*.retrieve",))
    )
    world = make_world(plan=Plan(rules=(rule,)))
    applicant_id = world.applicant()

    failed = world.get(f"/applicants/{applicant_id}")

    assert failed.status == status
    assert failed.error.keys() == {"type", "message", "fields"}
    assert (failed.error["type"], failed.error["fields"]) == (type, {})
    if type == "resource_not_found":
        assert failed.error["message"].endswith(f"Applicant with id={applicant_id}")


def test_a_lost_answer_leaves_the_applicant(make_world: Any) -> None:
    """Onfido has no idempotency keys: who tries again makes a second one."""
    rule = Rule(
        name="lost", fault=Abort(status=504, body="html"), target="response",
        match=Match(operation=("onfido.applicants.create",), occurrence=(1,)),
    )  # fmt: skip
    world = make_world(plan=Plan(rules=(rule,)))

    statuses = [world.post("/applicants", {**ADA, "email": "a@b.c"}).status for _ in range(2)]

    assert statuses == [504, 201]
    assert world.get("/applicants").headers["X-Total-Count"] == "2"


# ---------------------------------------------------------------- anything at all
words = st.sampled_from(["first_name", "applicant_id", "report_names", "url", "events", "data", "address", "file"])
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(max_size=8) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words | st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


@pytest.mark.slow
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(
    call=st.sampled_from([(one.method, one.path) for one in ONFIDO.operations]),
    body=st.dictionaries(words | st.text(max_size=5), values, max_size=5),
    object_id=st.text(alphabet=st.characters(exclude_characters="/?#%", codec="utf-8"), min_size=1, max_size=9),
)
def test_no_input_breaks_an_operation(call: tuple[str, str], body: dict[str, Any], object_id: str) -> None:
    """Each is answered in Onfido's envelope or as the operation does, never with an exception."""
    world = World()
    method, path = call

    answered = world.send(method, path.format(id=object_id), body if method in ("POST", "PUT") else None)

    assert answered.status in (200, 201, 204, 400, 404, 422)
    if answered.status >= 400:
        assert answered.error.keys() == {"type", "message", "fields"}


def test_equal_runs_have_equal_journals(make_world: Any) -> None:
    """Ids, tokens and events are draws on who called what: nothing else decides them."""

    def run() -> tuple[list[Any], list[Any]]:
        world = make_world()
        world.post("/webhooks", {"url": "https://shop.test/hook"})
        world.token()
        for number in range(3):
            world.check(world.ready(email=f"{number}@example.com"), "document", "facial_similarity_photo")
        world.transport.advance(2)
        world.get("/applicants")
        return [record.decided() for record in world.box.journal], world.events()

    assert run() == run()
