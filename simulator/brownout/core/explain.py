"""Says in plain words why a request got its answer. Works on a record's JSON, so also on a journal from disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brownout.core import causes
from brownout.core.limits.tell import told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_CLASSES = {
    "D0": "pure: the same seed gives the same decisions whatever the order or number of clients",
    "D1": "counted: the same while each client's own order of calls is",
    "D2": "stateful: it depended on time or on other requests; only the journal repeats it",
}
_KEYS = {
    "baggage": "the request's baggage header",
    "scenario": "the scenario's identity rule",
    "operation": "the operation's own default",
    "path": "the object id in the path",
    "counted": "counting: nothing in the request names it, so it is the client's nth distinct call",
}
_IDEMPOTENCY = {
    "first": "Its idempotency key was new.",
    "replay": "Its idempotency key was known: the stored answer was sent again and nothing was executed.",
    "in_flight": "Another request with the same idempotency key was still under way, so it was refused.",
    "mismatch": "Its idempotency key had been used for another request, so it was refused.",
}
_CERTIFICATE = {
    "client_gone": "The client wouldn't have the certificate, and left.",
    "sent": "The client took the certificate and sent its request all the same: it doesn't check them.",
}
_STAGES = {
    "edge": "A fault at the edge ended it before authentication and limits; nothing was executed.",
    "route": "Its body could not be read, so nothing was executed.",
    "authorise": "The credential was refused; nothing was executed.",
    "request": "A fault ended it before the effect; nothing was executed.",
    "operation": "The provider's own logic answered.",
    "response": "The provider's logic ran to its end, and its effects stand; then a fault replaced the answer.",
}
_FIDELITIES = {
    "generic": "The operation isn't modelled: what it answers comes from a schema alone, or it was refused.",
    "conjured": "It rests on an object that nobody created, made up when a call first named it.",
}


def explain(record: Mapping[str, Any]) -> str:
    """Return the story of one exchange, one sentence a line."""
    return "\n".join(_lines(record["decided"], record.get("observed") or {}))


def _lines(decided: Mapping[str, Any], observed: Mapping[str, Any]) -> Iterator[str]:
    yield f"{decided['id']}: {decided['method']} {decided['path']} ({decided['operation']})"
    if decided["answered"] == "delivery":
        yield from _delivery(decided)
        return
    yield (
        f"Client {decided['client']}, key {decided['key']!r}, call number {decided['occurrence']} with that key, "
        f"{decided['offset']:.3f}s after the world began."
    )
    yield f"The key came from {_KEYS[decided['key_source']]}."
    yield from _decisions(decided)
    if decided.get("limit"):
        yield told(decided["limit"], decided.get("limited"))
    elif decided["answered"] == "certificate":
        yield "It was a TLS handshake: nothing had been asked yet."
    elif decided["stage"] in _STAGES:
        yield _STAGES[decided["stage"]]
    if decided.get("fidelity"):
        yield _FIDELITIES[decided["fidelity"]]
    if decided.get("cause"):
        yield _blame(decided)
    if decided.get("idempotency"):
        yield _IDEMPOTENCY[decided["idempotency"]]
    if decided.get("effects"):
        yield f"Money: {', '.join(decided['effects'])}."
    if decided.get("objects"):
        yield f"Created: {', '.join(decided['objects'])}."
    yield _answer(decided, observed)
    yield f"Repeatability {decided['repeatability']}, {_CLASSES[decided['repeatability']]}."


def _delivery(decided: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"A webhook for {decided['account']} about event {decided['key']}, {decided['offset']:.3f}s after the world "
        "began. It is written down because a fault had a say; the delivery itself says how its tries went."
    )
    yield from _decisions(decided)
    yield f"Repeatability {decided['repeatability']}, {_CLASSES[decided['repeatability']]}."


def _decisions(decided: Mapping[str, Any]) -> Iterator[str]:
    for fired in decided.get("fired", ()):
        yield f"Rule {fired['rule']!r} ({fired['kind']} at {fired['target']}) fired: {_why(fired)}{_state(fired)}"
    doer = causes.doer(decided.get("cause") or "")
    if not decided.get("fired"):
        yield (
            f"No fault fired here: what it met is what {doer} did before."
            if doer is not None
            else "No fault fired: the answer is organic."
        )


def _why(fired: Mapping[str, Any]) -> str:
    return ", ".join([_reason(fired), *_circumstances(fired)])


def _reason(fired: Mapping[str, Any]) -> str:
    if fired.get("origin") == "header":
        return "the request's own header asked for it"
    if "draw" in fired:
        below = f"below {fired['threshold']:.4f}"
        drawn = f"its draw {fired['draw']:.4f} is"
        return f"{drawn} {below}" if "above" not in fired else f"{drawn} from {fired['above']:.4f} to {below}"
    if "number" in fired:
        return f"it was match number {fired['number']} of this client"
    return "it fires on every match"


def _circumstances(fired: Mapping[str, Any]) -> Iterator[str]:
    """Yield what else had a say, or says where the rule is from."""
    if "lasted" in fired:
        ramp = f", its ramp at {fired['ramp']:.0%}" if "ramp" in fired else ""
        yield f"{fired['lasted']:.1f} s into its window{ramp}"
    if "firing" in fired:
        yield f"firing {fired['firing']} of at most {fired['most']}"
    if fired.get("origin") == "live":
        yield "put live" + (f" for {fired['ttl']:g} s" if "ttl" in fired else "")
    if "preset" in fired:
        yield f"taken from {fired['preset']!r}, whose story and source are in its file"


def _state(fired: Mapping[str, Any]) -> str:
    match fired["state"]:
        case "applied":
            return f"; did: {', '.join(fired['effects'])}."
        case "shadowed":
            return "; but another rule ended the exchange there, so it changed nothing."
        case "unreached":
            return "; but the exchange ended before its target was reached, so it changed nothing."
        case _:
            return "; but there was nothing for it to change."


def _blame(decided: Mapping[str, Any]) -> str:
    error, cause = decided["error"], decided["cause"]
    told = causes.tell(error, cause)
    if told is not None:
        return told
    match error:
        case "token_unknown" | "token_misaddressed":
            return f"Its token was issued so that it is good for nothing here: {cause} saw to that."
        case "token_early":
            return f"By the clock that looked at it, its token isn't valid yet: {cause} saw to that."
        case "client_unknown":
            return f"By the provider's clock its assertion is out of date: {cause} saw to that."
        case "token_expired":
            return f"Its token lived shorter than the provider's own rule says: {cause} saw to that."
        case "scope_missing":
            return f"Its token lacks a scope that it was meant to have: {cause} saw to that."
        case "user_needed":
            return f"Its user has to be asked again first: {cause} saw to that."
        case "token_revoked":
            return f"Its credential had been revoked: {cause} saw to that."
        case _:
            return f"What its client came with isn't good any more: {cause} saw to that."


def _answer(decided: Mapping[str, Any], observed: Mapping[str, Any]) -> str:
    outcome = observed.get("outcome")
    ending = {
        "client_gone": " The client left before all of it was sent.",
        "cut": " We broke it off before its end.",
        "stopped": " The server was stopped.",
    }.get(outcome or "", "")
    match decided["answered"]:
        case "reply":
            error = f" ({decided['error']})" if decided.get("error") else ""
            return f"The client was answered {decided['status']}{error}.{ending}"
        case "certificate":
            return _CERTIFICATE.get(outcome or "", "What the client made of the certificate isn't known.")
        case "refused":
            return "The port was closed: whoever connected was refused, and nobody can say who did."
        case "reset":
            gone = " The client had left before." if outcome == "client_gone" else ending
            return f"The client got no answer: the connection was reset.{gone}"
        case _:
            gone = " In the end the client left." if outcome == "client_gone" else ending
            return f"The client got no answer: the connection was left hanging.{gone}"
