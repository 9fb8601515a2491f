"""How long to wait before something that failed is tried again. Pure."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_MOST_DOUBLINGS = 32


def backoff_s(
    attempt: int, first_s: float, most_s: float, draw: Callable[[], float] = random.random, least: float = 0.0
) -> float:
    """Seconds to wait after attempt number `attempt` (from 1): exponential with full jitter.

    The bound is `first_s` after the first attempt, doubles with each one and ends at `most_s`. `draw` gives numbers
    from 0 to 1, the share of the bound that is waited; `least` is the smallest share.
    """
    return max(least, draw()) * min(most_s, first_s * 2.0 ** min(attempt - 1, _MOST_DOUBLINGS))


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
