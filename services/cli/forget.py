"""`pulpo forget`: erases a customer from the databases of gateway, broker and agenda."""

import asyncio
import json
import re
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer
from sqlalchemy.engine import make_url

from agenda.erasure import Erasure as AgendaErasure
from agenda.settings import AgendaDatabaseSettings
from broker.erasure import erase_customer
from broker.settings import BrokerDatabaseSettings
from cli.databases import opened
from cli.errors import fail
from cli.settings import CliSettings
from gateway.erasure import Erasure as GatewayErasure
from gateway.ids import conversation_id
from gateway.message import phone_of
from gateway.settings import GatewayDatabaseSettings
from runtime.database import Database
from runtime.errors import PulpoError
from runtime.settings import load
from workspace.errors import ManifestError
from workspace.loader import load_registry
from workspace.model import Workspace

_ADDRESS = re.compile(r"[a-z]{1,20}:\S{1,100}")
_PUNCTUATION = re.compile(r"[\s().-]")
Counts = dict[str, int]
PhoneArgument = Annotated[str, typer.Argument(help="Phone, E.164, or channel address, e.g. whatsapp:AR.15025.")]
WorkspaceOption = Annotated[str, typer.Option("--workspace", "-w", help="Only this business; all when not given.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@dataclass(frozen=True)
class _Person:
    """Who is to be forgotten, and where."""

    addresses: Sequence[str]
    phone: str
    workspaces: Sequence[Workspace]
    now: datetime


def forget(phone: PhoneArgument, workspace: WorkspaceOption = "", as_json: JsonOption = False) -> None:
    """Erases a customer everywhere and says how many rows of which table. Appointments to come are
    cancelled. Run it where the services' databases can be reached. Status 1 when one cannot."""
    settings = load(CliSettings)
    try:
        registry = load_registry(settings.workspaces_dir)
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
    erased, problems = asyncio.run(_everywhere(_Person(addresses, number, chosen, settings.make_clock()())))
    if as_json:
        print(json.dumps({"erased": erased, "problems": problems}))
    else:
        _print(erased)
    if problems:
        fail(f"forget: not everything was erased: {'; '.join(problems)}")


def _print(erased: dict[str, Counts]) -> None:
    for service, counts in erased.items():
        for table, count in counts.items():
            if table != "cancelled":
                print(f"{service:<8} {table:<18} {count}")
    cancelled = erased.get("agenda", {}).get("cancelled", 0)
    print(f"{cancelled} of the appointments were still to come: cancelled, and their time is free again")


async def _everywhere(person: _Person) -> tuple[dict[str, Counts], list[str]]:
    """Erases in every database that is there. Returns the counts by service, and what went wrong."""
    work: dict[str, tuple[str, Callable[[Database, _Person], Awaitable[Counts]]]] = {
        "broker": (load(BrokerDatabaseSettings).database_url, _broker),
        "agenda": (load(AgendaDatabaseSettings).database_url, _agenda),
        "gateway": (load(GatewayDatabaseSettings).database_url, _gateway),
    }
    erased: dict[str, Counts] = {}
    problems: list[str] = []
    person = await _with_other_channels(person, work["gateway"][0])
    for service, (url, erase) in work.items():
        try:
            async with opened(service, url) as database:
                erased[service] = await erase(database, person)
        except PulpoError as error:
            problems.append(f"{service}: {error.reason}: {error.message}")
            continue
        if not await asyncio.to_thread(_overwrite, url):
            problems.append(f"{service}: its file is busy and still holds what was erased; run this again")
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
    return _Person(
        (*person.addresses, *sorted(found - set(person.addresses))), person.phone, person.workspaces, person.now
    )


async def _gateway(database: Database, person: _Person) -> Counts:
    return await GatewayErasure(database).customer([each.id for each in person.workspaces], person.addresses)


async def _agenda(database: Database, person: _Person) -> Counts:
    return await AgendaErasure(database).customer(person.workspaces, person.addresses, person.phone, person.now)


async def _broker(database: Database, person: _Person) -> Counts:
    counts: Counts = {}
    for workspace in person.workspaces:
        conversations = [(address, conversation_id(workspace.id, address)) for address in person.addresses]
        for table, count in (await erase_customer(database, workspace, conversations)).items():
            counts[table] = counts.get(table, 0) + count
    return counts


def _overwrite(url: str) -> bool:
    """Rewrites an SQLite file without the pages that were erased; False when somebody is in the way."""
    parsed = make_url(url)
    if not parsed.drivername.startswith("sqlite") or not parsed.database:
        return True
    with closing(sqlite3.connect(parsed.database, timeout=10, isolation_level=None)) as connection:
        try:
            connection.execute("VACUUM")
            busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.OperationalError:
            return False
    return not busy
