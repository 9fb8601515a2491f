"""Which of the two tracks a turn takes. Pure."""

import hashlib
from dataclasses import dataclass

SLM = "slm"
LEGACY = "legacy"
TRACKS = (SLM, LEGACY)
_BUCKETS = 10_000


@dataclass(frozen=True)
class Split:
    """How conversations are divided between the tracks."""

    slm_percent: int
    """Share of conversations on the slm track, 0 to 100."""


def parse_enabled(text: str) -> bool:
    """Reads ENABLE_SLM_PIPELINE. Raises ValueError."""
    values = {"true": True, "1": True, "false": False, "0": False}
    if text.strip().lower() not in values:
        raise ValueError("expected true or false")
    return values[text.strip().lower()]


def parse_percent(text: str) -> int:
    """Reads SLM_CANARY_PERCENT, empty as 0. Raises ValueError."""
    digits = text.strip() or "0"
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 3 or int(digits) > 100:
        raise ValueError("expected a whole number from 0 to 100")
    return int(digits)


def effective_split(enabled: bool, percent: int) -> Split:
    """What the two settings mean together: without a canary share, enabled means everybody."""
    if not enabled:
        return Split(0)
    return Split(percent or 100)


def choose_track(split: Split, workspace_id: str, conversation_id: str, forced: str = "") -> str:
    """The track of a conversation's turn.

    `forced` comes from a trusted caller and wins when it names a track. The share is sticky: a
    conversation keeps its place, and a growing share only adds conversations.
    """
    if forced in TRACKS:
        return forced
    digest = hashlib.sha256(f"{workspace_id}\x1f{conversation_id}".encode()).digest()
    bucket = int.from_bytes(digest[:8]) % _BUCKETS
    return SLM if bucket < split.slm_percent * _BUCKETS // 100 else LEGACY
