"""Parameter tables: every kind of value, and every way to get it wrong."""

from __future__ import annotations

from typing import Any

import pytest

from brownout.core.operation import Call

INTENTS = "/v1/payment_intents"
CREATE = "amount=500&currency=usd&"
LONG = "x" * 1001


@pytest.mark.parametrize(
    ("path", "form", "param", "message"),
    [
        ("/v1/customers", "name[a]=b", "name", "Invalid string"),
        (
            INTENTS,
            f"{CREATE}description={LONG}",
            "description",
            "Invalid string: xxxxxxxxxx...xxxxxxxxxx; must be at most 1000 characters",
        ),
        (INTENTS, f"{CREATE}confirm[a]=b", "confirm", "Invalid boolean"),
        (INTENTS, f"{CREATE}capture_method=x", "capture_method", None),
        (INTENTS, f"{CREATE}capture_method[a]=x", "capture_method", None),
        (INTENTS, f"{CREATE}automatic_payment_methods=x", "automatic_payment_methods", "Invalid object"),
        (INTENTS, f"{CREATE}payment_method_options=x", "payment_method_options", "Invalid object"),
        (INTENTS, f"{CREATE}expand[a]=x", "expand", "Invalid array"),
        (INTENTS, f"{CREATE}metadata[a][b]=x", "metadata[a]", "Invalid string"),
        (INTENTS, "amount[a]=1&currency=usd", "amount", "Invalid integer: "),
        (INTENTS, "amount=1.5&currency=usd", "amount", "Invalid integer: 1.5"),
        (INTENTS, "amount=١٢&currency=usd", "amount", "Invalid integer: ١٢"),
        (INTENTS, f"amount={'9' * 400}&currency=usd", "amount", f"Invalid integer: {'9' * 400}"),
        (INTENTS, "amount=-5&currency=usd", "amount", None),
        (INTENTS, "amount=500&currency[a]=usd", "currency", None),
        (INTENTS, "amount=500&currency=doge", "currency", None),
        (
            INTENTS,
            f"{CREATE}automatic_payment_methods[allow_redirects]=never",
            "automatic_payment_methods[enabled]",
            "Missing required param: automatic_payment_methods[enabled].",
        ),
        (INTENTS, f"{CREATE}a=1&b=2", "a", "Received unknown parameters: a, b"),
        ("/v1/customers", "shipping[name]=A", "shipping[address]", "Missing required param: shipping[address]."),
        ("/v1/payment_methods", "type=sepa_debit", "type", "Invalid type: must be one of card"),
        ("/v1/payment_methods", "type=card", "card", "Missing required param: card."),
        ("/v1/payment_methods", "type=card&card[number]=4242424242424242", "card[exp_month]", None),
        (
            "/v1/webhook_endpoints",
            "url=http://x&enabled_events[]=charge.suceeded",
            "enabled_events[0]",
            "Invalid enabled_events[0]: unknown 'charge.suceeded'; did you mean 'charge.succeeded'?",
        ),
    ],
    ids=lambda value: value[:60] if isinstance(value, str) else None,
)
def test_a_wrong_value_names_its_parameter(world: Any, path: str, form: str, param: str, message: str | None) -> None:
    """Each is a 400 in Stripe's envelope that says which parameter, and changes nothing."""
    before = world.state()

    answered = world.post(path, form)

    assert (answered.status, answered.error.get("param")) == (400, param)
    assert message is None or answered.error["message"] == message
    assert world.state() == before


@pytest.mark.parametrize(
    ("form", "param"),
    [
        ("confirm=", "confirm"),
        ("capture_method=", "capture_method"),
        ("return_url=", "return_url"),
        ("automatic_payment_methods=", "automatic_payment_methods"),
        ("expand[]=", "expand[0]"),
    ],
)
def test_what_cant_be_unset_says_so(world: Any, form: str, param: str) -> None:
    """An empty string is an attempt to unset, and not everything can be."""
    error = world.post(INTENTS, CREATE + form).error

    assert (error["code"], error["param"]) == ("parameter_invalid_empty", param)
    assert error["message"].startswith(f"You passed an empty string for '{param}'.")


def test_what_can_be_unset_is(world: Any) -> None:
    """Words, groups and lists with a documented empty value take it."""
    customer = world.post("/v1/customers", "preferred_locales[]=de&preferred_locales[]=fr&tax_exempt=exempt").body

    changed = world.post(f"/v1/customers/{customer['id']}", "preferred_locales=&tax_exempt=").body

    assert (customer["preferred_locales"], customer["tax_exempt"]) == (["de", "fr"], "exempt")
    assert (changed["preferred_locales"], changed["tax_exempt"]) == ([], "none")


def test_elements_keep_the_order_of_their_indices(world: Any) -> None:
    """Not of their places in the form; ten comes after two."""
    form = "&".join(f"preferred_locales[{n}]=l{n}" for n in (10, 2, 0, 1))

    assert world.post("/v1/customers", form).body["preferred_locales"] == ["l0", "l1", "l2", "l10"]


def test_an_id_that_is_taken_is_drawn_again(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two objects never share an id, even when a draw repeats."""
    drawn: list[str] = []

    def repeating(_call: Call, label: str, length: int) -> str:
        drawn.append(label)
        return chr(ord("a") + len(drawn) // 14) * length

    monkeypatch.setattr(Call, "draw_text", repeating)
    ids = [world.post("/v1/customers").body["id"] for _ in range(4)]
    intents = [world.post(INTENTS, f"{CREATE}payment_method=pm_card_visa").body["id"] for _ in range(4)]

    assert len(set(ids)) == len(set(intents)) == 4
