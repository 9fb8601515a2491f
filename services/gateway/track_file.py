"""The share of conversations on the slm track, from the settings and a watched file."""

import time
from collections.abc import Callable
from pathlib import Path

from gateway.track import Split, effective_split, parse_enabled, parse_percent

LOOK_EVERY_S = 1.0
"""Seconds between two looks at the file."""
_NAMES = ("ENABLE_SLM_PIPELINE", "SLM_CANARY_PERCENT")


class TrackSwitch:
    """Gives the split that holds now. A file that cannot be read changes nothing, so that a slip of
    the pen in the middle of a roll-out does not move anybody."""

    def __init__(
        self,
        enabled: str,
        percent: str,
        file: Path | None,
        changed: Callable[[Split], None],
        broken: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`changed` hears of every new split, the first included; `broken` gets the name of a setting
        that cannot be read. Raises ValueError when the file is wrong from the start."""
        self._settings = {"ENABLE_SLM_PIPELINE": enabled, "SLM_CANARY_PERCENT": percent}
        self._file = file
        self._changed = changed
        self._broken = broken
        self._clock = clock
        self._seen = self._text()
        self._next_look = clock() + LOOK_EVERY_S
        self._split = self._read(self._seen)
        changed(self._split)

    def current(self) -> Split:
        """The split that holds now."""
        if self._file is not None and self._clock() >= self._next_look:
            self._next_look = self._clock() + LOOK_EVERY_S
            self._look()
        return self._split

    def _look(self) -> None:
        text = self._text()
        if text == self._seen:
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

    def _text(self) -> str:
        try:
            return self._file.read_text(encoding="utf-8") if self._file else ""
        except (OSError, UnicodeDecodeError):
            return ""

    def _read(self, text: str) -> Split:
        """The split in a file's text; a name that it does not set has the environment's value."""
        values = dict(self._settings)
        for line in text.splitlines():
            name, equals, value = line.strip().partition("=")
            if equals and name.strip() in _NAMES:
                values[name.strip()] = value.strip().strip("\"'")
        try:
            enabled = parse_enabled(values["ENABLE_SLM_PIPELINE"])
        except ValueError as error:
            raise ValueError(f"ENABLE_SLM_PIPELINE: {error}") from error
        try:
            return effective_split(enabled, parse_percent(values["SLM_CANARY_PERCENT"]))
        except ValueError as error:
            raise ValueError(f"SLM_CANARY_PERCENT: {error}") from error
