"""`pulpo outbox`: lists, replays and drops what could not be answered."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, TypeVar

import typer

from cli.support.age import age
from cli.support.databases import opened
from cli.support.errors import fail
from gateway.settings import GatewayDatabaseSettings, GatewaySettings
from gateway.storage.dead_letters import DeadLetters
from runtime.errors import PulpoError
from runtime.settings import load

T = TypeVar("T")
outbox_app = typer.Typer(no_args_is_help=True, help="Replies that could not be sent, and messages nobody answered.")
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
IdsArgument = Annotated[list[str] | None, typer.Argument(help="Ids, as `pulpo outbox list` shows them.")]
AllOption = Annotated[bool, typer.Option("--all", help="All that are listed.")]


@outbox_app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """Lists dead letters, replies that may have left, and messages without an answer, oldest first."""
    dead_letters = _with_dead_letters(lambda all_: all_.all())
    if as_json:
        print(json.dumps([asdict(letter) for letter in dead_letters]))
        return
    for letter in dead_letters:
        print(f"{letter.id}  {letter.workspace:<24} {age(letter.age_s):>5}  {letter.kind.value:<10} {letter.reason}")
    if not dead_letters:
        print("nothing: every message has its answer")


@outbox_app.command()
def replay(ids: IdsArgument = None, every: AllOption = False, as_json: JsonOption = False) -> None:
    """Has them sent, or answered, by a running gateway. What may have left is looked for at Twilio first."""
    if not load(GatewaySettings).calls_twilio:
        fail("outbox replay: there is no way to send: set TWILIO_ACCOUNT_SID, here and at the gateway")
    _each(ids, every, as_json, DeadLetters.replay, "replayed", "no such letter, or its customer cannot be written to")


@outbox_app.command()
def drop(ids: IdsArgument = None, every: AllOption = False, as_json: JsonOption = False) -> None:
    """Takes them off the list for good; nothing is sent."""
    _each(ids, every, as_json, DeadLetters.drop, "dropped", "no such letter")


def _each(
    ids: list[str] | None,
    every: bool,
    as_json: bool,
    work: Callable[[DeadLetters, str], Awaitable[bool]],
    done: str,
    not_done: str,
) -> None:
    """Does something with each dead letter, and says so. Status 1 when any of them could not be done."""
    if bool(ids) == every:
        fail("outbox: expected ids, or --all")

    async def run(dead_letters: DeadLetters) -> dict[str, bool]:
        chosen = ids or [letter.id for letter in await dead_letters.all()]
        return {each: await work(dead_letters, each) for each in chosen}

    found = _with_dead_letters(run)
    if as_json:
        print(json.dumps({each: done if well else not_done for each, well in found.items()}))
    else:
        for each, well in found.items():
            print(f"{each}: {done if well else not_done}")
    raise typer.Exit(0 if all(found.values()) else 1)


def _with_dead_letters(work: Callable[[DeadLetters], Awaitable[T]]) -> T:
    async def run() -> T:
        async with opened("gateway", load(GatewayDatabaseSettings).database_url) as database:
            return await work(DeadLetters(database))

    try:
        return asyncio.run(run())
    except PulpoError as error:
        fail(f"outbox: {error.reason}: {error.message}")
