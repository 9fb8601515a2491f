"""Giving an appointment up, and moving it."""

from planner.rules.appointments import Appointment, search
from planner.rules.booking import check_action, full_or_taken
from planner.rules.observed import free_times, in_order, latest, observation_of, refused_slot
from planner.rules.usable import date_is_usable, time_is_usable
from planner.turn import Plan, PlanningTurn
from turn.model import Action
from turn.tools import CANCEL, RESCHEDULE
from workspace.calendar import parse_time
from workspace.model import Workspace


def plan_cancel(turn: PlanningTurn, workspace: Workspace) -> Plan:
    """The next step of giving an appointment up."""
    found = _chosen(turn, workspace, CANCEL)
    if isinstance(found, Plan):
        return found
    return _write(Action(CANCEL, {"booking_id": found.booking_id}, "the one appointment meant"), turn, workspace)


def plan_reschedule(turn: PlanningTurn, workspace: Workspace) -> Plan:
    """The next step of moving an appointment."""
    found = _chosen(turn, workspace, RESCHEDULE)
    if isinstance(found, Plan):
        return found
    day = turn.slots.get("preferred_date") or found.date
    at = turn.slots.get("preferred_time") or found.time
    if (day, at) == (found.date, found.time):
        return Plan(missing_slots=("preferred_date",))
    missing = _unusable_moment(found, day, at, turn, workspace)
    check = _check(found, day, workspace) if "preferred_date" not in missing else None
    if check is not None:
        checked = observation_of(turn, check)
        if checked is None and latest(turn, RESCHEDULE) is None:
            return Plan((check,), in_order(missing))
        in_the_way = None if _only_own(found, day, at, workspace) else full_or_taken(free_times(checked), at)
        said = {refused_slot(checked, date_is_usable=True), in_the_way}
        missing |= {slot for slot in said if slot}
    if missing:
        return Plan(missing_slots=in_order(missing))
    args = {"booking_id": found.booking_id, "preferred_date": day, "preferred_time": at}
    return _write(Action(RESCHEDULE, args, "appointment and new time known"), turn, workspace)


def _chosen(turn: PlanningTurn, workspace: Workspace, tool: str) -> Appointment | Plan:
    """The appointment that a task is about, or what to do until it is known."""
    if workspace.tool(tool) is None:
        return Plan()
    result = search(turn, workspace)
    if result.action is not None:
        return Plan((result.action,))
    if len(result.matching) == 1:
        return result.matching[0]
    return Plan(missing_slots=("booking_id",)) if result.any else Plan()


def _unusable_moment(found: Appointment, day: str, at: str, turn: PlanningTurn, workspace: Workspace) -> set[str]:
    missing = set()
    if not date_is_usable(day, workspace, turn.now):
        missing.add("preferred_date")
    if not time_is_usable(at, day, found.service_type, workspace, turn.now):
        missing.add("preferred_time")
    return missing


def _only_own(found: Appointment, day: str, at: str, workspace: Workspace) -> bool:
    """Whether the new time overlaps the appointment itself, which the agenda counts as taken."""
    service, old, new = workspace.service(found.service_type), parse_time(found.time), parse_time(at)
    if day != found.date or service is None or old is None or new is None:
        return False
    apart = (new.hour - old.hour) * 60 + new.minute - old.minute
    return abs(apart) < service.minutes


def _check(found: Appointment, day: str, workspace: Workspace) -> Action | None:
    """The look at the new day, for the same member of staff when the customer had asked for them."""
    slots = {"service_type": found.service_type, "preferred_date": day}
    if found.staff_requested and found.staff_name:
        slots["staff_name"] = found.staff_name
    return check_action(slots, workspace, "the new day's free times")


def _write(action: Action, turn: PlanningTurn, workspace: Workspace) -> Plan:
    """The write itself, or what its answer left open."""
    observation = observation_of(turn, action)
    if observation is not None:
        slot = refused_slot(observation, date_is_usable=True)
        return Plan(missing_slots=(slot,) if slot else ())
    tool = workspace.tool(action.tool)
    return Plan((action,), needs_confirmation=tool is not None and tool.confirm)
