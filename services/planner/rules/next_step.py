"""Which step comes next. A pure function of the turn and the manifest."""

from collections.abc import Callable

from planner.rules.appointments import find_action
from planner.rules.booking import booking_missing, check_action, full_or_taken, plan_booking
from planner.rules.changing import plan_cancel, plan_reschedule
from planner.rules.observed import free_times, in_order, observation_of, refused_slot, stopped
from planner.rules.usable import date_is_usable
from planner.turn import MAX_ACTIONS, Plan, PlanningTurn
from turn.model import Action
from turn.tools import CHECK, HOURS, PACKAGES, PROMOTIONS, SERVICES
from turn.vocabulary import INFORMATION, Intent, Topic
from workspace.model import Workspace

_TASK_RESTS = (Topic.GOODBYE, Topic.HUMAN, Topic.COMPLAINT)
"""Topics after which an open task is not asked on about in the same breath."""


def plan(turn: PlanningTurn, workspace: Workspace) -> Plan:
    """The next step of a turn; no actions when nothing is left to run."""
    end = stopped(turn)
    if end is not None:
        aside = turn.intent in INFORMATION and not end.missing_slots
        return Plan(missing_slots=task_missing(turn, workspace)) if aside else end
    if turn.topic is Topic.ABANDON:
        return Plan()
    if turn.confirmed and turn.state.pending:
        return _plan_confirmed(turn, workspace)
    return RULES[turn.intent](turn, workspace)


def task_missing(turn: PlanningTurn, workspace: Workspace) -> tuple[str, ...]:
    """What the task under way still needs, from what was known before this message."""
    state = turn.state
    asked = {state.asked_slot} & {"preferred_date", "preferred_time"}
    if state.active_intent is Intent.BOOK:
        return in_order(booking_missing(state.slots, turn, workspace) | asked)
    if state.active_intent not in (Intent.CANCEL, Intent.RESCHEDULE) or state.pending:
        return ()
    if state.booking_choices and not state.slots.get("booking_id"):
        return ("booking_id",)
    if state.active_intent is Intent.CANCEL:
        return ()
    if asked:
        return (state.asked_slot,)
    known = state.slots.get("preferred_date") or state.slots.get("preferred_time")
    return () if known else ("preferred_date",)


def information(turn: PlanningTurn, workspace: Workspace) -> tuple[Action, ...]:
    """The look-up that answers the message's question, while it has not been made."""
    rule = {Intent.INFO_HOURS: _plan_hours}.get(turn.intent, _plan_services)
    asks = turn.intent in INFORMATION or turn.topic in (Topic.PROMOTIONS, Topic.PACKAGES, Topic.DURATION, Topic.STAFF)
    return rule(turn, workspace).actions if asks else ()


def _plan_small_talk(turn: PlanningTurn, workspace: Workspace) -> Plan:
    missing = () if turn.topic in _TASK_RESTS else task_missing(turn, workspace)
    lookup = find_action(turn) if turn.topic is Topic.MY_APPOINTMENT else None
    return _reading(lookup, missing, turn, workspace)


def _plan_services(turn: PlanningTurn, workspace: Workspace) -> Plan:
    if turn.topic is Topic.PROMOTIONS:
        action = Action(PROMOTIONS, reasoning="asks for promotions")
    elif turn.topic is Topic.PACKAGES:
        action = Action(PACKAGES, reasoning="asks for packages")
    else:
        service = _service_asked_about(turn)
        action = Action(SERVICES, {"q": service} if service else {}, "asks about services or prices")
    return _reading(action, task_missing(turn, workspace), turn, workspace)


def _plan_hours(turn: PlanningTurn, workspace: Workspace) -> Plan:
    return _reading(Action(HOURS, reasoning="asks for opening hours"), task_missing(turn, workspace), turn, workspace)


def _service_asked_about(turn: PlanningTurn) -> str:
    """The service that an information question is about.

    "¿Cuánto sale?" is about the service spoken of; "¿qué hacen?" is about one only when the
    message itself names it.
    """
    service = turn.slots.get("service_type", "")
    if turn.topic is Topic.NOT_OFFERED:
        return ""
    general = turn.intent is Intent.INFO_SERVICES and turn.topic not in (Topic.DURATION, Topic.STAFF)
    return "" if general and service == turn.state.slots.get("service_type") else service


def _reading(action: Action | None, missing: tuple[str, ...], turn: PlanningTurn, workspace: Workspace) -> Plan:
    wanted = action is not None and workspace.tool(action.tool) and observation_of(turn, action) is None
    return Plan((action,) if action and wanted else (), missing)


def _plan_confirmed(turn: PlanningTurn, workspace: Workspace) -> Plan:
    """Exactly what waits, and after it what its answers left open."""
    pending = [action for action in turn.state.pending if workspace.tool(action.tool)]
    missing = {slot for action in pending if (slot := _left_open(action, turn, workspace))}
    if missing:
        return Plan(missing_slots=in_order(missing))
    waiting = [action for action in pending if observation_of(turn, action) is None]
    first = [look for action in waiting if (look := _must_come_first(action, pending, turn, workspace))]
    return Plan(tuple(first + waiting)[:MAX_ACTIONS])


def _left_open(action: Action, turn: PlanningTurn, workspace: Workspace) -> str | None:
    """The slot that must be asked for again because of what a confirmed write met."""
    day, at = str(action.args.get("preferred_date", "")), str(action.args.get("preferred_time", ""))
    look = _look_before(action, workspace)
    if look and (slot := full_or_taken(free_times(observation_of(turn, look)), at)):
        return slot
    return refused_slot(observation_of(turn, action), date_is_usable(day, workspace, turn.now))


def _must_come_first(action: Action, pending: list[Action], turn: PlanningTurn, workspace: Workspace) -> Action | None:
    """The look at the agenda that the manifest wants before this write in the same turn."""
    look = _look_before(action, workspace)
    if look is None or observation_of(turn, look) or any(other.tool == look.tool for other in pending):
        return None
    return look


def _look_before(action: Action, workspace: Workspace) -> Action | None:
    tool = workspace.tool(action.tool)
    if tool is None or tool.after != CHECK:
        return None
    return check_action({name: str(value) for name, value in action.args.items()}, workspace)


RULES: dict[Intent, Callable[[PlanningTurn, Workspace], Plan]] = {
    Intent.GREETING: _plan_small_talk,
    Intent.CHITCHAT: _plan_small_talk,
    Intent.OTHER: _plan_small_talk,
    Intent.INFO_SERVICES: _plan_services,
    Intent.INFO_PRICES: _plan_services,
    Intent.INFO_HOURS: _plan_hours,
    Intent.BOOK: plan_booking,
    Intent.CANCEL: plan_cancel,
    Intent.RESCHEDULE: plan_reschedule,
}
"""The rule of each intent."""
