"""Anybody who is drawn fits together, whoever it is."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from people_tables import committed, matches

import brownout.testing
from brownout.people import LOCALES, REFERENCE_DATE, Merchant, Person, merchant, person
from brownout.people.accounts import with_check
from brownout.people.draws import Draws

# What each country's post office, regulator and the IBAN registry say, apart from what our own tables do:
# postcode, telephone number in E.164, length of an IBAN.
RULES = {
    "US": (r"\d{5}", r"\+1[2-9]\d\d55501\d\d", None),
    "GB": (r"[A-Z]{1,2}\d{1,2} \d[A-Z]{2}", r"\+44\d{10}", 22),
    "DE": (r"\d{5}", r"\+49\d{9,11}", 22),
    "FR": (r"\d{5}", r"\+33[1-5]\d{8}", 27),
    "ES": (r"(0[1-9]|[1-4]\d|5[0-2])\d{3}", r"\+346\d{8}", 24),
    "IT": (r"\d{5}", r"\+393\d{9}", 27),
    "NL": (r"[1-9]\d{3} (?!SA|SD|SS)[A-Z]{2}", r"\+316\d{8}", 18),
    "PL": (r"\d\d-\d{3}", r"\+48\d{9}", 28),
    "BR": (r"\d{5}-\d{3}", r"\+55[1-9]\d9\d{8}", 29),
    "SE": (r"\d{3} \d\d", r"\+46\d{8,9}", 24),
    "JP": (r"\d{3}-\d{4}", r"\+81[789]0[1-9]\d{7}", None),
    "IN": (r"[1-9]\d{5}", r"\+91[6-9]\d{9}", None),
    "UA": (r"\d{5}", r"\+380\d{9}", 29),
    "GR": (r"\d{3} \d\d", r"\+3069\d{8}", 27),
    "CN": (r"\d{6}", r"\+861[3-9]\d{9}", None),
    "SA": (r"\d{5}", r"\+9665\d{8}", 24),
}
PAGE = Path(__file__).parents[2] / "docs" / "people.md"
RESERVED_MAIL = ("example.com", "example.net", "example.org")
SCRIPTS = {"ja_JP": r"[\u3040-\u30ff\u3400-\u9fff々]", "zh_CN": r"[\u4e00-\u9fff]", "uk_UA": r"[\u0400-\u04ff]"} | {
    "el_GR": r"[\u0370-\u03ff]",
    "ar_SA": r"[\u0600-\u06ff]",
}

KEYS = st.text(st.characters(), max_size=40)
SEEDS = st.integers(-(2**70), 2**70)


def crowd(locale: str, size: int = 200) -> list[Person]:
    """Return a few hundred people of one locale."""
    return [person(7, f"order-{number}", locale=locale) for number in range(size)]


def iban_is_valid(iban: str) -> bool:
    """Check it as ISO 13616 says, without our own code."""
    moved = iban[4:] + iban[:4]
    return int("".join(str(int(char, 36)) for char in moved)) % 97 == 1


def assert_reachable_as_the_country_says(one: Person | Merchant) -> None:
    """Check the postcode, telephone number and account against the country's own rules."""
    postcode, phone, iban_length = RULES[one.address.country]
    assert re.fullmatch(postcode, one.address.postcode), one.address
    assert re.fullmatch(phone, one.phone), one.phone
    assert (one.iban is None) == (iban_length is None)
    if one.iban is not None:
        assert one.iban.startswith(one.address.country)
        assert len(one.iban) == iban_length
        assert iban_is_valid(one.iban), one.iban


@given(seed=SEEDS, key=KEYS)
@settings(max_examples=100, deadline=None)
def test_anybody_is_whole_and_consistent(seed: int, key: str) -> None:
    """Any seed, any key, unicode or empty: complete, adult, of one country, and the same when asked again."""
    one = person(seed, key)

    assert one == person(seed, key) == person(seed, key, locale=one.locale)
    assert_reachable_as_the_country_says(one)
    assert one.first_name in one.full_name
    assert one.last_name in one.full_name
    assert dt.date(1936, 1, 1) <= one.date_of_birth <= dt.date(2008, 1, 1)
    assert one.document.issuing_country == one.address.country_alpha3
    assert one.document.expires_on >= REFERENCE_DATE.replace(year=2031)
    assert one.address.street in one.address.line1
    assert one.address.building_number in one.address.line1
    assert (one.address.flat or "") in (one.address.line2 or "")
    assert (one.address.flat is None) == (one.address.line2 is None)
    optional = {"national_id", "iban"}
    assert all(value for name, value in fields(one).items() if name not in optional)


