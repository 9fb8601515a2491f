"""Which step comes next in a conversation of the second form. Pure."""

from dataclasses import replace

from planner.rules.next_step import information
from planner.rules.observed import stopped
from planner.tasks.booking import plan_booking
from planner.tasks.own import plan_cancel, plan_change, plan_restore
from planner.turn import MAX_ACTIONS, Plan, PlanningTurn
from turn.meaning import NOTHING
from turn.steps import CONFIRM
from turn.tasks import BOOK, CANCEL, CHANGE, RESTORE
from turn.tools import BOOK_ALL
from turn.vocabulary import INFORMATION, ActKind
from workspace.model import Workspace

_RULES = {BOOK: plan_booking, CHANGE: plan_change, CANCEL: plan_cancel, RESTORE: plan_restore}
_RESTS = (
    ActKind.PERSON, ActKind.COMPLAIN, ActKind.BYE, ActKind.DEFER, ActKind.STOP, ActKind.LATE, ActKind.ARRIVED,
    ActKind.OFFTOPIC, ActKind.SMALLTALK, ActKind.THANK,
)  # fmt: skip
"""Acts after which an open task is not asked on about, when the message does nothing else."""
_LEAVES = (ActKind.PERSON, ActKind.COMPLAIN, ActKind.BYE, ActKind.DEFER, ActKind.STOP)
"""Those after which not even the yes to a write is asked for again."""
_GOES_ON = (
    ActKind.BOOK, ActKind.AVAILABILITY, ActKind.CHANGE, ActKind.CANCEL, ActKind.UNDO, ActKind.CONFIRM, ActKind.DENY,
    ActKind.CHOOSE, ActKind.GIVE, ActKind.REFUSE, ActKind.ASK,
)  # fmt: skip


def plan(turn: PlanningTurn, workspace: Workspace) -> Plan:
    """The next step of a turn; no actions when nothing is left to run."""
    end = stopped(turn)
    if end is not None:
        return end
    meaning = turn.meaning or NOTHING
    front = turn.state.dialogue.front
    wanted = _RULES[front.kind](front, turn, workspace) if front and not _rests(turn) else Plan()
    if turn.intent not in INFORMATION and not meaning.subjects:
        return replace(wanted, ends=True) if _books(wanted) else wanted
    asked = information(turn, workspace)
    actions = (*wanted.actions, *asked)
    ends = 0 < len(actions) <= MAX_ACTIONS and (wanted == Plan() or _books(wanted))
    return replace(wanted, actions=actions[:MAX_ACTIONS], ends=ends)


def _books(plan: Plan) -> bool:
    """Whether a plan is the write of a booking and nothing else: after its yes nothing is left to do."""
    return [action.tool for action in plan.actions] == [BOOK_ALL] and not plan.next_step and not plan.offers


def _rests(turn: PlanningTurn) -> bool:
    """Whether a message leaves the open task alone."""
    meaning = turn.meaning or NOTHING
    front = turn.state.dialogue.front
    if front and front.asked == CONFIRM and not any(meaning.does(act) for act in _LEAVES):
        return False
    goes_on = any(meaning.does(act) for act in _GOES_ON) or bool(meaning.data)
    return not goes_on and any(meaning.does(act) for act in _RESTS)
