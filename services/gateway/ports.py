"""The other services of the mesh, as the turn sees them."""

from collections.abc import Sequence
from typing import Protocol

from gateway.state import Action, Observation, Slots, State
from gateway.turn_types import Composed, Context, Customer, Draft, Executed, Extraction, Heard, Plan
from runtime.errors import Kind, PulpoError


class StageError(PulpoError):
    """A stage that gave no usable answer."""

    def __init__(self, reason: str, did_nothing: bool = False) -> None:
        """`did_nothing` says that the call surely had no effect."""
        super().__init__(Kind.UNAVAILABLE, reason, "A stage of the turn gave no usable answer.")
        self.did_nothing = did_nothing


class Readers(Protocol):
    """The stages that change nothing, for answers that are only compared. Raise StageError when they have none."""

    def begin_shadow(self, track: str, seconds: float) -> None:
        """Sets the track and the deadline of all calls that the current task makes from now on."""

    async def extract(self, context: Context, text: str, state: State, timeout_s: float) -> Extraction:
        """Reads a message."""

    async def plan(self, context: Context, heard: Heard, observations: Sequence[Observation], timeout_s: float) -> Plan:
        """Decides the next step."""


class Mesh(Protocol):
    """Calls the stages. Every call raises StageError, and nothing else, when it has no answer."""

    def begin(self, track: str, seconds: float) -> None:
        """Sets the track and the deadline of all calls that the current task makes from now on."""

    async def extract(self, context: Context, text: str, state: State, timeout_s: float) -> Extraction:
        """Reads a message."""

    async def plan(self, context: Context, heard: Heard, observations: Sequence[Observation], timeout_s: float) -> Plan:
        """Decides the next step."""

    async def execute(
        self,
        context: Context,
        customer: Customer,
        actions: Sequence[Action],
        slots: Slots,
        confirmed: bool,
        timeout_s: float,
    ) -> Executed:
        """Runs actions under policy."""

    async def compose(self, context: Context, draft: Draft, timeout_s: float) -> Composed:
        """Writes the reply."""
