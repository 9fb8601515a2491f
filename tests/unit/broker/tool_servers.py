"""Real MCP servers on free ports that behave, or misbehave on purpose."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from mcp.server.mcpserver import Context, MCPServer
from starlette.types import ASGIApp, Receive, Scope, Send

from runtime.http.server import HttpServer

Meta = dict[str, Any]
Behave = Callable[[dict[str, Any], Meta], Awaitable[Any]]
Call = Context[Any, Any]
MODERN = b"2026-07-28"


@dataclass
class Received:
    """One tool call as the server saw it."""

    tool: str
    args: dict[str, Any]
    meta: Meta


@dataclass
class ToolServer:
    """What a server answers, and what it has received."""

    url: str = ""
    calls: list[Received] = field(default_factory=list)
    behaviours: dict[str, Behave] = field(default_factory=dict)
    http: deque[ASGIApp] = field(default_factory=deque)
    """Answers to the next POSTs, given instead of MCP's; the last one stays when `stays` is set."""
    stays: bool = False
    posts: int = 0
    versions: list[str] = field(default_factory=list)
    """Protocol versions that POSTs were stamped with."""
    is_old: bool = False
    """Whether to refuse the modern protocol as an older server does."""
    json_response: bool = True
    keeps_sessions: bool = False
    methods: list[str] = field(default_factory=list)
    """HTTP methods of all requests."""
    port: int = 0
    server: HttpServer | None = None

    async def start(self) -> None:
        """Serves, on the port it had before if any."""
        mcp = build_mcp(self).streamable_http_app(
            stateless_http=not self.keeps_sessions, json_response=self.json_response
        )
        self.server = HttpServer(1.0, most=200)
        self.port = self.server.listen("127.0.0.1", self.port)
        await self.server.start(_gate(self, mcp))
        self.url = f"http://127.0.0.1:{self.port}/mcp"

    def tools(self) -> list[str]:
        """The tools called, in order."""
        return [call.tool for call in self.calls]

    def misbehave(self, *apps: ASGIApp, stays: bool = False) -> None:
        """Gives the next POSTs to these applications."""
        self.http.extend(apps)
        self.stays = stays

    async def answer(self, tool: str, ctx: Call, args: dict[str, Any]) -> Any:
        meta = dict(ctx.request_context.meta or {})
        said = {name: value for name, value in args.items() if value is not None}
        self.calls.append(Received(tool, said, meta))
        behave = self.behaviours.get(tool)
        return await behave(said, meta) if behave else {"ok": True}

    async def stop(self) -> None:
        """Stops serving, as a server that died."""
        if self.server:
            await self.server.stop()
            self.server = None


def build_mcp(server: ToolServer) -> MCPServer:
    """An MCP server with the tools that the tests use, all answered by `server`."""
    mcp = MCPServer("tools", log_level="CRITICAL")

    @mcp.tool()
    async def get_business_hours(ctx: Call) -> dict[str, Any]:
        return await server.answer("get_business_hours", ctx, {})  # type: ignore[no-any-return]

    @mcp.tool()
    async def check_service_availability(
        ctx: Call, service_type: str, date_str: str, staff_name: str | None = None
    ) -> dict[str, Any]:
        args = {"service_type": service_type, "date_str": date_str, "staff_name": staff_name}
        return await server.answer("check_service_availability", ctx, args)  # type: ignore[no-any-return]

    @mcp.tool()
    async def book_appointment(
        ctx: Call,
        service_type: str,
        preferred_date: str,
        preferred_time: str,
        client_name: str,
        client_email: str,
        client_phone: str | None = None,
        staff_name: str | None = None,
    ) -> dict[str, Any]:
        said = {"service_type": service_type, "preferred_date": preferred_date, "preferred_time": preferred_time}
        who = {"client_name": client_name, "client_email": client_email, "client_phone": client_phone}
        return await server.answer("book_appointment", ctx, {**said, **who, "staff_name": staff_name})  # type: ignore[no-any-return]

    @mcp.tool()
    async def find_appointment_by_phone(ctx: Call, client_phone: str) -> dict[str, Any]:
        return await server.answer("find_appointment_by_phone", ctx, {"client_phone": client_phone})  # type: ignore[no-any-return]

    @mcp.tool()
    async def cancel_appointment(ctx: Call, booking_id: str) -> dict[str, Any]:
        return await server.answer("cancel_appointment", ctx, {"booking_id": booking_id})  # type: ignore[no-any-return]

    return mcp


def _gate(server: ToolServer, inner: ASGIApp) -> ASGIApp:
    """Lets a request through to MCP unless the server is to misbehave."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            server.methods.append(scope["method"])
        if scope["type"] != "http" or scope["method"] != "POST":
            await inner(scope, receive, send)
            return
        server.posts += 1
        version = dict(scope["headers"]).get(b"mcp-protocol-version", b"")
        server.versions.append(version.decode())
        if server.http:
            misbehaviour = server.http[0] if server.stays and len(server.http) == 1 else server.http.popleft()
            await misbehaviour(scope, receive, send)
        elif server.is_old and version == MODERN:
            await reply(400, b'{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"no session"}}')(
                scope, receive, send
            )
        else:
            await inner(scope, receive, send)

    return app


@asynccontextmanager
async def tool_server(*, json_response: bool = True, keeps_sessions: bool = False) -> AsyncIterator[ToolServer]:
    """A server on a free port; one that keeps sessions speaks an older version."""
    server = ToolServer(json_response=json_response, keeps_sessions=keeps_sessions, is_old=keeps_sessions)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def drain(receive: Receive) -> dict[str, Any]:
    """Reads a request's body as JSON."""
    body = b""
    while True:
        message: MutableMapping[str, Any] = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            parsed: dict[str, Any] = json.loads(body or b"{}")
            return parsed


def reply(status: int, body: bytes = b"", content_type: str = "application/json", **headers: str) -> ASGIApp:
    """Answers every request alike. Header names are written with underscores."""

    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        await drain(receive)
        named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        head = [(b"content-type", content_type.encode()), *named]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": body})

    return app


def result(**fields: Any) -> ASGIApp:
    """Answers a request with that JSON-RPC result."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        asked = await drain(receive)
        body = json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": fields}).encode()

        async def nothing() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        await reply(200, body)(scope, nothing, send)

    return app


def flood(megabytes: int, *, declared: bool, sent: list[int] | None = None) -> ASGIApp:
    """Sends a large body until the caller hangs up; `sent` gets a number for each megabyte sent."""

    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        await drain(receive)
        gone = asyncio.create_task(until_gone(receive))
        head = [(b"content-type", b"application/json")]
        if declared:
            head.append((b"content-length", str(megabytes * 2**20).encode()))
        await send({"type": "http.response.start", "status": 200, "headers": head})
        for number in range(megabytes):
            await send({"type": "http.response.body", "body": b"x" * 2**20, "more_body": True})
            if gone.done():
                return
            if sent is not None:
                sent.append(number)
        gone.cancel()
        await send({"type": "http.response.body", "body": b""})

    return app


async def until_gone(receive: Receive) -> None:
    """Waits until the caller goes away."""
    while (await receive())["type"] != "http.disconnect":
        pass


def hang_up() -> ASGIApp:
    """Begins an answer and breaks the connection in the middle."""

    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        await drain(receive)
        head = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": b'{"jsonrpc"', "more_body": True})
        raise ConnectionAbortedError

    return app


def silent(ended: asyncio.Event) -> ASGIApp:
    """Never answers; sets `ended` when the caller goes away."""

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        await drain(receive)
        await until_gone(receive)
        ended.set()

    return app
