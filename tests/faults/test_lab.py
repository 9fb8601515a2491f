"""A short run of the lab on each database: every kind of fault strikes, and every promise holds."""

import shutil
from pathlib import Path

import pytest

from tests import databases
from tests.faults.lab.clocks import COMPILER
from tests.faults.lab.model import Error
from tests.faults.lab.run import Order, run
from tests.faults.lab.schedule import Kind

SEED = 20261123
BOOKINGS = {"sqlite": 200, "postgres": 80}
REPLICAS = {"sqlite": 1, "postgres": 2}
REST = {"sqlite": False, "postgres": True}
"""Whether replies go by Twilio's REST API too, and status callbacks come: on PostgreSQL to either gateway."""
MORE = 60
"""Bookings of the run whose replies also go by Twilio's REST API, and that a model reads."""


def of(prefix: str) -> set[str]:
    """What reports call the faults of a kind."""
    return {kind.value for kind in Kind if kind.name.startswith(prefix)}


BOOKED_AT_LEAST = 5
"""Bookings without which a run shows nothing. How many are told depends on how fast the machine is."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("database", BOOKINGS)
async def test_faults_break_no_promise(tmp_path: Path, database: str) -> None:
    if database == "postgres" and databases.programs() is None:
        pytest.skip(databases.NOT_FOUND)
    report = await run(
        Order(SEED, BOOKINGS[database], database, tmp_path, replicas=REPLICAS[database], rest=REST[database])
    )
    assert report.violations == 0, report.as_text()
    assert report.told_booked >= BOOKED_AT_LEAST, report.as_text()
    assert len(report.faults) >= 15, report.as_text()
    if shutil.which(COMPILER):
        assert of("CLOCK_") <= set(report.faults), report.as_text()
    if REST[database]:
        assert of("CALLBACKS_") | {Kind.TWILIO_FAILED.value, Kind.TWILIO_UNDELIVERED.value} <= set(report.faults)


@pytest.mark.timeout(600)
async def test_neither_do_replies_by_rest_nor_a_model_that_errs(tmp_path: Path) -> None:
    report = await run(Order(SEED, MORE, "sqlite", tmp_path, rest=True, slm=True))
    assert report.violations == 0, report.as_text()
    assert report.told_booked >= BOOKED_AT_LEAST, report.as_text()
    assert report.by_rest > MORE, report.as_text()
    assert len(of("TWILIO_") & set(report.faults)) >= 5
    assert of("CALLBACKS_") <= set(report.faults), report.as_text()
    rare = {Error.HANGS, Error.BUSY, Error.REFUSES}
    assert {error.value for error in Error} - rare <= set(report.faults), report.as_text()
