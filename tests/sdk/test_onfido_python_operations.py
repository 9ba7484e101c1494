"""onfido-python over the wire: every operation, every kind of report, parsed by its own strict models."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import onfido
import pytest
from onfido import (
    AddressBuilder,
    ApplicantBuilder,
    ApplicantUpdater,
    CheckBuilder,
    CountryCodes,
    LocationBuilder,
    ReportName,
    UsDrivingLicenceBuilder,
    WebhookBuilder,
    WebhookResend,
    WebhooksResendItem,
    WebhookUpdater,
)
from pydantic import BaseModel

from brownout.providers.onfido import ONFIDO

if TYPE_CHECKING:
    from tests.sdk.conftest import MakeOnfido

    from brownout.testing import Sandbox

pytestmark = pytest.mark.sdk

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
NAMES = [name for name in ReportName if name is not ReportName.UNKNOWN_DEFAULT_OPEN_API]


def ready(api: onfido.DefaultApi, **fields: Any) -> Any:
    """Return the id of an applicant with a document and a live photo."""
    applicant = api.create_applicant(ApplicantBuilder(**{"first_name": "First", "last_name": "Last", **fields}))
    api.upload_document(type="passport", applicant_id=applicant.id, file=("licence.png", PNG), side="front")
    api.upload_live_photo(applicant_id=applicant.id, file=("photo.png", PNG))
    return applicant.id


def unknown_fields(value: Any, path: str = "$") -> list[str]:
    """Return where an answer holds fields that the model doesn't know, or words that its enums don't."""
    if isinstance(value, list):
        return [one for number, item in enumerate(value) for one in unknown_fields(item, f"{path}[{number}]")]
    if getattr(value, "value", None) == "unknown_default_open_api":
        return [path]
    if not isinstance(value, BaseModel):
        return []
    found = [f"{path}.{name}" for name in getattr(value, "additional_properties", {})]
    for name, item in value:
        if name != "additional_properties":
            found += unknown_fields(item, f"{path}.{name}")
    return found


def test_every_operation_works_through_the_sdk(brownout: Sandbox, make_onfido: MakeOnfido) -> None:
    """One life from the first token to deletion; what the SDK parses has no field that its models don't know."""
    api = make_onfido(oauth_client_id="shop", oauth_client_secret="any")
    assert api.ping() == "OK"
    applicant = api.create_applicant(
        ApplicantBuilder(
            first_name="Test", last_name="Applicant", dob=dt.date(1980, 1, 22), email="a@example.com",
            location=LocationBuilder(ip_address="127.0.0.1", country_of_residence=CountryCodes.ITA),
            address=AddressBuilder(building_number="100", street="Main Street", town="London", postcode="SW4 6EH",
                                   country=CountryCodes.FRA, line1="My wonderful address"),
            id_numbers=[onfido.IdNumber(type="ssn", value="123-45-6789", state_code="GA")],
            consents=[onfido.ApplicantConsentBuilder(name="privacy_notices_read", granted=True)],
        )
    )  # fmt: skip
    document = api.upload_document(
        type="driving_licence", applicant_id=applicant.id, file=("licence.png", PNG), side="front",
        issuing_country="GBR", validate_image_quality=False, location=LocationBuilder(ip_address="127.0.0.1"),
    )  # fmt: skip
    photo = api.upload_live_photo(applicant_id=applicant.id, file=("photo.png", PNG), advanced_validation=True)
    webhook = api.create_webhook(WebhookBuilder(url="https://example.com", events=["check.completed"]))
    check = api.create_check(
        CheckBuilder(
            applicant_id=applicant.id, report_names=[ReportName.DOCUMENT, ReportName.KNOWN_FACES],
            document_ids=[document.id], webhook_ids=[str(webhook.id)], tags=["vip"],
            privacy_notices_read_consent_given=True,
        )
    )  # fmt: skip
    api.resume_check(check.id)
    api.resume_report(check.report_ids[0])
    api.cancel_report(check.report_ids[1])
    brownout.clock.advance("2s")
    got = [
        applicant, document, photo, webhook, check,
        api.find_applicant(applicant.id),
        api.list_applicants(page=1, per_page=5, include_deleted=True),
        api.update_applicant(applicant.id, ApplicantUpdater(first_name="Jane", dob=dt.date(1990, 1, 22))),
        api.find_document(document.id), api.list_documents(applicant.id),
        api.find_live_photo(photo.id), api.list_live_photos(applicant.id),
        api.find_check(check.id), api.list_checks(applicant.id),
        api.find_report(check.report_ids[0]), api.list_reports(check.id),
        api.find_webhook(webhook.id), api.list_webhooks(),
        api.update_webhook(webhook.id, WebhookUpdater(url="https://example.co.uk", events=["check.completed"])),
    ]  # fmt: skip
    files = [api.download_document(document.id), api.download_live_photo(photo.id), api.download_check(check.id)]
    again = WebhooksResendItem(resource_id=check.id, event="check.completed")
    api.resend_webhooks(WebhookResend(data=[again]))
    api.delete_webhook(webhook.id)
    api.delete_applicant(applicant.id)
    api.restore_applicant(applicant.id)

    unknown = {one.rpartition(".")[2] for one in unknown_fields(got)}
    assert unknown == {"name"}  # a webhook's: the description has it, the Python model of 6.2 doesn't
    assert [bytes(one[:4]) for one in files] == [b"\x89PNG", b"\x89PNG", b"%PDF"]
    assert {one.operation for one in brownout.exchanges()} == {one.name for one in ONFIDO.operations}
    assert {one.status for one in brownout.exchanges()} <= {200, 201, 204}


