"""The share of conversations on the slm track: what it is, and how it is changed."""

from dataclasses import dataclass
from datetime import datetime

from cli.track_source import SourceError, TrackSource, values_in
from gateway.settings import TrackSettings
from gateway.track import Split
from gateway.track_lines import changed_at, with_shadow, with_share

PHASES = (0, 10, 50, 100)
"""The shares of a roll-out, one after the other."""


@dataclass(frozen=True)
class Change:
    """The share before and after; the same when there was nothing to change."""

    before: int
    after: int


def next_phase(percent: int) -> int:
    """The share after this one; the last one stays."""
    return next((phase for phase in PHASES if phase > percent), PHASES[-1])


class Share:
    """The share where it stands. All raise SourceError."""

    def __init__(self, source: TrackSource, settings: TrackSettings) -> None:
        """`settings` hold where the source says nothing."""
        self._source, self._settings = source, settings

    @property
    def where(self) -> str:
        """Where it stands."""
        return self._source.name

    def split(self) -> Split:
        """The effective split."""
        return values_in(self._source.read(), self._settings.track_lines()).split

    def changed_at(self) -> datetime | None:
        """When it was changed last, if that is known."""
        return changed_at(self._source.read())

    def set(self, percent: int, now: datetime) -> Change:
        """Makes it so many per cent; 0 puts everybody on the legacy track."""
        text = self._source.read()
        before = _percent_or_none(text, self._settings)
        if before != percent:
            self._source.write(with_share(text, percent, now))
        return Change(percent if before is None else before, percent)

    def promote(self, now: datetime) -> Change:
        """Goes on to the next phase."""
        return self.set(next_phase(self.split().slm_percent), now)

    def roll_back(self, now: datetime) -> Change:
        """Puts everybody on the legacy track."""
        return self.set(0, now)

    def set_shadow(self, percent: int) -> None:
        """Makes the share of turns that both tracks read and plan."""
        self._source.write(with_shadow(self._source.read(), percent))


def _percent_or_none(text: str, settings: TrackSettings) -> int | None:
    """The effective share; None when the lines cannot be read, which a change is to mend."""
    try:
        return values_in(text, settings.track_lines()).split.slm_percent
    except SourceError:
        return None
