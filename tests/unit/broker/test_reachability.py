"""When a tool server counts as down, and what the log says of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from structlog.testing import capture_logs

from broker.calls.reachability import Reachability
from tests.unit.broker.builders import salon_manifest
from workspace.loader import load_registry

URL = "http://tools:8090/mcp"


class Answers:
    """A tool server that answers what it is told to, and the tools that are hastened."""

    def __init__(self, folder: Path) -> None:
        self.status, self.body = 405, b""
        self.hastened = 0
        (folder / "salon.yaml").write_text(yaml.safe_dump(salon_manifest(URL)), encoding="utf-8")
        self.reachability = Reachability(load_registry(folder), cast(Any, self), cast(Any, self))

    @asynccontextmanager
    async def send(self, method: str, url: str) -> AsyncIterator["Answers"]:
        assert (method, url) == ("OPTIONS", URL)
        yield self

    async def read(self) -> bytes:
        return self.body

    def hasten(self, _users: Any) -> None:
        self.hastened += 1

    async def look(self, status: int, body: bytes = b"") -> tuple[bool, list[tuple[bool, str]]]:
        """Whether it is up after this answer, and what the log says."""
        self.status, self.body = status, body
        with capture_logs() as lines:
            up = (await self.reachability.look())[URL]
        assert await self.reachability.all_up() is up
        return up, [(line["readiness"], line["reason"]) for line in lines]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"error": {"kind": "PERMISSION_DENIED", "reason": "CALLER_UNKNOWN"}}', "CALLER_UNKNOWN"),
        (b'{"error": {"reason": "+5491155551234"}}', "HTTP_403"), (b'{"error": "x"}', "HTTP_403"),
        (b"RBAC: access denied", "HTTP_403"), (b"\xff", "HTTP_403"), (b"[" * 100_000, "HTTP_403"),
    ],
)  # fmt: skip
async def test_a_server_that_refuses_the_broker_is_down_and_the_log_says_why(
    tmp_path: Path, body: bytes, reason: str
) -> None:
    server = Answers(tmp_path)
    assert await server.look(503) == (False, [(False, "HTTP_503")])
    assert await server.look(403, body) == (False, [(False, reason)])
    assert await server.look(403, body) == (False, [])
    assert server.hastened == 0
    assert await server.look(405) == (True, [(True, "")])
    assert server.hastened == 1


@pytest.mark.parametrize("status", [200, 400, 404, 405])
async def test_a_server_that_refuses_the_method_is_up(tmp_path: Path, status: int) -> None:
    assert await Answers(tmp_path).look(status) == (True, [])
