"""A scope held to the calls of some clients, or of some operations, and to the business operations of those clients."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from brownout.core.match import fits

if TYPE_CHECKING:
    from brownout.core.thresholds import Subject
    from brownout.verdict.attempts import Attempt
    from brownout.verdict.history import Scope


def narrowed(scope: Scope, subject: Subject) -> Scope:
    """Return what a subject's `client` and `operation` choose of a scope.

    A business operation is its first call's client's; one without any call is nobody's, as is what was never sent.
    """
    if not subject.narrow:
        return scope
    client = () if subject.client is None else (subject.client,)
    operation = () if subject.operation is None else (subject.operation,)

    def chosen(one: Attempt) -> bool:
        return fits(client, one.client) and fits(operation, one.operation)

    found = scope.operations
    if client:
        found = [one for one in found if one.attempts and fits(client, one.attempts[0].client)]
    return replace(
        scope,
        operations=found,
        attempts=[one for one in scope.attempts if chosen(one)],
        steps=[one for one in scope.steps if chosen(one.before)],
        tokens=scope.tokens.among(chosen),
        unsent=0,
        violations=0,
    )
