"""What is around cards and identity has what the official SDK's classes declare, and nothing they don't."""

from __future__ import annotations

import typing
from typing import Any

import stripe
from stripe_types import declared, shape_problems

from brownout.providers.stripe import StripeOptions
from brownout.providers.stripe.files import PURPOSES
from brownout.providers.stripe.identity.outcomes import OUTCOMES

SESSIONS = "/v1/identity/verification_sessions"
CARD = "card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=2034&card[cvc]=123&card[address_line1]=1"
BANK = "bank_account[country]=US&bank_account[account_number]=000123456789&bank_account[routing_number]=110000000"


def named(hint: Any) -> set[str]:
    """Return the words of a declared type."""
    if typing.get_origin(hint) is typing.Literal:
        return set(typing.get_args(hint))
    return {word for part in typing.get_args(hint) for word in named(part)}


def upload(world: Any) -> dict[str, Any]:
    """Upload a file with a link to it."""
    body = (
        b'--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\ndispute_evidence\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file_link_data[create]"\r\n\r\ntrue\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-1.4\r\n--b--\r\n'
    )
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    made: dict[str, Any] = world.post("/v1/files", body, headers=kind).body
    return made


def verified(world: Any, outcome: str, form: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a session that ended in `outcome`, all of it expanded, and its report."""
    made = world.post(SESSIONS, form).body
    world.transport.send("POST", f"/stripe{made['url']}", headers=world.FORM, body=f"outcome={outcome}".encode())
    world.advance(60)
    seen = world.get(
        f"{SESSIONS}/{made['id']}", "expand[]=verified_outputs.dob&expand[]=verified_outputs.id_number"
    ).body
    shown = "expand[]=document.dob&expand[]=document.number&expand[]=document.expiration_date&expand[]=id_number.dob"
    report = world.get(f"/v1/identity/verification_reports/{seen['last_verification_report']}", shown).body
    return seen, report


def everything(world: Any) -> list[tuple[type, dict[str, Any]]]:
    """Return objects of every class, in all the states they can be in."""
    file = upload(world)
    found: list[tuple[type, dict[str, Any]]] = [
        (stripe.File, file),
        (stripe.FileLink, file["links"]["data"][0]),
        (stripe.Token, world.post("/v1/tokens", CARD).body),
        (stripe.Token, world.post("/v1/tokens", BANK).body),
        (stripe.Token, world.post("/v1/tokens", "pii[id_number]=000000000").body),
    ]
    customer = world.post("/v1/customers", "source=tok_visa").body
    sources = f"/v1/customers/{customer['id']}/sources"
    found += [
        (stripe.Card, world.get(f"{sources}/{customer['default_source']}").body),
        (stripe.BankAccount, world.post(sources, "source=btok_us").body),
        (
            stripe.Customer,
            world.get(f"/v1/customers/{customer['id']}", "expand[]=sources&expand[]=default_source").body,
        ),
    ]
    paid = world.post(
        "/v1/payment_intents",
        "amount=2000&currency=usd&confirm=true&allowed_payment_method_types[]=card&payment_method=pm_card_riskLevelElevated",
    ).body
    values = world.post("/v1/radar/value_lists", "alias=a&name=A").body
    item = world.post("/v1/radar/value_list_items", f"value_list={values['id']}&value=x").body
    found += [
        (stripe.PaymentIntent, paid),
        (stripe.Charge, world.get(f"/v1/charges/{paid['latest_charge']}").body),
        (stripe.Review, world.get(f"/v1/reviews/{paid['review']}").body),
        (stripe.Review, world.post(f"/v1/reviews/{paid['review']}/approve").body),
        (stripe.radar.ValueList, world.get(f"/v1/radar/value_lists/{values['id']}").body),
        (stripe.radar.ValueListItem, item),
        (stripe.identity.VerificationSession, world.post(SESSIONS, "type=id_number").body),
    ]
    everything_checked = "verification_flow=vf_1&provided_details[email]=a@b.c"
    for outcome in ("verified", *(name for name, one in OUTCOMES.items() if one.part is not None)):
        seen, report = verified(world, outcome, everything_checked)
        found += [(stripe.identity.VerificationSession, seen), (stripe.identity.VerificationReport, report)]
    seen, report = verified(world, "verified", "type=document&options[document][require_matching_selfie]=true")
    world.post(f"{SESSIONS}/{seen['id']}/redact")
    world.advance(100_000)
    found += [
        (
            stripe.identity.VerificationSession,
            world.get(f"{SESSIONS}/{seen['id']}", "expand[]=verified_outputs.dob").body,
        ),
        (stripe.identity.VerificationReport, world.get(f"/v1/identity/verification_reports/{report['id']}").body),
    ]
    return found + [(stripe.Event, one) for one in world.get("/v1/events", "limit=100").body["data"]]


def test_objects_have_what_the_sdk_declares_and_nothing_else(world: Any) -> None:
    """An object lacks no required field of its SDK class, has none undeclared, and each has a declared type."""
    objects = everything(world)

    assert [told for cls, value in objects for told in shape_problems(value, cls, cls.__name__)] == []
    assert {cls.__name__ for cls, _ in objects} >= {
        "File", "FileLink", "Token", "Card", "BankAccount", "Review", "ValueList", "ValueListItem",
        "VerificationSession", "VerificationReport",
    }  # fmt: skip


def test_every_purpose_of_the_sdk_is_known() -> None:
    """Those that can be uploaded for, and those that Stripe itself makes files for."""
    assert set(PURPOSES) >= named(declared(stripe.File)["purpose"])


def test_every_error_of_the_sdk_can_be_chosen() -> None:
    """Each code that `last_error` may have is an outcome of the page."""
    assert set(OUTCOMES) == named(declared(stripe.identity.VerificationSession.LastError)["code"])


def test_files_and_sessions_are_conjured(make_world: Any) -> None:
    """Ids that nobody made are evidence with something in it, and a person who was verified."""
    world = make_world(StripeOptions(unknown_objects="conjure"))
    file = world.get("/v1/files/file_1Pgag2B7WZ01zgkWITx3dIQc").body
    session = world.get(f"{SESSIONS}/vs_1Pgc76B7WZ01zgkWBdQi8PTU", "expand[]=verified_outputs").body

    assert shape_problems(file, stripe.File, "File") == []
    assert (file["purpose"], file["type"], file["size"] > 0) == ("dispute_evidence", "pdf", True)
    assert (session["status"], bool(session["verified_outputs"]["first_name"])) == ("verified", True)