@given(seed=SEEDS, key=KEYS)
@settings(max_examples=100, deadline=None)
def test_any_merchant_is_whole_and_consistent(seed: int, key: str) -> None:
    """Names in Latin letters, a descriptor that card networks take, a site and mail that reach nobody."""
    one = merchant(seed, key)

    assert one == merchant(seed, key, locale=one.locale)
    assert_reachable_as_the_country_says(one)
    assert one.name in one.legal_name
    assert one.latin_name.isascii()
    assert re.fullmatch(r"[A-Z0-9][A-Z0-9 ]{3,20}[A-Z0-9]", one.statement_descriptor), one.statement_descriptor
    assert re.fullmatch(r"\d{4}", one.mcc)
    assert re.fullmatch(r"https://[a-z]+-[a-z]+-\d{4}\.example\.com", one.website)
    assert one.email == "hello@" + one.website.removeprefix("https://")


def fields(one: Person | Merchant) -> dict[str, Any]:
    """Return what a dataclass holds, by name, one level deep."""
    return {field.name: getattr(one, field.name) for field in dataclasses.fields(one)}


@pytest.mark.parametrize("locale", LOCALES)
def test_a_town_keeps_its_postcodes_its_state_and_its_telephones(locale: str) -> None:
    """All three come from one row of the table, never from two."""
    table = committed(locale)
    towns = {row[0]: row[1:] for row in table["address"]["towns"]}

    for one in crowd(locale):
        state, postcodes, phones = towns[one.address.town]
        assert one.address.state == (state or None)
        assert matches(one.address.postcode, postcodes)
        assert matches(one.phone, "|".join(filter(None, [phones, table["phones"]])))
        assert one.address.country == table["country"]["alpha2"]
        assert one.address.country_alpha3 == table["country"]["alpha3"]
        assert one.currency == table["country"]["currency"]


@pytest.mark.parametrize("locale", LOCALES)
def test_mail_is_made_of_the_name_and_reaches_nobody(locale: str) -> None:
    """ASCII, from the Latin spelling, at a domain that RFC 2606 reserves."""
    for one in crowd(locale):
        mailbox, domain = one.email.split("@")
        first = re.sub(r"[^a-z]", "", one.latin_first_name.lower())
        last = re.sub(r"[^a-z]", "", one.latin_last_name.split()[0].lower())

        assert one.email.isascii()
        assert domain in RESERVED_MAIL
        assert last in mailbox
        assert mailbox.startswith((first, first[0] + "."))
        assert re.fullmatch(r"[a-z][a-z._]*\d{4}", mailbox)
        assert len(mailbox) <= 64


@pytest.mark.parametrize("locale", LOCALES)
def test_names_are_in_the_locales_script_and_also_in_latin(locale: str) -> None:
    """A passport's machine-readable line has only A to Z, so everybody has a Latin spelling."""
    script = SCRIPTS.get(locale, r"[A-Za-zÀ-ž'’\u02bc-]")
    for one in crowd(locale):
        assert re.fullmatch(rf"({script}|[ '’\u02bc-])+", one.full_name), one.full_name
        assert re.fullmatch(r"[A-Za-z' -]+", one.latin_full_name), one.latin_full_name
        assert one.latin_full_name == f"{one.latin_first_name} {one.latin_last_name}"


@pytest.mark.parametrize(
    ("locale", "form"),
    [("ja_JP", "{last} {first}"), ("zh_CN", "{last}{first}"), ("en_GB", "{first} {last}"), ("es_ES", "{first} {last}")],
)
def test_the_family_name_stands_where_the_country_puts_it(locale: str, form: str) -> None:
    """First in Japan and China, without a space in China."""
    one = person(7, "order-0117", locale=locale)

    assert one.full_name == form.format(first=one.first_name, last=one.last_name)


