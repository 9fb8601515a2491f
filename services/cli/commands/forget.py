"""`pulpo forget`: erases a customer from the databases of gateway, broker and agenda."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

import typer

import agenda.storage.tables
import broker.storage.tables
import gateway.storage.tables
from agenda.settings import AgendaDatabaseSettings
from agenda.storage.erasure import AgendaErasure
from broker.settings import BrokerDatabaseSettings
from broker.storage.erasure import erase_customer
from cli.settings import CliSettings
from cli.support.databases import opened
from cli.support.errors import fail
from cli.support.who import system_user
from cli.support.workspaces import known_workspaces
from gateway.domain.message import conversation_id, phone_of
from gateway.settings import GatewayDatabaseSettings
from gateway.storage.erasure import DONE, INCOMPLETE, ErasureLog
from gateway.storage.erasure import Erasure as GatewayErasure
from runtime.data.database import DATABASE_ERRORS, Database
from runtime.data.migrations import Schema, prepare
from runtime.errors import PulpoError
from runtime.settings import load
from workspace.errors import ManifestError
from workspace.model import Workspace

_ADDRESS = re.compile(r"[a-z]{1,20}:\S{1,100}")
_PUNCTUATION = re.compile(r"[\s().-]")
_REFERENCE = re.compile(r"[A-Za-z0-9#/_.-]{0,40}")
_WHO = re.compile(r"[^\x00-\x1f\x7f]{1,64}")
Counts = dict[str, int]
Erased = dict[str, dict[str, Counts]]
"""Workspace -> service -> table -> rows."""
PhoneArgument = Annotated[str, typer.Argument(help="Phone, E.164, or channel address, e.g. whatsapp:AR.15025.")]
WorkspaceOption = Annotated[str, typer.Option("--workspace", "-w", help="Only this business; all when not given.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Count what would be erased, and erase nothing.")]
ByOption = Annotated[str, typer.Option("--by", help="Who erases, for the record; the system's user when not given.")]
ReferenceOption = Annotated[str, typer.Option("--reference", help="Number of the request, for the record; no name.")]


@dataclass(frozen=True)
class _Person:
    """The customer to erase, and the businesses to erase them from."""

    addresses: Sequence[str]
    phone: str
    workspaces: Sequence[Workspace]
    now: datetime
    dry_run: bool


@dataclass(frozen=True)
class _Place:
    """A service's database and how a customer is erased from it."""

    url: str
    schema: Schema
    erase: Callable[[Database, _Person, Workspace], Awaitable[Counts]]


def forget(
    phone: PhoneArgument,
    workspace: WorkspaceOption = "",
    dry_run: DryRunOption = False,
    by: ByOption = "",
    reference: ReferenceOption = "",
    as_json: JsonOption = False,
) -> None:
    """Erases a customer everywhere and says how many rows of which table. Appointments to come are
    cancelled. Run it where the services' databases can be reached. Status 1 when one cannot. It stays on
    record that it ran, and not for whom."""
    settings = load(CliSettings)
    try:
        registry = known_workspaces(settings.workspaces_dir)
    except ManifestError as error:
        fail(f"forget: {error}")
    chosen = [each for each in registry if workspace in ("", each.id)]
    if not chosen:
        fail(f"forget: unknown workspace {workspace!r}; there are: {', '.join(each.id for each in registry)}")
    given = phone if _ADDRESS.fullmatch(phone) else _PUNCTUATION.sub("", phone)
    number = phone_of(given)
    if not number and not _ADDRESS.fullmatch(given):
        fail("forget: expected a phone like +5491155551234 or a channel address like whatsapp:+5491155551234")
    addresses = tuple(dict.fromkeys([given, number, f"whatsapp:{number}"])) if number else (given,)
    who, digits = by or system_user(), re.sub(r"\D", "", given)[-6:]
    if not _REFERENCE.fullmatch(reference) or (digits and digits in re.sub(r"\D", "", reference)):
        fail("forget: --reference takes up to 40 letters, digits and # / _ . -, and nothing of the customer")
    if not _WHO.fullmatch(who) or (digits and digits in who):
        fail("forget: --by takes up to 64 characters, and nothing of the customer")
    person = _Person(addresses, number, chosen, settings.make_clock()(), dry_run)
    erased, problems = asyncio.run(_run(person, who, reference))
    if as_json:
        print(json.dumps({"would_erase" if dry_run else "erased": _summed(erased), "problems": problems}))
    else:
        _print(_summed(erased), dry_run)
    if problems:
        fail(f"forget: not everything was {'counted' if dry_run else 'erased'}: {'; '.join(problems)}")


