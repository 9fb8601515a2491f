"""Watches whether the MCP servers can be reached, so that a tool is tried again as soon as its
server is back instead of when its breaker's time is over."""

import asyncio
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

import httpx2

from broker.calls import ToolCaller
from broker.exchange import HttpClient
from broker.telemetry import SERVER_UP
from runtime.logs import get_logger
from workspace.model import Workspace

TIMEOUT_S = 1.0
AT_A_TIME = 16
_log = get_logger(__name__)


class Reachability:
    """Looks at every MCP server in turn and tells the tools about those that came back."""

    def __init__(self, workspaces: Iterable[Workspace], http: HttpClient, tools: ToolCaller) -> None:
        """`workspaces` are gone over at each look."""
        self._workspaces = workspaces
        self._users = _users_of(workspaces)
        self._http = http
        self._tools = tools
        self._up: dict[str, bool] = {}

    async def watch(self, every_s: float) -> None:
        """Looks again and again until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(every_s)

    async def look(self) -> dict[str, bool]:
        """Looks once. URL -> whether its server answers HTTP at all."""
        self._users = _users_of(self._workspaces)
        self._up = {url: up for url, up in self._up.items() if url in self._users}
        slots = asyncio.Semaphore(AT_A_TIME)

        async def one(url: str) -> None:
            async with slots:
                self._note(url, await self._answers(url))

        await asyncio.gather(*(one(url) for url in self._users))
        return dict(self._up)

    async def all_up(self) -> bool:
        """Whether every server answered when it was last looked at."""
        return all(self._up.values())

    async def _answers(self, url: str) -> bool:
        """Any answer will do: a server of MCP refuses OPTIONS, and refusing is living."""
        try:
            async with asyncio.timeout(TIMEOUT_S), self._http.stream("OPTIONS", url) as response:
                return response.status_code < 500
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, TimeoutError):
            return False

    def _note(self, url: str, up: bool) -> None:
        before = self._up.get(url)
        self._up[url] = up
        target = _target(url)
        SERVER_UP.labels(target).set(up)
        if before is not up and not (before is None and up):
            _log.warning("tool server reachability changed", target=target, readiness=up)
        if up and before is False:
            self._tools.hasten(_among(self._users[url]))


def _users_of(workspaces: Iterable[Workspace]) -> dict[str, set[tuple[str, str]]]:
    """URL of a server -> the workspaces and tools that use it."""
    users: dict[str, set[tuple[str, str]]] = {}
    for workspace in workspaces:
        for tool in workspace.tools:
            users.setdefault(workspace.mcp[tool.server], set()).add((workspace.id, tool.name))
    return users


def _among(users: set[tuple[str, str]]) -> Callable[[str, str], bool]:
    return lambda workspace, tool: (workspace, tool) in users


def _target(url: str) -> str:
    """Host and port of a URL: never its credentials, path or query."""
    parts = urlsplit(url)
    return f"{parts.hostname or ''}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
