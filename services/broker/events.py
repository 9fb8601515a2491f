"""What the broker's domain tells whoever counts and logs. See telemetry for the one that does."""

from typing import Protocol

from broker.breaker import State
from broker.model import Decision, Observation, Turn


class Events(Protocol):
    """Receives news; never raises."""

    def decided(self, decision: Decision) -> None:
        """The policy decided about an action."""

    def attempted(self, tool: str, reason: str) -> None:
        """A tool was called once; `reason` is empty when it answered."""

    def retried(self, tool: str, reason: str) -> None:
        """A tool is going to be called again, because of `reason`."""

    def answered(self, tool: str, purpose: str, reason: str, seconds: float) -> None:
        """A tool's call ended, retries included; `reason` is empty when it answered."""

    def breaker(self, workspace: str, tool: str, state: State) -> None:
        """A breaker is in a state."""

    def observed(self, turn: Turn, observation: Observation) -> None:
        """An action came to its end."""

    def store_failed(self) -> None:
        """The outcome of a write could not be noted."""

    def outlived(self) -> None:
        """A write went on after its caller had left."""
