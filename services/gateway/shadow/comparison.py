"""What the other track would have made of a turn: it reads and plans it too, once the reply is stored, and the two are
compared. No tool is ever run for it, and nothing personal is kept: which slots and arguments differ, never what they
are.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from gateway.domain import forms
from gateway.domain.message import Limits
from gateway.domain.ports import Readers, StageError, Stages
from gateway.domain.reducer import ReducerSettings
from gateway.domain.turn_types import Extraction, PlanResult, TurnInput, TurnResult
from gateway.tracks.track import other
from gateway.turn.runner import plan_source, reducer_settings_at, worth_planning
from runtime.errors import PulpoError
from turn.model import SLOT_NAMES, Slots, TurnContext


@dataclass(frozen=True)
class Reading:
    """What one track made of a turn."""

    track: str
    extraction: Extraction | None = None
    """None when it could not be read."""
    plan: PlanResult | None = None
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


def _plans(one: PlanResult | None, two: PlanResult | None) -> Iterator[str]:
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


AT_ONCE = 4
"""Turns that are read and planned a second time at once. One more is dropped and counted."""


class Shadow:
    """Takes turns that are to be compared. One event loop."""

    def __init__(
        self,
        stages: Stages,
        limits: Limits,
        rules: ReducerSettings,
        keep: Callable[[ShadowRecord], Awaitable[None]],
        counted: Callable[[str], None],
    ) -> None:
        """`keep` stores a comparison and may raise PulpoError; `counted` is told the result of each turn that was
        to be compared: kept, dropped or failed."""
        self._stages, self._limits, self._rules = stages, limits, rules
        self._keep, self._counted = keep, counted
        self._running: set[asyncio.Task[None]] = set()

    def offer(self, given: TurnInput, result: TurnResult) -> None:
        """Begins to compare a turn that has a text. Returns at once."""
        if not given.text.strip():
            return
        if len(self._running) >= AT_ONCE:
            self._counted("dropped")
            return
        task = asyncio.create_task(self._compare(given, result))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def stop(self) -> None:
        """Ends, and drops what is under way."""
        tasks = list(self._running)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _compare(self, given: TurnInput, result: TurnResult) -> None:
        seconds = self._limits.extract_s + self._limits.plan_s
        try:
            async with asyncio.timeout(seconds + self._limits.store_s):
                readers = self._stages.for_turn(other(given.track), time.monotonic() + seconds, shadow=True)
                again = await self._read(given, readers)
                await self._keep(compare(given.workspace.id, given.turn_id, _own(given, result), again))
        except (PulpoError, TimeoutError):
            self._counted("failed")
        except asyncio.CancelledError:
            self._counted("dropped")
            raise
        else:
            self._counted("kept")

    async def _read(self, given: TurnInput, readers: Readers) -> Reading:
        """What the other track makes of the turn."""
        track, locale = other(given.track), given.state.locale or given.workspace.locale
        context = TurnContext(given.workspace.id, given.conversation_id, given.turn_id, given.received_at, locale)
        began = time.perf_counter()
        try:
            extraction = await readers.extract(context, given.text, given.state, self._limits.extract_s)
        except StageError as error:
            return Reading(track, error=f"extract:{error.reason}", extract_ms=_ms_since(began))
        extract_ms = _ms_since(began)
        if extraction.over_budget:
            return Reading(track, extraction, extract_ms=extract_ms)
        rules = reducer_settings_at(given.workspace, self._rules)
        interpretation = forms.hear(given.workspace, given.state, extraction, given.text, given.received_at, rules)
        if not worth_planning(given, interpretation):
            return Reading(track, extraction, extract_ms=extract_ms)
        began = time.perf_counter()
        try:
            plan = await readers.plan(context, interpretation, (), self._limits.plan_s)
        except StageError as error:
            reason = f"plan:{error.reason}"
            return Reading(track, extraction, error=reason, extract_ms=extract_ms, plan_ms=_ms_since(began))
        return Reading(track, extraction, plan, plan_source(plan, interpretation), "", extract_ms, _ms_since(began))


def _own(given: TurnInput, result: TurnResult) -> Reading:
    """What the turn's own track made of it. A stage that the other track answered for it counts as its failure."""
    record = result.record
    failed = [each for each in (*record.fallbacks, *record.instead) if each.stage in ("extract", "plan")]
    return Reading(
        track=given.track,
        extraction=result.extraction,
        plan=result.plan,
        plan_source=record.plan_source,
        error=f"{failed[0].stage}:{failed[0].reason}" if failed else "",
        extract_ms=record.timings.extract,
        plan_ms=result.plan_ms,
    )


def _ms_since(began: float) -> float:
    return (time.perf_counter() - began) * 1000
