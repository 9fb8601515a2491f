"""Looks again and again at what a service was set up with, so that a change needs no restart."""

from collections.abc import Awaitable, Callable, Sequence

from prometheus_client import Counter, Gauge

from runtime.observability.logs import get_logger
from runtime.periodic import Periodic

RELOADS = Counter("pulpo_reloads_total", "Changes of watched files.", ["outcome"])
REFUSED = Gauge("pulpo_reload_refused", "1 while some of the watched files cannot be used and older ones are in force.")
MAX_PROBLEMS = 5
_log = get_logger(__name__)


Take = Callable[[], Awaitable[tuple[int, Sequence[str]]]]
"""Reads what has changed and puts it in force: how many things changed, and what cannot be used, in whose place the
older version is in force."""


def say_taken(count: int) -> None:
    """Counts and logs that so many things have changed; nothing when none has."""
    if count:
        RELOADS.labels("taken").inc()
        _log.info("files taken up", count=count)


class Watch:
    """Looks every few seconds. `start`, then `close`, once each, in one loop."""

    def __init__(self, take: Take, every_s: float, told: Sequence[str] = ()) -> None:
        """With `every_s` 0 nobody looks. `told` are problems that are known already."""
        self._take = take
        self._problems = tuple(told)
        self._tell()
        self._repeated = Periodic("folder_watch", self.look, every_s) if every_s else None

    def start(self) -> None:
        """Begins to look."""
        if self._repeated:
            self._repeated.start()

    async def close(self) -> None:
        """Ends that."""
        if self._repeated:
            await self._repeated.stop(cancel=True)

    async def look(self) -> None:
        """Looks once. Counts and logs what changed; problems when they are others than at the last look."""
        count, found = await self._take()
        problems = tuple(found)
        if problems != self._problems:
            self._problems = problems
            self._tell()
        say_taken(count)

    def _tell(self) -> None:
        REFUSED.set(bool(self._problems))
        if self._problems:
            RELOADS.labels("refused").inc()
            _log.error(
                "files refused, the older ones stay",
                count=len(self._problems),
                problems=[line for problem in self._problems[:MAX_PROBLEMS] for line in problem.splitlines()],
            )
