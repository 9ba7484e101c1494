"""What a run is told as afterwards: what was injected, what the client did about it, and whether money went astray.

Plain lines for a terminal. A line that tells of something broken begins with `BROKEN`.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from brownout.replay.aftermath import aftermath
from brownout.replay.injected import injected, names
from brownout.verdict.operations import made
from brownout.verdict.words import counted, listed, said, times

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from brownout.replay.session import Played


def summary(played: Played, broken: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the lines; `broken` are the findings that break an invariant."""
    lines = [_headline(played)]
    if not played.chapters:
        lines += _nothing(played)
    for chapter in played.chapters:
        lines += injected(chapter, alone=len(played.chapters) == 1)
    if played.forgotten:
        lines.append(f"  {counted(played.forgotten, 'further world')} began again or went; these aren't told of")
    if played.chapters:
        lines += ["", "invariants", *(f"  {line}" for line in _invariants(played, broken))]
    notes = [*_interception(played), *_ending(played)]
    if notes:
        lines += ["", "note", *(f"  {note}" for note in notes)]
    return lines


def _headline(played: Played) -> str:
    requests = sum(
        chapter.run.head.evicted
        + sum(record["decided"]["answered"] != "certificate" for record in chapter.run.calls)  # not a handshake
        for chapter in played.chapters
    )
    ending = played.ending
    how = f"ended with exit code {ending.code}"
    if ending.killed_by:
        how = f"was killed by {ending.killed_by} (exit code {ending.code}, as a shell has it)"
    return (
        f"brownout: {played.plan.name}, seed {played.plan.seed}: {counted(requests, 'request')} "
        f"in {played.seconds:.1f} s; the command {how}"
    )


def _nothing(played: Played) -> Iterator[str]:
    yield ""
    yield "It made no request that came here, so nothing could be injected."
    if played.interception is None:
        yield "  It has to take its base URL from the environment, see docs/run.md; or add --intercept, and the real"
        yield "  host names lead here."
    if played.unparsed:
        yield f"  {counted(played.unparsed, 'message')} came that weren't HTTP: was https:// used for http://?"


def _invariants(played: Played, broken: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    kinds = {str(one["kind"]) for one in broken}
    for one in broken[:20]:
        yield f"BROKEN  {one['message']}"
    if len(broken) > 20:
        yield f"BROKEN  and {len(broken) - 20} more; brownout verdict has them all"
    entries = made(entry for chapter in played.chapters for entry in chapter.run.entries)
    paid = {entry.payment: entry.key for entry in entries if entry.kind == "capture"}
    named = [key for key in paid.values() if key is not None]
    if not paid:
        yield "no money moved"
    elif "duplicated" not in kinds and named:
        yield f"held    no order was charged twice ({counted(len(named), 'payment')} of {len(set(named))} orders)"
    if entries and "violation" not in kinds:
        yield f"held    money was neither made nor lost ({len(entries):,} entries of the ledger)"
    yield from _doubts(played, broken, len(paid) - len(named))


def _doubts(played: Played, broken: Sequence[object], unnamed: int) -> Iterator[str]:
    """Yield what can't be called broken for want of a key or of the client's own word."""
    met = [one for chapter in played.chapters for one in aftermath(chapter.run.calls)]
    twice = [one for one in met if one.twice]
    unlearnt = [one for one in met if one.unlearnt]
    if twice:
        yield f"doubt   {counted(len(twice), 'payment')} made again by the same request: on purpose? ({names(twice)})"
    if unlearnt and not broken:
        yield f"doubt   {counted(len(unlearnt), 'payment')} made that the client never learnt of ({names(unlearnt)})"
    if unnamed:
        yield f"doubt   {counted(unnamed, 'payment')} without a business key, so nobody knows what for;"
        yield "        name the key in the scenario, such as identity: {OPERATION: body.metadata.order_id}"


def _interception(played: Played) -> Iterator[str]:
    turned = played.interception
    if turned is None:
        return
    for host, number in sorted(turned.refused.items()):
        yield f"{said(host)} was refused {times(number)}: nobody emulates it; --allow-host {said(host)} lets it through"
    for host, number in sorted(turned.distrusted.items()):
        yield (
            f"{said(host)}: the program broke off {counted(number, 'TLS handshake')}: it pins a certificate or brings "
            "a bundle of its own; add the file that BROWNOUT_CA names to what it trusts"
        )


def _ending(played: Played) -> Iterator[str]:
    ending = played.ending
    if ending.left:
        yield f"the command ended but left running: {listed(list(ending.left))}. What that does from now on isn't"
        yield "in here, and Brownout is gone: keep it in the foreground, or wait for it in the command"
    if ending.interrupted:
        yield "it was interrupted, so the exit code is 130"
    if played.trouble:
        yield f"{played.trouble}; a verdict from that file is inconclusive"
    evicted = sum(chapter.run.head.evicted for chapter in played.chapters)
    if evicted:
        yield f"{counted(evicted, 'early request')} were too many to be told of here; --journal F keeps them all"
    if played.unparsed and played.chapters:
        yield f"{counted(played.unparsed, 'message')} came that weren't HTTP"


def directions(played: Played, broken: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return how to do it again, and how to see why: the broken order, else the first call that was struck."""
    lines = [f"repeat   {played.repeat}"]
    subject = next((str(one["key"]) for one in broken), None) or next(
        (one.subject for chapter in played.chapters for one in aftermath(chapter.run.calls)), None
    )
    if subject is not None and played.journal is not None:
        lines.append(f"explain  brownout explain {shlex.quote(str(played.journal))} {shlex.quote(subject)}")
    return lines