@pytest.mark.parametrize("outcome", ["awaiting", "clear", "consider"])
def test_every_report_is_of_its_own_model(brownout: Sandbox, onfido_api: onfido.DefaultApi, outcome: str) -> None:
    """All 21 names, before and after their review, match exactly one model and hold nothing that it doesn't know."""
    check = onfido_api.create_check(
        CheckBuilder(
            applicant_id=ready(onfido_api), report_names=NAMES, consider=NAMES if outcome == "consider" else [],
            us_driving_licence=UsDrivingLicenceBuilder(id_number="12345", issue_state="GA"),
        )
    )  # fmt: skip
    if outcome != "awaiting":
        brownout.clock.advance("2s")

    reports = [one.actual_instance for one in onfido_api.list_reports(check.id).reports]

    assert [one.name for one in reports] == NAMES
    for one in reports:
        assert type(one).__name__ == "".join(word.title() for word in one.name.split("_")) + "Report"
    assert unknown_fields(reports) == []
    assert {one.result for one in reports} == {None if outcome == "awaiting" else outcome}


def test_what_the_official_suite_asserts_of_reports(brownout: Sandbox, onfido_api: onfido.DefaultApi) -> None:
    """Values of Onfido's own sandbox that its SDK's tests compare."""
    names = [
        ReportName.DOCUMENT, ReportName.DOCUMENT_WITH_ADDRESS_INFORMATION, ReportName.DEVICE_INTELLIGENCE,
        ReportName.DOCUMENT_WITH_DRIVING_LICENCE_INFORMATION, ReportName.FACIAL_SIMILARITY_PHOTO,
        ReportName.IDENTITY_ENHANCED,
    ]  # fmt: skip
    check = onfido_api.create_check(
        CheckBuilder(
            applicant_id=ready(onfido_api), report_names=names,
            report_configuration={"facial_similarity_photo": {"use_case": "reverification"}},
        )
    )  # fmt: skip
    assert (check.status, check.result, len(check.report_ids)) == ("in_progress", None, 6)
    brownout.clock.advance("2s")

    document, address, device, licence, facial, identity = (
        onfido_api.find_report(one).actual_instance for one in check.report_ids
    )

    assert document.properties.date_of_birth == dt.date(1990, 1, 1)
    assert document.properties.document_subtype is None
    assert address.properties.barcode[0].document_type == "driving_licence"
    assert (device.properties.device.ip_reputation, device.properties.device.raw_model) == (
        "NOT_ENOUGH_DATA", "SM-G991B",
    )  # fmt: skip
    item = onfido.DocumentPropertiesDrivingLicenceInformationItem(
        category="AM", obtainment_date=dt.date(2013, 1, 19), expiry_date=dt.date(2050, 1, 1), codes="01"
    )
    assert item in licence.properties.driving_licence_information
    assert facial.properties.score is None
    assert (identity.breakdown.date_of_birth, identity.breakdown.address) == (None, None)


def test_pages_through_the_sdk(brownout: Sandbox, onfido_api: onfido.DefaultApi) -> None:
    """Total and absolute links are in the headers of the `with_http_info` call."""
    made = [onfido_api.create_applicant(ApplicantBuilder(first_name="A", last_name="B")).id for _ in range(3)]

    first = onfido_api.list_applicants_with_http_info(page=1, per_page=2)
    second = onfido_api.list_applicants_with_http_info(page=2, per_page=2)

    assert [one.id for one in first.data.applicants + second.data.applicants] == made[::-1]
    assert first.headers["X-Total-Count"] == "3"
    url = f"{brownout.url_of('onfido')}/v3.6/applicants?page=2&per_page=2"
    assert f'<{url}>; rel="next"' in first.headers["Link"]
    assert 'rel="next"' not in second.headers["Link"]


def test_a_plain_bytes_upload_is_told_what_is_missing(onfido_api: onfido.DefaultApi) -> None:
    """The SDK calls such a file `file`: its bytes must then say what it is."""
    applicant = onfido_api.create_applicant(ApplicantBuilder(first_name="A", last_name="B"))

    with pytest.raises(onfido.exceptions.UnprocessableEntityException, match="must be a png, jpg or pdf"):
        onfido_api.upload_document(type="passport", applicant_id=applicant.id, file=b"text")

    made = onfido_api.upload_document(type="passport", applicant_id=applicant.id, file=PNG)
    assert (made.file_name, made.file_type, made.file_size) == ("file", "png", len(PNG))
