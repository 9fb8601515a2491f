"""`pulpo doctor`: checks this machine's set-up and the services of a running mesh."""

import asyncio
import json
import os
import platform
import sys
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import Annotated

import typer

from cli.local.credentials import FILE, VARIABLE
from cli.local.probes import is_up
from cli.local.workers import VARIABLE as WORKERS
from cli.local.workers import programs_of, workers_in
from cli.settings import CliSettings, environment
from runtime.settings import load
from workspace.errors import ManifestError
from workspace.loader import load_registry

PACKAGES = ("grpcio", "protobuf", "pydantic", "jsonschema", "starlette", "twilio", "mcp", "sqlalchemy")


@dataclass(frozen=True)
class Finding:
    """The result of one check."""

    what: str
    """What was checked."""
    ok: bool
    """Whether it is as it should be."""
    detail: str
    """What was found, and what to do when it is not well."""


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Says what is well and what is not, here and in a running mesh. Status 1 when something is not."""
    findings = examine(load(CliSettings))
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            print(f"{'ok  ' if finding.ok else 'FAIL'} {finding.what}: {finding.detail}")
    raise typer.Exit(0 if all(finding.ok for finding in findings) else 1)


def examine(settings: CliSettings) -> list[Finding]:
    """Looks at Python, packages, settings, manifests, the data folder and each service."""
    return [
        _python(),
        _packages(),
        _manifests(settings),
        _data_dir(settings),
        _token(settings),
        _secret(settings),
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


def _secret(settings: CliSettings) -> Finding:
    if settings.mesh_secret.get_secret_value():
        return Finding("mesh secret", True, f"{VARIABLE} is set")
    file = settings.data_dir / FILE
    if not file.exists():
        return Finding("mesh secret", True, f"{file} is made when the mesh starts")
    mode = file.stat().st_mode & 0o777
    return Finding("mesh secret", not mode & 0o077, f"{file} has mode {mode:04o}; only its owner may read it")


async def _services() -> list[Finding]:
    current = environment()
    try:
        programs = programs_of(workers_in(current.get(WORKERS, "")), current)
        up = await asyncio.gather(*(is_up(program, {**current, **program.settings}) for program in programs))
    except ValueError as error:
        return [Finding("ports", False, str(error))]
    return [
        Finding(
            program.name,
            well,
            f"{program.ports[0].what} port {program.ports[0].number({**current, **program.settings})}"
            + ("" if well else ": not ready; is the mesh up?"),
        )
        for program, well in zip(programs, up, strict=True)
    ]
