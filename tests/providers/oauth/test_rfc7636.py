"""RFC 7636: what ties a code to the client that asked for it, section by section."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oauth_world import CHALLENGE, VERIFIER, World

from brownout.core.tokens.pkce import Challenge, challenge_of
from brownout.providers.oauth import Registration

verifiers = st.text("ABCXYZabcxyz0189-._~", min_size=43, max_size=128)


def test_s4_2_the_challenge_of_appendix_b() -> None:
    """The RFC's own example."""
    assert challenge_of(VERIFIER) == CHALLENGE


@given(verifier=verifiers, other=verifiers)
def test_s4_6_only_the_verifier_itself_meets_a_challenge(verifier: str, other: str) -> None:
    """By S256 and by plain."""
    for challenge in (Challenge(challenge_of(verifier), "S256"), Challenge(verifier, "plain")):
        assert challenge.met_by(verifier)
        assert challenge.met_by(other) == (other == verifier)


@pytest.mark.parametrize("verifier", ["", "a" * 42, "a" * 129, "a" * 42 + "é", "a" * 42 + " ", "a" * 43 + "\n"])
def test_s4_1_what_is_no_verifier_meets_nothing(verifier: str) -> None:
    """43 to 128 unreserved characters."""
    assert not Challenge(verifier, "plain").met_by(verifier)


@pytest.mark.parametrize(
    ("verifier", "error"), [(None, "invalid_request"), ("a" * 43, "invalid_grant"), ("short", "invalid_grant")]
)
def test_s4_6_a_wrong_verifier_uses_nothing_up(world: World, verifier: str | None, error: str) -> None:
    """invalid_grant; whoever stole the code learns nothing, and the client itself still gets its tokens."""
    code = world.code()

    assert world.exchange(code, code_verifier=verifier).refusal == (400, error)
    assert len(world.box.tokens) == 0
    assert world.exchange(code).status == 200


def test_s4_4_1_a_public_client_must_bring_a_challenge() -> None:
    """§4.4.1: invalid_request, with the words that the RFC suggests."""
    world = World(registered={"app": Registration(auth="none")})

    back = world.authorize(client_id="app", code_challenge=None, code_challenge_method=None).back

    assert (back["error"], back["error_description"]) == ("invalid_request", "code challenge required")


@pytest.mark.parametrize(("pkce", "status"), [("public", 200), ("all", 302)])
def test_s4_4_1_others_only_if_the_options_say_so(pkce: Any, status: int) -> None:
    """Confidential clients are let through without, unless `pkce: all`."""
    assert World(pkce=pkce).authorize(code_challenge=None, code_challenge_method=None).status == status


@pytest.mark.parametrize("method", ["plain", None])
def test_s4_3_plain_is_refused_unless_asked_for(method: str | None) -> None:
    """§4.3: a method that isn't said is plain; RFC 9700 §2.1.1 wants S256."""
    asked = {"code_challenge": VERIFIER, "code_challenge_method": method}
    refused = World().authorize(**asked).back
    world = World(pkce_plain=True)

    assert refused["error"] == "invalid_request"
    assert "transform algorithm not supported" in refused["error_description"]
    assert world.exchange(world.code(**asked)).status == 200


def test_rfc9700_s4_8_2_a_verifier_without_a_challenge_is_refused(world: World) -> None:
    """A downgrade: somebody took the challenge out of the request on its way."""
    code = world.code(code_challenge=None, code_challenge_method=None)

    assert world.exchange(code).refusal == (400, "invalid_grant")
    assert world.exchange(code, code_verifier=None).status == 200
