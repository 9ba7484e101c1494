"""Checks and reports: what they need, how they end, and what is told of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onfido_world import NOBODY, World

from brownout.core.plan import Phase, Plan
from brownout.providers.onfido import OnfidoOptions
from brownout.providers.onfido.words import REPORT_NAMES, SUB_RESULTS


def test_a_new_check_has_exactly_these_fields(world: Any) -> None:
    """In progress, with a report for each name that waits for its data."""
    applicant_id = world.ready()

    made = world.post("/checks", {"applicant_id": applicant_id, "report_names": ["document"], "tags": ["vip"]})

    check_id, reports = made.body["id"], made.body["report_ids"]
    assert made.status == 201
    assert made.body == {
        "id": check_id,
        "created_at": "2026-01-01T00:00:00Z",
        "href": f"/v3.6/checks/{check_id}",
        "applicant_id": applicant_id,
        "applicant_provides_data": False,
        "status": "in_progress",
        "tags": ["vip"],
        "result": None,
        "form_uri": None,
        "redirect_uri": None,
        "results_uri": f"https://dashboard.onfido.com/checks/{check_id}",
        "privacy_notices_read_consent_given": None,
        "report_ids": reports,
        "webhook_ids": [],
        "sandbox": True,
        "paused": False,
        "version": "3.6",
    }
    document = world.get(f"/documents?applicant_id={applicant_id}").body["documents"][0]["id"]
    assert world.reports(check_id) == [
        {
            "id": reports[0],
            "created_at": "2026-01-01T00:00:00Z",
            "href": f"/v3.6/reports/{reports[0]}",
            "status": "awaiting_data",
            "result": None,
            "sub_result": None,
            "check_id": check_id,
            "name": "document",
            "breakdown": {},
            "properties": {},
            "documents": [{"id": document}],
        }
    ]


@pytest.mark.parametrize("review", [0.0, 2.0, 3600.0])
def test_a_check_is_complete_after_its_review(make_world: Any, review: float) -> None:
    """In world time, not a moment earlier; every report before the check."""
    world = make_world(OnfidoOptions(review=review))
    check = world.check(world.ready(), "document", "facial_similarity_photo")
    if review:
        world.transport.advance(review - 0.5)
        assert world.get(f"/checks/{check['id']}").body["status"] == "in_progress"
        world.transport.advance(0.5)

    done = world.get(f"/checks/{check['id']}").body

    assert done == {**check, "status": "complete", "result": "clear"}
    assert [one["status"] for one in world.reports(check["id"])] == ["complete"] * 2


def test_a_synchronous_check_answers_complete(world: Any) -> None:
    """`asynchronous: false` waits for nothing."""
    check = world.check(world.ready(), asynchronous=False)

    assert (check["status"], check["result"]) == ("complete", "clear")
    assert len(world.box.timers) == 0


def test_a_phase_can_slow_reviews_down(make_world: Any) -> None:
    """The option of the phase in which the check was made."""
    phases = (
        Phase(name="calm", duration_seconds=10),
        Phase(name="slow", duration_seconds=90, providers={"onfido": OnfidoOptions(review=60.0)}),
    )
    world = make_world(plan=Plan(phases=phases))
    applicant_id = world.ready()
    early = world.check(applicant_id)
    world.transport.advance(11)
    late = world.check(applicant_id)

    world.transport.advance(59)
    before = world.get(f"/checks/{late['id']}").body["status"]
    world.transport.advance(1)

    assert world.get(f"/checks/{early['id']}").body["status"] == "complete"
    assert (before, world.get(f"/checks/{late['id']}").body["status"]) == ("in_progress", "complete")


# ---------------------------------------------------------------- results
def test_consider_names_the_reports_to_fail(world: Any) -> None:
    """The others stay clear, the check doesn't."""
    check = world.check(
        world.ready(), "document", "facial_similarity_photo", consider=["facial_similarity_photo"], asynchronous=False
    )

    results = {one["name"]: (one["result"], one["sub_result"]) for one in world.reports(check["id"])}
    assert results == {"document": ("clear", "clear"), "facial_similarity_photo": ("consider", None)}
    assert check["result"] == "consider"


@pytest.mark.parametrize("last_name", ["consider", "Consider", "CONSIDER", " consider "])
def test_an_applicant_called_consider_fails_everything(world: Any, last_name: str) -> None:
    """In any case; by the name that the applicant had when the check was made."""
    applicant_id = world.ready(last_name=last_name)
    check = world.check(applicant_id, "document", "known_faces")
    world.put(f"/applicants/{applicant_id}", {"last_name": "Lovelace"})

    world.transport.advance(2)

    assert [one["result"] for one in world.reports(check["id"])] == ["consider"] * 2


