"""What a business tells about itself: services, hours, packages, promotions. Pure."""

from collections.abc import Iterable
from datetime import time, timedelta

from agenda.caller import Caller
from agenda.reasons import Answer, Reason, no, yes
from agenda.text import fold
from workspace.fields import HourSpan
from workspace.model import WEEKDAYS, Offerable, Service, Workspace

SPECIAL_DAYS = 60
"""How many days ahead special hours are told."""


def services(caller: Caller, q: str | None) -> Answer:
    """The services whose name or alias fits `q`, or all. Nothing fits: NOT_OFFERED with all."""
    workspace = caller.workspace
    everything = [_service(workspace, service) for service in workspace.services]
    wanted = fold(q or "")
    if not wanted:
        return yes(services=everything)
    found = [_service(workspace, service) for service in workspace.services if _fits(service, wanted)]
    return yes(services=found) if found else no(Reason.NOT_OFFERED, services=everything)


def hours(caller: Caller) -> Answer:
    """The week's opening hours, Monday first, and the special days to come."""
    workspace = caller.workspace
    today = caller.now.astimezone(workspace.zone).date()
    last = today + timedelta(days=SPECIAL_DAYS)
    special = sorted((day for day in workspace.special_days if today <= day.date <= last), key=lambda day: day.date)
    return yes(
        days=[{"day": day, "hours": _spans(workspace.hours.get(day, ()))} for day in WEEKDAYS],
        special=[{"date": day.date.isoformat(), "hours": _spans(day.hours)} for day in special],
    )


def packages(caller: Caller) -> Answer:
    """The packages on sale."""
    return yes(packages=_offers(caller.workspace.packages))


def promotions(caller: Caller) -> Answer:
    """The promotions running."""
    return yes(promotions=_offers(caller.workspace.promotions))


def _service(workspace: Workspace, service: Service) -> Answer:
    return {
        "name": service.name,
        "minutes": service.minutes,
        "price_min": service.price_min,
        "price_max": service.price_max,
        "staff": list(workspace.staff_for(service.name)),
    }


def _fits(service: Service, wanted: str) -> bool:
    """Whether a folded text is part of a service's name or alias, or holds one as whole words."""
    names = [fold(name) for name in (service.name, *service.aliases)]
    return any(wanted in name or f" {name} " in f" {wanted} " for name in names)


def _offers(offers: Iterable[Offerable]) -> list[Answer]:
    return [{"name": offer.name, "description": offer.description, "price": offer.price} for offer in offers]


def _spans(spans: Iterable[HourSpan]) -> list[str]:
    return [f"{span.start:%H:%M}-{_end(span.end)}" for span in spans]


def _end(end: time) -> str:
    return "24:00" if end.second else f"{end:%H:%M}"
