"""Polls whether the MCP servers can be reached, so that the breakers of a server that is back probe at once."""

import asyncio
import json
import re
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

import httpx2

from broker.calls.caller import ToolCaller
from broker.calls.http_client import HttpClient
from broker.telemetry import SERVER_UP
from runtime.observability.logs import get_logger
from workspace.model import Workspace

TIMEOUT_S = 1.0
AT_A_TIME = 16
FORBIDDEN = 403
_REASON = re.compile(r"[A-Z][A-Z_]{0,62}")
_log = get_logger(__name__)


class Reachability:
    """Polls every MCP server, and lets the breakers of those that came back probe."""

    def __init__(self, workspaces: Iterable[Workspace], http: HttpClient, tools: ToolCaller) -> None:
        """`workspaces` are iterated at each poll."""
        self._workspaces = workspaces
        self._users = _users_of(workspaces)
        self._http = http
        self._tools = tools
        self._troubles: dict[str, str] = {}

    async def look(self) -> dict[str, bool]:
        """Polls once. URL -> whether its server answers HTTP, and does not refuse this broker."""
        self._users = _users_of(self._workspaces)
        self._troubles = {url: trouble for url, trouble in self._troubles.items() if url in self._users}
        slots = asyncio.Semaphore(AT_A_TIME)

        async def one(url: str) -> None:
            async with slots:
                self._note(url, await self._trouble(url))

        await asyncio.gather(*(one(url) for url in self._users))
        return {url: not trouble for url, trouble in self._troubles.items()}

    async def all_up(self) -> bool:
        """Whether every server answered when it was last looked at."""
        return not any(self._troubles.values())

    async def _trouble(self, url: str) -> str:
        """Why a server is down; empty when it is up. Most answers count as up: an MCP server
        refuses OPTIONS. One that refuses the caller refuses its tools too."""
        try:
            async with asyncio.timeout(TIMEOUT_S), self._http.stream("OPTIONS", url) as response:
                if response.status_code == FORBIDDEN:
                    return _reason(await response.aread())
                return "" if response.status_code < 500 else f"HTTP_{response.status_code}"
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, TimeoutError):
            return "UNREACHABLE"

    def _note(self, url: str, trouble: str) -> None:
        before, up = self._troubles.get(url), not trouble
        self._troubles[url] = trouble
        target = _target(url)
        SERVER_UP.labels(target).set(up)
        if trouble != (before or ""):
            _log.warning("tool server reachability changed", target=target, readiness=up, reason=trouble)
        if up and before:
            self._tools.hasten(_among(self._users[url]))


def _users_of(workspaces: Iterable[Workspace]) -> dict[str, set[tuple[str, str]]]:
    """URL of a server -> the workspaces and tools that use it."""
    users: dict[str, set[tuple[str, str]]] = {}
    for workspace in workspaces:
        for tool in workspace.tools:
            users.setdefault(workspace.mcp[tool.server], set()).add((workspace.id, tool.name))
    return users


def _reason(body: bytes) -> str:
    """The reason in a refusal as the agenda writes them; HTTP_403 in any other."""
    try:
        reason = str(json.loads(body)["error"]["reason"])
    except (ValueError, TypeError, LookupError, RecursionError):
        reason = ""
    return reason if _REASON.fullmatch(reason) else f"HTTP_{FORBIDDEN}"


def _among(users: set[tuple[str, str]]) -> Callable[[str, str], bool]:
    return lambda workspace, tool: (workspace, tool) in users


def _target(url: str) -> str:
    """Host and port of a URL: never its credentials, path or query."""
    parts = urlsplit(url)
    return f"{parts.hostname or ''}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
