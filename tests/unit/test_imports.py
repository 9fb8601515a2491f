"""Which modules may import what speaks to the outside. The rest of each service is pure domain code."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SERVICES = Path(__file__).resolve().parents[2] / "services"
OUTSIDE = {
    "grpc",
    "grpc_health",
    "grpc_reflection",
    "pulpo",
    "httpx2",
    "aiohttp",
    "starlette",
    "uvicorn",
    "mcp",
    "twilio",
    "sqlalchemy",
}
EDGES = {
    "turn": {"converters", "reading_converters", "task_converters", "guard"},
    "extractor": {"servicer", "__main__"},
    "planner": {"servicer", "__main__"},
    "nlg": {"servicer", "__main__"},
    "broker": {
        "servicer",
        "__main__",
        "wiring",
        "calls.http_client",
        "calls.mcp_endpoint",
        "calls.reachability",
        "storage",
    },
    "agenda": {"__main__", "server", "storage"},
}
"""By package: the packages and modules that speak to the outside. The gateway's are in pyproject.toml, as layers."""


def outside_imports(file: Path) -> Iterator[str]:
    """The packages of OUTSIDE that a module imports."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
        yield from (name for name in (each.split(".")[0] for each in names) if name in OUTSIDE)


@pytest.mark.parametrize("service", EDGES)
def test_only_the_edges_of_a_service_speak_to_the_outside(service: str) -> None:
    folder = SERVICES / service
    found = {
        ".".join(file.relative_to(folder).with_suffix("").parts): set(outside_imports(file))
        for file in folder.rglob("*.py")
        if "migrations" not in file.parts
    }
    inside = {
        name: imports
        for name, imports in found.items()
        if imports and not any(name == edge or name.startswith(f"{edge}.") for edge in EDGES[service])
    }
    assert not inside
