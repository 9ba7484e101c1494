"""Identity through stripe-python: a session, its page as a person's browser meets it, and what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
import stripe

from brownout.people import person
from brownout.providers.stripe.identity.outcomes import OUTCOMES, possible

if TYPE_CHECKING:
    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk

ALL: Any = {"document": {"require_matching_selfie": True, "require_id_number": True}}
HIDDEN = ["verified_outputs.dob", "verified_outputs.id_number", "last_verification_report.document.number"]


def session(client: stripe.StripeClient, **more: Any) -> stripe.identity.VerificationSession:
    """Begin to verify somebody."""
    return client.v1.identity.verification_sessions.create({"type": "document", **more})  # type: ignore[typeddict-item]


def show(client: stripe.StripeClient, one: str, *expand: str) -> Any:
    """Return a session as it is now."""
    return client.v1.identity.verification_sessions.retrieve(one, {"expand": list(expand)})


def submit(url: str | None, **form: str) -> requests.Response:
    """Do on the page what a person does there."""
    assert url is not None
    return requests.post(url, form, timeout=10, allow_redirects=False)


def events(client: stripe.StripeClient) -> list[str]:
    """Return what was told of sessions, oldest first."""
    told = [one.type for one in reversed(client.v1.events.list({"limit": 100}).data)]
    return [one.removeprefix("identity.verification_session.") for one in told if one.startswith("identity.")]


def test_a_person_is_verified(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """The page sends them back, checks take their time, and what was found is shown to whoever asks for it."""
    ada = person(7, "order-0117", locale="en_US")
    made = session(client, return_url="https://shop.example/done", metadata={"user": "7"}, options=ALL)
    assert made.client_secret is not None
    assert made.client_secret.startswith(f"{made.id}_secret_")
    page = requests.get(str(made.url), timeout=10)
    assert "Verify your identity" in page.text
    assert "<script" not in page.text

    sent = submit(
        made.url, first_name=ada.first_name, last_name=ada.last_name, dob=ada.date_of_birth.isoformat(),
        document_number=ada.document.number, id_number="000000000",
    )  # fmt: skip
    waiting = show(client, made.id)
    brownout.clock.advance("1m")
    done = show(client, made.id, *HIDDEN)

    assert (sent.status_code, sent.headers["Location"]) == (303, "https://shop.example/done")
    assert (waiting.status, waiting.url, waiting.client_secret) == ("processing", None, None)
    assert (done.status, done.last_error) == ("verified", None)
    assert (done.verified_outputs.first_name, done.verified_outputs.last_name) == (ada.first_name, ada.last_name)
    assert done.verified_outputs.dob.year == ada.date_of_birth.year
    assert done.verified_outputs.id_number == "000000000"
    report = done.last_verification_report
    assert (report.document.number, report.document.status) == (ada.document.number, "verified")
    assert (report.selfie.status, report.id_number.status) == ("verified", "verified")
    assert [client.v1.files.retrieve(one).purpose for one in (report.document.files[0], report.selfie.selfie)] == [
        "identity_document_downloadable", "selfie",
    ]  # fmt: skip
    assert events(client) == ["created", "processing", "verified"]


def test_what_is_sensitive_is_shown_only_if_it_is_asked_for(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """Neither a session nor a report shows dates of birth or numbers unasked."""
    made = session(client, options=ALL)
    submit(made.url)
    brownout.clock.advance("1m")

    done = show(client, made.id, "verified_outputs").to_dict()
    report = client.v1.identity.verification_reports.list({"verification_session": made.id}).data[0]

    assert "verified_outputs" not in show(client, made.id).to_dict()
    assert not {"dob", "id_number"} & set(done["verified_outputs"])
    assert report.document is not None
    assert report.id_number is not None
    assert not {"dob", "number", "expiration_date"} & set(report.document.to_dict())
    assert not {"dob", "id_number"} & set(report.id_number.to_dict())


@pytest.mark.parametrize(
    "outcome", sorted(name for name, one in OUTCOMES.items() if one.part not in ("email", "phone"))
)
def test_every_error(brownout: Sandbox, client: stripe.StripeClient, outcome: str) -> None:
    """It is the session's and that of its part of the report; the person may try again on another page."""
    made = session(client, options=ALL)
    submit(made.url, outcome=outcome)
    brownout.clock.advance("1m")
    failed = show(client, made.id, "last_verification_report")
    part = OUTCOMES[outcome].part

    assert (failed.status, failed.last_error.code) == ("requires_input", outcome)
    if part is None:
        assert failed.last_verification_report is None
        assert events(client) == ["created", "requires_input"]
    else:
        found = failed.last_verification_report[part]
        assert (found.status, found.error.code) == ("unverified", outcome)
        assert failed.url != made.url
        assert events(client) == ["created", "processing", "requires_input"]
    submit(failed.url)
    brownout.clock.advance("1m")
    again = show(client, made.id)
    assert (again.status, again.last_error) == ("verified", None)


