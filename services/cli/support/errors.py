"""Ends a command with one line on standard error."""

import sys
from typing import NoReturn

import typer


class SetUpError(ValueError):
    """The set-up of this machine is not usable; the text is the one line to show."""


def fail(message: str) -> NoReturn:
    """Ends the command with one line on standard error and status 1."""
    print(f"pulpo: {message}", file=sys.stderr)
    raise typer.Exit(1)
