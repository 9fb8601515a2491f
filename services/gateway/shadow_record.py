"""What is written down when both tracks have read and planned the same turn. Pure, and nothing personal:
which slots and arguments differ, never what they are."""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.state import SLOT_NAMES, Slots
from gateway.turn_types import Extraction, Plan


@dataclass(frozen=True)
class Reading:
    """What one track made of a turn."""

    track: str
    extraction: Extraction | None = None
    """None when it could not be read."""
    plan: Plan | None = None
    """The first plan; None when there was none."""
    plan_source: str = ""
    """Who planned: slm, rules, settled, or nobody."""
    error: str = ""
    """The stage that gave no answer and why, e.g. extract:UNAVAILABLE; empty when all is well."""
    extract_ms: float = 0.0
    plan_ms: float = 0.0


@dataclass(frozen=True)
class ShadowRecord:
    """A turn on both tracks. The fields of the track that did not answer the customer begin with `other_`."""

    workspace: str
    turn_id: str
    track: str
    other_track: str
    intent: str
    other_intent: str
    slots_differ: tuple[str, ...]
    """Names of slots that the two read differently."""
    plans_differ: tuple[str, ...]
    """In what the first plans differ: tools, confirmation, missing, or TOOL.ARGUMENT; nothing when they are one."""
    confidence: float
    other_confidence: float
    source: str
    other_source: str
    plan_source: str
    other_plan_source: str
    error: str
    other_error: str
    extract_ms: float
    other_extract_ms: float
    plan_ms: float
    other_plan_ms: float


def compare(workspace: str, turn_id: str, own: Reading, other: Reading) -> ShadowRecord:
    """The record of a turn that was read and planned twice."""
    read, reread = own.extraction, other.extraction
    return ShadowRecord(
        workspace=workspace,
        turn_id=turn_id,
        track=own.track,
        other_track=other.track,
        intent=read.intent.value if read else "",
        other_intent=reread.intent.value if reread else "",
        slots_differ=_slots(read.slots, reread.slots) if read and reread else (),
        plans_differ=tuple(dict.fromkeys(_plans(own.plan, other.plan))),
        confidence=read.confidence if read else 0.0,
        other_confidence=reread.confidence if reread else 0.0,
        source=read.source if read else "",
        other_source=reread.source if reread else "",
        plan_source=own.plan_source,
        other_plan_source=other.plan_source,
        error=own.error,
        other_error=other.error,
        extract_ms=own.extract_ms,
        other_extract_ms=other.extract_ms,
        plan_ms=own.plan_ms,
        other_plan_ms=other.plan_ms,
    )


def _slots(one: Slots, two: Slots) -> tuple[str, ...]:
    return tuple(name for name in SLOT_NAMES if getattr(one, name) != getattr(two, name))


def _plans(one: Plan | None, two: Plan | None) -> Iterator[str]:
    if one is None or two is None:
        if one is not two:
            yield "tools"
        return
    if [action.tool for action in one.actions] != [action.tool for action in two.actions]:
        yield "tools"
    else:
        for own, its in zip(one.actions, two.actions, strict=True):
            names = sorted(own.args.keys() | its.args.keys())
            yield from (f"{own.tool}.{name}" for name in names if own.args.get(name) != its.args.get(name))
    if one.needs_confirmation != two.needs_confirmation:
        yield "confirmation"
    if one.missing[:1] != two.missing[:1]:  # only the first one is asked for
        yield "missing"