def _summed(erased: Erased) -> dict[str, Counts]:
    """The counts of all workspaces together, by service."""
    total: dict[str, Counts] = {}
    for services in erased.values():
        for service, counts in services.items():
            own = total.setdefault(service, {})
            for table, count in counts.items():
                own[table] = own.get(table, 0) + count
    return total


def _print(erased: dict[str, Counts], dry_run: bool) -> None:
    for service, counts in erased.items():
        for table, count in counts.items():
            if table != "cancelled":
                print(f"{service:<8} {table:<18} {count}")
    cancelled = erased.get("agenda", {}).get("cancelled", 0)
    if dry_run:
        print(f"{cancelled} of the appointments are still to come and would be cancelled; nothing was erased")
    else:
        print(f"{cancelled} of the appointments were still to come: cancelled, and their time is free again")


async def _run(person: _Person, who: str, reference: str) -> tuple[Erased, list[str]]:
    """Erases, and keeps the record. Returns the counts and what went wrong."""
    places = {
        "broker": _Place(load(BrokerDatabaseSettings).database_url, broker.storage.tables.SCHEMA, _broker),
        "agenda": _Place(load(AgendaDatabaseSettings).database_url, agenda.storage.tables.SCHEMA, _agenda),
        "gateway": _Place(load(GatewayDatabaseSettings).database_url, gateway.storage.tables.SCHEMA, _gateway),
    }
    gateway_url = places["gateway"].url
    person = await _with_other_channels(person, gateway_url)
    if person.dry_run:
        return await _everywhere(person, places)
    try:
        async with opened("gateway", gateway_url) as database:
            rows = await ErasureLog(database).begin([each.id for each in person.workspaces], who, reference)
    except PulpoError as error:
        # an erasure is not put off for its record: the status says that it is to be run again
        erased, problems = await _everywhere(person, places)
        return erased, [*problems, f"nothing of this is on record: {error.reason}"]
    erased, problems = await _everywhere(person, places)
    try:
        async with opened("gateway", gateway_url) as database:
            counts = {rows[workspace]: services for workspace, services in erased.items()}
            await ErasureLog(database).end(counts, INCOMPLETE if problems else DONE)
    except PulpoError as error:
        problems.append(f"the counts are not on record: {error.reason}")
    return erased, problems


async def _everywhere(person: _Person, places: Mapping[str, _Place]) -> tuple[Erased, list[str]]:
    """Erases in every database that is there. Returns the counts, and what went wrong."""
    erased: Erased = {workspace.id: {} for workspace in person.workspaces}
    problems: list[str] = []
    for service, place in places.items():
        try:
            async with opened(service, place.url) as database:
                await prepare(database, place.schema, migrates=False)
                for workspace in person.workspaces:
                    erased[workspace.id][service] = await place.erase(database, person, workspace)
                if not person.dry_run and not await database.scrub():
                    problems.append(f"{service}: its file is busy and still holds what was erased; run this again")
        except PulpoError as error:
            problems.append(f"{service}: {error.reason}: {error.message}")
        except DATABASE_ERRORS:
            problems.append(f"{service}: DATABASE_UNAVAILABLE: The database did not answer.")
    return erased, problems


async def _with_other_channels(person: _Person, url: str) -> _Person:
    """The person with every address under which their phone has written."""
    if not person.phone:
        return person
    try:
        async with opened("gateway", url) as database:
            found = await GatewayErasure(database).addresses([each.id for each in person.workspaces], person.phone)
    except PulpoError:
        return person  # said again when its turn comes
    return replace(person, addresses=(*person.addresses, *sorted(found - set(person.addresses))))


async def _gateway(database: Database, person: _Person, workspace: Workspace) -> Counts:
    return await GatewayErasure(database).customer([workspace.id], person.addresses, dry_run=person.dry_run)


async def _agenda(database: Database, person: _Person, workspace: Workspace) -> Counts:
    erasure = AgendaErasure(database)
    return await erasure.customer([workspace], person.addresses, person.phone, person.now, dry_run=person.dry_run)


async def _broker(database: Database, person: _Person, workspace: Workspace) -> Counts:
    conversations = [(address, conversation_id(workspace.id, address)) for address in person.addresses]
    return await erase_customer(database, workspace, conversations, dry_run=person.dry_run)
