"""Files through stripe-python: uploaded on their own base, downloaded, linked to, and named as evidence."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
import requests
import stripe

from brownout.providers.stripe.files import KEPT_BYTES

if TYPE_CHECKING:
    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk

PNG = b"\x89PNG\r\n\x1a\n\r\n--not-a-boundary\r\n" + bytes(range(256))
KEY = {"Authorization": "Bearer sk_test_shop"}


def file_of(content: bytes = PNG, name: str = "receipt.png") -> io.BytesIO:
    """Return something that reads as a file of that name."""
    opened = io.BytesIO(content)
    opened.name = name
    return opened


def upload(client: stripe.StripeClient, content: bytes = PNG, name: str = "receipt.png", **more: Any) -> stripe.File:
    """Upload a piece of evidence, or whatever `more` says it is for."""
    return client.v1.files.create({"purpose": "dispute_evidence", "file": file_of(content, name), **more})


def test_what_was_uploaded_can_be_downloaded(client: stripe.StripeClient) -> None:
    """Every byte of it, with the type that its first bytes say, under a name without folders."""
    made = upload(client, name="/home/ada/quittung ä.png")
    got = requests.get(str(made.url), headers=KEY, timeout=10)

    assert (made.filename, made.size, made.type, made.purpose) == (
        "quittung ä.png",
        len(PNG),
        "png",
        "dispute_evidence",
    )
    assert made.expires_at is not None
    assert got.content == PNG
    assert (got.headers["Content-Type"], got.headers["Content-Disposition"]) == ("image/png", "attachment")
    assert requests.get(str(made.url), timeout=10).status_code == 401
    assert client.v1.files.retrieve(made.id).id == made.id


def test_a_repeat_under_one_key_uploads_once(client: stripe.StripeClient) -> None:
    """The SDK draws another boundary for each try: what counts is what is in the parts."""
    options: stripe.RequestOptions = {"idempotency_key": "once"}
    data = {"purpose": "dispute_evidence"}
    first, again = (client.v1.files.create({**data, "file": file_of()}, options) for _ in range(2))

    assert first.id == again.id
    with pytest.raises(stripe.IdempotencyError):
        client.v1.files.create({**data, "file": file_of(PNG + b"x")}, options)


def test_files_are_listed_by_purpose(client: stripe.StripeClient) -> None:
    """Newest first, and only those that are for something."""
    evidence = upload(client)
    logo = upload(client, purpose="business_logo")

    assert [one.id for one in client.v1.files.list().data] == [logo.id, evidence.id]
    assert [one.id for one in client.v1.files.list({"purpose": "dispute_evidence"}).data] == [evidence.id]


@pytest.mark.parametrize(
    ("content", "name", "more", "told"),
    [
        (b"", "a.png", {}, "is empty"),
        (b"hello", "a.exe", {}, "must be one of jpg, pdf, png"),
        (PNG + bytes(512 * 1024), "a.png", {"purpose": "business_icon"}, "can have at most 524288"),
        (PNG, "a.png", {"purpose": "evidence"}, "must be one of account_requirement"),
        (PNG, "a.png", {"purpose": "identity_document", "file_link_data": {"create": True}}, "link can't be made"),
    ],
)
def test_what_cant_be_uploaded(
    client: stripe.StripeClient, content: bytes, name: str, more: dict[str, Any], told: str
) -> None:
    """An empty file, another type, too much of it, for nothing that there is, a link to what is never shared."""
    with pytest.raises(stripe.InvalidRequestError, match=told) as caught:
        upload(client, content, name, **more)

    assert caught.value.http_status == 400
    assert client.v1.files.list().data == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b""),
        ("multipart/form-data", b"--b--"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\nno end"),
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--"),
        ("multipart/form-data; boundary=b", b"--b\r\nX: \xff\r\n\r\nx\r\n--b--"),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="p"\r\n\r\n\xff\r\n--b--'),
        ("multipart/form-data; boundary=b", b"\r\n--b" * 300 + b"--"),
        ("multipart/form-data; boundary=" + "b" * 500, b"x"),
        ("application/x-www-form-urlencoded", b"purpose=dispute_evidence&file=abc"),
    ],
)
def test_a_hostile_body_is_stripes_400(brownout: Sandbox, kind: str, body: bytes) -> None:
    """Whatever it holds, the answer is an envelope and nothing is kept."""
    url = brownout.stripe_bases["files"] + "/v1/files"
    answered = requests.post(url, data=body, headers={**KEY, "Content-Type": kind}, timeout=10)

    assert (answered.status_code, answered.json()["error"]["type"]) == (400, "invalid_request_error")


def test_a_link_shows_a_file_to_anybody_until_it_expires(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """Without a key; then not even with one, and it can't be changed any more."""
    made = upload(client, file_link_data={"create": True, "metadata": {"order": "7"}})
    assert made.links is not None
    link = client.v1.file_links.retrieve(made.links.data[0].id, {"expand": ["file"]})
    ends = client.v1.file_links.create({"file": made.id, "expires_at": made.created + 3600})
    assert link.metadata["order"] == "7"
    assert not isinstance(link.file, str)
    assert link.file.id == made.id
    assert requests.get(str(ends.url), timeout=10).content == PNG

    brownout.clock.advance("2h")

    assert client.v1.file_links.retrieve(ends.id).expired
    assert requests.get(str(ends.url), timeout=10).status_code == 404
    assert requests.get(str(link.url), timeout=10).content == PNG
    with pytest.raises(stripe.InvalidRequestError, match="expired"):
        client.v1.file_links.update(ends.id, {"expires_at": "now"})
    assert client.v1.file_links.update(link.id, {"expires_at": "now"}).expired
    assert [one.id for one in client.v1.file_links.list({"expired": True}).data] == [ends.id, link.id]


