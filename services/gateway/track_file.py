"""The share of conversations on the slm track, from the settings and a watched file."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from gateway.track import Split
from gateway.track_lines import lines_in, read_values

LOOK_EVERY_S = 1.0
"""Seconds between two looks at the file."""


class TrackSwitch:
    """Gives the split that holds now. The file's content counts, not which file it is: a mounted
    ConfigMap changes by a new link. What cannot be read changes nothing, so that a slip of the pen in
    the middle of a roll-out does not move anybody."""

    def __init__(
        self,
        settings: Mapping[str, str],
        file: Path,
        changed: Callable[[Split], None],
        broken: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`settings` are the environment's, by the names of `track_lines`. `changed` hears of every new
        split, the first included; `broken` gets the name of a setting that cannot be read. A file that is
        not there yet is fine. Raises ValueError when it is wrong from the start."""
        self._settings = settings
        self._file = file
        self._changed = changed
        self._broken = broken
        self._clock = clock
        self._seen = self._text() if file.exists() else ""
        if self._seen is None:
            raise ValueError("expected a readable UTF-8 file")
        self._next_look = clock() + LOOK_EVERY_S
        self._split = self._read(self._seen)
        changed(self._split)

    def current(self) -> Split:
        """The split that holds now. Looks at the file when it is time to."""
        if self._clock() >= self._next_look:
            self._next_look = self._clock() + LOOK_EVERY_S
            self._look()
        return self._split

    def _look(self) -> None:
        text = self._text()
        if text is None or text == self._seen:
            return
        self._seen = text
        try:
            split = self._read(text)
        except ValueError as error:
            self._broken(str(error).partition(":")[0])
            return
        if split != self._split:
            self._split = split
            self._changed(split)

    def _text(self) -> str | None:
        """What is in the file; None when it cannot be read now."""
        try:
            return self._file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def _read(self, text: str) -> Split:
        """The split in a file's text; a name that it does not set has the environment's value."""
        return read_values({**self._settings, **lines_in(text)}).split
