"""`pulpo doctor`: what is well and what is not, here and in a running mesh."""

import asyncio
import os
import platform
import sys
from dataclasses import dataclass
from importlib import metadata

from cli.probes import is_up
from cli.processes import PROGRAMS
from cli.settings import CliSettings, environment
from workspace.errors import ManifestError
from workspace.loader import load_registry

PACKAGES = ("grpcio", "protobuf", "pydantic", "jsonschema", "starlette", "twilio", "mcp", "sqlalchemy")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    """What was looked at."""
    ok: bool
    """Whether it is as it should be."""
    detail: str
    """What was found, and what to do when it is not well."""


def examine(settings: CliSettings) -> list[Finding]:
    """Looks at Python, packages, settings, manifests, the data folder and each service."""
    return [
        _python(),
        _packages(),
        _manifests(settings),
        _data_dir(settings),
        _token(settings),
        *asyncio.run(_services()),
    ]


def _python() -> Finding:
    return Finding("python", sys.version_info >= (3, 11), f"{platform.python_version()}, needs 3.11 or later")


def _packages() -> Finding:
    versions, missing = [], []
    for name in PACKAGES:
        try:
            versions.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    return Finding(
        "packages", not missing, f"missing {', '.join(missing)}; run make setup" if missing else ", ".join(versions)
    )


def _manifests(settings: CliSettings) -> Finding:
    try:
        registry = load_registry(settings.workspaces_dir)
    except ManifestError as error:
        return Finding("workspaces", False, str(error))
    return Finding("workspaces", True, ", ".join(f"{each.id} ({each.numbers[0]}, {each.tier})" for each in registry))


def _data_dir(settings: CliSettings) -> Finding:
    folder = settings.data_dir
    parent = folder if folder.exists() else folder.absolute().parent
    return Finding(
        "data", os.access(parent, os.W_OK), f"{folder} is {'' if os.access(parent, os.W_OK) else 'not '}writable"
    )


def _token(settings: CliSettings) -> Finding:
    development = settings.twilio_auth_token == "dev-token"  # noqa: S105 - the published development token
    well = not development or settings.profile == "development"
    return Finding("twilio token", well, "the development one; set TWILIO_AUTH_TOKEN" if development else "set")


async def _services() -> list[Finding]:
    current = environment()
    try:
        up = await asyncio.gather(*(is_up(program, current) for program in PROGRAMS))
    except ValueError as error:
        return [Finding("ports", False, str(error))]
    return [
        Finding(
            program.name,
            well,
            f"{program.ports[0].what} port {program.ports[0].number(current)}"
            + ("" if well else ": not ready; is the mesh up?"),
        )
        for program, well in zip(PROGRAMS, up, strict=True)
    ]
