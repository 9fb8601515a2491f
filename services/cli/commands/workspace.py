"""`pulpo workspace`: manifests of businesses, and the store of a mesh that has them."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from cli.manifest.doubts import doubts_of
from cli.manifest.reference import as_markdown, manifest_schema
from cli.support.databases import opened
from cli.support.errors import fail
from cli.support.who import system_user
from gateway.settings import GatewayDatabaseSettings
from gateway.storage.workspaces import Candidate, Outcome, Version, WorkspaceStore
from gateway.workspaces.filling import candidate_of
from runtime.errors import PulpoError
from runtime.settings import load
from workspace.clashes import Owners
from workspace.errors import ManifestError
from workspace.loader import load_manifest, read_bytes

MOST_BY = 64
T = TypeVar("T")
workspace_app = typer.Typer(no_args_is_help=True, help="Workspace manifests.")
FilesArgument = Annotated[list[Path], typer.Argument(help="Manifests.")]
IdArgument = Annotated[str, typer.Argument(help="Id of a business.")]
IdsArgument = Annotated[list[str], typer.Argument(help="Ids of businesses.")]
ByOption = Annotated[str, typer.Option("--by", help="Who changes it; the system's user when not given.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
VersionOption = Annotated[int | None, typer.Option("--version", "-v", min=1, help="A version, as `history` shows it.")]


@workspace_app.callback()
def workspace() -> None:
    """Workspace manifests."""


@workspace_app.command()
def check(files: FilesArgument) -> None:
    """Checks manifests. Every problem is a line: file, path in it, what was expected. Status 1 on any. What can be used
    and is probably not meant is told as a doubt, and changes no status."""
    wrong = False
    owners = Owners()
    for file in files:
        try:
            manifest = load_manifest(file)
            problems = owners.claim(file, manifest)
            if problems:
                raise ManifestError(problems)
            workspace = manifest.workspace()
        except ManifestError as error:
            wrong = True
            print(error, file=sys.stderr)
        else:
            for doubt in doubts_of(workspace, datetime.now(UTC)):
                print(f"{file}: doubtful: {doubt}")
            print(
                f"{file}: {workspace.id} is well: {len(workspace.services)} services, {len(workspace.staff)} staff, "
                f"{len(workspace.tools)} tools, tier {workspace.tier}"
            )
    raise typer.Exit(1 if wrong else 0)


@workspace_app.command()
def schema() -> None:
    """Prints a JSON Schema of manifests, for editors."""
    print(json.dumps(manifest_schema(), ensure_ascii=False, indent=2))


@workspace_app.command()
def reference(
    write: Annotated[Path | None, typer.Option(help="Write the page to this file instead of printing it.")] = None,
) -> None:
    """Prints the page of every key of a manifest, made from the model."""
    page = as_markdown()
    if write is None:
        sys.stdout.write(page)
    else:
        write.write_text(page, encoding="utf-8")


@workspace_app.command()
def apply(files: FilesArgument, by: ByOption = "") -> None:
    """Puts manifests in force: all of them, or none when one cannot be used or has a number of another business. The
    mesh takes them up within two seconds, without a restart."""
    candidates: list[Candidate] = []
    wrong = False
    for file in files:
        try:
            candidates.append(candidate_of(file, read_bytes(file)))
        except ManifestError as error:
            wrong = True
            print(error, file=sys.stderr)
    if wrong:
        fail("workspace apply: nothing was changed")
    outcomes = _with_store(lambda store: store.apply(candidates, _by(by), "apply", together=True))
    refused = any(outcome.problem for outcome in outcomes)
    for file, outcome in zip(files, outcomes, strict=True):
        if outcome.problem:
            print(f"{file}: {outcome.id}: {outcome.problem}", file=sys.stderr)
        elif not refused:
            _say(outcome)
    if refused:
        fail("workspace apply: nothing was changed")


@workspace_app.command()
def rollback(workspace_id: IdArgument, version: VersionOption = None, by: ByOption = "") -> None:
    """Puts a former version in force again, the one before when none is named, also of a business that was removed."""
    outcome = _with_store(lambda store: store.rollback(workspace_id, version, _by(by)))
    if outcome.problem:
        fail(f"workspace rollback: {outcome.problem}")
    _say(outcome)


@workspace_app.command()
def remove(workspace_ids: IdsArgument, by: ByOption = "") -> None:
    """Takes businesses away: they answer nothing more. Their versions and conversations stay."""
    outcomes = _with_store(lambda store: store.remove(workspace_ids, _by(by)))
    for outcome in outcomes:
        print(f"{outcome.id}: {'removed' if outcome.changed else 'no such business'}")
    raise typer.Exit(0 if all(outcome.changed for outcome in outcomes) else 1)


@workspace_app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """Lists the businesses in force: since when, in which version, by whom and from where."""
    _print(_with_store(lambda store: store.listing()), as_json, "nothing: no business is in force")


@workspace_app.command()
def history(workspace_id: IdArgument, as_json: JsonOption = False) -> None:
    """Lists the versions of a business, the newest first, and who made them. The one in force has a star."""
    found = _with_store(lambda store: store.history(workspace_id))
    if not found:
        fail(f"workspace history: there never was a business {workspace_id!r}")
    _print(found, as_json, "")


@workspace_app.command()
def show(workspace_id: IdArgument, version: VersionOption = None) -> None:
    """Prints a manifest as it was written: what is in force, or a version."""
    found = _with_store(lambda store: store.source(workspace_id, version))
    if found is None:
        fail(f"workspace show: there is no {f'version {version} of ' if version else ''}{workspace_id!r} in force")
    sys.stdout.write(found)


def _print(versions: list[Version], as_json: bool, nothing: str) -> None:
    if as_json:
        print(json.dumps([asdict(each) for each in versions]))
        return
    for each in versions:
        at = datetime.fromtimestamp(each.at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        of = f" to {each.of_version}" if each.of_version else ""
        star = "*" if each.in_force else " "
        print(f"{star} {each.id:<24} {each.version:>4}  {at}  {each.origin}{of} by {each.by}  {each.digest[:12]}")
    if not versions and nothing:
        print(nothing)


def _say(outcome: Outcome) -> None:
    print(f"{outcome.id}: {'' if outcome.changed else 'unchanged, '}version {outcome.version} is in force")


def _by(named: str) -> str:
    return (named or system_user())[:MOST_BY]


def _with_store(work: Callable[[WorkspaceStore], Awaitable[T]]) -> T:
    async def run() -> T:
        async with opened("gateway", load(GatewayDatabaseSettings).database_url) as database:
            return await work(WorkspaceStore(database))

    try:
        return asyncio.run(run())
    except PulpoError as error:
        fail(f"workspace: {error.reason}: {error.message}")
