"""What is forgotten of a wish that could not be met."""

from datetime import datetime
from pathlib import Path

import pytest

from gateway.domain.interpretation import unusable
from turn.model import Slots
from workspace.loader import load_registry

SALON = load_registry(Path(__file__).resolve().parents[4] / "k8s" / "base" / "workspaces").get("estudio-pulpo")
NOW = datetime.fromisoformat("2026-03-11T10:00:00-03:00")


@pytest.mark.parametrize(
    ("day", "at", "forgotten"),
    [
        ("2026-03-12", "11:00", ()),
        (None, "11:00", ()),
        ("2026-03-12", "23:00", ("preferred_time",)),
        ("2026-03-12", "18:45", ("preferred_time",)),
        ("2026-03-11", "09:00", ("preferred_time",)),
        ("2026-03-12", None, ("preferred_time",)),
    ],
)
def test_a_time_that_is_only_taken_stays_wanted(day: str | None, at: str | None, forgotten: tuple[str, ...]) -> None:
    assert SALON is not None
    slots = Slots("Corte de Cabello", day, at)
    assert unusable(SALON, slots, ("preferred_time",), NOW) == forgotten


def test_everything_else_that_is_missing_is_forgotten() -> None:
    assert SALON is not None
    missing = ("preferred_date", "preferred_time", "client_email")
    slots = Slots("Barba", "2026-03-12", "11:00", client_email="ana@")
    assert unusable(SALON, slots, missing, NOW) == ("preferred_date", "client_email")
