"""What this gateway knows of the store: the registry that its turns use, and what other services are told."""

import asyncio
from dataclasses import dataclass

from gateway.storage.workspaces import WorkspaceStore
from workspace.manifest import Manifest
from workspace.registry import Registry

MOST_BYTES = 512 * 1024
"""Documents in one answer, in bytes, but at least one business."""


@dataclass(frozen=True)
class Answer:
    """What is told to one who asks what has changed."""

    store: str
    revision: int
    changed: tuple[tuple[int, Manifest], ...] = ()
    """With their versions."""
    removed: tuple[str, ...] = ()
    listing: bool = False
    after_id: str = ""
    """Where the list goes on; empty at its end."""


class ServedStore:
    """The businesses in force, as this process last read them. One event loop."""

    def __init__(self, store: WorkspaceStore) -> None:
        self.registry = Registry(())
        """Those in force."""
        self._store = store
        self._name, self._revision = "", 0
        self._versions: dict[str, int] = {}
        self._changed_at: dict[str, int] = {}
        """Business -> the revision of its last change, also of those that were taken away."""
        self._news = asyncio.Event()
        self._closing = False

    @property
    def is_read(self) -> bool:
        """Whether the store has been read."""
        return bool(self._name)

    async def look(self) -> int:
        """Takes up what has changed. Returns of how many businesses. Raises PulpoError DATABASE_UNAVAILABLE."""
        self.registry.sweep()
        found = await self._store.changes(self._name, self._revision)
        if found.store == self._name and found.revision == self._revision:
            return 0
        manifests = [manifest for _, manifest in found.manifests]
        if found.store == self._name:
            count = self.registry.change(manifests, found.removed)
        else:
            count = self.registry.replace(manifests)
            self._versions, self._changed_at = {}, {}
        self._versions.update({manifest.id: version for version, manifest in found.manifests})
        self._changed_at.update(dict.fromkeys((*(each.id for each in manifests), *found.removed), found.revision))
        for name in found.removed:
            self._versions.pop(name, None)
        self._name, self._revision = found.store, found.revision
        self._news.set()
        self._news = asyncio.Event()
        return count

    def version(self, workspace_id: str) -> int:
        """The version in force of a business; 0 of none."""
        return self._versions.get(workspace_id, 0)

    async def answer(self, store: str, after: int, after_id: str, wait_s: float) -> Answer:
        """What is new to somebody who knows that much; waits for something."""
        until = asyncio.get_running_loop().time() + wait_s
        while self._knows_all(store, after, after_id):
            left, news = until - asyncio.get_running_loop().time(), self._news
            if left <= 0 or self._closing:
                return Answer(store, after)
            try:
                async with asyncio.timeout(left):
                    await news.wait()
            except TimeoutError:
                continue
        if store == self._name and not after_id and after:
            changed = [name for name, at in self._changed_at.items() if at > after]
            manifests = [self.registry.manifest(name) for name in changed]
            there = [manifest for manifest in manifests if manifest]
            if sum(len(manifest.packed) for manifest in there) <= MOST_BYTES:
                gone = tuple(name for name, found in zip(changed, manifests, strict=True) if found is None)
                return Answer(self._name, self._revision, self._versioned(there), gone)
        goes_on = bool(after_id) and store == self._name
        return self._list(after, after_id) if goes_on else self._list(self._revision, "")

    def close(self) -> None:
        """Has those who wait answered."""
        self._closing = True
        self._news.set()

    def _knows_all(self, store: str, after: int, after_id: str) -> bool:
        """A gateway that has read less than another one told says nothing."""
        return store == self._name and not after_id and after >= self._revision

    def _list(self, revision: int, after_id: str) -> Answer:
        size, part = 0, list[Manifest]()
        for manifest in sorted(self.registry.manifests(), key=lambda one: one.id):
            if manifest.id <= after_id:
                continue
            size += len(manifest.packed)
            if part and size > MOST_BYTES:
                return Answer(self._name, revision, self._versioned(part), listing=True, after_id=part[-1].id)
            part.append(manifest)
        return Answer(self._name, revision, self._versioned(part), listing=True)

    def _versioned(self, manifests: list[Manifest]) -> tuple[tuple[int, Manifest], ...]:
        return tuple((self.version(manifest.id), manifest) for manifest in manifests)
