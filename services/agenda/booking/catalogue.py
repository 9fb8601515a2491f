"""What a business tells about itself: services, hours, packages, promotions. Pure."""

from collections.abc import Callable, Iterable
from datetime import time, timedelta

from agenda.booking.call_context import CallContext
from agenda.booking.reasons import NoReason, ToolAnswer, no, yes
from agenda.booking.text import fold
from workspace.fields import HourSpan
from workspace.model import WEEKDAYS, Offerable, Service, Workspace

SPECIAL_DAYS = 60
"""How many days ahead special hours are told."""


def services(call: CallContext, q: str | None) -> ToolAnswer:
    """The services whose name or alias fits `q` best, or all. Nothing fits: NOT_OFFERED with all."""
    workspace = call.workspace
    everything = [_service(workspace, service) for service in workspace.services]
    wanted = fold(q or "")
    if not wanted:
        return yes(services=everything)
    found = [_service(workspace, service) for service in _fitting(workspace, wanted)]
    return yes(services=found) if found else no(NoReason.NOT_OFFERED, services=everything)


def hours(call: CallContext) -> ToolAnswer:
    """The week's opening hours, Monday first, and the special days to come."""
    workspace = call.workspace
    today = call.now.astimezone(workspace.zone).date()
    last = today + timedelta(days=SPECIAL_DAYS)
    own = {day.date for day in workspace.special_days}
    ahead = (today + timedelta(days=offset) for offset in range((last - today).days + 1))
    special = [day for day in ahead if day in own or workspace.closed_by(day) is not None]
    return yes(
        days=[{"day": day, "hours": _spans(workspace.hours.get(day, ()))} for day in WEEKDAYS],
        special=[{"date": day.isoformat(), "hours": _spans(workspace.hours_on(day))} for day in special],
    )


def packages(call: CallContext) -> ToolAnswer:
    """The packages on sale."""
    return yes(packages=_offers(call.workspace.packages))


def promotions(call: CallContext) -> ToolAnswer:
    """The promotions running."""
    return yes(promotions=_offers(call.workspace.promotions))


def _service(workspace: Workspace, service: Service) -> ToolAnswer:
    return {
        "name": service.name,
        "minutes": service.minutes,
        **service.told(),
        "staff": [name for name in workspace.staff_for(service.name) if name],
    }


def _fitting(workspace: Workspace, wanted: str) -> list[Service]:
    """The services that a folded text fits best: those of exactly that name or alias; else those whose
    name or alias is in it as whole words; else those that have it in a name or alias."""
    fits: tuple[Callable[[str], bool], ...] = (
        lambda name: name == wanted,
        lambda name: f" {name} " in f" {wanted} ",
        lambda name: wanted in name,
    )
    names = [(service, [fold(name) for name in (service.name, *service.aliases)]) for service in workspace.services]
    levels = ([service for service, called in names if any(map(fit, called))] for fit in fits)
    return next((level for level in levels if level), [])


def _offers(offers: Iterable[Offerable]) -> list[ToolAnswer]:
    return [{"name": offer.name, "description": offer.description, "price": offer.price} for offer in offers]


def _spans(spans: Iterable[HourSpan]) -> list[str]:
    return [f"{span.start:%H:%M}-{_end(span.end)}" for span in spans]


def _end(end: time) -> str:
    return "24:00" if end.second else f"{end:%H:%M}"
