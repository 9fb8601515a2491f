"""Reads and changes the share of conversations on the slm track."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cli.canary.track_source import SourceError, TrackSource, values_in
from gateway.settings import TrackSettings
from gateway.tracks.share_file import changed_at, with_shadow, with_share
from gateway.tracks.track import Split

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
    """The share in its source. All methods raise SourceError."""

    def __init__(self, source: TrackSource, settings: TrackSettings) -> None:
        """`settings` hold where the source says nothing."""
        self._source, self._settings = source, settings

    @property
    def where(self) -> str:
        """Name of the source."""
        return self._source.name

    def split(self) -> Split:
        """The effective split."""
        return values_in(self._source.read(), self._settings.track_lines()).split

    def changed_at(self) -> datetime | None:
        """When it was changed last, if that is known."""
        return changed_at(self._source.read())

    def set(self, percent: int, now: datetime) -> Change:
        """Sets it to `percent` (0 to 100); 0 puts everybody on the legacy track."""
        return self._change(percent, now, lambda text: text)

    def promote(self, now: datetime) -> Change:
        """Sets the next share of PHASES."""
        return self.set(next_phase(self.split().slm_percent), now)

    def roll_back(self, now: datetime) -> Change:
        """Sets the share and the share of shadowed turns to 0."""
        return self._change(0, now, lambda text: with_shadow(text, 0))

    def _change(self, percent: int, now: datetime, also: Callable[[str], str]) -> Change:
        """Writes a new share and what `also` changes in one write; writes nothing when nothing changes."""
        text = self._source.read()
        before = _percent_or_none(text, self._settings)
        wanted = also(text if before == percent else with_share(text, percent, now))
        if wanted != text:
            self._source.write(wanted)
        return Change(percent if before is None else before, percent)

    def is_taken_up(self, percent: int) -> bool:
        """Whether the metrics of every gateway show this share."""
        shown = self._source.shown()
        return bool(shown) and all(each == percent for each in shown)

    def set_shadow(self, percent: int) -> None:
        """Sets the share of turns that both tracks read and plan, in per cent."""
        self._source.write(with_shadow(self._source.read(), percent))


def _percent_or_none(text: str, settings: TrackSettings) -> int | None:
    """The effective share; None when the lines cannot be read, which a change is to mend."""
    try:
        return values_in(text, settings.track_lines()).split.slm_percent
    except SourceError:
        return None
