"""The tables that travel with the package, and the script that makes them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import faker
import pytest
from people_tables import DATA, committed

from brownout.people import LOCALES, REFERENCE_DATE

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "make_people.py"


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the script as a maintainer would."""
    return subprocess.run(
        [sys.executable, str(SCRIPT), "--to", str(folder), *arguments], capture_output=True, text=True, check=False
    )


def shape(value: object) -> object:
    """Return what a table looks like without what stands in it: keys, and the types below them."""
    if isinstance(value, dict):
        return {key: shape(below) for key, below in value.items()}
    return "list" if isinstance(value, list) else "value"


@pytest.mark.slow
def test_the_script_makes_the_committed_tables(tmp_path: Path) -> None:
    """Byte for byte with the Faker that they name; with another Faker, whose lists differ, tables of the same shape."""
    recorded = committed("en_US")["made"]

    done = make(tmp_path, "--date", recorded["date"])

    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"{locale}.json" for locale in LOCALES)
    for locale in LOCALES:
        made = (tmp_path / f"{locale}.json").read_text(encoding="utf-8")
        if recorded["faker"] == faker.VERSION:
            assert made == (DATA / f"{locale}.json").read_text(encoding="utf-8"), locale
        else:
            assert shape(json.loads(made)) == shape(committed(locale)), locale


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "words"), [(["--date", "soon"], "--date"), ([], "--date"), (["--date", "2026-11-23", "xx"], "known:")]
)
def test_the_script_refuses_what_it_does_not_know(tmp_path: Path, arguments: list[str], words: str) -> None:
    """And writes nothing."""
    done = make(tmp_path, *arguments)

    assert done.returncode == 2
    assert words in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_every_locale_has_one_table_and_one_source() -> None:
    """Neither more nor fewer; all made by one Faker on one day, for one reference date."""
    assert sorted(path.stem for path in DATA.glob("*.json")) == sorted(LOCALES)
    assert sorted(path.stem for path in (ROOT / "scripts" / "people").glob("*.toml")) == sorted(LOCALES)
    assert len({str(committed(locale)["made"]) for locale in LOCALES}) == 1
    assert {committed(locale)["reference_date"] for locale in LOCALES} == {REFERENCE_DATE.isoformat()}
    assert {committed(locale)["locale"] for locale in LOCALES} == set(LOCALES)


def test_the_tables_stay_small() -> None:
    """They are in every wheel: under 60 kB each, under 600 kB in all."""
    sizes = [(DATA / f"{locale}.json").stat().st_size for locale in LOCALES]

    assert max(sizes) < 60_000
    assert sum(sizes) < 600_000


@pytest.mark.parametrize("locale", LOCALES)
def test_a_table_has_enough_of_everything(locale: str) -> None:
    """Enough names that people differ; towns, streets and names without repeats."""
    table = committed(locale)
    names = table["names"]
    last = names.get("last") or names["last_female"]
    towns = [(row[0], row[1]) for row in table["address"]["towns"]]

    assert len(names["female"]) * len(last) > 1000
    assert len(names["male"]) * len(last) > 1000
    assert len(towns) >= 24
    assert len(table["address"]["streets"]) >= 30
    assert len(table["merchants"]["trades"]) >= 10
    for some in (names["female"], names["male"], last, towns, table["address"]["streets"]):
        assert len(set(some)) == len(some)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_telephone_number_is_of_the_country_and_said_to_be_reserved_or_not(locale: str) -> None:
    """A reader of the table sees whether a number may be somebody's."""
    table = committed(locale)
    patterns = [table["phones"], *(row[3] for row in table["address"]["towns"])]

    assert table["phone_range"].startswith(("reserved: ", "plausible: "))
    for pattern in "|".join(filter(None, patterns)).split("|"):
        assert pattern.startswith(f"+{table['country']['calling']}")
        assert re.fullmatch(r"\+[1-9][\d#%]{9,13}", pattern)


@pytest.mark.parametrize("locale", LOCALES)
def test_no_bank_of_the_tables_exists(locale: str) -> None:
    """Nines, zeros or TEST where the bank's code stands; the rest is drawn."""
    iban = committed(locale)["iban"]
    if iban is not None:
        assert re.match(r"99|TEST", iban["body"])
