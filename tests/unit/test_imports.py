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
    "starlette",
    "uvicorn",
    "mcp",
    "twilio",
    "sqlalchemy",
}
EDGES = {
    "extractor": {"servicer", "__main__"},
    "planner": {"servicer", "__main__"},
    "nlg": {"servicer", "__main__"},
    "broker": {"servicer", "__main__", "erasure", "exchange", "mcp_endpoint", "reachability", "store", "wiring"},
    "agenda": {"app", "mcp_server", "server", "tool_server", "__main__", "erasure", "store", "tables"},
    "gateway": {
        "app",
        "arrivals",
        "decisions",
        "deliveries",
        "erasure",
        "evidence",
        "letters",
        "outbox",
        "rows",
        "session",
        "shadow_store",
        "twilio_api",
        "http_server",
        "process",
        "servicer",
        "__main__",
        "store",
        "tables",
        "mesh",
        "wire",
    },
}


def outside_imports(file: Path) -> Iterator[str]:
    """The packages of OUTSIDE that a module imports."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
        yield from (name for name in (each.split(".")[0] for each in names) if name in OUTSIDE)


@pytest.mark.parametrize("service", EDGES)
def test_only_the_edges_of_a_service_speak_to_the_outside(service: str) -> None:
    found = {file.stem: set(outside_imports(file)) for file in (SERVICES / service).glob("*.py")}
    assert {name for name, imports in found.items() if imports} <= EDGES[service], found
