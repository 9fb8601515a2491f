"""`pulpo agenda`: days off, and who came, in a real database."""

import asyncio
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from agenda.booking.call_context import CallContext
from agenda.booking.groups import GroupItem
from agenda.booking.transactions import BookingRequest
from agenda.server.operations import Operations
from agenda.storage.store import AgendaStore
from cli.main import app
from runtime.data.database import Database, sqlite_url
from workspace.loader import load_registry

EXAMPLES = Path(__file__).parents[3] / "examples/workspaces"
NOW = "2026-03-11T10:00:00-03:00"
STUDIO, FISIO, DAY = "estudio-lavapies", "Fisioterapia", "2026-03-16"


@pytest.fixture
def booking_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A booked appointment of somebody, in an agenda of its own."""
    for name, value in {
        "PULPO_DATA_DIR": str(tmp_path), "PULPO_WORKSPACES_DIR": str(EXAMPLES), "PULPO_CLOCK": NOW,
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)

    async def book() -> str:
        studio = load_registry(EXAMPLES).get(STUDIO)
        assert studio
        call = CallContext(studio, datetime.fromisoformat(NOW), customer="whatsapp:+34600000001")
        store = AgendaStore(Database(sqlite_url(tmp_path, "agenda")))
        items = [GroupItem(BookingRequest(FISIO, DAY, "10:00", None))]
        answer = await Operations(store).book_all(call, items, "Eva Sanz", None, None)
        await store.close()
        return str(answer["appointments"][0]["booking_id"])

    return asyncio.run(book())


def pulpo(*words: str) -> Result:
    return CliRunner().invoke(app, ["agenda", *words])


def test_a_day_off_names_who_is_booked_and_is_listed_and_taken_back(booking_id: str) -> None:
    done = pulpo("absent", STUDIO, DAY, "--staff", "Pablo Sanz", "--by", "rosa")
    assert done.exit_code == 0
    assert f"{booking_id}  {DAY} 10:00  {FISIO}, Pablo Sanz: Eva Sanz" in done.stdout
    assert "1 booked appointments no longer fit" in done.stdout
    absence_id = done.stdout.partition(":")[0]
    assert f"{absence_id}  {DAY}" in pulpo("list", STUDIO).stdout
    assert pulpo("back", STUDIO, absence_id).exit_code == 0
    assert "nothing" in pulpo("list", STUDIO).stdout


def test_part_of_a_day_concerns_only_who_is_booked_in_it(booking_id: str) -> None:
    done = pulpo("absent", STUDIO, DAY, "--off", "12:00-13:00")
    assert "no booked appointment is concerned" in done.stdout
    assert booking_id not in done.stdout


def test_who_did_not_come_is_noted(booking_id: str) -> None:
    assert f"{booking_id}: no_show" in pulpo("attended", STUDIO, booking_id, "no_show").stdout
    assert pulpo("attended", STUDIO, "PB-ZZZ999", "arrived").exit_code == 1


def test_a_calendars_address_is_made_and_revoked(booking_id: str) -> None:
    made = pulpo("feed", STUDIO, "--staff", "Pablo Sanz").stdout
    assert "/calendar/" in made
    assert pulpo("unfeed", STUDIO, made.partition(":")[0]).exit_code == 0
    assert pulpo("unfeed", STUDIO, made.partition(":")[0]).exit_code == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("absent", STUDIO, "tomorrow"), "expected a date like"),
        (("absent", STUDIO, DAY, "--staff", "Nadie"), "UNKNOWN_STAFF"),
        (("absent", "nobody", DAY), "there is no business 'nobody'"),
    ],
)
def test_what_cannot_be_is_one_line_and_a_status(booking_id: str, words: tuple[str, ...], said: str) -> None:
    done = pulpo(*words)
    assert done.exit_code == 1
    assert said in done.stderr
