"""`pulpo workspace`: manifests of businesses."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from workspace.errors import ManifestError
from workspace.loader import load_workspace

workspace_app = typer.Typer(no_args_is_help=True, help="Workspace manifests.")


@workspace_app.callback()
def workspace() -> None:
    """Workspace manifests."""


@workspace_app.command()
def check(files: Annotated[list[Path], typer.Argument(help="Manifests to check.")]) -> None:
    """Checks manifests. Every problem is a line: file, path in it, what was expected. Status 1 on any."""
    wrong = False
    for file in files:
        try:
            workspace = load_workspace(file)
        except ManifestError as error:
            wrong = True
            print(error, file=sys.stderr)
        else:
            print(
                f"{file}: {workspace.id} is well: {len(workspace.services)} services, {len(workspace.staff)} staff, "
                f"{len(workspace.tools)} tools, tier {workspace.tier}"
            )
    raise typer.Exit(1 if wrong else 0)
