"""Types of the broker besides those of every turn: the customer, the request, the result."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from turn.model import Action, Decision, Observation, TurnContext
from turn.vocabulary import Outcome


@dataclass(frozen=True)
class Customer:
    """The customer, as the channel identifies them."""

    address: str
    """The opaque channel address; owns appointments."""
    phone: str = ""
    """E.164, or empty when the address has none."""

    @property
    def contact(self) -> str:
        """What tools get as client_phone: the phone, or the address when there is none."""
        return self.phone or self.address


@dataclass(frozen=True)
class ExecutionRequest:
    """Actions of one turn, to decide about or to run."""

    turn: TurnContext
    customer: Customer
    actions: tuple[Action, ...]
    slots: Mapping[str, str] = field(default_factory=dict)
    """Slots known by now; absent ones are left out."""
    confirmed: bool = False
    """Whether the customer has just said yes to these actions."""
    group_id: str = ""
    """Booking id of the first appointment of the request that this goes on with; empty for none."""
    attempt: int = 1
    """Which try at these actions of this turn it is, from 1."""
    identified: bool = False
    """Whether a caller that may speak for customers asks. Others get what concerns no customer, at most."""


@dataclass(frozen=True)
class OutOfOrder(Decision):
    """The refusal of an action whose prerequisite is not met."""

    lacking: str = ""
    """UPPER_SNAKE: why the action before it did not give what this one needs, and this one is skipped rather than
    refused; empty when there was none."""


ALLOWED = Decision(Outcome.ALLOW)


def deny(why: str) -> Decision:
    """A refusal that no answer of the customer can help."""
    return Decision(Outcome.DENY, why)


@dataclass(frozen=True)
class ExecutionResult:
    """The result of a request."""

    observations: tuple[Observation, ...]
    policy_s: float
    """Seconds spent deciding."""
    tools_s: float
    """Seconds spent on tools."""
