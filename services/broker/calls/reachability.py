"""Polls whether the MCP servers can be reached, so that the breakers of a server that is back probe at once."""

import asyncio
import json
import re
from collections.abc import Callable
from urllib.parse import urlsplit

import aiohttp

from broker.calls.caller import ToolCaller
from broker.calls.http_client import HttpClient
from broker.telemetry import SERVER_UP
from runtime.observability.logs import get_logger
from workspace.registry import Registry

TIMEOUT_S = 1.0
AT_A_TIME = 16
FORBIDDEN = 403
_REASON = re.compile(r"[A-Z][A-Z_]{0,62}")
_log = get_logger(__name__)


class Reachability:
    """Polls every MCP server, and lets the breakers of those that came back probe."""

    def __init__(
        self,
        registry: Registry,
        http: HttpClient,
        tools: ToolCaller,
        address: Callable[[str], str] = lambda url: url,
    ) -> None:
        """`address` says where the servers of a manifest's URL are."""
        self._registry, self._address = registry, address
        self._version, self._users = registry.version, self._users_now()
        self._http = http
        self._tools = tools
        self._troubles: dict[str, str] = {}

    async def look(self) -> dict[str, bool]:
        """Polls once. URL -> whether its server answers HTTP, and does not refuse this broker."""
        if self._version != self._registry.version:
            self._version, self._users = self._registry.version, self._users_now()
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
            async with asyncio.timeout(TIMEOUT_S), self._http.send("OPTIONS", url) as answer:
                if answer.status == FORBIDDEN:
                    return _reason(await answer.read())
                return "" if answer.status < 500 else f"HTTP_{answer.status}"
        except (aiohttp.ClientError, OSError, TimeoutError):
            return "UNREACHABLE"

    def _note(self, url: str, trouble: str) -> None:
        before, up = self._troubles.get(url), not trouble
        self._troubles[url] = trouble
        target = _target(url)
        SERVER_UP.labels(target).set(up)
        if trouble != (before or ""):
            _log.warning("tool server reachability changed", target=target, readiness=up, reason=trouble)
        if up and before:
            self._tools.hasten(lambda workspace, tool: self._serves(url, workspace, tool))

    def _users_now(self) -> dict[str, set[str]]:
        """URL of a server -> the workspaces that use it."""
        users: dict[str, set[str]] = {}
        for manifest in self._registry.manifests():
            for url in manifest.servers:
                users.setdefault(self._address(url), set()).add(manifest.id)
        return users

    def _serves(self, url: str, workspace_id: str, tool_name: str) -> bool:
        """Whether a tool of a workspace is at this server."""
        workspace = self._registry.get(workspace_id) if workspace_id in self._users[url] else None
        tool = workspace.tool(tool_name) if workspace else None
        return bool(workspace and tool and workspace.mcp[tool.server] == url)


def _reason(body: bytes) -> str:
    """The reason in a refusal as the agenda writes them; HTTP_403 in any other."""
    try:
        reason = str(json.loads(body)["error"]["reason"])
    except (ValueError, TypeError, LookupError, RecursionError):
        reason = ""
    return reason if _REASON.fullmatch(reason) else f"HTTP_{FORBIDDEN}"


def _target(url: str) -> str:
    """Host and port of a URL: never its credentials, path or query."""
    parts = urlsplit(url)
    return f"{parts.hostname or ''}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
