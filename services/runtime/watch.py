"""Polls a folder and reloads its files when their contents change, so that a change needs no restart."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path

from prometheus_client import Counter, Gauge

from runtime.errors import PulpoError
from runtime.observability.logs import get_logger
from runtime.periodic import Periodic

RELOADS = Counter("pulpo_reloads_total", "Changes of watched files.", ["outcome"])
REFUSED = Gauge("pulpo_reload_refused", "1 while the watched files cannot be used and older ones are in force.")
MAX_PROBLEMS = 5
_log = get_logger(__name__)
Take = Callable[[], Awaitable[int]]
"""Reads the files, puts them in force, and returns how many things changed. Raises the exception that the watch was
given, or PulpoError, and then has changed nothing."""


class FolderWatch:
    """Compares a folder's files with the last look every few seconds. `start`, then `close`, once each, in one loop."""

    def __init__(self, folder: Path, pattern: str, every_s: float, take: Take, broken: type[Exception]) -> None:
        """`broken`, besides PulpoError, is raised by `take` for files that cannot be used; its text, a line for
        each problem, is logged. With `every_s` 0 the folder is not polled."""
        self._folder, self._pattern = folder, pattern
        self._take, self._broken = take, broken
        self._seen = ""
        self._repeated = Periodic("folder_watch", self.look, every_s) if every_s else None

    def start(self) -> None:
        """Begins to poll."""
        if self._repeated:
            self._repeated.start()

    async def close(self) -> None:
        """Stops polling."""
        if self._repeated:
            await self._repeated.stop(cancel=True)

    async def look(self) -> None:
        """Reloads the files if their names or contents differ from the last look."""
        found = await asyncio.to_thread(fingerprint, self._folder, self._pattern)
        if found == self._seen:
            return
        self._seen = found
        try:
            count = await self._take()
        except (self._broken, PulpoError) as error:
            REFUSED.set(1)
            RELOADS.labels("refused").inc()
            _log.error("files refused, the older ones stay", problems=str(error).splitlines()[:MAX_PROBLEMS])
            return
        REFUSED.set(0)
        if count:
            RELOADS.labels("taken").inc()
            _log.info("files taken up", count=count)


def fingerprint(folder: Path, pattern: str) -> str:
    """A hash of the files' names and contents, not of their times. A file that cannot be read counts by its error."""
    digest = hashlib.sha256()
    for file in sorted(folder.glob(pattern)):
        try:
            content = hashlib.sha256(file.read_bytes()).hexdigest()
        except OSError as error:
            content = str(error.errno)
        digest.update(f"{file.name}\0{content}\0".encode())
    return digest.hexdigest()
