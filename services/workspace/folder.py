"""A folder of manifests that is looked at again and again: only a file that changed is read, and what cannot be used
leaves every other business, and its own last good version, as they were."""

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from workspace.clashes import Owners
from workspace.errors import ManifestError, Problem
from workspace.loader import as_manifest, names_in, read_bytes
from workspace.manifest import Manifest, digest_of
from workspace.model import Workspace
from workspace.registry import Registry

SETTLED_NS = 2_000_000_000
"""A file that was written less than this before it was read is read again at the next look: its time may not tell a
second change."""
Stamp = tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _File:
    """What is known of one file."""

    stamp: Stamp | None
    """What tells that it has not changed; None when it is to be read again."""
    content: str
    """Digest of its bytes."""
    read: Manifest | None
    """What it says; None when it cannot be used."""
    served: Manifest | None
    """What is in force of it: what it said when it last could be used."""
    problems: tuple[Problem, ...]
    """Why it cannot be used."""


@dataclass(frozen=True)
class Found:
    """What a look came to."""

    manifests: tuple[Manifest, ...]
    """Those in force."""
    problems: tuple[Problem, ...]
    """What is wrong with files, whose businesses are served as they were, or not at all when they are new."""


class ManifestFolder:
    """Looks at one folder. May be used from any thread, by one at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._at = f"{folder}{os.sep}"
        self._files: dict[str, _File] = {}

    def look(self) -> Found:
        """Reads what has changed. Raises ManifestError, and then knows what it knew, for a folder that is away or
        empty: a mount that is not there takes no business away."""
        names = names_in(self._folder)
        files = {name: self._looked_at(name) for name in names}
        if files != self._files or any(file.read is not file.served for file in files.values()):
            self._files = self._settled(files)
        known = self._files.values()
        manifests = tuple(file.served for file in known if file.served)
        return Found(manifests, tuple(problem for file in known for problem in file.problems))

    def _looked_at(self, name: str) -> _File:
        known = self._files.get(name)
        stamp = _stamp(f"{self._at}{name}")
        if known and stamp is not None and stamp == known.stamp:
            return known
        path = self._folder / name
        try:
            content = read_bytes(path)
        except ManifestError as error:
            return _File(None, "", None, known.served if known else None, tuple(error.problems))
        digest = digest_of(content)
        if known and known.content == digest:
            return replace(known, stamp=stamp)
        served = known.served if known else None
        try:
            read = as_manifest(path, content)
        except ManifestError as error:
            return _File(stamp, digest, None, served, tuple(error.problems))
        return _File(stamp, digest, read, served, ())

    def _settled(self, files: dict[str, _File]) -> dict[str, _File]:
        """What is in force of each file, once no two of them claim the same. Of two that do, the one in force stays;
        a file goes on with what is in force of it when what it says now is claimed."""
        wanted = {name: file.read or file.served for name, file in files.items()}
        problems: dict[str, tuple[Problem, ...]] = {}
        again = True
        while again:
            again, owners = False, Owners()
            for name in _in_force_first(files, wanted):
                manifest = wanted[name]
                assert manifest is not None
                said = owners.claim(self._folder / name, manifest)
                if not said:
                    continue
                problems.setdefault(name, tuple(said))
                served = files[name].served
                wanted[name] = None if served is manifest else served
                again = again or wanted[name] is not None
        return {name: _now(file, wanted[name], problems.get(name, ())) for name, file in files.items()}


class FolderFiles:
    """The files of a folder, of which those are read that have changed. From any thread, by one at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._at = folder, f"{folder}{os.sep}"
        self._known: dict[str, tuple[Stamp | None, str]] = {}
        """Name -> what tells that it has not changed, and the digest of its bytes."""

    def look(self) -> tuple[dict[str, bytes | ManifestError], list[str]]:
        """What the files hold that are new or have changed since the last look, and the names of all. Raises
        ManifestError, and then knows what it knew, for a folder that is away or empty."""
        names = names_in(self._folder)
        changed: dict[str, bytes | ManifestError] = {}
        known: dict[str, tuple[Stamp | None, str]] = {}
        for name in names:
            stamp, before = _stamp(f"{self._at}{name}"), self._known.get(name)
            if before and stamp is not None and stamp == before[0]:
                known[name] = before
                continue
            content: bytes | ManifestError
            try:
                content = read_bytes(self._folder / name)
                digest = digest_of(content)
            except ManifestError as error:
                content, stamp, digest = error, None, str(error)
            known[name] = (stamp, digest)
            if before is None or before[1] != digest:
                changed[name] = content
        self._known = known
        return changed, names


def _now(file: _File, served: Manifest | None, clashing: tuple[Problem, ...]) -> _File:
    problems = clashing or (() if file.read else file.problems)
    is_so = served is file.served and problems == file.problems
    return file if is_so else replace(file, served=served, problems=problems)


def _in_force_first(files: dict[str, _File], wanted: dict[str, Manifest | None]) -> Iterator[str]:
    """The files that say anything: those that stay as they are, then those that change."""
    said = [(name, manifest) for name, manifest in wanted.items() if manifest]
    yield from (name for name, manifest in said if manifest is files[name].served)
    yield from (name for name, manifest in said if manifest is not files[name].served)


def _stamp(path: str) -> Stamp | None:
    """Which content a file has, as far as that can be told without reading; None when it cannot, or not yet."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    if abs(time.time_ns() - max(found.st_mtime_ns, found.st_ctime_ns)) < SETTLED_NS:
        return None
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


class ServedFolder:
    """The workspaces of a folder, kept up to date by `refresh`. One event loop."""

    def __init__(self, folder: Path, prepare: Callable[[Workspace], Workspace] = lambda workspace: workspace) -> None:
        """Reads the folder; each workspace is as `prepare` makes it. Raises ManifestError, with all problems of all
        files, when none of them can be used."""
        self._folder = ManifestFolder(folder)
        found = self._folder.look()
        if not found.manifests:
            raise ManifestError(list(found.problems))
        self.problems = [str(problem) for problem in found.problems]
        """What could not be used at the start."""
        self.registry = Registry(found.manifests, prepare)
        """What is in force."""
        self._before = {manifest.id: manifest for manifest in found.manifests}

    async def refresh(self) -> tuple[int, list[str]]:
        """Looks again and puts in force what has changed: how many workspaces, and what cannot be used of the files."""
        self.registry.sweep()
        try:
            changed, gone, problems = await asyncio.to_thread(self._look)
        except ManifestError as error:
            return 0, [str(problem) for problem in error.problems]
        return self.registry.change(changed, gone), problems

    def _look(self) -> tuple[list[Manifest], list[str], list[str]]:
        """What changed, what went away, and what is wrong."""
        found, before = self._folder.look(), self._before
        self._before = {manifest.id: manifest for manifest in found.manifests}
        changed = [manifest for name, manifest in self._before.items() if before.get(name) is not manifest]
        gone = [name for name in before if name not in self._before]
        return changed, gone, [str(problem) for problem in found.problems]
