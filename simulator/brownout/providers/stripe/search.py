"""Search: queries over what an account holds, in Stripe's query language.

`email:"ada@example.com" AND created>1700000000`, `-status:"succeeded"`, `name~"ada"`, `metadata["order"]:null`. Clauses
are joined by AND (or a space) or by OR, never both. A new object can be found once `search_delay` has passed. (Stripe
docs, Search: query language, and the query fields of each resource; API reference: Search; read 2026-11-23.)
"""

from __future__ import annotations

import base64
import binascii
import operator
import re
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

from brownout.core.exchange import Answer
from brownout.core.operation import Listing, Operation
from brownout.core.store import Term
from brownout.providers.stripe.amounts import options_of
from brownout.providers.stripe.errors import refusal
from brownout.providers.stripe.expand import expanded, tree_of
from brownout.providers.stripe.params import EXPAND, Shape, check, integer, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from brownout.core.errors import Refused
    from brownout.core.operation import Call
    from brownout.core.store import Where

Type: TypeAlias = Literal["token", "string", "numeric"]
_CLAUSES_MOST: Final = 10
_LETTERS_LEAST: Final = 3
"""How many a substring must have."""
_MOST: Final = 100
_USUAL: Final = 10

_COMMON: Final[dict[str, Type]] = {"created": "numeric", "metadata": "token"}
_CARD: Final = "payment_method_details.card."
FIELDS: Final[dict[str, dict[str, Type]]] = {
    "charge": {
        **_COMMON,
        "amount": "numeric", "billing_details.address.postal_code": "token", "currency": "token", "customer": "token",
        "disputed": "token", _CARD + "brand": "token", _CARD + "exp_month": "token", _CARD + "exp_year": "token",
        _CARD + "fingerprint": "token", _CARD + "last4": "token", "refunded": "token", "status": "token",
    },
    "customer": {**_COMMON, "email": "string", "name": "string", "phone": "string"},
    "payment_intent": {
        **_COMMON, "amount": "numeric", "currency": "token", "customer": "token", "status": "token",
    },
    "price": {
        "active": "token", "currency": "token", "lookup_key": "token", "metadata": "token", "product": "token",
        "type": "token",
    },
    "product": {
        "active": "token", "description": "string", "metadata": "token", "name": "string", "shippable": "token",
        "url": "string",
    },
}  # fmt: skip
"""By object type, what can be asked for, and how."""
_COMPARED: Final[dict[str, Callable[[float, float], bool]]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_CLAUSE: Final = re.compile(
    r"\s*(?P<not>-)?\s*(?P<field>[a-z_0-9.]+)\s*(?:\[\s*(?P<quote>[\"'])(?P<key>.*?)(?P=quote)\s*\])?"
    r"\s*(?P<operator>:|~|>=|<=|>|<)\s*"
    r"(?:\"(?P<double>(?:[^\"\\]|\\.)*)\"|'(?P<single>(?:[^'\\]|\\.)*)'|(?P<bare>[^\s\"']+))",
)
_JOINT: Final = re.compile(r"\s+(?P<word>and|or)\s+", re.IGNORECASE)


class Clause(NamedTuple):
    """One test on a field; `key` is that of a metadata."""

    field: str
    key: str | None
    operator: str
    value: str | None
    negated: bool

    def holds(self, value: Mapping[str, Any]) -> bool:
        """Return whether an object passes it."""
        found: Any = value
        for part in self.field.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        if self.key is not None:
            found = (found or {}).get(self.key)
        return self._passes(found) is not self.negated

    def where(self, fields: Mapping[str, Type]) -> tuple[Term, tuple[str]] | None:
        """Return the field and the value that what passes must have, if it is one value that does."""
        if self.operator != ":" or self.negated or self.value is None or fields[self.field] == "numeric":
            return None
        path = (*self.field.split("."), *(() if self.key is None else (self.key,)))
        return Term(path, as_text=True), (self.value.casefold(),)

    def _passes(self, found: Any) -> bool:
        if self.value is None or found is None:
            return found is None and self.value is None
        if self.operator in _COMPARED:
            return _COMPARED[self.operator](float(found), float(self.value))
        told = str(found).lower() if isinstance(found, bool) else str(found)
        if self.operator == "~":
            return self.value.casefold() in told.casefold()
        return told.casefold() == self.value.casefold()


def parse(call: Call, query: str, object_type: str) -> tuple[list[Clause], bool]:
    """Return the clauses of a query, and whether one is enough; refuses what isn't one."""
    clauses: list[Clause] = []
    words: set[str] = set()
    at = 0
    while at < len(query.rstrip()):
        found = _CLAUSE.match(query, at)
        if found is None:
            raise _malformed(call, f"it can't be read from {query[at : at + 20].strip()!r} on")
        clauses.append(_checked(call, _clause(found), object_type))
        joint = _JOINT.match(query, found.end())
        words.add(joint["word"].lower() if joint is not None else "and" if query[found.end() :].strip() else "")
        at = joint.end() if joint is not None else found.end()
    if not clauses:
        raise _malformed(call, "it is empty")
    if len(clauses) > _CLAUSES_MOST:
        raise _malformed(call, f"it has more than {_CLAUSES_MOST} clauses")
    if {"and", "or"} <= words:
        raise _malformed(call, "AND and OR can't be used in one query")
    return clauses, "or" in words


def _clause(found: re.Match[str]) -> Clause:
    quoted = found["double"] if found["double"] is not None else found["single"]
    bare = found["bare"]
    value = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else None if bare == "null" else bare
    return Clause(found["field"], found["key"], found["operator"], value, found["not"] is not None)


def _checked(call: Call, clause: Clause, object_type: str) -> Clause:
    fields = FIELDS[object_type]
    kind = fields.get(clause.field)
    if kind is None or (clause.field == "metadata") is not (clause.key is not None):
        raise _malformed(call, f"`{clause.field}` can't be searched for; there are {', '.join(sorted(fields))}")
    if clause.operator in _COMPARED and kind != "numeric":
        raise _malformed(call, f"`{clause.field}` isn't numeric, and can't be compared with {clause.operator}")
    if clause.operator == "~" and kind != "string":
        raise _malformed(call, f"`{clause.field}` can't be searched for a part of it")
    if clause.operator == "~" and len(clause.value or "") < _LETTERS_LEAST:
        raise _malformed(call, f"a part of `{clause.field}` must have at least {_LETTERS_LEAST} characters")
    if kind == "numeric" and not re.fullmatch(r"-?\d{1,15}", clause.value or ""):
        raise _malformed(call, f"`{clause.field}` is a whole number")
    return clause


def _malformed(call: Call, why: str) -> Refused:
    return refusal(call, f"We were unable to parse your search query: {why}.", param="query")


def _search(call: Call, object_type: str, url: str) -> Answer:
    given = check(call, _SHAPE)
    tree = tree_of(call, given, object_type, listed=True)
    clauses, one_is_enough = parse(call, given["query"], object_type)
    limit = min(max(given.get("limit", _USUAL), 1), _MOST)
    passes = any if one_is_enough else all
    until = call.now - options_of(call).search_delay
    where = {} if one_is_enough else dict(filter(None, (clause.where(FIELDS[object_type]) for clause in clauses)))
    found = (
        row
        for row in _after(call, object_type, given.get("page"), where, until)
        if passes(clause.holds(row) for clause in clauses)
    )
    data = [row for row, _ in zip(found, range(limit + 1), strict=False)]
    more = len(data) > limit
    data = data[:limit]
    inner = tree.get("data") if tree is not None and "data" in tree else tree
    body = {
        "object": "search_result",
        "data": [expanded(call, row, inner, object_type) for row in data] if inner else data,
        "has_more": more,
        "next_page": base64.urlsafe_b64encode(data[-1]["id"].encode()).decode() if more else None,
        "url": url,
    }
    return Answer(200, body)


def _after(call: Call, object_type: str, page: str | None, where: Where, until: float) -> Iterator[dict[str, Any]]:
    """Return what comes after a page's last object, newest first."""
    table = call.table(object_type)
    if page is None:
        return table.newest_first(where=where, until=until)
    try:
        last = base64.urlsafe_b64decode(page.encode()).decode()
    except (binascii.Error, UnicodeDecodeError):
        last = ""
    if table.get(last) is None:
        raise refusal(call, f"Invalid page: {page}", param="page")
    return table.newest_first(older_than=last, where=where, until=until)


_SHAPE: Final = Shape(("query",), query=text(unset=False), limit=integer(), page=text(unset=False), expand=EXPAND)
_LISTING: Final = Listing(items="data", cursor="page", more="has_more")


def _operation(object_type: str) -> Operation:
    path = f"/v1/{object_type}s/search"
    return Operation(
        name=f"stripe.{object_type}s.search",
        method="GET",
        path=path,
        run=lambda call: _search(call, object_type, path),
        object_type=object_type,
        listing=_LISTING,
        dates=("data.created",),
    )


OPERATIONS: Final = tuple(_operation(object_type) for object_type in FIELDS)
