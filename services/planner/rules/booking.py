"""Making an appointment: what is missing, when to look at the agenda, when to book."""

from collections.abc import Mapping
from typing import Any

from planner.rules.observed import free_times, in_order, latest, observation_of, refused_slot
from planner.rules.usable import date_is_usable, staff_is_usable, unusable
from planner.turn import Plan, PlanningTurn
from turn.model import Action
from turn.tools import BOOK, CHECK
from turn.vocabulary import Intent
from workspace.model import Workspace

_SHAPE = ("service_type", "preferred_date", "preferred_time", "staff_name")
"""The slots that decide which times are free."""


def plan_booking(turn: PlanningTurn, workspace: Workspace) -> Plan:
    """The next step of a booking."""
    booked = latest(turn, BOOK)
    if booked is not None and booked.said_yes:
        return Plan()
    check = check_action(turn.slots, workspace) if date_is_usable(_day(turn), workspace, turn.now) else None
    checked = observation_of(turn, check) if check else None
    missing = booking_missing(turn.slots, turn, workspace) | _refused(turn, workspace, check)
    actions = []
    if check and checked is None and booked is None and (_is_worth_a_look(turn, missing) or not missing):
        actions.append(check)
    tool = workspace.tool(BOOK)
    if tool and not missing and booked is None:
        actions.append(_book_action(turn.slots))
    return Plan(tuple(actions), in_order(missing), bool(tool and tool.confirm and not missing and booked is None))


def booking_missing(slots: Mapping[str, str], turn: PlanningTurn, workspace: Workspace) -> set[str]:
    """Slots that a booking still needs, judged by manifest and clock alone."""
    tool = workspace.tool(BOOK) or workspace.tool(CHECK)
    missing = unusable(tool.required_slots if tool else (), slots, workspace, turn.now)
    return missing if staff_is_usable(slots, workspace) else missing | {"staff_name"}


def check_action(
    slots: Mapping[str, str], workspace: Workspace, reasoning: str = "free times that day"
) -> Action | None:
    """The look at the agenda for a service and a day, if the workspace can and both are known."""
    service, day = slots.get("service_type", ""), slots.get("preferred_date", "")
    if not workspace.tool(CHECK) or not workspace.service(service) or not day:
        return None
    if not staff_is_usable(slots, workspace):
        return None
    args: dict[str, Any] = {"service_type": service, "date_str": day}
    if slots.get("staff_name"):
        args["staff_name"] = slots["staff_name"]
    return Action(CHECK, args, reasoning)


def full_or_taken(times: tuple[str, ...] | None, at: str) -> str | None:
    """The slot that a check's answer makes missing: the date of a full day, or a time not listed."""
    if times is None:
        return None
    if not times:
        return "preferred_date"
    return "preferred_time" if at and at not in times else None


def _refused(turn: PlanningTurn, workspace: Workspace, check: Action | None) -> set[str]:
    """Slots that the tools of this turn have said no to."""
    usable_day = date_is_usable(_day(turn), workspace, turn.now)
    checked = observation_of(turn, check) if check else latest(turn, CHECK)
    found = {refused_slot(seen, usable_day) for seen in (checked, latest(turn, BOOK))}
    found.add(full_or_taken(free_times(checked), turn.slots.get("preferred_time", "")))
    return {slot for slot in found if slot}


def _is_worth_a_look(turn: PlanningTurn, missing: set[str]) -> bool:
    """Whether the agenda may tell something new, or its times are about to be asked for."""
    if turn.state.active_intent is not Intent.BOOK or in_order(missing)[:1] == ("preferred_time",):
        return True
    if turn.state.asked_slot in ("staff_name", "preferred_date", "preferred_time"):
        return True
    return any(turn.slots.get(name) != turn.state.slots.get(name) for name in _SHAPE)


def _book_action(slots: Mapping[str, str]) -> Action:
    names = ("service_type", "preferred_date", "preferred_time", "client_name", "client_email")
    args: dict[str, Any] = {name: slots[name].strip() for name in names if slots.get(name)}
    for name in ("client_phone", "staff_name"):
        if slots.get(name):
            args[name] = slots[name]
    return Action(BOOK, args, "all data known")


def _day(turn: PlanningTurn) -> str:
    return turn.slots.get("preferred_date", "")
