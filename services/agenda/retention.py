"""Erases what workspaces no longer keep, again and again while the agenda runs."""

import asyncio
import contextlib

from agenda.erasure import Erasure
from runtime.clock import Clock
from runtime.database import Database
from runtime.errors import PulpoError
from runtime.logs import get_logger
from workspace.registry import Registry

EVERY_S = 3_600.0
"""Seconds between two erasures."""
_log = get_logger(__name__)


async def keep_erasing(database: Database, registry: Registry, clock: Clock, stopping: asyncio.Event) -> None:
    """Erases at once and then every hour, until it is told to stop."""
    erasure = Erasure(database)
    while not stopping.is_set():
        try:
            counts = [sum((await erasure.old(workspace, clock())).values()) for workspace in registry]
            if any(counts):
                _log.info("retention", count=sum(counts))
        except PulpoError as error:
            _log.warning("retention failed", reason=error.reason)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(EVERY_S):
                await stopping.wait()
