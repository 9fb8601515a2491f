"""Which of the two tracks a turn takes. Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from runtime.errors import PulpoError
from runtime.rpc.identity import Caller, Door

SLM = "slm"
LEGACY = "legacy"
TRACKS = (SLM, LEGACY)
BUCKETS = 10_000
"""A conversation's place is one of so many; a share of p % takes the first p hundredths of them."""


@dataclass(frozen=True)
class Split:
    """How conversations are divided between the tracks."""

    slm_percent: int
    """Share of conversations on the slm track, 0 to 100."""
    shadow_percent: int = 0
    """Share of turns that the other track reads and plans as well, 0 to 100."""


class HasSplit(Protocol):
    """Whoever knows how conversations are divided now."""

    split: Split


class Row(StrEnum):
    """What decides about a track, the first that holds."""

    ASKED = "asked"
    """A trusted caller asked for it."""
    OFF = "off"
    """The pipeline is not enabled."""
    EVERYBODY = "everybody"
    """The pipeline is enabled without a share."""
    SHARE = "share"
    """The conversation's place, against the share."""


@dataclass(frozen=True)
class Decision:
    """A track, and why."""

    track: str
    row: Row
    bucket: int
    """The conversation's place, 0 to BUCKETS - 1."""


def parse_enabled(text: str) -> bool:
    """Reads ENABLE_SLM_PIPELINE. Raises ValueError."""
    values = {"true": True, "1": True, "false": False, "0": False}
    if text.strip().lower() not in values:
        raise ValueError("expected true or false")
    return values[text.strip().lower()]


def parse_percent(text: str) -> int:
    """Reads SLM_CANARY_PERCENT or SLM_SHADOW_PERCENT, empty as 0. Raises ValueError."""
    digits = text.strip() or "0"
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 3 or int(digits) > 100:
        raise ValueError("expected a whole number from 0 to 100")
    return int(digits)


def effective_split(enabled: bool, percent: int, shadow_percent: int = 0) -> Split:
    """What the settings mean together: without a canary share, enabled means everybody."""
    if not enabled:
        return Split(0, shadow_percent)
    return Split(percent or 100, shadow_percent)


def bucket_of(workspace_id: str, conversation_id: str) -> int:
    """A conversation's place among BUCKETS, the same for ever."""
    return _bucket(workspace_id, conversation_id)


def choose_track(split: Split, workspace_id: str, conversation_id: str, forced: str = "") -> str:
    """The track of a conversation's turn.

    `forced` comes from a trusted caller and wins when it names a track. The share is sticky: a
    conversation keeps its place, and a growing share only adds conversations.
    """
    if forced in TRACKS:
        return forced
    return SLM if _is_within(bucket_of(workspace_id, conversation_id), split.slm_percent) else LEGACY


def explain(enabled: bool, percent: int, workspace_id: str, conversation_id: str, forced: str = "") -> Decision:
    """The track of a conversation's turn, and which row of the table decided."""
    track = choose_track(effective_split(enabled, percent), workspace_id, conversation_id, forced)
    row = Row.SHARE if percent else Row.EVERYBODY
    if not enabled:
        row = Row.OFF
    if forced in TRACKS:
        row = Row.ASKED
    return Decision(track, row, bucket_of(workspace_id, conversation_id))


def is_shadowed(split: Split, turn_id: str) -> bool:
    """Whether a turn is one of those that the other track reads and plans as well."""
    return _is_within(_bucket("shadow", turn_id), split.shadow_percent)


def other(track: str) -> str:
    """The other track."""
    return LEGACY if track == SLM else SLM


def _is_within(bucket: int, percent: int) -> bool:
    return bucket < percent * BUCKETS // 100


def _bucket(*parts: str) -> int:
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return int.from_bytes(digest[:8]) % BUCKETS


TRACK_HEADER = "x-pulpo-track"
"""Header or metadata key of the track that a caller asks for, lower case."""
CHOOSE = "track"
"""What a caller must be allowed to do for its wish to count."""


def wish(caller: Caller, headers: Mapping[str, object]) -> str:
    """The track that a caller asks for; nothing of one who may not choose it, or for no track."""
    track = str(headers.get(TRACK_HEADER, ""))
    return track if CHOOSE in caller.may and track in TRACKS else ""


def wish_over_http(door: Door, headers: Mapping[str, str]) -> str:
    """The same of a webhook, which is Twilio's whoever says to be called what: with a wrong token no wish counts."""
    try:
        return wish(door.identify(headers), headers)
    except PulpoError:
        return ""