def test_evidence_must_be_a_file_that_there_is(brownout: Sandbox, client: stripe.StripeClient) -> None:
    """Fields that take files refuse what nobody uploaded, by the name of the field."""
    client.v1.payment_intents.create(
        {"amount": 2000, "currency": "usd", "payment_method": "pm_card_createDispute", "confirm": True,
         "allowed_payment_method_types": ["card"]}
    )  # fmt: skip
    brownout.clock.advance("2s")
    dispute = client.v1.disputes.list().data[0]
    with pytest.raises(stripe.InvalidRequestError, match="No such file: 'file_x'") as caught:
        client.v1.disputes.update(dispute.id, {"evidence": {"receipt": "file_x"}})
    receipt = upload(client)

    changed = client.v1.disputes.update(dispute.id, {"evidence": {"receipt": receipt.id}, "submit": False})

    assert caught.value.param == "evidence[receipt]"
    assert changed.evidence.receipt == receipt.id


def test_a_publishable_key_may_upload(make_client: Any) -> None:
    """From a browser, but not look around."""
    browser = make_client("pk_test_shop")
    made = upload(browser)

    assert made.id.startswith("file_1")
    with pytest.raises(stripe.AuthenticationError):
        browser.v1.files.retrieve(made.id)


@pytest.mark.slow
def test_old_contents_are_forgotten(client: stripe.StripeClient) -> None:
    """The newest 32 MiB are kept; the file itself stays, and its contents say why they are gone."""
    size = 4 * 2**20
    made = [upload(client, PNG + bytes(size), purpose="account_requirement") for _ in range(KEPT_BYTES // size + 1)]

    gone = requests.get(str(made[0].url), headers=KEY, timeout=10)

    assert (gone.status_code, "forgotten" in gone.json()["error"]["message"]) == (404, True)
    assert client.v1.files.retrieve(made[0].id).size == len(PNG) + size
    assert requests.get(str(made[-1].url), headers=KEY, timeout=10).status_code == 200