@pytest.mark.parametrize(
    ("sub_result", "result", "points_at"),
    [("clear", "clear", None), ("rejected", "consider", "image_integrity"),
     ("suspected", "consider", "visual_authenticity"), ("caution", "consider", "data_comparison")],
)  # fmt: skip
def test_a_sub_result_is_that_of_document_reports(
    world: Any, sub_result: str, result: str, points_at: str | None
) -> None:
    """With the part of the breakdown that it is about."""
    check = world.check(world.ready(), "document", "known_faces", sub_result=sub_result, asynchronous=False)

    document, faces = world.reports(check["id"])
    assert (document["result"], document["sub_result"]) == (result, sub_result)
    assert (faces["result"], faces["sub_result"]) == ("clear", None)
    bad = [group for group, one in document["breakdown"].items() if one["result"] != "clear"]
    assert bad == ([] if points_at is None else [points_at])


def test_a_document_report_shows_the_applicant(world: Any) -> None:
    """Names, the sandbox's date of birth unless there is another, and no subtype."""
    applicant_id = world.applicant(first_name="Grace")
    world.document(applicant_id, issuing_country="USA")
    check = world.check(applicant_id, asynchronous=False)

    shown = world.reports(check["id"])[0]["properties"]

    assert (shown["first_name"], shown["date_of_birth"], shown["issuing_country"]) == ("Grace", "1990-01-01", "USA")
    assert "document_subtype" not in shown


def test_a_reverification_tells_no_score(world: Any) -> None:
    """As the official suite asserts."""
    settings_ = {"facial_similarity_photo": {"use_case": "reverification"}}
    check = world.check(
        world.ready(), "facial_similarity_photo", "facial_similarity_motion", report_configuration=settings_,
        asynchronous=False,
    )  # fmt: skip

    photo, motion = world.reports(check["id"])
    assert photo["properties"] == {"score": None}
    assert 0 < motion["properties"]["score"] <= 1


def test_an_identity_report_leaves_out_what_it_was_not_given(world: Any) -> None:
    """No address, no date of birth: no such groups."""
    bare = world.check(world.applicant(), "identity_enhanced", asynchronous=False)
    full = world.check(
        world.applicant(dob="1990-01-01", address={"postcode": "1", "country": "GBR"}), "identity_enhanced",
        asynchronous=False,
    )  # fmt: skip

    assert set(world.reports(bare["id"])[0]["breakdown"]) == {"sources", "mortality"}
    assert set(world.reports(full["id"])[0]["breakdown"]) == {"sources", "mortality", "address", "date_of_birth"}


@pytest.mark.slow
@settings(max_examples=40)
@given(
    names=st.lists(st.sampled_from(sorted(REPORT_NAMES - {"us_driving_licence"})), min_size=1, max_size=6),
    consider=st.lists(st.sampled_from(sorted(REPORT_NAMES)), max_size=3),
    sub_result=st.none() | st.sampled_from(sorted(SUB_RESULTS)),
    cancelled=st.sets(st.integers(0, 5)),
)
def test_a_checks_result_follows_its_worst_report(
    names: list[str], consider: list[str], sub_result: str | None, cancelled: set[int]
) -> None:
    """Clear only if every report that was not cancelled is; withdrawn if all were."""
    world = World()
    check = world.check(world.ready(), *names, consider=consider, sub_result=sub_result)
    for number, report_id in enumerate(check["report_ids"]):
        if number in cancelled:
            assert world.post(f"/reports/{report_id}/cancel").status == 204

    world.transport.advance(2)

    done = world.get(f"/checks/{check['id']}").body
    results = [one["result"] for one in world.reports(check["id"]) if one["status"] == "complete"]
    if not results:
        assert (done["status"], done["result"]) == ("withdrawn", None)
    else:
        worst = "clear" if set(results) == {"clear"} else "consider"
        assert (done["status"], done["result"]) == ("complete", worst)
    assert world.post(f"/reports/{check['report_ids'][0]}/cancel").status == 422


# ---------------------------------------------------------------- what is refused
BAD = [
    ({"report_names": ["document"]}, "validation_error", "applicant_id"),
    ({}, "validation_error", "applicant_id"),
    ({"applicant_id": "READY"}, "report_names_blank", "report_names"),
    ({"applicant_id": "READY", "report_names": []}, "report_names_blank", "report_names"),
    ({"applicant_id": "READY", "report_names": "document"}, "report_names_format", "report_names"),
    ({"applicant_id": "READY", "report_names": [7]}, "report_names_format", "report_names"),
    ({"applicant_id": "READY", "report_names": ["known_faces"] * 51}, "report_names_format", "report_names"),
    ({"applicant_id": "READY", "report_names": ["passport"]}, "invalid_reports_names", "report_names"),
    ({"applicant_id": "READY", "report_names": ["document"], "consider": ["all"]}, "validation_error", "consider"),
    ({"applicant_id": "READY", "report_names": ["document"], "sub_result": "bad"}, "validation_error", "sub_result"),
    ({"applicant_id": "READY", "report_names": ["document"], "document_ids": [NOBODY]}, "validation_error",
     "document_ids"),
    ({"applicant_id": "READY", "report_names": ["document"], "webhook_ids": [NOBODY]}, "validation_error",
     "webhook_ids"),
    ({"applicant_id": "READY", "report_names": ["document"], "asynchronous": 0}, "validation_error", "asynchronous"),
    ({"applicant_id": "READY", "report_names": ["us_driving_licence"]}, "validation_error", "us_driving_licence"),
    ({"applicant_id": "READY", "report_names": ["us_driving_licence"], "us_driving_licence": {"id_number": "1"}},
     "validation_error", "us_driving_licence"),
    ({"applicant_id": "BARE", "report_names": ["document"]}, "validation_error", "applicant"),
    ({"applicant_id": "BARE", "report_names": ["known_faces", "proof_of_address"]}, "validation_error", "applicant"),
    ({"applicant_id": "BARE", "report_names": ["facial_similarity_photo"]}, "facial_similarity_photo_without_document",
     "applicant"),
    ({"applicant_id": "FACELESS", "report_names": ["facial_similarity_photo_fully_auto"]}, "validation_error",
     "applicant"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "type", "field"), BAD)
