"""The JSON Schema of `verdict.json`: what a verdict of this version fits, to the last key.

It is made of what the code knows (metrics and their aggregations), and held to it: keys that nobody described are
refused, and so are verdicts that lack one. Whoever adds a key to a verdict adds it here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from brownout.verdict.schema_arm import definitions
from brownout.verdict.schema_words import (
    INTERVAL,
    closed,
    count,
    flag,
    listed,
    mapped,
    number,
    or_null,
    seconds,
    share,
    status,
    text,
    texts,
    whole,
)

if TYPE_CHECKING:
    from brownout.verdict.schema_words import Schema

_ID: Final = "https://json-schema.org/draft/2020-12/schema"


def schema(version: int) -> Schema:
    """Return the schema (draft 2020-12) of verdicts whose `brownout_verdict` is `version`."""
    top = closed(
        "What became of a run, by the ledger.",
        brownout_verdict={"const": version, "description": "The version of this shape; keys are only added to it."},
        status=status("What the run amounts to. Arms that don't decide have no say."),
        reasons=texts("Why, what matters most first."),
        interrupted=flag("Whether it was ended from outside: then it is about a part of the run."),
        aborted=texts("The arms whose load a threshold with abort_on_fail ended."),
        warnings=texts("What deciding arms missed that doesn't decide, since other thresholds are marked gate."),
        scenario=closed(
            "What was drilled.",
            name=text("Its name."),
            title=text("Its title."),
            digest=text("SHA-256 of its content; empty where nobody knows it."),
        ),
        seed=whole("The seed of every draw."),
        versions=mapped("Versions of what made it, by name.", text("A version.")),
        simulated=flag("Whether it was played in one process on virtual time."),
        phases=listed("The phases, in order.", _PHASE_PLANNED),
        load=or_null({"type": "object", "description": "The load as the scenario plans it, null without one."}),
        repeat=or_null(text("The line that makes the run again, null where nobody knows it.")),
        notes=texts("What is worth knowing and changes nothing."),
        pairs=listed("How each deciding arm compares with each control arm, order by order.", _PAIR),
        rests_on=_RESTS_ON,
        cant_see=listed("What could be otherwise without the verdict's telling.", _UNSEEN),
        arms=mapped("The arms by name.", {"$ref": "#/$defs/arm"}),
    )
    top["properties"] |= {
        "again": text("The command that was typed, to type again."),
        "folder": text("Where its files are."),
        "page": text("Where its page is."),
        "explain": text("The command that explains its first finding."),
        "retries": listed("What earlier tries were in doubt about, with --on-inconclusive retry.", _RETRY),
    }
    return {"$schema": _ID, "title": "Brownout's verdict.json", **top, "$defs": definitions()}


_PHASE_PLANNED: Final = closed("A phase.", name=text("Its name."), duration_seconds=seconds("How long it was."))
_RETRY: Final = closed("A try.", status=status("What it amounted to."), reasons=texts("Why."))
_UNSEEN: Final = closed("Something unseen.", what=text("In a word."), why=text("Why it isn't seen."))
_PAIR: Final = closed(
    "Two arms that were sent the same orders.",
    a=text("The control arm."),
    b=text("The arm that decides."),
    orders=count("How many orders were compared: none without claims of both."),
    both_good=count("Good in both."),
    only_a_good=count("Good in A alone."),
    only_b_good=count("Good in B alone."),
    neither_good=count("Good in neither."),
    p=share("How often chance alone makes as big a difference (exact McNemar)."),
    p_stretches=share("The same by twentieths of the run, for orders fail in clumps."),
    difference=or_null(number("B's share of good orders less A's.")),
    interval=or_null(INTERVAL),
    differs=or_null(flag("Whether chance is ruled out, null of a run that is in doubt.")),
    message=or_null(text("The same in a sentence.")),
)
_REPEATABLE: Final = closed(
    "How far the seed repeats what was decided: docs/determinism.md.",
    count=count("How many exchanges."),
    shares=or_null(mapped("The share of each class, null of none.", share("A share."), ("D0", "D1", "D2"))),
    by_class=mapped("The number of each class.", count("A number."), ("D0", "D1", "D2")),
)
_RESTS_ON: Final = closed(
    "What the verdict rests on.",
    exchanges=_REPEATABLE,
    struck=_REPEATABLE,
    operations=mapped(
        "The operations that were called, by name.",
        closed("An operation.", fidelity=text("How it is emulated."), exchanges=count("How often it was called.")),
    ),
)
