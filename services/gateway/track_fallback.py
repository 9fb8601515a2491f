"""The rung below the slm track's own services: where one of them gives no answer, the legacy track's is asked."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from gateway.ports import Mesh, StageError
from gateway.state import Action, Observation, Slots, State
from gateway.track import LEGACY, SLM
from gateway.turn_types import Composed, Context, Customer, Draft, Executed, Extraction, Heard, Plan
from runtime.deadline import current_track

T = TypeVar("T", Extraction, Plan)
KEPT_S = 0.5
"""Seconds of a call's time that are kept for the second try; half of it at most."""


class TrackFallback:
    """A mesh in which reading and planning on the slm track fall back to the legacy one. Tools never do:
    a write is not tried elsewhere. What the other track answered says why in `instead`."""

    def __init__(self, mesh: Mesh) -> None:
        self._mesh = mesh

    def begin(self, track: str, seconds: float) -> None:
        """See Mesh."""
        self._mesh.begin(track, seconds)

    async def extract(self, context: Context, text: str, state: State, timeout_s: float) -> Extraction:
        """See Mesh."""
        return await _either(lambda seconds: self._mesh.extract(context, text, state, seconds), timeout_s)

    async def plan(self, context: Context, heard: Heard, observations: Sequence[Observation], timeout_s: float) -> Plan:
        """See Mesh."""
        return await _either(lambda seconds: self._mesh.plan(context, heard, observations, seconds), timeout_s)

    async def execute(
        self,
        context: Context,
        customer: Customer,
        actions: Sequence[Action],
        slots: Slots,
        confirmed: bool,
        timeout_s: float,
    ) -> Executed:
        """See Mesh."""
        return await self._mesh.execute(context, customer, actions, slots, confirmed, timeout_s)

    async def compose(self, context: Context, draft: Draft, timeout_s: float) -> Composed:
        """See Mesh."""
        return await self._mesh.compose(context, draft, timeout_s)


async def _either(call: Callable[[float], Awaitable[T]], timeout_s: float) -> T:
    """The track's answer, or the other's when it has none."""
    if current_track.get() != SLM:
        return await call(timeout_s)
    kept_s = min(KEPT_S, timeout_s / 2)
    try:
        return await call(timeout_s - kept_s)
    except StageError as error:
        reason = error.reason
    own = current_track.set(LEGACY)
    try:
        return replace(await call(kept_s), instead=reason)
    finally:
        current_track.reset(own)
