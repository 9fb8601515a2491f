"""The open connections of a proxy, so that none is left when it ends."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


class Connections:
    """Serves each connection in a task that is known from the moment the connection is there."""

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def listen(self, port: int = 0) -> asyncio.Server:
        """Listens on a port of this machine; 0 is any free one."""
        return await asyncio.start_server(self._accept, "127.0.0.1", port)

    def cut(self) -> None:
        """Resets all connections. What serves them finds out by itself."""
        for writer in self._open.values():
            writer.transport.abort()

    async def close(self) -> None:
        """Resets all connections and ends what serves them."""
        self.cut()
        tasks = list(self._open)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._open[task] = writer
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._open.pop(task).transport.abort()
        if not task.cancelled() and (error := task.exception()) and not isinstance(error, OSError):
            raise error
