"""Which windows an action counts in, and how much each may hold."""

from dataclasses import dataclass

from broker.domain.model import Customer
from broker.domain.writes import digest
from turn.model import TurnContext
from workspace.limits import Limits
from workspace.model import Tool, Workspace

MINUTE_S = 60
HOUR_S = 3_600
WRONG_IDS_PER_HOUR = 9
"""How many times an hour a customer may name something that is not theirs before the broker stops
looking it up: ids cannot be guessed by trying."""


@dataclass(frozen=True)
class Window:
    """What happens within the last `seconds`, kept as counts of fixed windows of that length.

    The window before the present one counts by the share that the last `seconds` cover, as if its calls had come
    evenly: no limit can be used up twice at a boundary.
    """

    name: str
    """What is counted; holds no personal data."""
    seconds: int
    most: int
    """How much it may hold."""

    def start(self, now: float) -> int:
        """When the fixed window that holds `now` began, both in seconds since the epoch."""
        return int(now // self.seconds) * self.seconds

    def held(self, now: float, before: int, present: int) -> float:
        """What it holds, given the counts of the fixed window before and of the present one."""
        return before * (1 - (now - self.start(now)) / self.seconds) + present


@dataclass(frozen=True)
class Counted:
    """The windows that one call counts in."""

    windows: tuple[Window, ...]
    """Counts that every call adds to."""
    turn: Window
    """Marks the turn as counted; its first call also adds to `conversation`."""
    conversation: Window
    """Turns of the conversation that call any tool."""


def counted(
    workspace: Workspace, tool: Tool, turn: TurnContext, customer: Customer, known: Limits | None = None
) -> Counted:
    """The windows of one call. Writes also count for the customer, whichever tool they call. `known` are the limits of
    the workspace, which cost a little to make."""
    limits, space = known or workspace.limits, workspace.id
    per_tool = limits.writes_per_minute if tool.effect == "write" else limits.reads_per_minute
    said = digest(space, turn.conversation_id)
    by_customer = (_customer_writes(space, customer, limits),) if tool.effect == "write" else ()
    return Counted(
        windows=(
            Window(f"tool:{space}:{tool.name}", MINUTE_S, per_tool),
            Window(f"minute:{space}", MINUTE_S, limits.workspace_per_minute),
            Window(f"second:{space}", 1, limits.workspace_per_second),
            *by_customer,
        ),
        turn=Window(f"turn:{digest(said, turn.turn_id)}", MINUTE_S, 1),
        conversation=Window(f"conversation:{said}", MINUTE_S, limits.conversation_per_minute),
    )


def customer_writes(workspace: Workspace, customer: Customer) -> Window:
    """How often a customer called tools that change anything."""
    return _customer_writes(workspace.id, customer, workspace.limits)


def _customer_writes(space: str, customer: Customer, limits: Limits) -> Window:
    return Window(f"customer:{digest(space, customer.address)}", MINUTE_S, limits.customer_writes_per_minute)


def wrong_ids(workspace: Workspace, customer: Customer) -> Window:
    """How often a customer named something that is not theirs."""
    return Window(f"wrong:{digest(workspace.id, customer.address)}", HOUR_S, WRONG_IDS_PER_HOUR)
