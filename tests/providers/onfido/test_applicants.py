"""Applicants: exact shapes, what is refused, pages, deletion."""

from __future__ import annotations

from typing import Any

import pytest
from onfido_world import ADA, NOBODY

from brownout.providers.onfido import OnfidoOptions

ADDRESS_KEYS = (
    "flat_number", "building_number", "building_name", "street", "sub_street", "town", "state", "postcode", "country",
    "line1", "line2", "line3",
)  # fmt: skip


def test_the_smallest_applicant_has_exactly_these_fields(world: Any) -> None:
    """Clients compare whole objects: nothing is left out and nothing added."""
    made = world.post("/applicants", ADA)

    applicant_id = made.body["id"]
    assert made.status == 201
    assert made.body == {
        "id": applicant_id,
        "created_at": "2026-01-01T00:00:00Z",
        "sandbox": True,
        "first_name": "Ada",
        "last_name": "Lovelace",
        "email": None,
        "dob": None,
        "delete_at": None,
        "href": f"/v3.6/applicants/{applicant_id}",
        "id_numbers": [],
        "phone_number": None,
        "address": None,
        "location": None,
    }
    assert world.get(f"/applicants/{applicant_id}").body == made.body


def test_an_address_has_all_its_keys(world: Any) -> None:
    """Those not given are null; what nobody modelled is ignored."""
    given = {"postcode": "SW4 6EH", "country": "GBR", "line1": None, "planet": "Earth"}

    made = world.post("/applicants", {**ADA, "address": given, "location": {"ip_address": "127.0.0.1"}}).body

    assert made["address"] == {**dict.fromkeys(ADDRESS_KEYS), "postcode": "SW4 6EH", "country": "GBR"}
    assert made["location"] == {"ip_address": "127.0.0.1", "country_of_residence": None}


def test_ids_are_fixed_by_seed_and_caller(make_world: Any) -> None:
    """Two worlds of one seed name their objects equally; two applicants of one world differ."""
    one, other = make_world(), make_world()

    assert one.applicant(email="a@example.com") == other.applicant(email="a@example.com")
    assert one.applicant(email="a@example.com") != one.applicant(email="a@example.com")


BAD = [
    ({}, {"first_name": ["can't be blank"], "last_name": ["can't be blank"]}),
    ({**ADA, "first_name": ""}, {"first_name": ["can't be blank"]}),
    ({**ADA, "first_name": "  \t"}, {"first_name": ["can't be blank"]}),
    ({**ADA, "first_name": None}, {"first_name": ["can't be blank"]}),
    ({**ADA, "last_name": 7}, {"last_name": ["must be a string"]}),
    ({**ADA, "last_name": "<script>"}, {"last_name": ['must not contain any of ! # $ % * = < > ; { } "']}),
    ({**ADA, "last_name": "x" * 1001}, {"last_name": ["is too long: at most 1,000 characters, not 1,001"]}),
    ({**ADA, "dob": "2001-02-29"}, {"dob": ["must be a date that there is, such as 1990-01-31"]}),
    ({**ADA, "dob": "20010228"}, {"dob": ["must be a date that there is, such as 1990-01-31"]}),
    ({**ADA, "dob": 631152000}, {"dob": ["must be a date that there is, such as 1990-01-31"]}),
    ({**ADA, "email": ["a@b.c"]}, {"email": ["must be a string"]}),
    ({**ADA, "address": []}, {"address": ["must be an object"]}),
    ({**ADA, "address": {}}, {"address": [{"postcode": ["can't be blank"], "country": ["can't be blank"]}]}),
    (
        {**ADA, "address": {"postcode": "x", "country": "UK"}},
        {"address": [{"country": ["must be a country as three letters of ISO 3166, such as GBR"]}]},
    ),
    ({**ADA, "id_numbers": {}}, {"id_numbers": ["must be a list"]}),
    ({**ADA, "id_numbers": [{}] * 101}, {"id_numbers": ["is too long: at most 100, not 101"]}),
    (
        {**ADA, "id_numbers": [{"type": "shoe"}]},
        {"id_numbers": [{"type": ["must be a type of id number, such as ssn or passport"]}]},
    ),
    ({**ADA, "consents": [{"granted": "maybe", "name": "privacy_notices_read"}]},
     {"consents": [{"granted": ["must be true or false"]}]}),
]  # fmt: skip


