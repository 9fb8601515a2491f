"""`pulpo agenda`: days off and other hours in the reference agenda, and who came."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer
from pydantic import ValidationError

from agenda.booking.appointment import Appointment
from agenda.settings import AgendaDatabaseSettings
from agenda.storage.owner import ATTENDANCE, OwnersAgenda
from cli.settings import CliSettings
from cli.support.databases import opened
from cli.support.errors import fail
from cli.support.who import system_user
from cli.support.workspaces import known_workspaces
from runtime.clock import clock_from
from runtime.errors import PulpoError
from runtime.settings import load
from workspace.errors import ManifestError
from workspace.model import Workspace
from workspace.parts.people import StaffException

T = TypeVar("T")
MOST_BY = 64
agenda_app = typer.Typer(no_args_is_help=True, help="Days off and other hours in the agenda, and who came.")
IdArgument = Annotated[str, typer.Argument(help="Id of the business.")]
DaysArgument = Annotated[str, typer.Argument(help="A date, or dates: 2026-03-16, 2026-03-16..2026-03-20.")]
StaffOption = Annotated[str, typer.Option("--staff", "-s", help="Whose; everybody's when not given.")]
HoursOption = Annotated[list[str] | None, typer.Option("--hours", help="Works at these hours instead: 10:00-12:00.")]
OffOption = Annotated[list[str] | None, typer.Option("--off", help="Is away in this part of the day: 13:00-15:00.")]
ByOption = Annotated[str, typer.Option("--by", help="Who says so; the system's user when not given.")]


@agenda_app.command()
def absent(
    workspace_id: IdArgument,
    days: DaysArgument,
    staff: StaffOption = "",
    hours: HoursOption = None,
    off: OffOption = None,
    by: ByOption = "",
) -> None:
    """Sets days off, other hours, or parts of days off. Nothing is booked there from now on; who is booked already
    stays so, and is listed: somebody has to tell them."""
    workspace = _workspace(workspace_id)
    said = {"days": days, "hours": hours or None, "off": off or ()}
    try:
        exception = StaffException.model_validate(said)
    except ValidationError as error:
        fail("agenda absent: " + "; ".join(each["msg"].removeprefix("Value error, ") for each in error.errors()))
    absence_id, concerned = _with_agenda(lambda own: own.add_absence(workspace, staff, exception, _by(by)))
    print(f"{absence_id}: {staff or 'everybody'} {days}: set")
    for each in concerned:
        print(_line(each))
    print(f"{len(concerned)} booked appointments no longer fit" if concerned else "no booked appointment is concerned")


@agenda_app.command("list")
def list_(workspace_id: IdArgument) -> None:
    """Lists days off and other hours that were set and are not over; those of the manifest are not among them."""
    workspace = _workspace(workspace_id)
    found = _with_agenda(lambda own: own.absences(workspace))
    for each in found:
        first, last = each.exception.days
        span = f"{first}" if first == last else f"{first}..{last}"
        hours = ", ".join(f"{one.start:%H:%M}-{one.end:%H:%M}" for one in each.exception.hours or ())
        away = ", ".join(f"{one.start:%H:%M}-{one.end:%H:%M}" for one in each.exception.off)
        what = f"works {hours}" if hours else f"away {away}" if away else "off"
        print(f"{each.id}  {span:<22}  {each.staff_name or 'everybody':<20}  {what}  by {each.created_by}")
    if not found:
        print("nothing: everybody works as the manifest says")


@agenda_app.command()
def back(workspace_id: IdArgument, absence_id: Annotated[str, typer.Argument(help="As `list` shows it.")]) -> None:
    """Takes one back: who was away works again as the manifest says."""
    workspace = _workspace(workspace_id)
    if not _with_agenda(lambda own: own.remove_absence(workspace, absence_id)):
        fail(f"agenda back: there is no {absence_id!r}")
    print(f"{absence_id}: taken back")


@agenda_app.command()
def attended(
    workspace_id: IdArgument,
    booking_id: Annotated[str, typer.Argument(help="Id of an appointment: PB-…")],
    what: Annotated[str, typer.Argument(help=f"One of {', '.join(ATTENDANCE)}.")],
    by: ByOption = "",
) -> None:
    """Notes that somebody confirmed, came, or did not come."""
    workspace = _workspace(workspace_id)
    if not _with_agenda(lambda own: own.attended(workspace, booking_id, what, _by(by))):
        fail(f"agenda attended: there is no booked appointment {booking_id!r}")
    print(f"{booking_id.upper()}: {what}")


@agenda_app.command()
def feed(workspace_id: IdArgument, staff: StaffOption = "", by: ByOption = "") -> None:
    """Makes a secret address under which the agenda shows appointments as a calendar (iCalendar), read only."""
    workspace = _workspace(workspace_id)
    feed_id, secret = _with_agenda(lambda own: own.open_feed(workspace, staff, _by(by)))
    print(f"{feed_id}: /calendar/{secret}.ics of the agenda's HTTP port, shown only now; whoever has it reads it")


@agenda_app.command()
def unfeed(workspace_id: IdArgument, feed_id: Annotated[str, typer.Argument(help="As `feed` has shown it.")]) -> None:
    """Revokes a calendar's address at once."""
    workspace = _workspace(workspace_id)
    if not _with_agenda(lambda own: own.close_feed(workspace, feed_id)):
        fail(f"agenda unfeed: there is no {feed_id!r}")
    print(f"{feed_id}: revoked")


def _line(one: Appointment) -> str:
    who = f"{one.client_name} ({one.client_phone or one.customer or 'no phone'})"
    return f"  {one.booking_id}  {one.date} {one.time}  {one.service_type}, {one.staff_name or '-'}: {who}"


def _by(named: str) -> str:
    return (named or system_user())[:MOST_BY]


def _workspace(workspace_id: str) -> Workspace:
    try:
        found = known_workspaces(load(CliSettings).workspaces_dir).get(workspace_id)
    except ManifestError as error:
        fail(f"agenda: {error}")
    if found is None:
        fail(f"agenda: there is no business {workspace_id!r}")
    return found


def _with_agenda(work: Callable[[OwnersAgenda], Awaitable[T]]) -> T:
    async def run() -> T:
        async with opened("agenda", load(AgendaDatabaseSettings).database_url) as database:
            return await work(OwnersAgenda(database, clock_from(load(CliSettings).clock)))

    try:
        return asyncio.run(run())
    except PulpoError as error:
        fail(f"agenda: {error.reason}: {error.message}")
