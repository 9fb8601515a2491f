"""A wish beside an appointment that the customer has: after it, before it. Pure."""

from dataclasses import dataclass, replace

from extractor.meaning import acts as said_acts
from extractor.meaning.roles import Seen, points
from extractor.reading.message import Mention
from turn.constraints import is_date
from turn.meaning import KnownAppointment
from workspace.calendar import parse_time


@dataclass(frozen=True)
class Beside:
    """What a wish beside an appointment says of day and hour."""

    day: str
    """Of the appointment."""
    bound: str
    """The constraint on hours."""

    def applied(self, days: tuple[str, ...], times: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Days and hours with these; what is said exactly stands."""
        if any(is_date(one) and one != self.day for one in days):
            return days, times
        exact = any(parse_time(one) for one in times)
        return tuple(dict.fromkeys((*days, self.day))), times if exact else (*times, self.bound)


def beside(seen: Seen) -> tuple[Seen, Beside | None]:
    """What a message says by an appointment of the customer's, and the message without the words that only point at
    it; it is then a wish. Where another thing is not wanted, or nothing points, the message as it is."""
    if seen.intent in ("reschedule", "cancel") and not said_acts.cue(seen.line, seen.packs, "additional"):
        return seen, None
    own = {one.service: one for one in reversed(seen.known.appointments)}
    services = [one for one in seen.named if one.slot == "service_type" and one.value]
    for cue in ("after_it", "before_it"):
        pointing = [one for one in services if one.value in own and points(seen, one, cue)]
        if pointing and len(services) > len(pointing):
            return _wishing(seen, pointing), _bound(seen, own[pointing[0].value], cue)
        appointment = _only(seen)
        wants = services and all(appointment is None or one.value != appointment.service for one in services)
        if appointment and wants and not pointing and said_acts.cue(seen.line, seen.packs, f"{cue}_bare"):
            return _wishing(seen, []), _bound(seen, appointment, cue)
    return seen, None


def _wishing(seen: Seen, pointing: list[Mention]) -> Seen:
    return replace(seen, named=tuple(one for one in seen.named if one not in pointing), intent="book", topic=None)


def _only(seen: Seen) -> KnownAppointment | None:
    """The appointment that was just written, or the only one."""
    known = seen.known
    last = known.done[-1].id if known.done and known.done[-1].kind != "cancel" else ""
    just = next((one for one in known.appointments if one.id == last), None)
    return just or (known.appointments[0] if len(known.appointments) == 1 else None)


def _bound(seen: Seen, appointment: KnownAppointment, cue: str) -> Beside | None:
    at = parse_time(appointment.time)
    if at is None or not appointment.day:
        return None
    if cue == "before_it":
        return Beside(appointment.day, f"<{appointment.time}")
    until = at.hour * 60 + at.minute + seen.minutes.get(appointment.service, 0)
    return Beside(appointment.day, f">={until // 60:02}:{until % 60:02}") if until < 24 * 60 else None
