"""Background work that is repeated at intervals, whatever a single run comes to."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from prometheus_client import Counter

from runtime.errors import PulpoError
from runtime.observability.logs import get_logger

FAILURES = Counter("pulpo_periodic_failures_total", "Runs of background work that failed.", ["work", "error"])
_log = get_logger(__name__)


class Periodic:
    """Repeats one piece of work in a task of its own. `start`, then `stop`, once each, in one loop.

    A run that raises does not end the repetition. It is counted with the work's name and the error's: the reason of a
    PulpoError, else the exception's type. The first failure of a row is logged; an unforeseen one with its frames.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], Awaitable[object]],
        every_s: float,
        *,
        jitter: float = 0.0,
        at_once: bool = True,
    ) -> None:
        """`every_s` is the pause in seconds between the end of a run and the next one, changed at random by up to the
        share `jitter`. The first run comes at once or, without `at_once`, after a pause."""
        self._name, self._work, self._every_s = name, work, every_s
        self._jitter, self._at_once = jitter, at_once
        self._due = asyncio.Event()
        self._stopping = False
        self._last_error = ""
        """Name of the error of the last run; empty when it went well."""
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins. Needs a running loop."""
        self._task = asyncio.create_task(self._repeat())

    @property
    def is_running(self) -> bool:
        """Whether further runs will come."""
        return self._task is not None and not self._task.done()

    def wake(self) -> None:
        """Ends the pause: the next run begins now, or when the run under way has ended."""
        self._due.set()

    async def stop(self, *, cancel: bool = False) -> None:
        """Ends after the run under way; with `cancel` that run is cancelled."""
        self._stopping = True
        self.wake()
        if self._task is None:
            return
        if cancel:
            self._task.cancel()
        await asyncio.wait([self._task])

    async def _repeat(self) -> None:
        if not self._at_once:
            await self._pause()
        while not self._stopping:
            self._due.clear()
            await self._run()
            await self._pause()

    async def _run(self) -> None:
        try:
            await self._work()
        except PulpoError as error:
            self._failed(error.reason, None)
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            self._failed(type(error).__name__, error)  # something that the work waited for was cancelled
        except Exception as error:  # noqa: BLE001 - the next run may go well, and whoever watches is told
            self._failed(type(error).__name__, error)
        else:
            if self._last_error:
                _log.info("background work goes well again", work=self._name)
            self._last_error = ""

    def _failed(self, name: str, unforeseen: BaseException | None) -> None:
        FAILURES.labels(self._name, name).inc()
        if name != self._last_error:
            if unforeseen:
                _log.error("background work failed", work=self._name, reason=name, exc_info=unforeseen)
            else:
                _log.warning("background work failed", work=self._name, reason=name)
        self._last_error = name

    async def _pause(self) -> None:
        seconds = self._every_s * (1 + random.uniform(-self._jitter, self._jitter))  # noqa: S311 - not for secrets
        try:
            async with asyncio.timeout(seconds):
                await self._due.wait()
        except TimeoutError:
            return
