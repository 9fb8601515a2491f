"""`pulpo migrate`: brings the databases of the services up to date."""

import subprocess
from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from cli.local.credentials import without_others
from cli.local.processes import environment_for, program
from cli.settings import environment
from cli.support.errors import fail

SERVICES = ("agenda", "broker", "gateway")
"""The services that have a database."""


def migrate(service: Annotated[str, typer.Option(help=f"Only this one: {', '.join(SERVICES)}.")] = "") -> None:
    """Brings the services' databases up to date. Needed before a new release starts in production."""
    if service and service not in SERVICES:
        fail(f"--service: expected one of {', '.join(SERVICES)}, got {service!r}")
    raise typer.Exit(run_migrations([service] if service else SERVICES, environment()))


def run_migrations(services: Sequence[str], environment: Mapping[str, str]) -> int:
    """Runs each service's own command, which says what it did. Returns the first status that is not 0."""
    statuses = [
        subprocess.run(  # noqa: S603 - our own program
            [*program(name).command(), "migrate"], env=without_others(name, environment_for(environment)), check=False
        ).returncode
        for name in services
    ]
    return next((status for status in statuses if status), 0)