def test_a_check_that_cant_be_made_changes_nothing(world: Any, body: dict[str, Any], type: str, field: str) -> None:
    """422 of the type that fits, with the field; no check, no report, no timer, no event."""
    ids = {"READY": world.ready(), "BARE": world.applicant(), "FACELESS": world.applicant()}
    world.document(ids["FACELESS"])
    if "applicant_id" in body:
        body = {**body, "applicant_id": ids[body["applicant_id"]]}
    before = world.state()

    refused = world.post("/checks", body)

    assert (refused.status, refused.error["type"]) == (422, type)
    assert list(refused.error["fields"]) == [field]
    assert world.state() == before


def test_an_unknown_report_is_told_with_the_known_ones(world: Any) -> None:
    """What was wrong and what is allowed."""
    refused = world.post("/checks", {"applicant_id": world.ready(), "report_names": ["documnt", "document"]})

    told = refused.error["fields"]["report_names"][0]
    assert told.startswith("no such report: documnt; known: device_intelligence, document, ")


def test_somebody_elses_document_is_no_document(world: Any) -> None:
    """Only the applicant's own count."""
    foreign = world.document(world.applicant())

    refused = world.post(
        "/checks", {"applicant_id": world.ready(), "report_names": ["document"], "document_ids": [foreign]}
    )

    assert refused.error["fields"] == {"document_ids": [f"not a document of this applicant: {foreign}"]}


@pytest.mark.parametrize("path", ["/checks/{}", "/checks/{}/download", "/reports/{}", "/reports?check_id={}"])
def test_what_nobody_made_is_not_found(world: Any, path: str) -> None:
    """404, also in lists of somebody's."""
    assert world.get(path.format(NOBODY)).status == 404
    assert world.get("/reports").error["fields"] == {"check_id": ["can't be blank"]}


# ---------------------------------------------------------------- the other calls
def test_checks_are_listed_newest_first_and_downloaded_as_pdf(world: Any) -> None:
    """Of one applicant."""
    applicant_id = world.ready()
    made = [world.check(applicant_id)["id"] for _ in range(2)]

    listed = world.get(f"/checks?applicant_id={applicant_id}").body["checks"]
    pdf = world.get(f"/checks/{made[0]}/download")

    assert [one["id"] for one in listed] == made[::-1]
    assert (pdf.raw[:5], pdf.headers["Content-Type"]) == (b"%PDF-", "application/pdf")


@pytest.mark.parametrize("path", ["/checks/{check}/resume", "/reports/{report}/resume"])
def test_resuming_what_isnt_paused_is_no_error(world: Any, path: str) -> None:
    """As the official suite does it; what doesn't exist is 404."""
    check = world.check(world.ready())

    assert world.post(path.format(check=check["id"], report=check["report_ids"][0])).status == 204
    assert world.post(path.format(check=NOBODY, report=NOBODY)).status == 404


def test_an_applicant_may_have_to_send_a_form_first(world: Any) -> None:
    """`applicant_provides_data`: it needs no document yet, takes a review for the form and one for the check."""
    applicant_id = world.applicant()
    check = world.check(applicant_id, "document", applicant_provides_data=True, redirect_uri="https://shop.test/back")

    assert check["status"] == "awaiting_applicant"
    assert check["form_uri"] == f"https://onfido.com/information/{check['id']}"
    assert world.delete(f"/applicants/{applicant_id}").error["type"] == "deletion_incomplete_checks"
    world.transport.advance(2)
    assert world.get(f"/checks/{check['id']}").body["status"] == "in_progress"
    world.transport.advance(2)
    assert world.get(f"/checks/{check['id']}").body["status"] == "complete"


def test_a_withdrawn_check_stays_withdrawn(world: Any) -> None:
    """Its form or review, when due, changes nothing more."""
    for form in (False, True):
        check = world.check(world.ready(), applicant_provides_data=form)
        world.post(f"/reports/{check['report_ids'][0]}/cancel")

        world.transport.advance(10)

        assert world.get(f"/checks/{check['id']}").body["status"] == "withdrawn"
