"""A folder of files that is looked at again and again, so that a change needs no restart."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path

from prometheus_client import Counter, Gauge

from runtime.errors import PulpoError
from runtime.logs import get_logger

RELOADS = Counter("pulpo_reloads_total", "Changes of watched files.", ["outcome"])
REFUSED = Gauge("pulpo_reload_refused", "1 while the watched files cannot be used and older ones are in force.")
MAX_PROBLEMS = 5
_log = get_logger(__name__)
Take = Callable[[], Awaitable[int]]
"""Reads the files and puts them in force; how many things changed. Raises what the watch was told, and then
has changed nothing."""


class FolderWatch:
    """Looks at a folder's files every few seconds. `start`, then `close`, once each, in one loop."""

    def __init__(self, folder: Path, pattern: str, every_s: float, take: Take, broken: type[Exception]) -> None:
        """`broken`, besides PulpoError, is raised by `take` for files that cannot be used; its text, a line for
        each problem, is logged. With `every_s` 0 nobody looks."""
        self._folder, self._pattern, self._every_s = folder, pattern, every_s
        self._take, self._broken = take, broken
        self._seen = ""
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Looks from now on."""
        if self._every_s:
            self._task = asyncio.create_task(self._watch())

    async def close(self) -> None:
        """Looks no more."""
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def look(self) -> None:
        """Takes up what is there, if it is something else than at the last look."""
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

    async def _watch(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(self._every_s)


def fingerprint(folder: Path, pattern: str) -> str:
    """Tells apart what is in the files. Names and contents count, times do not; what cannot be read counts as such."""
    digest = hashlib.sha256()
    for file in sorted(folder.glob(pattern)):
        try:
            content = hashlib.sha256(file.read_bytes()).hexdigest()
        except OSError as error:
            content = str(error.errno)
        digest.update(f"{file.name}\0{content}\0".encode())
    return digest.hexdigest()
