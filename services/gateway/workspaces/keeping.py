"""Keeps the businesses of a gateway up to date: the folder fills the store, the store fills the registry."""

from pathlib import Path

from gateway.storage.workspaces import WorkspaceStore
from gateway.workspaces.filling import FolderFilling
from gateway.workspaces.served import ServedStore
from runtime.data.database import Database
from runtime.periodic import Periodic
from runtime.watch import Watch, say_taken
from workspace.errors import ManifestError, Problem
from workspace.registry import Registry

LOOK_EVERY_S = 1.0
"""Seconds between two looks at what others have changed in the store."""


class Workspaces:
    """The businesses of one gateway. `open`, `start`, then `close`, once each, in one loop."""

    def __init__(self, folder: Path, every_s: float, database: Database, given: Registry | None = None) -> None:
        """With `given` businesses there are no others, and the store is left alone."""
        self._folder, self._every_s = folder, every_s
        store = WorkspaceStore(database)
        self.served = ServedStore(store)
        self._is_given = given is not None
        self.registry = self.served.registry if given is None else given
        self._filling = FolderFilling(self._folder, store)
        self._watch: Watch | None = None
        self._looks = Periodic("workspaces", self._look_at_store, LOOK_EVERY_S, jitter=0.2)

    async def open(self) -> None:
        """Takes the folder up, and reads the store. Raises ManifestError when there is no business then, PulpoError
        DATABASE_UNAVAILABLE."""
        if self._is_given:
            return
        _, problems = await self._filling.look()
        await self.served.look()
        if not len(self.registry):
            raise ManifestError(
                [Problem(self._folder, "", "expected a manifest that can be used"), *self._filling.problems]
            )
        self._watch = Watch(self._look, self._every_s, problems)

    def start(self) -> None:
        """Begins to look again and again."""
        if self._watch:
            self._watch.start()
            self._looks.start()

    def leave(self) -> None:
        """Answers those who wait for changes; no call is to wait for one any more."""
        self.served.close()

    async def close(self) -> None:
        """Ends."""
        self.leave()
        if self._watch:
            await self._watch.close()
        await self._looks.stop(cancel=True)

    async def _look_at_store(self) -> None:
        """Takes up what the command line and other gateways have changed."""
        say_taken(await self.served.look())

    async def _look(self) -> tuple[int, list[str]]:
        count, problems = await self._filling.look()
        if count:
            await self.served.look()
        return count, problems
