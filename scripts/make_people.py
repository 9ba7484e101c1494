"""Make the tables of people that Brownout carries, from Faker and from people/*.toml beside this file.

    python scripts/make_people.py --date 2026-11-23                # all of them, into the package
    python scripts/make_people.py --date 2026-11-23 --to DIR de_DE

Faker gives the names and most streets. What has to fit together (a town with its postcodes, area code and state) and
what a country's authority decides (numbers for fiction, test identities) stands in people/LOCALE.toml, by hand. The
outcome is the same for the same files, Faker version and date; another Faker has other lists.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import latin
from faker import VERSION, Faker

if TYPE_CHECKING:
    from collections.abc import Callable

SEED = 20261122
REFERENCE_DATE = "2026-01-01"
FIRST_NAMES, LAST_NAMES, STREETS = 150, 300, 120
NAME = r"^['’]?[^\W\d_]([^\W\d_]|[ '’-])+$"  # Faker's Dutch list has "Bourgondië, van"
PATIENCE = 60  # draws for each name wanted, before a short list is taken for the whole of it

HERE = Path(__file__).parent
DATA = HERE.parent / "simulator" / "brownout" / "people" / "data"


def source(locale: str) -> dict[str, Any]:
    """Return what people/LOCALE.toml says."""
    return tomllib.loads((HERE / "people" / f"{locale}.toml").read_text(encoding="utf-8"))


def distinct(locale: str, topic: str, draw: str, wanted: int, keep: str = "") -> list[str]:
    """Return up to `wanted` different answers of Faker's `draw` that `keep` matches, sorted."""
    faker = Faker(locale)
    faker.seed_instance(f"{SEED}/{locale}/{topic}")
    found: set[str] = set()
    for _ in range(wanted * PATIENCE):
        answer = getattr(faker, draw)()
        if re.search(keep, answer):
            found.add(answer)
        if len(found) == wanted:
            break
    return sorted(found)


def provider_table(locale: str, name: str) -> list[Any]:
    """Return a list that Faker's provider of people keeps."""
    return list(getattr(next(one for one in Faker(locale).get_providers() if "person" in type(one).__module__), name))


def japanese(topic: str) -> list[str]:
    """Return names with their readings: Faker's Japanese provider pairs them."""
    name = "last_name_pairs" if topic == "last" else f"first_name_{topic}_pairs"
    return sorted({f"{written}|{read}" for written, _, read in provider_table("ja_JP", name)})


def polish(topic: str) -> list[str]:
    """Return the commonest surnames, which Faker lists for men only: Kowalski's wife is Kowalska."""
    men = provider_table("pl_PL", "male_last_names")
    return sorted(set(men if topic == "last_male" else (re.sub(r"([sc]|dz)ki$", r"\1ka", name) for name in men)))


def spelling(names: dict[str, Any]) -> Callable[[str], str]:
    """Return how this locale's names become `written|latin`, or only `written` where that is the same."""
    to_latin = {"ukrainian": latin.ukrainian, "greek": latin.greek}.get(names.get("script", ""))

    def spelt(name: str) -> str:
        if "|" in name:
            return name
        plain = to_latin(name) if to_latin else latin.fold(name, names.get("latin", {}))
        if not re.fullmatch(r"[A-Za-z' .-]+", plain):
            raise ValueError(f"{name!r} became {plain!r}, which isn't in Latin letters")
        return name if plain == name else f"{name}|{plain}"

    return spelt


def names(locale: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return the tables of first names by gender, and of last names by gender where the language has such."""
    draws = {"female": ("first_name_female", FIRST_NAMES), "male": ("first_name_male", FIRST_NAMES)}
    if given.get("gendered"):
        draws |= {"last_female": ("last_name_female", LAST_NAMES), "last_male": ("last_name_male", LAST_NAMES)}
    else:
        draws |= {"last": ("last_name", LAST_NAMES)}
    spelt = spelling(given)
    tables = {topic: [spelt(name) for name in listed(locale, given, topic, *draw)] for topic, draw in draws.items()}
    return {"order": given["order"], "surnames": given.get("surnames", 1), "titles": given["titles"]} | tables


def listed(locale: str, given: dict[str, Any], topic: str, draw: str, wanted: int) -> list[str]:
    """Return a list of names from the file, else from Faker."""
    if topic in given:
        return list(given[topic])
    if locale == "ja_JP":
        return japanese(topic)
    if locale == "pl_PL" and topic.startswith("last"):
        return polish(topic)
    return distinct(locale, topic, draw, wanted, NAME)


def streets(locale: str, given: dict[str, Any]) -> list[str]:
    """Return the streets that the file lists, or Faker's."""
    found = given.get("list") or distinct(locale, "streets", "street_name", STREETS, given.get("keep", ""))
    return [given.get("form", "{}").format(street) for street in found]


def merchants(given: dict[str, Any], spelt: Callable[[str], str]) -> dict[str, Any]:
    """Return the trades as [written|latin, merchant category code], with the forms of names."""
    trades = [trade.rsplit(":", 1) for trade in given["trades"]]
    return (
        given
        | {"latin_name": given.get("latin_name", given["name"].replace("}{", "} {"))}
        | {"trades": [[spelt(word), code] for word, code in trades]}
    )


def table(locale: str, date: dt.date) -> dict[str, Any]:
    """Return all that Brownout knows of a locale."""
    given = source(locale)
    made = {"by": "scripts/make_people.py", "faker": VERSION, "date": date.isoformat()}
    return {
        "made": made,
        "locale": locale,
        "reference_date": REFERENCE_DATE,
        "country": given["country"],
        "names": names(locale, given["names"]),
        "address": given["address"]
        | {"streets": streets(locale, given.get("streets", {})), "towns": given["towns"]["rows"]},
        "phones": given["phones"],
        "phone_range": given["phone_range"],
        "documents": given["documents"],
        "national_id": given.get("national_id"),
        "iban": given.get("iban"),
        "merchants": merchants(given["merchants"], spelling(given["names"])),
    }


def text(data: dict[str, Any]) -> str:
    """Return JSON with one key a line at the top, so that a change of one table is one line of a diff."""
    lines = (
        f"{json.dumps(key)}:{json.dumps(value, ensure_ascii=False, separators=(',', ':'))}"
        for key, value in data.items()
    )
    return "{" + ",\n".join(lines) + "}\n"


def main(arguments: list[str] | None = None) -> None:
    """Write the tables that were asked for."""
    known = sorted(path.stem for path in (HERE / "people").glob("*.toml"))
    parser = argparse.ArgumentParser(description="Make the tables of people that Brownout carries.")
    parser.add_argument("locales", nargs="*", metavar="LOCALE", help=f"which; all by default: {', '.join(known)}")
    parser.add_argument("--date", required=True, type=dt.date.fromisoformat, help="recorded in the files as YYYY-MM-DD")
    parser.add_argument("--to", type=Path, default=DATA, help="the folder to write into (the package's own)")
    options = parser.parse_args(arguments)
    if unknown := set(options.locales) - set(known):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(known)}")
    options.to.mkdir(parents=True, exist_ok=True)
    for locale in options.locales or known:
        (options.to / f"{locale}.json").write_text(text(table(locale, options.date)), encoding="utf-8")


if __name__ == "__main__":
    main()
