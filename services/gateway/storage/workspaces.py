"""Manifests in the database: which version of each business is in force, those before it, and who changed what.

A change is one transaction under the lock of the one row of `workspace_store`, whose revision it raises: revisions grow
in the order in which changes are committed, so that who has read up to one misses nothing.
"""

import json
import time
import uuid
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from sqlalchemy import Row, Select, and_, delete, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.storage.tables import workspace_numbers, workspace_store, workspace_versions, workspaces
from runtime.data.database import Database, translated
from runtime.errors import Kind, PulpoError
from workspace.manifest import Manifest, manifest_from

MOST_VERSIONS = 100
"""Versions of a business that are kept, the newest ones."""
PAGE = 500
"""Businesses that are read or written by one statement."""
_FIRST = text("INSERT INTO workspace_store (key, store, revision) VALUES (1, :store, 0) ON CONFLICT (key) DO NOTHING")
Origin = Literal["apply", "folder", "rollback", "remove"]
"""Where a version came from."""


@dataclass(frozen=True)
class Candidate:
    """A manifest that is to be in force."""

    manifest: Manifest
    document: bytes
    """What it says, as JSON."""
    source: str
    """The manifest as it was written."""
    file: str = ""
    """Its name in the watched folder; empty when it comes from elsewhere."""
    content: str = ""
    """Digest of the file's bytes."""


@dataclass(frozen=True)
class Outcome:
    """What became of a change of one business."""

    id: str
    version: int = 0
    """The version in force; 0 when there is none."""
    changed: bool = False
    problem: str = ""
    """Why it was refused; empty when it was not."""


@dataclass(frozen=True)
class Version:
    """A version of a business."""

    id: str
    version: int
    digest: str
    """Of its document; empty for one that took the business away."""
    at: float
    """When it was made, seconds since 1970."""
    by: str
    """Who made it."""
    origin: str
    of_version: int | None
    """The version that a rollback went back to."""
    in_force: bool


@dataclass(frozen=True)
class Changes:
    """What is in force that was changed after a revision."""

    store: str
    """Which store it is; another one knows nothing of this one's revisions."""
    revision: int
    """How far this goes."""
    manifests: tuple[tuple[int, Manifest], ...]
    """With their versions."""
    removed: tuple[str, ...]


