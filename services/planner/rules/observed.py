"""What the tools of this turn have answered so far."""

import json
from collections.abc import Mapping
from typing import Any

from planner.turn import SLOT_ORDER, Plan, PlanningTurn
from turn.model import Action, Observation
from turn.vocabulary import Status

_OVERWRITTEN = "client_phone"
"""Argument that the broker always puts in itself, so that it says nothing about sameness."""

_SLOT_OF_REASON = {
    "PAST": "preferred_date",
    "CLOSED": "preferred_date",
    "TOO_FAR": "preferred_date",
    "INVALID_DATE": "preferred_date",
    "OUTSIDE_HOURS": "preferred_time",
    "INVALID_TIME": "preferred_time",
    "TAKEN": "preferred_time",
    "UNKNOWN_SERVICE": "service_type",
    "NOT_OFFERED": "service_type",
    "UNKNOWN_STAFF": "staff_name",
    "STAFF_DOES_NOT_DO": "staff_name",
    "STAFF_AWAY": "preferred_date",
    "TOO_SOON": "preferred_time",
    "NOT_A_START": "preferred_time",
}


def observation_of(turn: PlanningTurn, action: Action) -> Observation | None:
    """The latest observation of the same call, or None when it has not been tried in this turn.

    The broker may have added arguments that are known (a phone, a member of staff); those that we
    wrote must be the same. An observation without any stands for every call of its tool.
    """
    return next((seen for seen in reversed(turn.observations) if _same_call(action, seen)), None)


def latest(turn: PlanningTurn, tool: str) -> Observation | None:
    """The latest observation of a tool, whatever its arguments."""
    return next((seen for seen in reversed(turn.observations) if seen.tool == tool), None)


def stopped(turn: PlanningTurn) -> Plan | None:
    """The plan of a turn that cannot go on: a tool failed, or the policy refused."""
    if any(seen.status in (Status.FAILED, Status.UNKNOWN) for seen in turn.observations):
        return Plan()
    refused = [seen for seen in turn.observations if seen.status is Status.REFUSED]
    if not refused:
        return None
    needs = [slot for seen in refused for slot in seen.needs if slot in SLOT_ORDER]
    return Plan(missing_slots=tuple(dict.fromkeys(needs)))


def refused_slot(observation: Observation | None, date_is_usable: bool) -> str | None:
    """The slot that a tool's "no" makes missing, if any.

    A moment that is past on a day that is not can only be a matter of its time.
    """
    if observation is None or not observation.no_reason:
        return None
    if observation.no_reason == "PAST" and date_is_usable:
        return "preferred_time"
    return _SLOT_OF_REASON.get(observation.no_reason)


def free_times(observation: Observation | None) -> tuple[str, ...] | None:
    """The times that a check lists; None when there is no positive answer."""
    if observation is None or not observation.said_yes:
        return None
    times = observation.output.get("times")
    return tuple(str(time) for time in times) if isinstance(times, list | tuple) else ()


def in_order(slots: set[str]) -> tuple[str, ...]:
    """Slots in the order in which they are asked for."""
    return tuple(slot for slot in SLOT_ORDER if slot in slots)


def _same_call(action: Action, seen: Observation) -> bool:
    if action.tool != seen.tool:
        return False
    return not seen.args or _comparable(action.args).items() <= _comparable(seen.args).items()


def _plain(value: Any) -> str:
    """A value as a text that is equal for equal values, whatever the order of an object's names and the kind of its
    numbers: the contract's are all floating-point."""
    if not isinstance(value, str):
        value = json.dumps(json.loads(json.dumps(value), parse_int=float), sort_keys=True, ensure_ascii=False)
    text: str = value
    return " ".join(text.split()).casefold()


def _comparable(args: Mapping[str, Any]) -> dict[str, str]:
    return {name: _plain(value) for name, value in args.items() if name != _OVERWRITTEN and value not in (None, "")}
