"""`python -m tests.bench.floor.tools PORT FILE`: the floor's tool server, MCP over HTTP. FROZEN (see turns)."""

import sys
from pathlib import Path
from typing import Any

import uvicorn
from mcp.server.mcpserver import MCPServer

from tests.bench.floor.rows import Rows, book

ENVELOPE = 276
"""Bytes of an answer that are not its padding, which is in it twice: as text and structured."""


def server(file: Path) -> MCPServer:
    """A server with one tool, which does nothing or one transaction."""
    rows, made = Rows(file), MCPServer("floor", log_level="WARNING")

    @made.tool()
    async def answer(who: str, message: str, writes: bool, padding: str, size: int) -> dict[str, Any]:
        """Answers so many bytes."""
        del padding
        if writes:
            await rows.run(book, who, message)
        return {"ok": True, "padding": "." * max(0, (size - ENVELOPE) // 2)}

    return made


def main() -> None:
    """Serves."""
    port, file = sys.argv[1:]
    app = server(Path(file)).streamable_http_app(streamable_http_path="/mcp", json_response=True, stateless_http=True)
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(port),
        http="h11",
        loop="asyncio",
        ws="none",
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