class WorkspaceStore:
    """Changes and reads manifests. Raises PulpoError DATABASE_UNAVAILABLE."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def apply(self, candidates: Sequence[Candidate], by: str, origin: Origin, *, together: bool) -> list[Outcome]:
        """Puts manifests in force. One that claims a number of another business is refused; with `together` all are
        then. One that says what is in force already changes nothing but where it came from."""
        async with translated(), self._database.write() as connection:
            revision = await _next_revision(connection)
            before = await _current(connection, [one.manifest.id for one in candidates])
            problems = await _clashes(connection, candidates, before)
            if problems and together:
                await connection.rollback()
                return [Outcome(one.manifest.id, problem=problems.get(one.manifest.id, "")) for one in candidates]
            kept = [one for one in candidates if one.manifest.id not in problems]
            new = [one for one in kept if not _is_in_force(before.get(one.manifest.id), one)]
            await _put(connection, new, before, revision, _Audit(by, origin))
            await _note_files(connection, [one for one in kept if one.file])
        made = {one.manifest.id for one in new}
        return [
            Outcome(
                one.manifest.id,
                (before[one.manifest.id].version if one.manifest.id in before else 0) + (one.manifest.id in made),
                one.manifest.id in made,
                problems.get(one.manifest.id, ""),
            )
            for one in candidates
        ]

    async def rollback(self, workspace_id: str, version: int | None, by: str) -> Outcome:
        """Puts a former version in force again, as a new one; without `version`, the one before what is in force.
        Raises PulpoError UNKNOWN_VERSION."""
        async with translated(), self._database.write() as connection:
            revision = await _next_revision(connection)
            before = await _current(connection, [workspace_id])
            row = before.get(workspace_id)
            wanted = await _former(connection, workspace_id, version, row.version if row else 0)
            if wanted is None:
                raise PulpoError(Kind.NOT_FOUND, "UNKNOWN_VERSION", "There is no such version to go back to.")
            candidate = Candidate(_manifest(wanted), wanted.document.encode(), wanted.source)
            problems = await _clashes(connection, [candidate], before)
            is_new = not problems and not _is_in_force(row, candidate)
            if is_new:
                await _put(connection, [candidate], before, revision, _Audit(by, "rollback", wanted.version))
        version_now = (row.version if row else 0) + is_new
        return Outcome(workspace_id, version_now, is_new, problems.get(workspace_id, ""))

    async def remove(self, workspace_ids: Iterable[str], by: str, origin: Origin = "remove") -> list[Outcome]:
        """Takes businesses away; their versions stay, and `rollback` brings them back."""
        ids = list(workspace_ids)
        async with translated(), self._database.write() as connection:
            revision = await _next_revision(connection)
            before = await _current(connection, ids)
            there = [row for row in before.values() if not row.removed]
            await _take_away(connection, there, revision, _Audit(by, origin))
        gone = {row.workspace_id: row.version + 1 for row in there}
        return [Outcome(each, gone.get(each, 0), each in gone) for each in ids]

    async def changes(self, store: str = "", after: int = 0) -> Changes:
        """What is in force and was changed after a revision of this store; all, of another store."""
        async with translated(), self._database.read() as connection:
            row = (await connection.execute(select(workspace_store))).first()
            if row is None:
                return Changes("", 0, (), ())
            if row.store != store:
                after = 0
            if row.revision <= after:
                return Changes(row.store, row.revision, (), ())
            found: list[tuple[int, Manifest]] = []
            removed: list[str] = []
            last = ""
            while page := (await connection.execute(_page(after, last))).all():
                last = page[-1].workspace_id
                found += [(each.version, _manifest(each)) for each in page if not each.removed]
                removed += [each.workspace_id for each in page if each.removed]
        return Changes(row.store, row.revision, tuple(found), tuple(removed))

    async def files(self) -> dict[str, tuple[str, str]]:
        """Name of a file of the watched folder -> the business that it was last taken up for, and its content's
        digest; also of those that were taken away by hand since."""
        query = select(workspaces.c.file, workspaces.c.workspace_id, workspaces.c.content).where(
            workspaces.c.file != ""
        )
        async with translated(), self._database.read() as connection:
            rows = await connection.execute(query)
        return {row.file: (row.workspace_id, row.content) for row in rows}

    async def listing(self) -> list[Version]:
        """What is in force of each business, by id; without those that were taken away."""
        query = _versions().where(workspaces.c.removed.is_(False), _IN_FORCE).order_by(workspaces.c.workspace_id)
        async with translated(), self._database.read() as connection:
            return [_version(row) for row in await connection.execute(query)]

    async def history(self, workspace_id: str) -> list[Version]:
        """The versions of a business, the newest first."""
        query = _versions().where(workspaces.c.workspace_id == workspace_id)
        async with translated(), self._database.read() as connection:
            found = await connection.execute(query.order_by(workspace_versions.c.version.desc()))
            return [_version(row) for row in found]

    async def source(self, workspace_id: str, version: int | None = None) -> str | None:
        """A version as it was written, the one in force when none is named; None when there is none."""
        query = (
            select(workspace_versions.c.source)
            .select_from(_JOINED)
            .where(
                workspaces.c.workspace_id == workspace_id,
                workspace_versions.c.digest != "",
                _IN_FORCE if version is None else workspace_versions.c.version == version,
            )
        )
        async with translated(), self._database.read() as connection:
            return (await connection.execute(query)).scalar()


@dataclass(frozen=True)
class _Audit:
    by: str
    origin: Origin
    of_version: int | None = None


_SAME = workspace_versions.c.workspace_id == workspaces.c.workspace_id
_JOINED = workspaces.join(workspace_versions, _SAME)
_IN_FORCE = workspace_versions.c.version == workspaces.c.version


def _versions() -> Select[Any]:
    named = [getattr(workspace_versions.c, name) for name in ("digest", "made_at", "made_by", "origin", "of_version")]
    in_force = and_(_IN_FORCE, workspaces.c.removed.is_(False)).label("in_force")
    return select(workspace_versions.c.workspace_id, workspace_versions.c.version, *named, in_force).select_from(
        _JOINED
    )


def _version(row: Row[Any]) -> Version:
    return Version(
        row.workspace_id,
        row.version,
        row.digest,
        row.made_at,
        row.made_by,
        row.origin,
        row.of_version,
        bool(row.in_force),
    )


def _manifest(row: Row[Any]) -> Manifest:
    packed = zlib.compress(row.document.encode())
    return manifest_from(row.workspace_id, row.digest, json.loads(row.summary), packed)


def _page(after: int, last: str) -> Select[Any]:
    content = (workspace_versions.c.digest, workspace_versions.c.document, workspace_versions.c.summary)
    query = (
        select(workspaces.c.workspace_id, workspaces.c.version, workspaces.c.removed, *content)
        .select_from(_JOINED)
        .where(_IN_FORCE, workspaces.c.revision > after)
    )
    return query.where(workspaces.c.workspace_id > last).order_by(workspaces.c.workspace_id).limit(PAGE)


async def _next_revision(connection: AsyncConnection) -> int:
    """Takes the lock of the store for this transaction, and its next revision."""
    more = update(workspace_store).values(revision=workspace_store.c.revision + 1)
    taken = more.returning(workspace_store.c.revision)
    revision = (await connection.execute(taken)).scalar()
    if revision is None:  # the first change of all; of replicas that start together one makes the row
        await connection.execute(_FIRST, {"store": uuid.uuid4().hex})
        revision = (await connection.execute(taken)).scalar_one()
    return int(revision)


async def _current(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, Row[Any]]:
    found: dict[str, Row[Any]] = {}
    for page in _pages(ids):
        rows = await connection.execute(select(workspaces).where(workspaces.c.workspace_id.in_(page)))
        found |= {row.workspace_id: row for row in rows}
    return found


def _is_in_force(row: Row[Any] | None, one: Candidate) -> bool:
    return row is not None and not row.removed and row.digest == one.manifest.digest


async def _clashes(
    connection: AsyncConnection, candidates: Sequence[Candidate], before: Mapping[str, Row[Any]]
) -> dict[str, str]:
    """Business -> why it cannot be as it is wanted: another one has its number, or it is wanted twice. What is refused
    keeps its own numbers, for which others may be refused then."""
    owners: dict[str, str] = {}
    held: dict[str, set[str]] = {}
    numbers = [number for one in candidates for number in one.manifest.numbers]
    for page in _pages(numbers):
        rows = await connection.execute(select(workspace_numbers).where(workspace_numbers.c.number.in_(page)))
        owners |= {row.number: row.workspace_id for row in rows}
    for number, owner in owners.items():
        held.setdefault(owner, set()).add(number)
    problems: dict[str, str] = {}
    wanted = {one.manifest.id: one.manifest for one in candidates}
    if len(wanted) < len(candidates):
        twice = [one.manifest.id for at, one in enumerate(candidates) if wanted[one.manifest.id] is not one.manifest]
        problems |= dict.fromkeys(twice, "expected each id once")
    again = True
    while again:
        again = False
        taken = {number: owner for number, owner in owners.items() if owner not in wanted or owner in problems}
        for name, manifest in wanted.items():
            if name in problems:
                continue
            other = next((taken[number] for number in manifest.numbers if taken.get(number, name) != name), None)
            if other is None:
                taken |= dict.fromkeys(manifest.numbers, name)
                continue
            problems[name] = f"{_first(manifest.numbers, taken, name)} belongs to {other}"
            again = again or bool(held.get(name))
    return problems


def _first(numbers: Sequence[str], taken: Mapping[str, str], name: str) -> str:
    return next(number for number in numbers if taken.get(number, name) != name)


async def _put(
    connection: AsyncConnection,
    new: Sequence[Candidate],
    before: Mapping[str, Row[Any]],
    revision: int,
    audit: _Audit,
) -> None:
    """Stores new versions and puts them in force."""
    if not new:
        return
    now = time.time()
    versions = {
        one.manifest.id: (before[one.manifest.id].version if one.manifest.id in before else 0) + 1 for one in new
    }
    for page in _pages(list(versions)):
        await connection.execute(delete(workspace_numbers).where(workspace_numbers.c.workspace_id.in_(page)))
    for some in _pages(new):
        rows = [_version_row(one, versions[one.manifest.id], now, audit) for one in some]
        await connection.execute(insert(workspace_versions), rows)
        numbers = [
            {"number": number, "workspace_id": one.manifest.id} for one in some for number in one.manifest.numbers
        ]
        await connection.execute(insert(workspace_numbers), numbers)
        fresh = [one for one in some if one.manifest.id not in before]
        if fresh:
            await connection.execute(
                insert(workspaces),
                [
                    {"workspace_id": one.manifest.id, "file": "", "content": "", **_in_force(one, versions, revision)}
                    for one in fresh
                ],
            )
        for one in some:
            if one.manifest.id in before:
                which = workspaces.c.workspace_id == one.manifest.id
                await connection.execute(update(workspaces).where(which).values(**_in_force(one, versions, revision)))
                await _trim(connection, one.manifest.id, versions[one.manifest.id])


def _version_row(one: Candidate, version: int, now: float, audit: _Audit) -> dict[str, Any]:
    return {
        "workspace_id": one.manifest.id,
        "version": version,
        "digest": one.manifest.digest,
        "document": one.document.decode(),
        "summary": json.dumps(one.manifest.summary()),
        "source": one.source,
        "made_at": now,
        "made_by": audit.by,
        "origin": audit.origin,
        "of_version": audit.of_version,
    }


def _in_force(one: Candidate, versions: Mapping[str, int], revision: int) -> dict[str, Any]:
    return {
        "version": versions[one.manifest.id],
        "revision": revision,
        "digest": one.manifest.digest,
        "removed": False,
    }


async def _trim(connection: AsyncConnection, workspace_id: str, version: int) -> None:
    old = and_(
        workspace_versions.c.workspace_id == workspace_id, workspace_versions.c.version <= version - MOST_VERSIONS
    )
    await connection.execute(delete(workspace_versions).where(old))


async def _take_away(connection: AsyncConnection, rows: Sequence[Row[Any]], revision: int, audit: _Audit) -> None:
    now = time.time()
    for row in rows:
        await connection.execute(
            insert(workspace_versions).values(
                workspace_id=row.workspace_id,
                version=row.version + 1,
                digest="",
                document="",
                summary="",
                source="",
                made_at=now,
                made_by=audit.by,
                origin=audit.origin,
            )
        )
        own = workspaces.c.workspace_id == row.workspace_id
        values = {"version": row.version + 1, "revision": revision, "digest": "", "removed": True}
        if audit.origin == "folder":  # a file that is still there brings nothing back before it changes
            values |= {"file": "", "content": ""}
        await connection.execute(update(workspaces).where(own).values(**values))
        await connection.execute(delete(workspace_numbers).where(workspace_numbers.c.workspace_id == row.workspace_id))
        await _trim(connection, row.workspace_id, row.version + 1)


async def _note_files(connection: AsyncConnection, candidates: Sequence[Candidate]) -> None:
    """Which file of the folder each business was taken up from."""
    for one in candidates:
        which = workspaces.c.workspace_id == one.manifest.id
        await connection.execute(update(workspaces).where(which).values(file=one.file, content=one.content))


async def _former(connection: AsyncConnection, workspace_id: str, version: int | None, current: int) -> Row[Any] | None:
    query = select(workspace_versions).where(
        workspace_versions.c.workspace_id == workspace_id, workspace_versions.c.digest != ""
    )
    if version is not None:
        query = query.where(workspace_versions.c.version == version)
    else:
        query = (
            query.where(workspace_versions.c.version < current).order_by(workspace_versions.c.version.desc()).limit(1)
        )
    return (await connection.execute(query)).first()


def _pages(of: Sequence[Any]) -> Iterator[list[Any]]:
    rest = iter(of)
    while page := list(islice(rest, PAGE)):
        yield page
