"""Codes, consents and assertions: what an authority remembers of them, how much, and what taking back means."""

from __future__ import annotations

from typing import Any

import pytest

from brownout.core.tokens import Authority, Challenge, Code, Token, assertions, codes, consents
from brownout.core.tokens.assertions import AssertionRefused, Assertions, unverified, verify
from brownout.core.tokens.signing import client_key

BOTH = frozenset({"read", "write"})
READ, WRITE = frozenset({"read"}), frozenset({"write"})


def code(text: str = "c", **more: Any) -> Code:
    """Return a code of ann's for shop, good until 60."""
    given: dict[str, Any] = {
        "provider": "p", "client_id": "shop", "subject": "ann", "scopes": BOTH, "asked": BOTH, "redirect_uri": None,
        "challenge": Challenge("x" * 43, "plain"), "nonce": None, "family": "f", "grant_at": 0.0, "expires_at": 60.0,
    }  # fmt: skip
    return Code(text=text, **given | more)


def token(text: str, scopes: frozenset[str], subject: str | None = "ann", client_id: str = "shop") -> Token:
    """Return an access token without an end."""
    return Token(text, kind="access", provider="p", account="a", client_id=client_id, scopes=scopes, issued_at=0.0,
                 life_seconds=None, family=text, subject=subject)  # fmt: skip


def test_a_code_is_good_until_its_time_or_its_use() -> None:
    """A used one stays used, also when its time is up."""
    one = code()

    assert [one.state(now) for now in (0.0, 59.9, 60.0)] == ["good", "good", "expired"]
    one.used_at = 1.0
    assert [one.state(now) for now in (1.0, 99.0)] == ["used", "used"]


def test_the_oldest_code_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """And is then unknown; what went is counted."""
    monkeypatch.setattr(codes, "CODES_KEPT", 2)
    kept = codes.Codes()
    for number in range(3):
        kept.keep(code(f"c{number}"))

    assert [kept.find("p", f"c{number}") is None for number in range(3)] == [True, False, False]
    assert (len(kept), kept.evicted) == (2, 1)
    assert kept.find("q", "c2") is None


def test_the_oldest_consent_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is given again is young again."""
    monkeypatch.setattr(consents, "CONSENTS_KEPT", 2)
    kept = consents.Consents()
    for client in ("a", "b", "a", "c"):
        kept.give("p", client, "ann", READ, 0.0)

    assert [bool(kept.scopes("p", client, "ann")) for client in "abc"] == [True, False, True]
    assert (len(kept), kept.evicted) == (2, 1)


def test_the_oldest_assertion_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """It could be used once more; its exp still counts."""
    monkeypatch.setattr(assertions, "IDS_KEPT", 2)
    used = Assertions()

    assert [used.use("p", "shop", jti) for jti in ("1", "1", "2", "3", "1")] == [True, False, True, True, True]
    assert used.use("p", "bank", "3")


def test_what_is_taken_back_is_taken_from_all_that_rests_on_it() -> None:
    """From tokens and codes of that client and user; a token without such a scope, and everybody else's, stay whole."""
    authority = Authority()
    authority.consents.give("p", "shop", "ann", BOTH, 0.0)
    both, read, write = (authority.issue(token(name, scopes)) for name, scopes in
                         (("both", BOTH), ("read", READ), ("write", WRITE)))  # fmt: skip
    others = [
        authority.issue(token(f"o{number}", BOTH, *whose))
        for number, whose in enumerate([("bob", "shop"), ("ann", "bank"), (None, "shop")])
    ]
    wide, narrow = authority.codes.keep(code("wide")), authority.codes.keep(code("narrow", scopes=WRITE))

    assert authority.withdraw("p", "shop", "ann", WRITE | {"never"}, 5.0) == WRITE

    assert (both.scopes, both.narrowed_by) == (READ, "consent")
    assert (read.scopes, read.narrowed_by, read.reason(5.0)) == (READ, None, None)
    assert (write.reason(5.0), write.cause) == ("token_revoked", "consent")
    assert all(one.scopes == BOTH and one.reason(5.0) is None for one in others)
    assert wide.scopes == READ
    assert authority.codes.find("p", narrow.text) is None
    assert authority.consents.scopes("p", "shop", "ann") == READ


def test_what_was_never_given_can_not_be_taken_back() -> None:
    """Nothing happens to tokens that came by another way, such as a signed assertion about ann."""
    authority = Authority()
    one = authority.issue(token("t", BOTH))

    assert authority.withdraw("p", "shop", "ann", None, 5.0) == frozenset()
    assert one.reason(5.0) is None


@pytest.mark.parametrize("text", ["", "a", "a.b", "e30.W10.x", "e30.bm8.x", "x" * 20_000, "\udcff.e30.x"])
def test_what_is_no_jwt_claims_nothing(text: str) -> None:
    """It is only looked at to see whom it speaks of."""
    assert unverified(text) == {}


@pytest.mark.parametrize("keys", [{"keys": []}, {"keys": [{"kty": "???"}]}, {"keys": [client_key()]}])
@pytest.mark.parametrize("text", ["", "a.b.c", "x" * 20_000, "\udcff.e30.x"])
def test_what_no_key_signed_is_refused(keys: dict[str, Any], text: str) -> None:
    """Whatever is wrong with it, or with the keys."""
    with pytest.raises(AssertionRefused):
        verify(text, keys, issuer="shop", subject=None, audiences=["here"], wall=0.0)
