"""Fills the store from a watched folder of manifests: a file that changes is a new version of its business, and one
that goes takes its business away. A file that cannot be used leaves what is in force."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from gateway.storage.workspaces import Candidate, WorkspaceStore
from workspace.errors import ManifestError, Problem
from workspace.folder import FolderFiles
from workspace.loader import read_manifest
from workspace.manifest import as_document, digest_of, manifest_of

BY = "folder"
"""Who changes what comes from the folder."""
AT_ONCE = 200
"""Manifests that are read, and stored, together."""


def candidate_of(path: Path, content: bytes, file: str = "") -> Candidate:
    """What a manifest's bytes say. Raises ManifestError."""
    raw, workspace = read_manifest(path, content)
    document = as_document(raw)
    return Candidate(manifest_of(workspace, document), document, content.decode(), file, digest_of(content))


class FolderFilling:
    """Looks at one folder. Several gateways may look at the same one: each acts on what has changed before its own
    eyes, and the first one stores it."""

    def __init__(self, folder: Path, store: WorkspaceStore) -> None:
        self._folder, self._store = folder, store
        self._files = FolderFiles(folder)
        self._is_first = True
        self._bad: dict[str, list[Problem]] = {}
        """File -> what is wrong with it."""
        self.problems: list[Problem] = []
        """What is wrong with the folder and its files, as of the last look."""
        self._refused: dict[str, tuple[Candidate, str]] = {}
        """File -> what it says, and why that is not in force; tried again at each look."""

    async def look(self) -> tuple[int, list[str]]:
        """Stores what has changed: of how many businesses, and what cannot be used of the files. Raises PulpoError
        DATABASE_UNAVAILABLE, after which the next look begins anew."""
        try:
            changed, names = await asyncio.to_thread(self._files.look)
        except ManifestError as error:
            self.problems = error.problems
            return 0, [str(problem) for problem in error.problems]
        try:
            return await self._take(changed, names)
        except BaseException:
            self._files, self._is_first = FolderFiles(self._folder), True
            raise

    async def _take(self, changed: Mapping[str, bytes | ManifestError], names: Sequence[str]) -> tuple[int, list[str]]:
        stored = await self._store.files() if self._is_first or changed or len(names) < self._count else {}
        if self._is_first:
            changed = {name: said for name, said in changed.items() if not _is_stored(said, stored.get(name))}
        count = 0
        waiting = {name: one for name, (one, _) in self._refused.items() if name not in changed and name in names}
        self._refused = {}
        for some in _parts(list(changed.items())):
            read = await asyncio.to_thread(self._read, some)
            count += await self._store_these(read, stored)
        count += await self._store_these(waiting, stored)
        there = set(names)
        self._bad = {name: said for name, said in self._bad.items() if name in there}
        gone = [name for name in stored if name not in there]
        if gone:
            now = await self._store.files()
            outcomes = await self._store.remove([now[name][0] for name in gone if name in now], BY, "folder")
            count += sum(one.changed for one in outcomes)
        self._is_first, self._count = False, len(names)
        refused = {name: [Problem(self._folder / name, "", why)] for name, (_, why) in self._refused.items()}
        problems = {**self._bad, **refused}
        self.problems = [problem for name in sorted(problems) for problem in problems[name]]
        return count, [str(problem) for problem in self.problems]

    _count = 0
    """How many files there were."""

    def _read(self, some: Sequence[tuple[str, bytes | ManifestError]]) -> dict[str, Candidate]:
        found = {}
        for name, said in some:
            self._bad.pop(name, None)
            try:
                if isinstance(said, ManifestError):
                    raise said
                found[name] = candidate_of(self._folder / name, said, name)
            except ManifestError as error:
                self._bad[name] = error.problems
        return found

    async def _store_these(self, read: Mapping[str, Candidate], stored: Mapping[str, tuple[str, str]]) -> int:
        if not read:
            return 0
        count = 0
        renamed = [
            stored[name][0] for name, one in read.items() if name in stored and stored[name][0] != one.manifest.id
        ]
        if renamed:
            count += sum(one.changed for one in await self._store.remove(renamed, BY, "folder"))
        outcomes = await self._store.apply(list(read.values()), BY, "folder", together=False)
        for (name, one), outcome in zip(read.items(), outcomes, strict=True):
            count += outcome.changed
            if outcome.problem:
                self._refused[name] = (one, outcome.problem)
        return count


def _is_stored(said: bytes | ManifestError, stored: tuple[str, str] | None) -> bool:
    return isinstance(said, bytes) and stored is not None and digest_of(said) == stored[1]


def _parts(of: Sequence[tuple[str, bytes | ManifestError]]) -> Iterator[list[tuple[str, bytes | ManifestError]]]:
    rest = iter(of)
    while part := list(islice(rest, AT_ONCE)):
        yield part
