"""What the other track would have made of a turn: it reads and plans it too, once the reply is stored, and
the two are compared. No tool is ever run for it."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from gateway import reducer
from gateway.budget import Limits
from gateway.ports import Readers, StageError
from gateway.reducer import Rules
from gateway.shadow_record import Reading, ShadowRecord, compare
from gateway.track import Split, is_shadowed, other
from gateway.turn import TurnInput, TurnResult, plan_source, worth_planning
from gateway.turn_types import Context
from runtime.errors import PulpoError

AT_ONCE = 4
"""Turns that are read and planned a second time at once. One more is dropped and counted."""


class Shadow:
    """Takes turns that are to be compared. One event loop."""

    def __init__(
        self,
        mesh: Readers,
        limits: Limits,
        rules: Rules,
        split: Callable[[], Split],
        keep: Callable[[ShadowRecord], Awaitable[None]],
        counted: Callable[[str], None],
    ) -> None:
        """`keep` stores a comparison and may raise PulpoError; `counted` hears what came of each turn that was
        to be compared: kept, dropped or failed."""
        self._mesh, self._limits, self._rules = mesh, limits, rules
        self._split, self._keep, self._counted = split, keep, counted
        self._running: set[asyncio.Task[None]] = set()

    def offer(self, given: TurnInput, result: TurnResult) -> None:
        """Begins to compare a turn, if it is one of the share. Returns at once."""
        if not given.text.strip() or not is_shadowed(self._split(), given.turn_id):
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
                self._mesh.begin_shadow(other(given.track), seconds)
                again = await self._read(given)
                await self._keep(compare(given.workspace.id, given.turn_id, _own(given, result), again))
        except (PulpoError, TimeoutError):
            self._counted("failed")
        except asyncio.CancelledError:
            self._counted("dropped")
            raise
        else:
            self._counted("kept")

    async def _read(self, given: TurnInput) -> Reading:
        """What the other track makes of the turn."""
        track, locale = other(given.track), given.state.locale or given.workspace.locale
        context = Context(given.workspace.id, given.conversation_id, given.turn_id, given.received_at, locale)
        began = time.perf_counter()
        try:
            extraction = await self._mesh.extract(context, given.text, given.state, self._limits.extract_s)
        except StageError as error:
            return Reading(track, error=f"extract:{error.reason}", extract_ms=_ms_since(began))
        extract_ms = _ms_since(began)
        heard = reducer.hear(given.state, extraction, given.text, self._rules)
        if not worth_planning(given, heard):
            return Reading(track, extraction, extract_ms=extract_ms)
        began = time.perf_counter()
        try:
            plan = await self._mesh.plan(context, heard, (), self._limits.plan_s)
        except StageError as error:
            reason = f"plan:{error.reason}"
            return Reading(track, extraction, error=reason, extract_ms=extract_ms, plan_ms=_ms_since(began))
        return Reading(track, extraction, plan, plan_source(plan, heard), "", extract_ms, _ms_since(began))


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
