"""Which slots can be used: present, known to the manifest, and possible by clock and opening hours."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from workspace.calendar import date_problem, parse_time, time_problem
from workspace.emails import normal_email
from workspace.model import Workspace

_BOOKING_ID = re.compile(r"PB-[A-Z0-9]{6}")
MAX_NAME = 80
"""Longest name that the tools take, in characters."""


def date_is_usable(text: str, workspace: Workspace, now: datetime) -> bool:
    """Whether a local date can be served."""
    return date_problem(workspace, text, now) is None


def time_is_usable(text: str, day: str, service: str, workspace: Workspace, now: datetime) -> bool:
    """Whether a local time can be served, for the length of the service if that is known.

    On a day that cannot be served, or none, any well-formed time passes: the day comes first.
    """
    if not date_is_usable(day, workspace, now):
        return parse_time(text) is not None
    known = workspace.service(service)
    return time_problem(workspace, day, text, now, known.minutes if known else 0) is None


def staff_is_usable(slots: Mapping[str, str], workspace: Workspace) -> bool:
    """Whether the wanted member of staff, if any, does the wanted service, if any."""
    name, service = slots.get("staff_name", ""), slots.get("service_type", "")
    if not name:
        return True
    return name in (workspace.staff_for(service) if workspace.service(service) else workspace.staff_names)


def unusable(names: Iterable[str], slots: Mapping[str, str], workspace: Workspace, now: datetime) -> set[str]:
    """Those of the named slots that are absent or cannot be used."""
    return {name for name in names if not _is_usable(name, slots, workspace, now)}


def _is_usable(name: str, slots: Mapping[str, str], workspace: Workspace, now: datetime) -> bool:
    value = slots.get(name, "").strip()
    match name:
        case "service_type":
            return workspace.service(value) is not None
        case "preferred_date":
            return date_is_usable(value, workspace, now)
        case "preferred_time":
            service = slots.get("service_type", "")
            return time_is_usable(value, slots.get("preferred_date", ""), service, workspace, now)
        case "staff_name":
            return bool(value) and staff_is_usable(slots, workspace)
        case "client_name":
            return 0 < len(value) <= MAX_NAME
        case "client_email":
            return normal_email(value) is not None
        case "booking_id":
            return _BOOKING_ID.fullmatch(value.upper()) is not None
        case _:
            return bool(value)