@pytest.mark.parametrize(("body", "fields"), BAD)
def test_everything_wrong_is_told_at_once_and_changes_nothing(world: Any, body: Any, fields: Any) -> None:
    """422 with a message for each field, nested ones as objects."""
    before = world.state()

    refused = world.post("/applicants", body)

    assert refused.status == 422
    assert refused.error == {
        "type": "validation_error",
        "message": "There was a validation error on this request",
        "fields": fields,
    }
    assert world.state() == before


def test_an_update_changes_what_it_names(world: Any) -> None:
    """And null empties what can be empty."""
    applicant_id = world.applicant(email="a@b.c", dob="1990-01-01", address={"postcode": "1", "country": "FRA"})

    change = {"first_name": "Grace", "email": None, "address": None, "id_numbers": [{"value": "1"}], "location": {}}
    changed = world.put(f"/applicants/{applicant_id}", change)

    assert changed.status == 200
    assert (changed.body["first_name"], changed.body["last_name"]) == ("Grace", "Lovelace")
    assert (changed.body["email"], changed.body["address"], changed.body["dob"]) == (None, None, "1990-01-01")
    assert changed.body["id_numbers"] == [{"type": None, "value": "1", "state_code": None}]
    assert changed.body["location"] == {"ip_address": None, "country_of_residence": None}
    refused = world.put(f"/applicants/{applicant_id}", {"first_name": None, "last_name": "Hopper"})
    assert refused.error["fields"] == {"first_name": ["can't be blank"]}
    assert world.get(f"/applicants/{applicant_id}").body == changed.body


@pytest.mark.parametrize("applicant_id", [NOBODY, "not-a-uuid", "\N{SNOWMAN}", "a b"])
def test_an_unknown_applicant_is_named_in_the_message(world: Any, applicant_id: str) -> None:
    """404, also for what is no UUID at all."""
    for method, path in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/restore")):
        refused = world.send(method, f"/v3.6/applicants/{applicant_id}{path}", {} if method == "PUT" else None)
        assert (refused.status, refused.error) == (
            404,
            {
                "type": "resource_not_found",
                "message": f"Could not find the following resource: Applicant with id={applicant_id}",
                "fields": {},
            },
        )


# ---------------------------------------------------------------- deletion
def test_a_deleted_applicant_is_gone_until_restored(world: Any) -> None:
    """410 meanwhile, for it and for what would be added to it; then it is as it was."""
    applicant_id = world.applicant()
    before = world.get(f"/applicants/{applicant_id}").body

    deleted = world.delete(f"/applicants/{applicant_id}")

    assert (deleted.status, deleted.raw) == (204, b"")
    assert "Content-Type" not in deleted.headers
    assert world.get(f"/applicants/{applicant_id}").error["type"] == "gone"
    assert world.get(f"/documents?applicant_id={applicant_id}").status == 410
    assert world.post("/checks", {"applicant_id": applicant_id, "report_names": ["known_faces"]}).status == 410
    assert world.post(f"/applicants/{applicant_id}/restore").status == 204
    assert world.get(f"/applicants/{applicant_id}").body == before
    again = world.post(f"/applicants/{applicant_id}/restore")
    assert (again.status, again.error["fields"]) == (422, {"applicant": ["is not scheduled for deletion"]})


def test_after_the_delay_everything_of_the_applicant_is_forgotten(make_world: Any) -> None:
    """Documents, photos, checks and reports with it; others keep theirs."""
    world = make_world(OnfidoOptions(deletion_delay=60.0, review=1.0))
    other = world.ready()
    empty = world.state()
    applicant_id = world.ready()
    check = world.check(applicant_id, "document", "facial_similarity_photo")
    world.transport.advance(1)
    world.delete(f"/applicants/{applicant_id}")
    assert world.get("/applicants?include_deleted=true").body["applicants"][0]["delete_at"] == "2026-01-01T00:01:01Z"

    world.transport.advance(60)

    assert world.state() == empty
    assert world.get(f"/applicants/{applicant_id}").status == 404
    assert world.get(f"/checks/{check['id']}").status == 404
    assert world.get(f"/reports/{check['report_ids'][0]}").status == 404
    assert len(world.get(f"/documents?applicant_id={other}").body["documents"]) == 1


