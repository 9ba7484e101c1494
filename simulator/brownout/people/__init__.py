"""Seeded people and merchants: who "order-0117" belongs to, the same in every run.

    from brownout.people import person

    person(7, "order-0117").email
    person(7, "order-0117", locale="ja_JP").full_name

Pure functions of (seed, key) over tables that travel with the package; docs/people.md says what fits together and
which numbers are reserved for fiction.
"""

from brownout.people.addresses import Address
from brownout.people.documents import Document, NationalId
from brownout.people.locales import LOCALES, REFERENCE_DATE
from brownout.people.merchants import Merchant, merchant
from brownout.people.persons import Person, person

__all__ = [
    "LOCALES",
    "REFERENCE_DATE",
    "Address",
    "Document",
    "Merchant",
    "NationalId",
    "Person",
    "merchant",
    "person",
]
