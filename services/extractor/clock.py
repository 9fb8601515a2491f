"""The two readings of a bare hour."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time

from extractor.message import Part
from workspace.fields import HourSpan
from workspace.model import Workspace

_PARTS: dict[str, Part] = {
    "mañana": "morning", "manha": "morning", "madrugada": "morning", "morning": "morning", "mediodia": "afternoon",
    "tarde": "afternoon", "tardecita": "afternoon", "afternoon": "afternoon", "noche": "evening",
    "nochecita": "evening", "noite": "evening", "evening": "evening", "night": "evening",
}  # fmt: skip


@dataclass(frozen=True)
class Clock:
    """What decides between the two readings of a bare hour."""

    workspace: Workspace
    """Whose opening hours count."""
    day: date | None = None
    """The wanted date, if it is known."""

    def settle(self, hour: int, minute: int) -> time | None:
        """The reading of a bare hour that falls in opening hours."""
        if hour > 23 or minute > 59:
            return time(0, 0) if hour == 24 and minute == 0 else None
        if hour >= 13 or hour == 0:
            return time(hour, minute)
        early, late = time(hour, minute), time((hour + 12) % 24 if hour < 12 else 12, minute)
        for spans in self._days():
            fits = [at for at in (early, late) if any(span.start <= at < span.end for span in spans)]
            if fits:
                return fits[0]
        return late if hour < 8 else early

    def _days(self) -> Iterator[tuple[HourSpan, ...]]:
        if self.day is not None:
            yield self.workspace.hours_on(self.day)
        yield tuple(span for spans in self.workspace.hours.values() for span in spans)


def with_part(hour: int, minute: int, spoken: str) -> time:
    """An hour with am, pm or a part of the day."""
    if spoken == "am" or spoken == "madrugada":
        return time(0 if hour == 12 else hour, minute)
    part = _PARTS.get(spoken)
    if part == "morning" or (spoken == "mediodia" and hour >= 11):
        return time(hour % 24, minute)
    if part == "evening" and hour == 12:
        return time(0, minute)
    return time(12 if hour == 12 else (hour + 12) % 24, minute)