def test_a_restored_applicant_outlives_its_first_deletion(make_world: Any) -> None:
    """Deleted, restored and deleted again, it is forgotten by the second deletion's time alone."""
    world = make_world(OnfidoOptions(deletion_delay=60.0))
    applicant_id = world.applicant()
    world.delete(f"/applicants/{applicant_id}")
    world.transport.advance(30)
    world.post(f"/applicants/{applicant_id}/restore")
    world.delete(f"/applicants/{applicant_id}")

    world.transport.advance(30)
    after_the_first = world.get(f"/applicants/{applicant_id}").status
    world.transport.advance(30)

    assert (after_the_first, world.get(f"/applicants/{applicant_id}").status) == (410, 404)


def test_checks_in_progress_forbid_deletion(world: Any) -> None:
    """422 in the words that the official suites expect; once the check is complete it goes."""
    applicant_id = world.ready()
    world.check(applicant_id)
    before = world.state()

    refused = world.delete(f"/applicants/{applicant_id}")

    assert refused.status == 422
    assert refused.error == {
        "type": "deletion_incomplete_checks",
        "message": "Applicants with checks in progress cannot be deleted.",
        "fields": {},
    }
    assert world.state() == before
    world.transport.advance(2)
    assert world.delete(f"/applicants/{applicant_id}").status == 204


# ---------------------------------------------------------------- pages
def test_pages_carry_total_and_links(world: Any) -> None:
    """Newest first; `next` until the last page, which a client may simply follow."""
    made = [world.applicant(email=f"{number}@example.com") for number in range(5)]
    path, seen, pages = "/applicants?per_page=2", [], 0
    while path:
        page = world.get(path, headers={"Host": "shop.test"})
        seen += [one["id"] for one in page.body["applicants"]]
        pages += 1
        links = dict(reversed(one.split("; ")) for one in page.headers.get("Link", "").split(", ") if one)
        path = links.get('rel="next"', "").strip("<>").removeprefix("/v3.6")
        assert page.headers["X-Total-Count"] == "5"

    assert (seen, pages) == (made[::-1], 3)
    last = world.get("/applicants?page=3&per_page=2").headers["Link"]
    assert last == (
        '</v3.6/applicants?page=1&per_page=2>; rel="first", </v3.6/applicants?page=2&per_page=2>; rel="prev"'
    )


def test_deleted_applicants_are_listed_when_asked_for(world: Any) -> None:
    """And counted accordingly."""
    kept, gone = world.applicant(), world.applicant()
    world.delete(f"/applicants/{gone}")

    plain, whole = world.get("/applicants"), world.get("/applicants?include_deleted=true&page=1")

    assert [one["id"] for one in plain.body["applicants"]] == [kept]
    assert [one["id"] for one in whole.body["applicants"]] == [gone, kept]
    assert (plain.headers["X-Total-Count"], whole.headers["X-Total-Count"]) == ("1", "2")


def test_a_page_beyond_the_end_is_empty(world: Any) -> None:
    """Not an error."""
    world.applicant()

    page = world.get("/applicants?page=1000000&per_page=500")

    assert (page.status, page.body) == (200, {"applicants": []})


@pytest.mark.parametrize(
    ("query", "field"),
    [("page=0", "page"), ("page=x", "page"), ("per_page=501", "per_page"), ("per_page=-1", "per_page"),
     ("page=%D9%A1", "page"), ("page=", "page"), ("include_deleted=yes", "include_deleted"),
     ("page=" + "9" * 5000, "page")],
)  # fmt: skip
def test_a_page_that_cant_be_one_is_refused(world: Any, query: str, field: str) -> None:
    """With the range that is allowed."""
    refused = world.get(f"/applicants?{query}")

    assert refused.status == 422
    assert list(refused.error["fields"]) == [field]
