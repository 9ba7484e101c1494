"""Forms as SDKs, curl and attackers send them."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brownout.providers.stripe.forms import MOST_LEVELS, MOST_PARAMETERS, MalformedError, parse

FORM = "application/x-www-form-urlencoded"
NOT_A_FORM = (
    "Invalid request (check that your POST content type is application/x-www-form-urlencoded). If you have any "
    "questions, we can help at https://support.stripe.com/."
)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", {}),
        ("a=1&b=", {"a": "1", "b": ""}),
        ("a=1&a=2", {"a": "2"}),
        ("a[b]=1&a[c][d]=2", {"a": {"b": "1", "c": {"d": "2"}}}),
        ("a%5Bb%5D=1", {"a": {"b": "1"}}),
        ("a[0]=x&a[1]=y", {"a": {"0": "x", "1": "y"}}),
        ("a[]=x&a[]=y", {"a": {"0": "x", "1": "y"}}),
        ("a[0][b]=x&a[0][c]=y&a[1][b]=z", {"a": {"0": {"b": "x", "c": "y"}, "1": {"b": "z"}}}),
        ("a[][b]=x&a[][c]=y&a[][b]=z", {"a": {"0": {"b": "x", "c": "y"}, "1": {"b": "z"}}}),
        ("metadata[order id]=a%26b+c", {"metadata": {"order id": "a&b c"}}),
        ("name=%C3%89mile", {"name": "Émile"}),
        ("&&a=1&", {"a": "1"}),
        ("a]=1&[b]=2&c[d=3", {"a]": "1", "[b]": "2", "c[d": "3"}),
    ],
)
def test_names_nest_by_brackets(text: str, values: dict[str, Any]) -> None:
    """Brackets nest, encoded or not; numbered and empty ones make arrays; broken ones are just names."""
    assert parse(text) == values


@pytest.mark.parametrize(
    "text",
    [
        "a=%zz",
        "a=%",
        "a=%C3%28",
        "%ff=1",
        "a=1&a[b]=2",
        "a[b]=1&a=2",
        "a[b][c]=1&a[b]=2",
        "a" + "[b]" * (MOST_LEVELS + 1) + "=1",
        "a" + "[b]" * 100_000 + "=1",
        "&".join(f"k{number}=1" for number in range(MOST_PARAMETERS + 1)),
    ],
    ids=lambda text: f"{text[:18]} ({len(text)})",
)
def test_what_cant_be_read_is_malformed(text: str) -> None:
    """Broken escapes, other encodings, contradictions, bombs: refused, and fast."""
    with pytest.raises(MalformedError):
        parse(text)


@given(st.text(alphabet="ab[]=&%+0é", max_size=60))
def test_any_text_is_read_or_called_malformed(text: str) -> None:
    """Nothing else can come of a form."""
    with suppress(MalformedError):
        assert isinstance(parse(text), dict)


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        (b'{"amount": 1}', "application/json", NOT_A_FORM),
        (b"amount=\xff", FORM, "Invalid request: the body is not valid UTF-8."),
        (b"amount=%e9", FORM, "Invalid request: a parameter is not valid UTF-8."),
        (b"amount=%g1", f"{FORM}; charset=utf-8", "Invalid request: invalid %-encoding in a parameter."),
        (b"a[b]=1&a=1", FORM,
         "Invalid request: a is given both as a value and as a group of parameters."),
    ],
)  # fmt: skip
def test_an_unreadable_body_is_a_400_in_stripes_envelope(world: Any, body: bytes, kind: str, message: str) -> None:
    """A body that can't be read is refused after authentication, and isn't kept under the key."""
    answered = world.post("/v1/payment_intents", body, headers={"Content-Type": kind, "Idempotency-Key": "k"})

    assert (answered.status, answered.error) == (400, {"message": message, "type": "invalid_request_error"})
    assert "Stripe-Should-Retry" not in answered.headers
    assert world.post("/v1/payment_intents", body, headers={"Content-Type": kind}, key=None).status == 401


def test_a_form_content_type_on_a_get_means_nothing(world: Any) -> None:
    """stripe-node sends it on every GET."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    assert world.get("/v1/customers", "limit=3&created[gte]=1", headers=headers).status == 200


def test_a_body_without_content_type_is_taken_as_a_form(world: Any) -> None:
    """Some clients leave the header out."""
    answered = world.post("/v1/customers", "name=Ada", headers={"Content-Type": "application/x-www-form-urlencoded"})

    assert answered.body["name"] == "Ada"


def test_an_empty_string_unsets(world: Any) -> None:
    """A text, a group and metadata are unset by an empty string."""
    made = world.post("/v1/customers", "name=Ada&address[city]=Ulm&metadata[a]=b&metadata[c]=d").body

    changed = world.post(f"/v1/customers/{made['id']}", "name=&address=&metadata[a]=").body
    emptied = world.post(f"/v1/customers/{made['id']}", "metadata=").body

    assert (changed["name"], changed["address"], changed["metadata"]) == (None, None, {"c": "d"})
    assert emptied["metadata"] == {}


def test_metadata_has_at_most_fifty_keys(world: Any) -> None:
    """The fifty-first is refused, merged or given at once."""
    fifty = "&".join(f"metadata[k{number}]=x" for number in range(50))
    made = world.post("/v1/customers", fifty)

    refused = world.post(f"/v1/customers/{made.body['id']}", "metadata[more]=x")
    swapped = world.post(f"/v1/customers/{made.body['id']}", "metadata[more]=x&metadata[k0]=")

    assert (made.status, refused.status, swapped.status) == (200, 400, 200)
    assert len(swapped.body["metadata"]) == 50