def test_surnames_agree_with_gender_where_the_language_asks_for_it() -> None:
    """Kowalska and Kowalski, Παπαδοπούλου and Παπαδόπουλος; and Spaniards have two."""
    polish = {one.last_name[-3:]: one.gender for one in crowd("pl_PL", 600) if one.last_name.endswith(("ska", "ski"))}
    greek = [one for one in crowd("el_GR", 600) if one.last_name.endswith(("πούλου", "πουλος"))]

    assert polish == {"ska": "female", "ski": "male"}
    assert all((one.gender == "female") == one.last_name.endswith("πούλου") for one in greek)
    assert len(greek) > 20
    assert all(len(one.last_name.split()) >= 2 for one in crowd("es_ES"))


@pytest.mark.parametrize("locale", LOCALES)
def test_titles_and_genders_agree(locale: str) -> None:
    """And both genders occur about equally often."""
    table = committed(locale)["names"]
    people = crowd(locale)

    assert all(one.title in table["titles"][one.gender] for one in people)
    assert 60 < sum(one.gender == "female" for one in people) < 140


@pytest.mark.parametrize(
    ("locale", "type_", "form"),
    [
        ("en_US", "ssn", r"987-65-432\d"),
        ("en_GB", "nino", r"QQ\d{6}[A-D]"),
        ("de_DE", "steuer_id", r"0\d{10}"),
        ("nl_NL", "bsn", r"99999\d{4}"),
    ],
)
def test_national_numbers_are_those_that_nobody_bears(locale: str, type_: str, form: str) -> None:
    """Only where an authority keeps some for tests or examples."""
    for one in crowd(locale):
        assert one.national_id is not None
        assert one.national_id.type == type_
        assert re.fullmatch(form, one.national_id.number)


def test_elsewhere_nobody_has_a_national_number() -> None:
    """A plausible one might be somebody's."""
    with_one = {"en_US", "en_GB", "de_DE", "nl_NL"}

    assert all(person(7, "a", locale=locale).national_id is None for locale in LOCALES if locale not in with_one)


def test_dutch_and_german_numbers_have_their_check_digits() -> None:
    """The Dutch eleven test; ISO 7064 MOD 11,10 and one repeated digit in Germany."""
    for one in crowd("nl_NL", 500):
        assert one.national_id is not None
        digits = [int(char) for char in one.national_id.number]
        weights = [9, 8, 7, 6, 5, 4, 3, 2, -1]
        assert sum(digit * weight for digit, weight in zip(digits, weights, strict=True)) % 11 == 0
    for one in crowd("de_DE"):
        assert one.national_id is not None
        number, product_ = one.national_id.number, 10
        for char in number[:10]:
            product_ = ((int(char) + product_) % 10 or 10) * 2 % 11
        assert int(number[10]) == (11 - product_) % 10
        assert sorted(number[:10].count(char) for char in set(number[:10])) == [1] * 8 + [2]


def test_accounts_have_their_national_check_digits_too() -> None:
    """France, Spain and Italy: validators look inside the IBAN."""
    for one in crowd("fr_FR"):
        assert one.iban is not None
        assert int(one.iban[4:]) % 97 == 0
    for one in crowd("es_ES"):
        assert one.iban is not None
        body, weights = one.iban[4:], (1, 2, 4, 8, 5, 10, 9, 7, 3, 6)
        for digits, check in (("00" + body[:8], body[8]), (body[10:], body[9])):
            rest = 11 - sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11
            assert check == {10: "1", 11: "0"}.get(rest, str(rest))
    assert with_check("IT", "X0542811101000000123456") == "IT60X0542811101000000123456"


def test_a_british_driver_number_is_made_of_its_bearer() -> None:
    """Surname, date of birth with 50 added to a woman's month, initial."""
    licences = [one for one in crowd("en_GB") if one.document.type == "driving_licence"]

    assert len(licences) > 50
    for one in licences:
        number, born = one.document.number, one.date_of_birth
        assert len(number) == 16
        assert number[:5] == re.sub(r"[^A-Z]", "", one.last_name.upper()).ljust(5, "9")[:5]
        assert int(number[6:8]) == born.month + (50 if one.gender == "female" else 0)
        assert (number[5], number[8:10], number[10]) == (str(born.year)[2], f"{born.day:02d}", str(born.year)[3])
        assert number[11] == one.first_name[0].upper()


