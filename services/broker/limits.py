"""Which windows an action counts in, and how much each may hold."""

from dataclasses import dataclass

from broker.keys import digest
from broker.model import Customer, Turn
from workspace.model import Tool, Workspace

MINUTE_S = 60
HOUR_S = 3_600
WRONG_IDS_PER_HOUR = 9
"""How many times an hour a customer may name something that is not theirs before the broker stops
looking it up: ids cannot be guessed by trying."""


@dataclass(frozen=True)
class Window:
    """What happens within the last `seconds`, kept as counts of fixed windows of that length.

    Of the window before the present one as much counts as the last `seconds` still reach into, as if its
    calls had come evenly: at no boundary can a limit be used up twice.
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
    """Where one call counts."""

    windows: tuple[Window, ...]
    """Counts that every call adds to."""
    turn: Window
    """Marks the turn as counted; its first call also adds to `conversation`."""
    conversation: Window
    """Turns of the conversation that call any tool."""


def counted(workspace: Workspace, tool: Tool, turn: Turn) -> Counted:
    """The windows of one call."""
    limits, space = workspace.limits, workspace.id
    per_tool = limits.writes_per_minute if tool.effect == "write" else limits.reads_per_minute
    said = digest(space, turn.conversation_id)
    return Counted(
        windows=(
            Window(f"tool:{space}:{tool.name}", MINUTE_S, per_tool),
            Window(f"minute:{space}", MINUTE_S, limits.workspace_per_minute),
            Window(f"second:{space}", 1, limits.workspace_per_second),
        ),
        turn=Window(f"turn:{digest(said, turn.turn_id)}", MINUTE_S, 1),
        conversation=Window(f"conversation:{said}", MINUTE_S, limits.conversation_per_minute),
    )


def wrong_ids(workspace: Workspace, customer: Customer) -> Window:
    """How often a customer named something that is not theirs."""
    return Window(f"wrong:{digest(workspace.id, customer.address)}", HOUR_S, WRONG_IDS_PER_HOUR)
