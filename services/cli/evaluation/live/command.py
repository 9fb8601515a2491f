"""`pulpo eval live`: customers who react to replies, against the mesh's real processes."""

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from cli.evaluation.live.task_file import FileError, Loaded, read_tasks
from cli.settings import CliSettings
from runtime.settings import load


def live(
    file: Annotated[Path, typer.Argument(help="Tasks, a JSON object a line (docs/live-evaluation.md).")],
    check: Annotated[bool, typer.Option("--check", help="Only read the file and say what is wrong in it.")] = False,
) -> None:
    """Plays customers who react to replies. Status 1 under the least shares, 2 for an unusable file."""
    tasks = _read(file)
    if check:
        businesses = {business.workspace.id for _, business in tasks}
        print(f"{file}: {len(tasks)} tasks of {len(businesses)} businesses are well formed")
        raise typer.Exit


def _read(file: Path) -> Loaded:
    try:
        return read_tasks(file, load(CliSettings).workspaces_dir)
    except FileError as error:
        _fail(str(error))


def _fail(message: str) -> NoReturn:
    for line in message.splitlines():
        print(f"pulpo eval live: {line}", file=sys.stderr)
    raise typer.Exit(2)
