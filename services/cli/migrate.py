"""`pulpo migrate`: brings the databases of the services up to date."""

import subprocess
from collections.abc import Mapping, Sequence

from cli.processes import environment_for, program

SERVICES = ("agenda", "broker", "gateway")
"""The services that have a database."""


def migrate(services: Sequence[str], environment: Mapping[str, str]) -> int:
    """Runs each service's own command, which says what it did. Returns the first status that is not 0."""
    statuses = [
        subprocess.run([*program(name).command(), "migrate"], env=environment_for(environment), check=False).returncode  # noqa: S603 - our own program
        for name in services
    ]
    return next((status for status in statuses if status), 0)
