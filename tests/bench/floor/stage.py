"""`python -m tests.bench.floor.stage NAME PORT [FILE URL]`: one of the floor's gRPC servers. FROZEN (see turns).

The broker has a file and the URL of the tools: one transaction where there are tools, and one MCP call for each, by the
official client, which stays open.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import grpc
import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.bench.floor.rows import Rows, spend
from tests.bench.floor.turns import STAGES, TURNS, Size

ENVELOPE = 388
"""Bytes of a tool's request that are not its padding."""
Before = Callable[[str, str, str], Awaitable[None]]


async def nothing(_name: str, _who: str, _message: str) -> None:
    """What a stage does that is not the broker."""


def calling(tools: Client, rows: Rows) -> Before:
    """What the broker does: counts, then calls each tool of the turn."""

    async def call(name: str, who: str, message: str) -> None:
        turn = TURNS[name]
        if not turn.tools:
            return
        await rows.run(spend, who, message)
        for number, size in enumerate(turn.tools, 1):
            writes = turn.writes and number == len(turn.tools)
            await tools.call_tool("answer", _arguments(size, who, message, writes))

    return call


def _arguments(size: Size, who: str, message: str, writes: bool) -> dict[str, Any]:
    padding = "." * max(0, size.asked - ENVELOPE)
    return {"who": who, "message": message, "writes": writes, "padding": padding, "size": size.answered}


async def serve(name: str, port: int, before: Before) -> None:
    """Answers until it is ended."""
    place = STAGES.index(name)

    async def handle(request: bytes, _context: Any) -> bytes:
        turn, who, message, _ = request.split(b" ", 3)
        await before(turn.decode(), who.decode(), message.decode())
        return b"." * TURNS[turn.decode()].stages[place].answered

    server = grpc.aio.server()
    handlers = {"Call": grpc.unary_unary_rpc_method_handler(handle)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("floor.Stage", handlers),))
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    await server.wait_for_termination()


async def main() -> None:
    """Serves one stage."""
    name, port, *more = sys.argv[1:]
    if not more:
        await serve(name, int(port), nothing)
        return
    file, url = more
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx2.AsyncClient(verify=False, timeout=10))
        tools = Client(streamable_http_client(url, http_client=http), mode="2026-07-28")
        await stack.enter_async_context(tools)
        await serve(name, int(port), calling(tools, Rows(Path(file))))


if __name__ == "__main__":
    asyncio.run(main())