def test_a_flow_checks_everything(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """Mail and telephone too."""
    made = client.v1.identity.verification_sessions.create({"verification_flow": "vf_1"})
    submit(made.url, outcome="phone_unverified_other", email="ada@example.com")
    brownout.clock.advance("1m")
    report = show(client, made.id, "last_verification_report").last_verification_report

    assert made.type == "verification_flow"
    assert (report.email.email, report.email.status, report.phone.status) == (
        "ada@example.com",
        "verified",
        "unverified",
    )


def test_an_id_number_alone(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """No document, and no error of one."""
    made = session(client, type="id_number")
    refused = submit(made.url, outcome="document_expired")
    submit(made.url, outcome="id_number_mismatch")
    brownout.clock.advance("1m")
    failed = show(client, made.id, "last_verification_report")

    assert refused.status_code == 400
    assert (failed.last_error.code, failed.last_verification_report.document) == ("id_number_mismatch", None)
    assert "document_expired" not in possible(("id_number",))


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"outcome": "verifed"}, "did you mean"),
        ({"outcome": "selfie_face_mismatch"}, "checks document only"),
        ({"dob": "31.12.1990"}, "dob must be a date"),
        ({"first_name": "x" * 500}, "at most 200 characters"),
        ({"document_type": "library_card"}, "document_type must be one of"),
        ({"last_name": "<script>alert(1)</script>", "dob": "no"}, "&lt;script&gt;"),
    ],
)
def test_the_page_says_what_is_wrong(client: stripe.StripeClient, form: dict[str, str], told: str) -> None:
    """In words, escaped, and the session waits on."""
    made = session(client)
    answered = submit(made.url, **form)

    assert (answered.status_code, told in answered.text.replace("&#x27;", "'")) == (400, True)
    assert "<script" not in answered.text
    assert show(client, made.id).status == "requires_input"


def test_a_page_is_good_once_and_for_two_days(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """Whoever comes back too late needs a fresh one, which the session has."""
    made = session(client)
    brownout.clock.advance("49h")
    fresh = show(client, made.id)
    submit(fresh.url)

    assert submit(made.url).status_code == 404
    assert "processing" in submit(fresh.url).text or submit(fresh.url).status_code == 404
    assert events(client) == ["created", "processing"]


def test_a_session_is_changed_and_cancelled(client: stripe.StripeClient) -> None:
    """While it waits for input, and not after."""
    made = session(client, provided_details={"email": "a@example.com"}, client_reference_id="user-7")
    sessions = client.v1.identity.verification_sessions
    changed = sessions.update(made.id, {"options": ALL, "metadata": {"a": "1"}})
    gone = sessions.cancel(made.id)

    assert changed.options is not None
    assert changed.options.document is not None
    assert changed.options.document.require_matching_selfie
    assert (gone.status, gone.url, gone.client_secret) == ("canceled", None, None)
    assert submit(made.url).status_code in (200, 404)
    for call in (lambda: sessions.cancel(made.id), lambda: sessions.update(made.id, {"metadata": {}})):
        with pytest.raises(stripe.InvalidRequestError, match="status of canceled"):
            call()
    assert [one.id for one in sessions.list({"status": "canceled", "client_reference_id": "user-7"}).data] == [made.id]
    assert events(client) == ["created", "canceled"]


def test_redaction_takes_the_person_away(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """From the session, its reports and their pictures; what was decided stays."""
    made = session(client, options=ALL, metadata={"name": "Ada"}, provided_details={"email": "ada@example.com"})
    submit(made.url, first_name="Ada", last_name="Lovelace", document_number="D123")
    brownout.clock.advance("1m")
    sessions = client.v1.identity.verification_sessions
    assert sessions.redact(made.id).redaction.status == "processing"  # type: ignore[union-attr]

    brownout.clock.advance("1d")

    done = show(client, made.id, *HIDDEN)
    assert (done.redaction.status, done.status, done.metadata.to_dict()) == ("redacted", "verified", {})
    shown = str(done)
    assert not any(word in shown for word in ("Ada", "Lovelace", "D123", "1234 Main St.", "ada@example.com"))
    assert done.verified_outputs.first_name == "[redacted]"
    picture = client.v1.files.retrieve(done.last_verification_report.document.files[0])
    key = {"Authorization": "Bearer sk_test_shop"}
    assert requests.get(str(picture.url), headers=key, timeout=10).content == b""
    with pytest.raises(stripe.InvalidRequestError, match="redacted"):
        sessions.update(made.id, {"metadata": {"a": "1"}})
    with pytest.raises(stripe.InvalidRequestError, match="already been redacted"):
        sessions.redact(made.id)
    assert events(client)[-1] == "redacted"


def test_redacting_an_open_session_cancels_it(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """Nobody can verify themselves on it any more."""
    made = session(client)
    gone = client.v1.identity.verification_sessions.redact(made.id)
    brownout.clock.advance("1d")

    assert gone.status == "canceled"
    assert events(client) == ["created", "canceled", "redacted"]


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({}, "type"),
        ({"type": "passport"}, "type"),
        ({"type": "document", "verification_flow": "vf_1"}, "type"),
        ({"type": "document", "related_customer": "cus_nobody"}, "related_customer"),
        (
            {"type": "document", "options": {"document": {"allowed_types": ["visa"]}}},
            "options[document][allowed_types][0]",
        ),
    ],
)
def test_what_cant_be_a_session(client: stripe.StripeClient, params: Any, param: str) -> None:
    """Refused under the name of what is wrong."""
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.identity.verification_sessions.create(params)

    assert caught.value.param == param
