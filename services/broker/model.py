"""The words of this service: who asks, what for, what was decided and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """Whether an action may run."""

    ALLOW = "ALLOW"
    DENY = "DENY"
    ASK_CLARIFICATION = "ASK_CLARIFICATION"


class Status(StrEnum):
    """What became of an action."""

    OK = "OK"
    REFUSED = "REFUSED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"
    SKIPPED = "SKIPPED"


@dataclass(frozen=True)
class Turn:
    """The turn that asks. Every field comes from the channel, none from a model."""

    workspace_id: str
    conversation_id: str
    turn_id: str
    received_at: datetime
    """When the message arrived, aware: what "now" means to the tools."""


@dataclass(frozen=True)
class Customer:
    """Who asks, from the channel."""

    address: str
    """The opaque channel address; owns appointments."""
    phone: str = ""
    """E.164, or empty when the address has none."""

    @property
    def contact(self) -> str:
        """What tools get as client_phone: the phone, or the address when there is none."""
        return self.phone or self.address


@dataclass(frozen=True)
class Action:
    """A tool call that somebody would like."""

    tool: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """Actions of one turn, to decide about or to run."""

    turn: Turn
    customer: Customer
    actions: tuple[Action, ...]
    slots: Mapping[str, str] = field(default_factory=dict)
    """Slots known by now; absent ones are left out."""
    confirmed: bool = False
    """Whether the customer has just said yes to these actions."""


@dataclass(frozen=True)
class Decision:
    """What the policy says about one action."""

    outcome: Outcome
    why: str = ""
    """UPPER_SNAKE; empty when allowed."""
    needs: tuple[str, ...] = ()
    """Slots to ask for, in order."""
    lacking: str = ""
    """Set when the action is skipped rather than refused: what an earlier action did not give."""


ALLOWED = Decision(Outcome.ALLOW)


def deny(why: str) -> Decision:
    """A refusal that no answer of the customer can help."""
    return Decision(Outcome.DENY, why)


@dataclass(frozen=True)
class ToolError:
    """Why a tool did not answer."""

    reason: str
    message: str
    """One fixed sentence; never what a tool or a customer wrote."""


@dataclass(frozen=True)
class Observation:
    """What became of one action."""

    tool: str
    status: Status
    decision: Decision
    args: Mapping[str, Any] = field(default_factory=dict)
    """As they were run, after normalisation."""
    output: Mapping[str, Any] | None = None
    """The tool's answer; only when status is OK."""
    error: ToolError | None = None
    attempts: int = 0
    seconds: float = 0.0
    """Spent on the tool, retries and waiting included."""


@dataclass(frozen=True)
class Executed:
    """What became of a whole request."""

    observations: tuple[Observation, ...]
    policy_s: float
    """Seconds spent deciding."""
    tools_s: float
    """Seconds spent on tools."""
