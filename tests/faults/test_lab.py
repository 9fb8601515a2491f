"""A short run of the lab on each database: every kind of fault strikes, and every promise holds."""

from pathlib import Path

import pytest

from tests import databases
from tests.faults.lab import Order, run
from tests.faults.model import Error
from tests.faults.schedule import Kind

SEED = 20261123
BOOKINGS = {"sqlite": 200, "postgres": 80}
REPLICAS = {"sqlite": 1, "postgres": 2}
MORE = 60
"""Bookings of the run whose replies also go by Twilio's REST API, and that a model reads and plans."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("database", BOOKINGS)
async def test_faults_break_no_promise(tmp_path: Path, database: str) -> None:
    if database == "postgres" and databases.programs() is None:
        pytest.skip(databases.NOT_FOUND)
    report = await run(Order(SEED, BOOKINGS[database], database, tmp_path, replicas=REPLICAS[database]))
    assert report.violations == 0, report.as_text()
    assert report.told_booked > BOOKINGS[database] * 0.5, report.as_text()
    assert len(report.faults) >= 15, report.as_text()


@pytest.mark.timeout(600)
async def test_neither_do_replies_by_rest_nor_a_model_that_errs(tmp_path: Path) -> None:
    report = await run(Order(SEED, MORE, "sqlite", tmp_path, rest=True, slm=True))
    assert report.violations == 0, report.as_text()
    assert report.told_booked > MORE * 0.3, report.as_text()
    assert report.by_rest > MORE, report.as_text()
    assert len({kind.value for kind in Kind if kind.name.startswith("TWILIO_")} & set(report.faults)) >= 5
    assert {error.value for error in Error} - {Error.HANGS, Error.BUSY} <= set(report.faults), report.as_text()
