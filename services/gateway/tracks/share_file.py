"""The share of conversations on the slm track: lines NAME=VALUE in a file, how they are read, changed and watched."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from gateway.tracks.track import Split, effective_split, parse_enabled, parse_percent

T = TypeVar("T")
ENABLED, PERCENT, SHADOW = "ENABLE_SLM_PIPELINE", "SLM_CANARY_PERCENT", "SLM_SHADOW_PERCENT"
NAMES = (ENABLED, PERCENT, SHADOW)
"""The settings that the lines may override."""
LOOK_EVERY_S = 1.0
"""Seconds between two looks at the file."""
CHANGED_AT = "SLM_SHARE_CHANGED_AT"
"""Name of the line that says when the share was changed last, ISO 8601; for reports."""


@dataclass(frozen=True)
class TrackValues:
    """What the settings say."""

    enabled: bool
    percent: int
    shadow_percent: int

    @property
    def split(self) -> Split:
        """What they mean together."""
        return effective_split(self.enabled, self.percent, self.shadow_percent)


def lines_in(text: str) -> dict[str, str]:
    """The values that a text sets, the last one of each name; comments and other lines are nothing."""
    found = {}
    for line in text.splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and name.strip() in (*NAMES, CHANGED_AT):
            found[name.strip()] = value.strip().strip("\"'")
    return found


def read_values(settings: Mapping[str, str]) -> TrackValues:
    """What settings of these NAMES say. Raises ValueError that begins with the name of the wrong one."""
    return TrackValues(
        _read(settings, ENABLED, parse_enabled),
        _read(settings, PERCENT, parse_percent),
        _read(settings, SHADOW, parse_percent),
    )


def with_share(text: str, percent: int, now: datetime) -> str:
    """A text whose share is this; nobody on slm at 0. What the share was stays to be read then."""
    share = {ENABLED: "true", PERCENT: str(percent)} if percent else {ENABLED: "false"}
    return _with(text, {**share, CHANGED_AT: now.astimezone(UTC).isoformat(timespec="microseconds")})


def with_shadow(text: str, percent: int) -> str:
    """A text with this share of shadowed turns."""
    return _with(text, {SHADOW: str(percent)})


def changed_at(text: str) -> datetime | None:
    """When the share was changed last, if the text tells."""
    try:
        told = datetime.fromisoformat(lines_in(text).get(CHANGED_AT, ""))
    except ValueError:
        return None
    return told if told.tzinfo else None


class TrackSwitch:
    """Holds the split of now, and looks for a new one. The file's content counts, not which file it is: a mounted
    ConfigMap changes by a new link. What cannot be read changes nothing, so that a slip of the pen in
    the middle of a roll-out does not move anybody."""

    def __init__(
        self,
        settings: Mapping[str, str],
        file: Path,
        changed: Callable[[Split], None],
        broken: Callable[[str], None],
    ) -> None:
        """`settings` are the environment's, by their NAMES. `changed` is called with every new
        split, the first included; `broken` gets the name of a setting that cannot be read. A file that is
        not there yet is fine. Raises ValueError when it is wrong from the start."""
        self._settings = settings
        self._file = file
        self._changed = changed
        self._broken = broken
        self._seen = self._text() if file.exists() else ""
        if self._seen is None:
            raise ValueError("expected a readable UTF-8 file")
        self.split = self._read(self._seen)
        """How conversations are divided now."""
        changed(self.split)

    async def look(self) -> None:
        """Takes up what the file says now, if that is new."""
        text = self._text()
        if text is None or text == self._seen:
            return
        self._seen = text
        try:
            split = self._read(text)
        except ValueError as error:
            self._broken(str(error).partition(":")[0])
            return
        if split != self.split:
            self.split = split
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


def _read(settings: Mapping[str, str], name: str, parse: Callable[[str], T]) -> T:
    try:
        return parse(settings[name])
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _with(text: str, changes: Mapping[str, str]) -> str:
    """The text with these lines new at its end; all others stay as they are."""
    kept = [line for line in text.splitlines() if line.partition("=")[0].strip() not in changes]
    return "\n".join([*kept, *(f"{name}={value}" for name, value in changes.items())]) + "\n"
