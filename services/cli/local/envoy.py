"""Envoy as one of the mesh's processes."""

import shutil
import sys
from pathlib import Path

from cli.local.processes import PROGRAMS, Port, Program


def find_envoy() -> Path | None:
    """Envoy's program: the one of this virtual environment, or of the machine; None when there is none."""
    own = Path(sys.executable).with_name("envoy")
    found = own if own.is_file() else shutil.which("envoy")
    return Path(found) if found else None


def envoy_program(envoy: Path, config: Path) -> Program:
    """Envoy in front of the mesh: it listens where each service is known to be."""
    services = tuple(
        Port(program.name, port.variable, port.default)
        for program in PROGRAMS
        for port in program.ports
        if port.what in ("gRPC", "MCP and HTTP")
    )
    edge = Port("edge", "PULPO_HTTP_PORT", 8080)
    admin = Port("admin HTTP", "PULPO_ENVOY_ADMIN_PORT", 9901)
    flags = (
        "--disable-hot-restart",
        "--concurrency",
        "2",
        "--log-level",
        "warning",
        "--file-flush-interval-msec",
        "1000",
    )
    return Program(
        "envoy", (admin, edge, *services), argv=(str(envoy), "-c", str(config.absolute()), *flags), ready_path="/ready"
    )
