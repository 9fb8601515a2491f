"""All workspaces of a mesh, by id and by number, and values derived from each. A workspace that nobody asks for is kept
as its compressed manifest alone."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import TypeVar

from workspace.cache import IdleCache
from workspace.manifest import Manifest, manifest_of_model
from workspace.model import Workspace

T = TypeVar("T")
FIRST = 8
"""Workspaces that count as being in use although nobody has asked for them, as long as others are fewer."""
MOST_LISTED = 64
"""Workspaces in use that a mapping of derived values lists."""


class Registry:
    """Looks workspaces up. Which there are changes, each of them never does. Belongs to one event loop."""

    def __init__(
        self,
        workspaces: Iterable[Workspace | Manifest],
        prepare: Callable[[Workspace], Workspace] = lambda workspace: workspace,
    ) -> None:
        """With `prepare`, each workspace is as that makes it."""
        self._prepare = prepare
        self._by_id: dict[str, Manifest] = {}
        self._by_number: dict[str, str] = {}
        self._kept = IdleCache[str, Workspace]()
        self._sweeps: list[Callable[[], None]] = [self._kept.sweep]
        self.unusable: dict[str, str] = {}
        """Id -> why its manifest cannot be made a workspace, of those that were asked for."""
        self.version = 0
        """Grows whenever a workspace is added, changed or taken away."""
        self.replace(workspaces)

    def replace(self, workspaces: Iterable[Workspace | Manifest]) -> int:
        """Replaces all workspaces. One that equals its predecessor stays the same.

        Returns how many were added, changed or taken away.
        """
        before = self._by_id
        kept = {new.id: _same_or_new(before.get(new.id), new) for new in workspaces}
        changed = [manifest for name, manifest in kept.items() if before.get(name) is not manifest]
        return self.change(changed, [name for name in before if name not in kept])

    def change(self, changed: Iterable[Manifest], gone: Iterable[str] = ()) -> int:
        """Puts manifests in force and takes workspaces away, whatever the number of the others.

        Returns how many were added, changed or taken away.
        """
        news, leaving = [new for new in changed if not self._has(new)], [name for name in gone if name in self._by_id]
        for name in (*leaving, *(new.id for new in news)):
            self.unusable.pop(name, None)
            old = self._by_id.get(name)
            if old:
                self._kept.drop(old.digest)
                for number in old.numbers:
                    self._by_number.pop(number, None)
        for name in leaving:
            del self._by_id[name]
        for new in news:
            self._by_id[new.id] = new
            self._by_number.update(dict.fromkeys(new.numbers, new.id))
        self.version += bool(news or leaving)
        return len(news) + len(leaving)

    def _has(self, new: Manifest) -> bool:
        old = self._by_id.get(new.id)
        return old is not None and old.digest == new.digest

    def get(self, workspace_id: str) -> Workspace | None:
        """The workspace of that id, or None; also of a manifest that this release cannot use, which `unusable` has."""
        manifest = self._by_id.get(workspace_id)
        if manifest is None:
            return None
        try:
            return self._kept.get(manifest.digest, lambda: self._made(manifest))
        except ValueError as error:  # another release has stored it
            self.unusable[workspace_id] = str(error)
            return None

    def by_number(self, number: str) -> Workspace | None:
        """The workspace that an E.164 number belongs to, or None."""
        workspace_id = self._by_number.get(number)
        return None if workspace_id is None else self.get(workspace_id)

    def manifest(self, workspace_id: str) -> Manifest | None:
        """The manifest of that id, or None."""
        return self._by_id.get(workspace_id)

    def manifests(self) -> Iterable[Manifest]:
        """What is known of each workspace without making it."""
        return self._by_id.values()

    def count_active(self) -> int:
        """How many take messages."""
        return sum(manifest.active for manifest in self._by_id.values())

    def sweep(self) -> None:
        """Forgets what was made of workspaces that nobody asks for."""
        for sweep in self._sweeps:
            sweep()

    def sweeps(self, sweep: Callable[[], None]) -> None:
        """Has something else swept too, as long as the registry lives."""
        self._sweeps.append(sweep)

    def _made(self, manifest: Manifest) -> Workspace:
        return self._prepare(manifest.workspace())

    def __iter__(self) -> Iterator[Workspace]:
        """Each workspace, made for this alone where it is not in use."""
        for manifest in tuple(self._by_id.values()):
            if manifest.digest in self._kept:
                yield self._kept.get(manifest.digest, manifest.workspace)
                continue
            try:
                yield self._made(manifest)
            except ValueError as error:
                self.unusable[manifest.id] = str(error)

    def __len__(self) -> int:
        return len(self._by_id)


def _same_or_new(before: Manifest | None, new: Workspace | Manifest) -> Manifest:
    """The manifest before, where the new one says the same."""
    if before is None:
        return new if isinstance(new, Manifest) else manifest_of_model(new)
    if isinstance(new, Manifest):
        return before if before.digest == new.digest else new
    return before if before.workspace() == new else manifest_of_model(new)


class Derived(Mapping[str, T]):
    """A value derived from each workspace of a registry, by id. It is made when it is asked for, again when the
    workspace has changed, and forgotten when nobody asks for it. As a mapping it lists some that are in use: those
    that were asked for last, and the registry's first ones where these are few."""

    def __init__(self, registry: Registry, make: Callable[[Workspace], T]) -> None:
        self._registry, self._make = registry, make
        self._kept = IdleCache[tuple[str, str], T]()
        registry.sweeps(self.sweep)

    def __getitem__(self, workspace_id: str) -> T:
        """Raises what `make` raises."""
        manifest = self._registry.manifest(workspace_id)
        if manifest is None:
            raise KeyError(workspace_id)
        return self._kept.get((workspace_id, manifest.digest), lambda: self._made(workspace_id))

    def sweep(self) -> None:
        """Forgets what nobody has asked for lately, and what was made of workspaces that have changed."""
        self._kept.sweep()
        for key in self._kept:
            if not self._is_current(key):
                self._kept.drop(key)

    def _made(self, workspace_id: str) -> T:
        workspace = self._registry.get(workspace_id)
        if workspace is None:
            raise KeyError(workspace_id)
        return self._make(workspace)

    def _is_current(self, key: tuple[str, str]) -> bool:
        manifest = self._registry.manifest(key[0])
        return manifest is not None and manifest.digest == key[1]

    def __iter__(self) -> Iterator[str]:
        used = [key[0] for key in self._kept if self._is_current(key)][-MOST_LISTED:]
        first = [manifest.id for manifest in islice(self._registry.manifests(), FIRST)]
        return iter(dict.fromkeys([*first[: max(0, FIRST - len(used))], *used]))

    def __len__(self) -> int:
        return sum(1 for _ in self)
