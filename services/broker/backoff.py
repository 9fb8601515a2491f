"""How long to wait before the next attempt."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

BASE_S = 0.1
MOST_S = 1.0


def delay_s(attempt: int, retry_after_s: float, random: Callable[[], float]) -> float:
    """Seconds before the attempt after number `attempt` (from 1): exponential with full jitter, and
    never less than the server asked for. `random` gives numbers from 0 to 1."""
    return max(retry_after_s, random() * min(MOST_S, BASE_S * 2.0 ** (attempt - 1)))


def parse_retry_after(text: str, now: datetime) -> float:
    """Seconds that a Retry-After header asks to wait, given as seconds or as a date; 0 when unreadable."""
    stripped = text.strip()
    if stripped.isascii() and stripped.isdigit():
        return float(stripped[:9])
    try:
        at = parsedate_to_datetime(stripped)
    except (ValueError, TypeError, OverflowError):
        return 0.0
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())
