"""All workspaces of a mesh, by id and by number."""

from collections.abc import Iterable, Iterator

from workspace.model import Workspace


class Registry:
    """Looks workspaces up. Immutable."""

    def __init__(self, workspaces: Iterable[Workspace]) -> None:
        self._by_id = {workspace.id: workspace for workspace in workspaces}
        self._by_number = {number: workspace for workspace in self._by_id.values() for number in workspace.numbers}

    def get(self, workspace_id: str) -> Workspace | None:
        """The workspace of that id, or None."""
        return self._by_id.get(workspace_id)

    def by_number(self, number: str) -> Workspace | None:
        """The workspace that an E.164 number belongs to, or None."""
        return self._by_number.get(number)

    def __iter__(self) -> Iterator[Workspace]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)
