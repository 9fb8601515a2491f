from collections.abc import Callable, Mapping
from datetime import datetime

import pytest

from extractor.reading.message import MessageInContext, Reading
from extractor.reading.reader import Reader
from tests.unit.extractor.scoring import workspace

Read = Callable[..., Reading]


@pytest.fixture(scope="session")
def salon() -> Reader:
    return Reader(workspace())


@pytest.fixture(scope="session")
def vet() -> Reader:
    return Reader(workspace("veterinaria-cordillera"))


@pytest.fixture(scope="session")
def read(salon: Reader) -> Read:
    """Reads a text on Wednesday 2026-03-11, 10:00, in Buenos Aires."""

    def reading(
        text: str,
        asked: str | None = None,
        active: str | None = None,
        now: str = "2026-03-11T10:00:00-03:00",
        known: Mapping[str, str] | None = None,
    ) -> Reading:
        return salon.read(MessageInContext(text, datetime.fromisoformat(now), asked, active, known or {}))

    return reading
