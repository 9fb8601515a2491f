"""How a command ends that cannot do what it was asked for."""

import sys
from typing import NoReturn

import typer


def fail(message: str) -> NoReturn:
    """Ends the command with one line on standard error and status 1."""
    print(f"pulpo: {message}", file=sys.stderr)
    raise typer.Exit(1)
