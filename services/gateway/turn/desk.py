"""One tool at a time for who needs no conversation: the same policy, broker and idempotency as in a turn."""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.domain.message import Budget, Limits, StageError, conversation_id
from gateway.domain.ports import Stages
from gateway.domain.turn_types import CustomerProfile
from gateway.tracks.track import LEGACY
from runtime.clock import Clock
from runtime.errors import Kind, PulpoError
from turn.model import Action, Observation, Slots, TurnContext
from turn.vocabulary import Outcome, Status
from workspace.model import Workspace

LIMITED, NOT_OWNER = "RATE_LIMITED", "NOT_OWNER"
"""Why the policy says no where another time, or another id, would do."""
_LATE = ("OUT_OF_TIME", "DEADLINE_EXCEEDED")
NOT_FOUND = "NOT_FOUND"
"""The tool's own word for an id that the customer does not have."""


@dataclass(frozen=True)
class Errand:
    """Who asks for what."""

    workspace: Workspace
    address: str
    """The customer's; empty for nobody's."""
    turn_id: str
    """The same for a repeat of the same request."""
    received_at: datetime


def turn_of(workspace_id: str, caller: str, *request: str) -> str:
    """The turn of a request that a caller has given an id: the same when it comes again, and no other caller's."""
    return hashlib.sha256("\x1f".join((workspace_id, "caller", caller, *request)).encode()).hexdigest()[:32]


class Desk:
    """Runs errands."""

    def __init__(self, stages: Stages, limits: Limits, clock: Clock) -> None:
        self._stages, self._limits, self._clock = stages, limits, clock

    def errand(self, workspace: Workspace, address: str, turn_id: str = "") -> Errand:
        """An errand of now; one without a turn is never a repeat."""
        return Errand(workspace, address, turn_id or uuid.uuid4().hex, self._clock())

    async def run(self, errand: Errand, tool: str, args: Mapping[str, Any], seconds: float) -> Mapping[str, Any]:
        """What the tool answers, be it a no, within so many seconds. Raises PulpoError RATE_LIMITED,
        UNKNOWN_APPOINTMENT, POLICY_REFUSED, DEPENDENCY_FAILED, TOOL_FAILED, OUTCOME_UNKNOWN, BROKER_FAILED."""
        workspace = errand.workspace
        address = errand.address or f"nobody:{errand.turn_id}"
        conversation = conversation_id(workspace.id, address)
        turn = TurnContext(workspace.id, conversation, errand.turn_id, errand.received_at, workspace.locale)
        budget = Budget(min(seconds, self._limits.turn_s))
        try:
            stages = self._stages.for_turn(LEGACY, budget.deadline)
            action = Action(tool, args)
            most_s = budget.slice(self._limits.execute_s)
            done = await stages.execute(turn, CustomerProfile(address), (action,), Slots(), True, "", most_s)
        except StageError as error:
            if error.reason in _LATE:
                late = "The time was up: repeat the request with the same request_id."
                raise PulpoError(Kind.DEADLINE_EXCEEDED, "DEPENDENCY_FAILED", late) from error
            said = "The broker gave no answer: repeat the request with the same request_id."
            raise PulpoError(Kind.UNAVAILABLE, "BROKER_FAILED", said) from error
        return _answer(done.observations[0])


def _answer(seen: Observation) -> Mapping[str, Any]:
    """What a tool answered. Raises PulpoError where it was not asked, or there is no answer."""
    if seen.status is Status.OK:
        if seen.output.get("reason") == NOT_FOUND and not seen.output.get("ok"):
            raise _unknown()
        return seen.output
    why = seen.decision.why
    if why == LIMITED:
        raise PulpoError(Kind.RESOURCE_EXHAUSTED, "RATE_LIMITED", "A limit of the workspace or customer is reached.")
    if why == NOT_OWNER:
        raise _unknown()
    if seen.status is Status.UNKNOWN:
        said = "It may have been done: repeat the request with the same request_id."
        raise PulpoError(Kind.UNAVAILABLE, "OUTCOME_UNKNOWN", said)
    if seen.status is Status.REFUSED and seen.decision.outcome is not Outcome.ALLOW:
        said = f"The workspace's policy does not let this run: {why}."
        raise PulpoError(Kind.FAILED_PRECONDITION, "POLICY_REFUSED", said)
    raise PulpoError(Kind.UNAVAILABLE, "TOOL_FAILED", "The business's tool gave no answer and surely did nothing.")


def _unknown() -> PulpoError:
    return PulpoError(Kind.NOT_FOUND, "UNKNOWN_APPOINTMENT", "The customer has no appointment of that id.")
