"""`pulpo handovers`: lists and shows what a person is told of, takes, gives back and closes it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import typer

from cli.settings import CliSettings
from cli.support.age import age
from cli.support.databases import opened
from cli.support.errors import fail
from cli.support.who import system_user
from gateway.domain.due import SESSION_S
from gateway.domain.handover import mask
from gateway.domain.holding import Act, Result, Ways
from gateway.settings import GatewayDatabaseSettings
from gateway.storage.handovers import Handover, Handovers
from gateway.storage.holding import Holding
from runtime.errors import PulpoError
from runtime.settings import load

REASONS = 5
"""Most reasons of a hand-over that the list names, the newest ones."""
TEXT_CHARS = 80
"""Longest text in the list, in characters."""
MOST_NOTE, MOST_BY = 500, 64
BACK_AFTER_S = 7_200.0
"""Seconds without a word after which what was taken here goes back."""
T = TypeVar("T")
handovers_app = typer.Typer(no_args_is_help=True, help="What customers wait for a person to answer.")
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AllOption = Annotated[bool, typer.Option("--all", help="Those that are closed too.")]
WorkspaceOption = Annotated[str, typer.Option("--workspace", "-w", help="Only this business; all when not given.")]
IdArgument = Annotated[str, typer.Argument(help="Id, as `pulpo handovers list` shows it.")]
IdsArgument = Annotated[list[str], typer.Argument(help="Ids, as `pulpo handovers list` shows them.")]
NoteOption = Annotated[str, typer.Option("--note", help="What was done about it.")]
ByOption = Annotated[str, typer.Option("--by", help="Who does it; the system's user when not given.")]


@handovers_app.command("list")
def list_(every: AllOption = False, workspace: WorkspaceOption = "", as_json: JsonOption = False) -> None:
    """Lists what nobody has closed: since when, why, whose (masked), how many messages, and the newest one.
    Requests come first, then notices, for which no customer waits."""
    found = _with_handovers(lambda handovers: handovers.all(workspace, closed=every))
    if as_json:
        print(json.dumps([_listed(each) for each in found], ensure_ascii=False))
        return
    now = _now()
    for each in found:
        since = age(max(0.0, now - each.opened_at))
        closed = f"  closed by {each.closed_by}" if each.closed_at else ""
        whose = f"{each.id}  {each.workspace:<24} {since:>6}  {mask(each.address):<14}"
        print(f"{whose}  {len(each.messages)}x {', '.join(_reasons(each))}  “{_newest(each)}”{closed}")
    if not found:
        print("nothing: nobody waits for a person")


@handovers_app.command()
def show(handover_id: IdArgument) -> None:
    """Shows one with the customer's address and every message, for whoever answers it."""
    found = _with_handovers(lambda handovers: handovers.one(handover_id))
    if found is None:
        fail(f"handovers: there is no {handover_id}")
    print(f"{found.workspace}  {_printable(found.address)}  {found.kind.value}")
    for message in found.messages:
        print(f"{_iso(message.at)}  {message.reason.value}: {_printable(message.text)}")
    if found.closed_at:
        print(f"{_iso(found.closed_at)}  closed by {found.closed_by}{': ' if found.note else ''}{found.note}")


@handovers_app.command()
def take(handover_id: IdArgument, by: ByOption = "") -> None:
    """Takes one: the bot says nothing in its conversation until it is given back or closed."""
    _act(handover_id, by, lambda holding, act, ways: holding.take(handover_id, act, ways))


@handovers_app.command()
def back(handover_id: IdArgument, by: ByOption = "") -> None:
    """Gives one back to the bot: it waits on, and people are told again."""
    _act(handover_id, by, lambda holding, act, _ways: holding.give_back(handover_id, act))


@handovers_app.command()
def close(ids: IdsArgument, note: NoteOption = "", by: ByOption = "", as_json: JsonOption = False) -> None:
    """Closes them. What the customer asks next opens another. Status 1 when any of them could not be closed."""
    who = by or system_user()
    if len(note) > MOST_NOTE or len(who) > MOST_BY or _printable(note + who) != note + who:
        fail(f"handovers: --note takes a line of up to {MOST_NOTE} characters, --by one of up to {MOST_BY}")

    async def run(handovers: Handovers) -> dict[str, bool]:
        holding = Holding(handovers.database)
        act = Act(who, _now(), takes_over=True)
        return {each: await holding.close(each, act, note) is Result.DONE for each in ids}

    found = _with_handovers(run)
    said = {each: "closed" if well else "no such open hand-over" for each, well in found.items()}
    print(json.dumps(said) if as_json else "\n".join(f"{each}: {what}" for each, what in said.items()))
    raise typer.Exit(0 if all(found.values()) else 1)


def _act(handover_id: str, by: str, do: Callable[[Holding, Act, Ways], Awaitable[Result]]) -> None:
    """Does something with a hand-over, and says what came of it. Status 1 when it could not be done."""
    act, ways = Act(by or system_user(), _now(), takes_over=True), Ways(False, BACK_AFTER_S, SESSION_S)
    result = _with_handovers(lambda handovers: do(Holding(handovers.database), act, ways))
    print(f"{handover_id}: {result.value}")
    raise typer.Exit(0 if result is Result.DONE else 1)


def _listed(each: Handover) -> dict[str, Any]:
    """A hand-over as the list has it in JSON."""
    return {
        "id": each.id,
        "workspace": each.workspace,
        "customer": mask(each.address),
        "kind": each.kind.value,
        "since": _iso(each.opened_at),
        "last": _iso(each.last_at),
        "count": len(each.messages),
        "reasons": _reasons(each),
        "text": each.messages[-1].text if each.messages else "",
        "closed": _iso(each.closed_at) if each.closed_at else None,
        "closed_by": each.closed_by,
        "note": each.note,
    }


def _reasons(each: Handover) -> list[str]:
    """Why a person is told, the newest reason first, each once."""
    return list(dict.fromkeys(message.reason.value for message in reversed(each.messages)))[:REASONS]


def _newest(each: Handover) -> str:
    text = _printable(each.messages[-1].text) if each.messages else ""
    return text if len(text) <= TEXT_CHARS else text[: TEXT_CHARS - 1] + "…"


def _printable(text: str) -> str:
    """A customer's text as one line without anything that a terminal obeys."""
    return "".join(char for char in " ".join(text.split()) if char.isprintable())


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def _now() -> float:
    """The time, seconds since 1970."""
    return load(CliSettings).make_clock()().timestamp()


def _with_handovers(work: Callable[[Handovers], Awaitable[T]]) -> T:
    async def run() -> T:
        async with opened("gateway", load(GatewayDatabaseSettings).database_url) as database:
            return await work(Handovers(database))

    try:
        return asyncio.run(run())
    except PulpoError as error:
        fail(f"handovers: {error.reason}: {error.message}")
