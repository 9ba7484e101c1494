"""What the generic engine refuses: what it doesn't find, and what it can't answer. In Stripe's words where it has some.

`/v2` has an envelope of its own, in which `code` names the error. (Stripe docs, API reference, and API v2 overview;
read 2026-11-22.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from brownout.core.errors import Refused
from brownout.core.exchange import Answer
from brownout.providers.stripe import errors
from brownout.providers.stripe.errors import INVALID, refusal

if TYPE_CHECKING:
    from brownout.core.operation import Call
    from brownout.providers.stripe.generic.tables import Row

NOT_MODELLED: Final = "not_modelled"
"""What the journal calls the error of a call that Stripe would answer and Brownout doesn't."""
_NEVER_AGAIN: Final = {"Stripe-Should-Retry": "false"}


def not_modelled(call: Call, row: Row, *, generic: bool) -> Answer:
    """Return the refusal of an operation that Stripe has; `generic` says whether the scenario asks for such."""
    told = f"This is Brownout, a simulator: it doesn't model {row.method} {row.path} (stripe.{row.name})"
    if generic or row.kind == "refused":
        message = f"{told}, and no schema describes its answer. Leave it out, or answer it by a stub of your own."
    else:
        message = (
            f"{told}. Say `providers: {{stripe: {{generic: true}}}}` in the scenario, and it is answered from Stripe's "
            "schema alone; what is modelled, `brownout list operations --provider stripe` shows."
        )
    refused = wrong(call, message, v2=row.path.startswith("/v2/")).answer
    return Answer(400, refused.body, headers=_NEVER_AGAIN, error=NOT_MODELLED, stored=False)


def wrong(
    call: Call, message: str, *, v2: bool, status: int = 400, param: str | None = None, code: str | None = None
) -> Refused:
    """Return the refusal of a call, in the envelope of its API."""
    if v2:
        body = {"error": {"code": code or INVALID, "message": message, "type": INVALID}}
        return Refused(Answer(status, body, error=code or INVALID, stored=False))
    return refusal(call, message, status=status, code=code, param=param)


def noun(object_type: str) -> str:
    """Return what a missing object is called.

    >>> noun("payment_method"), noun("terminal.location"), noun("tax_rate")
    ('PaymentMethod', 'location', 'tax_rate')
    """
    return errors.NOUNS.get(object_type) or object_type.rpartition(".")[2]


def find(call: Call, types: tuple[str, ...], object_id: str, *, param: str | None = None) -> dict[str, Any]:
    """Return the object of that id and one of these types, or refuse as Stripe does."""
    for one in types:
        found = call.table(one).get(object_id)
        if found is not None:
            return found
    raise missing(call, types[0], object_id, param=param)


def missing(call: Call, object_type: str, object_id: str, *, param: str | None = None) -> Refused:
    """Return the refusal of an id that nobody created: 404 in the path, 400 for one in `param`."""
    message = f"No such {noun(object_type)}: '{object_id}'"
    if object_type.startswith("v2."):
        return wrong(call, message, code="not_found", status=404, v2=True)
    where = param if param is not None else errors.PATH_PARAMS.get(object_type, "id")
    return wrong(call, message, status=404 if param is None else 400, code="resource_missing", param=where, v2=False)
