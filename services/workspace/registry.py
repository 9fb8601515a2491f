"""All workspaces of a mesh, by id and by number, and values derived from each."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from workspace.model import Workspace

T = TypeVar("T")


class Registry:
    """Looks workspaces up. They change all at once, by `replace`; each workspace itself never does."""

    def __init__(self, workspaces: Iterable[Workspace]) -> None:
        self._by_id: Mapping[str, Workspace] = {}
        self._by_number: Mapping[str, Workspace] = {}
        self.replace(workspaces)

    def replace(self, workspaces: Iterable[Workspace]) -> int:
        """Replaces all workspaces. One that equals its predecessor stays the same object.

        Returns how many were added, changed or taken away.
        """
        before = self._by_id
        kept = [before[new.id] if before.get(new.id) == new else new for new in workspaces]
        self._by_id = {workspace.id: workspace for workspace in kept}
        self._by_number = {number: workspace for workspace in kept for number in workspace.numbers}
        changed = [workspace for workspace in kept if before.get(workspace.id) is not workspace]
        return len(changed) + len(before.keys() - self._by_id.keys())

    def get(self, workspace_id: str) -> Workspace | None:
        """The workspace of that id, or None."""
        return self._by_id.get(workspace_id)

    def by_number(self, number: str) -> Workspace | None:
        """The workspace that an E.164 number belongs to, or None."""
        return self._by_number.get(number)

    def count_active(self) -> int:
        """How many take messages."""
        return sum(workspace.active for workspace in self._by_id.values())

    def __iter__(self) -> Iterator[Workspace]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)


class Derived(Mapping[str, T]):
    """A value derived from each workspace of a registry, by id. It is made again when the workspace changes."""

    def __init__(self, registry: Registry, make: Callable[[Workspace], T]) -> None:
        """Makes the values of today's workspaces now, others when asked for. Raises what `make` raises."""
        self._registry, self._make = registry, make
        self._made = {workspace.id: (workspace, make(workspace)) for workspace in registry}

    def __getitem__(self, workspace_id: str) -> T:
        workspace = self._registry.get(workspace_id)
        if workspace is None:
            raise KeyError(workspace_id)
        known, made = self._made.get(workspace_id, (None, None))
        if known is not workspace or made is None:
            made = self._make(workspace)
            self._made[workspace_id] = (workspace, made)
        return made

    def __iter__(self) -> Iterator[str]:
        return (workspace.id for workspace in self._registry)

    def __len__(self) -> int:
        return len(self._registry)
