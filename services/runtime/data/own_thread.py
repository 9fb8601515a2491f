"""A thread that does what a database's driver would block the event loop with: calls, one after the other.

An executor's futures cost more than most of the calls that are made here.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any

from runtime.data.units import T

_Call = tuple[asyncio.AbstractEventLoop, "asyncio.Future[Any]", Callable[[], Any]]


class OwnThread:
    """Runs calls. It starts with the first one; close it when done."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._thread: Thread | None = None

    async def run(self, call: Callable[[], T]) -> T:
        """What a call returns or raises. A caller that goes away does not stop it."""
        if self._thread is None:
            # a daemon, so that a process can end without having closed it: what is under way then is as in a crash
            self._thread = Thread(target=self._work, args=(self._calls,), name=self._name, daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        outcome = loop.create_future()
        self._calls.put((loop, outcome, call))
        result: T = await outcome
        return result

    async def close(self, last: Callable[[], None]) -> None:
        """Ends the thread after what is under way, and a last call."""
        if self._thread:
            await self.run(last)
            thread, self._thread = self._thread, None
            self._calls.put(None)
            thread.join()

    @staticmethod
    def _work(calls: "SimpleQueue[_Call | None]") -> None:
        while asked := calls.get():
            loop, outcome, call = asked
            result, error = None, None
            try:
                result = call()
            except BaseException as raised:  # noqa: BLE001 - it is the caller's; the thread goes on
                error = raised
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(_tell, outcome, result, error)
            del asked, loop, outcome, call, result, error  # not kept until the next one


def _tell(outcome: "asyncio.Future[Any]", result: Any, error: BaseException | None) -> None:
    if outcome.done():
        return  # its caller has gone
    if error is None:
        outcome.set_result(result)
    else:
        outcome.set_exception(error)