@pytest.mark.slow
def test_the_same_people_in_two_processes() -> None:
    """With other hash seeds: nothing hangs on the order of a set, the process or the machine."""
    program = (
        "import json; from brownout.people import merchant, person;"
        "print(json.dumps([[str(f(s, k)) for f in (person, merchant)] for s in (0, 7) for k in ('order-1', 'ключ 🗝')]))"
    )
    told = [
        json.loads(
            subprocess.run(
                [sys.executable, "-c", program],
                env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
                capture_output=True,
                text=True,
                encoding="utf-8",
                check=True,
            ).stdout
        )
        for seed in ("1", "2")
    ]

    here = [[str(draw(seed, key)) for draw in (person, merchant)] for seed in (0, 7) for key in ("order-1", "ключ 🗝")]
    assert told == [here, here]


def test_who_a_key_names_stays() -> None:
    """Tables, draws and order of locales are part of a seed's meaning: a change here belongs in the changelog."""
    one = person(7, "order-0117")

    assert (one.locale, one.latin_full_name, one.email, one.phone) == (
        "pt_BR",
        "Arthur Gabriel Alves",
        "arthurgabriel.alves3751@example.org",
        "+5521999540874",
    )


@pytest.mark.slow
def test_other_keys_and_seeds_are_other_people() -> None:
    """Not one e-mail address is shared among 20,000 keys, and all locales occur about equally often."""
    people = [person(7, f"order-{number}") for number in range(20_000)]

    assert len({one.email for one in people}) == len(people)
    counts = [sum(one.locale == locale for one in people) for locale in LOCALES]
    assert min(counts) > 1100
    assert max(counts) < 1400
    assert person(8, "order-0117") != person(7, "order-0117")


def test_a_key_without_a_text_and_one_with_strange_letters() -> None:
    """Nothing is normalised: keys that look alike are different people."""
    keys = ["", " ", "\0", "é", "e\u0301", "\ud800", "a" * 100_000, "order-1", "order-1 ", "ORDER-1"]

    assert len({person(7, key).email for key in keys}) == len(keys)


def test_a_new_field_would_not_move_the_others() -> None:
    """Each topic has a draw of its own."""
    draws = Draws("person", 7, "order-0117")

    assert len({draws.digest(topic) for topic in ("phone", "iban", "street", "")}) == 4
    assert draws.fill("phone", ["+1#%@"]) == Draws("person", 7, "order-0117").fill("phone", ["+1#%@"])


@pytest.mark.parametrize("draw", [person, merchant])
@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("de-DE", "unknown 'de-DE'; did you mean 'de_DE'?"),
        ("en_UK", "did you mean 'en_"),
        ("tlh", "known: ar_SA, de_DE"),
        ("", "unknown ''; known: ar_SA"),
        ("../../etc/passwd", "known: ar_SA"),
        (7, "unknown '7'"),
    ],
)
def test_an_unknown_locale_is_refused_with_a_suggestion(draw: Any, locale: Any, words: str) -> None:
    """A ValueError that says what there is."""
    with pytest.raises(ValueError, match=re.escape(words)):
        draw(7, "order-0117", locale=locale)


@pytest.mark.parametrize("draw", [person, merchant])
@pytest.mark.parametrize(("seed", "key"), [("7", "a"), (7.0, "a"), (None, "a"), (7, 117), (7, None), (7, b"bytes")])
def test_a_seed_or_key_of_another_type_is_refused(draw: Any, seed: Any, key: Any) -> None:
    """117 and "117" would else be two people, and nobody would notice."""
    with pytest.raises(TypeError, match="expected"):
        draw(seed, key)


def test_the_pages_example_runs() -> None:
    """As a user would paste it."""
    for block in re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE):
        exec(block, {})  # noqa: S102 - our own page


def test_the_page_names_every_locale() -> None:
    """A reader sees there what `LOCALES` has."""
    page = PAGE.read_text(encoding="utf-8")

    assert [locale for locale in LOCALES if locale not in page] == []


def test_people_are_part_of_the_testing_package() -> None:
    """The same function, under the name that tests import."""
    assert brownout.testing.person is person


def test_a_person_is_a_value() -> None:
    """Frozen and hashable, so it can stand in a set or as a parameter of a test."""
    one = person(7, "order-0117")

    with pytest.raises(dataclasses.FrozenInstanceError):
        one.email = "x"  # type: ignore[misc]
    assert len({one, person(7, "order-0117")}) == 1
