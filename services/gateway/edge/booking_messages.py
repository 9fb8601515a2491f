"""What tools answer, as the messages of BookingService, and pages of lists."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, time
from typing import Any

from pulpo.gateway.v1 import booking_pb2 as pb
from runtime.errors import Kind, PulpoError
from workspace.fields import HourSpan
from workspace.model import Workspace

MOST_PAGE = 100
"""Longest page."""
_DAY_TOKEN = re.compile(r"(20\d\d-\d\d-\d\d)\.(\d{1,3})")
_COUNT_TOKEN = re.compile(r"\d{1,6}")


def summary(workspace: Workspace) -> pb.WorkspaceSummary:
    """A business in a list."""
    return pb.WorkspaceSummary(
        workspace_id=workspace.id, name=workspace.name, timezone=workspace.timezone, locale=workspace.locale
    )


def catalogue(workspace: Workspace) -> pb.GetCatalogueResponse:
    """What a business offers."""
    return pb.GetCatalogueResponse(
        workspace=summary(workspace),
        currency=workspace.currency,
        services=[
            pb.Service(
                name=each.name,
                minutes=each.minutes,
                price_min=each.lowest,
                price_max=each.highest,
                price_form=each.price_form,
            )
            for each in workspace.services
        ],
        staff=[pb.StaffMember(name=each.name, services=each.service_names) for each in workspace.staff],
        hours=[
            pb.OpeningHours(weekday=day, from_time=_spelt(span.start), to_time=_spelt(span.end))
            for day, spans in workspace.hours.items()
            for span in map(HourSpan._make, spans)
        ],
    )


def _spelt(at: time) -> str:
    return "24:00" if at >= time(23, 59, 59) else at.strftime("%H:%M")


def appointment(told: Mapping[str, Any]) -> pb.Appointment:
    """An appointment as tools tell of one."""
    names = {"booking_id": "booking_id", "date": "date", "time": "time", "end_time": "end_time"}
    names |= {"service": "service_type", "staff": "staff_name", "client_name": "client_name"}
    return pb.Appointment(**{ours: str(told.get(theirs) or "") for ours, theirs in names.items()})


def appointments(told: object) -> list[pb.Appointment]:
    """Several, as a tool lists them."""
    return [appointment(each) for each in _mappings(told)]


def free_times(told: object) -> list[pb.FreeTime]:
    """Proposals, as a tool lists them."""
    return [pb.FreeTime(items=map(_item, _mappings(each.get("items")))) for each in _mappings(told)]


def _item(told: Mapping[str, Any]) -> pb.BookedItem:
    said = {"service": "service_type", "date": "date", "time": "time", "staff": "staff_name"}
    return pb.BookedItem(**{ours: str(told.get(theirs) or "") for ours, theirs in said.items()})


def refusal(told: Mapping[str, Any], wanted: Sequence[pb.BookedItem] = ()) -> pb.Refusal:
    """A tool's no. Its hours are those of the item that could not be."""
    number = told.get("item")
    index = int(number) if isinstance(number, int | float) and 0 <= int(number) < len(wanted) else 0
    item = wanted[index] if wanted else None
    found = [each for each in free_times(told.get("next")) if each.items]
    if item is not None:
        moments = [(item.date, at) for at in _texts(told.get("times"))]
        moments += [
            (str(day.get("date")), at) for day in _mappings(told.get("next")) for at in _texts(day.get("times"))
        ]
        found += [
            pb.FreeTime(items=[pb.BookedItem(service=item.service, date=day, time=at, staff=item.staff)])
            for day, at in moments
        ]
    return pb.Refusal(reason=str(told.get("reason") or "REFUSED"), instead=found)


def _mappings(told: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(told, Sequence) and not isinstance(told, str):
        yield from (each for each in told if isinstance(each, Mapping))


def _texts(told: object) -> Iterator[str]:
    if isinstance(told, Sequence) and not isinstance(told, str):
        yield from (each for each in told if isinstance(each, str))


def day_of_page(token: str, first: date, last: date) -> tuple[date, int]:
    """The day that a page begins on, and how many of its times were told. Raises PulpoError PAGE_TOKEN_INVALID."""
    if not token:
        return first, 0
    match = _DAY_TOKEN.fullmatch(token)
    try:
        day = date.fromisoformat(match[1]) if match else None
    except ValueError:
        day = None
    if match is None or day is None or not first <= day <= last:
        raise bad_token()
    return day, int(match[2])


def count_of_page(token: str) -> int:
    """How many of a list were told before a page. Raises PulpoError PAGE_TOKEN_INVALID."""
    if token and not _COUNT_TOKEN.fullmatch(token):
        raise bad_token()
    return int(token or 0)


def page_size(asked: int, most: int) -> int:
    """How long a page is. Raises PulpoError FIELD_INVALID."""
    if not 0 <= asked <= most:
        raise invalid([("page_size", f"expected 0 to {most}")])
    return asked or most


def bad_token() -> PulpoError:
    """The error for a token that is none of the list."""
    said = "page_token is none of this list."
    return PulpoError(Kind.INVALID_ARGUMENT, "PAGE_TOKEN_INVALID", said, violations=[("page_token", said)])


def invalid(found: Iterable[tuple[str, str]]) -> PulpoError:
    """The error for fields that are wrong."""
    violations = list(found)
    said = f"{len(violations)} fields have values that cannot be: {', '.join(name for name, _ in violations)}."
    return PulpoError(Kind.INVALID_ARGUMENT, "FIELD_INVALID", said, violations=violations)


def missing(names: Iterable[str]) -> PulpoError:
    """The error for fields that are required and not set."""
    found = [(name, "required") for name in names]
    said = f"Required and not set: {', '.join(name for name, _ in found)}."
    return PulpoError(Kind.INVALID_ARGUMENT, "FIELD_MISSING", said, violations=found)
