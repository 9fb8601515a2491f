"""The store of manifests, on both databases: versions, who changed what, each number once, and the folder."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from gateway.storage import workspaces as store_module
from gateway.storage.tables import SCHEMA, workspace_versions
from gateway.storage.workspaces import Candidate, WorkspaceStore
from gateway.workspaces.filling import FolderFilling, candidate_of
from gateway.workspaces.served import ServedStore
from runtime.data.database import Database
from runtime.data.migrations import prepare
from runtime.errors import PulpoError
from tests.mesh.tools.harness import ROOT
from tests.poolers import pool_for

SOURCE = ROOT / "k8s/base/workspaces"
SALON, VET = "estudio-pulpo", "veterinaria-cordillera"
NUMBERS = {SALON: "+14155238886", VET: "+56229876543"}


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url, pool=pool_for(database_url))
    await prepare(opened, SCHEMA, migrates=True)
    yield opened
    await opened.close()


@pytest.fixture
def store(database: Database) -> WorkspaceStore:
    return WorkspaceStore(database)


def manifest(of: str = SALON, **changes: str) -> Candidate:
    """A shipped manifest with words replaced by others."""
    text = (SOURCE / f"{of}.yaml").read_text(encoding="utf-8")
    for old, new in changes.items():
        text = text.replace({"name": "name: Estudio Pulpo", "number": NUMBERS[of], "id": f"id: {of}"}[old], new)
    return candidate_of(Path(f"{of}.yaml"), text.encode())


@pytest.mark.pooler
async def test_a_manifest_is_a_version_and_an_equal_one_is_none(store: WorkspaceStore) -> None:
    first = await store.apply([manifest(), manifest(VET)], "ana", "apply", together=True)
    assert [(one.id, one.version, one.changed) for one in first] == [(SALON, 1, True), (VET, 1, True)]
    again = await store.apply([manifest()], "ana", "apply", together=True)
    assert [(one.version, one.changed) for one in again] == [(1, False)]
    renamed = await store.apply([manifest(name="name: Sol")], "eva", "apply", together=True)
    assert [(one.version, one.changed) for one in renamed] == [(2, True)]
    history = await store.history(SALON)
    assert [(each.version, each.by, each.origin, each.in_force) for each in history] == [
        (2, "eva", "apply", True),
        (1, "ana", "apply", False),
    ]
    assert [(each.id, each.version) for each in await store.listing()] == [(SALON, 2), (VET, 1)]
    assert "name: Sol" in (await store.source(SALON) or "")
    assert "name: Estudio Pulpo" in (await store.source(SALON, 1) or "")
    assert await store.source("nobody") is None


async def test_replicas_that_fill_an_empty_store_at_once_make_one_version(
    database: Database, database_url: str
) -> None:
    replicas = [Database(database_url, pool=pool_for(database_url)) for _ in range(6)]
    try:
        done = await asyncio.gather(
            *(WorkspaceStore(each).apply([manifest()], "folder", "folder", together=False) for each in replicas)
        )
    finally:
        for each in replicas:
            await each.close()
    assert [one.version for (one,) in done] == [1] * len(replicas)
    assert sum(one.changed for (one,) in done) == 1


async def test_a_rollback_is_a_new_version_that_names_the_old_one(store: WorkspaceStore) -> None:
    for name in ("name: Uno", "name: Dos", "name: Tres"):
        await store.apply([manifest(name=name)], "ana", "apply", together=True)
    assert (await store.rollback(SALON, None, "eva")).version == 4
    assert "name: Dos" in (await store.source(SALON) or "")
    assert (await store.rollback(SALON, 1, "eva")).version == 5
    assert (await store.rollback(SALON, 1, "eva")).changed is False
    newest = (await store.history(SALON))[0]
    assert (newest.origin, newest.of_version, newest.by) == ("rollback", 1, "eva")
    for workspace_id, version in ((SALON, 99), ("nobody", None)):
        with pytest.raises(PulpoError) as raised:
            await store.rollback(workspace_id, version, "eva")
        assert raised.value.reason == "UNKNOWN_VERSION"


async def test_what_was_taken_away_comes_back_by_a_rollback_unless_its_number_is_taken(store: WorkspaceStore) -> None:
    await store.apply([manifest(), manifest(VET)], "ana", "apply", together=True)
    assert [(one.id, one.changed) for one in await store.remove([VET, "nobody"], "eva")] == [
        (VET, True),
        ("nobody", False),
    ]
    assert [each.id for each in await store.listing()] == [SALON]
    assert [(one.changed) for one in await store.remove([VET], "eva")] == [False]
    await store.apply([manifest(number=NUMBERS[VET])], "ana", "apply", together=True)
    refused = await store.rollback(VET, None, "eva")
    assert (refused.changed, refused.problem) == (False, f"{NUMBERS[VET]} belongs to {SALON}")
    await store.rollback(SALON, None, "eva")
    assert (await store.rollback(VET, None, "eva")).version == 3
    assert [(each.version, each.origin) for each in await store.history(VET)] == [
        (3, "rollback"),
        (2, "remove"),
        (1, "apply"),
    ]


async def test_a_number_is_of_one_business(store: WorkspaceStore) -> None:
    await store.apply([manifest()], "ana", "apply", together=True)
    thief = manifest(VET, number=NUMBERS[SALON])
    new = manifest(id="id: new", number="+5491122223333")
    (refused, beside) = await store.apply([thief, new], "ana", "apply", together=True)
    assert refused.problem == f"{NUMBERS[SALON]} belongs to {SALON}"
    assert (beside.changed, beside.problem) == (False, "")
    assert [each.id for each in await store.listing()] == [SALON]
    outcomes = await store.apply([thief, new], "ana", "folder", together=False)
    assert [one.changed for one in outcomes] == [False, True]
    await store.apply([manifest(VET)], "ana", "apply", together=True)
    swapped = [manifest(number=NUMBERS[VET]), thief]
    assert [one.changed for one in await store.apply(swapped, "ana", "apply", together=True)] == [True, True]
    twice = await store.apply([manifest(), manifest(name="name: Sol")], "ana", "apply", together=True)
    assert [one.problem for one in twice].count("expected each id once") == 2


async def test_a_refused_one_keeps_its_number_from_who_wanted_it(store: WorkspaceStore) -> None:
    """The salon wants the vet's number, and another business the salon's."""
    await store.apply([manifest(), manifest(VET)], "ana", "apply", together=True)
    heir = manifest(id="id: heir")
    outcomes = await store.apply([heir, manifest(number=NUMBERS[VET])], "ana", "folder", together=False)
    assert [bool(one.problem) for one in outcomes] == [True, True]


@pytest.mark.pooler
async def test_changes_at_once_are_one_after_the_other(store: WorkspaceStore) -> None:
    await store.apply([manifest()], "ana", "apply", together=True)
    names = [f"name: Salon {number}" for number in range(8)]
    await asyncio.gather(*(store.apply([manifest(name=name)], "ana", "apply", together=True) for name in names))
    assert [each.version for each in await store.history(SALON)] == list(range(9, 0, -1))
    assert (await store.changes()).revision == 9


async def test_old_versions_go(store: WorkspaceStore, monkeypatch: pytest.MonkeyPatch, database: Database) -> None:
    monkeypatch.setattr(store_module, "MOST_VERSIONS", 3)
    for number in range(6):
        await store.apply([manifest(name=f"name: Salon {number}")], "ana", "apply", together=True)
    assert [each.version for each in await store.history(SALON)] == [6, 5, 4]
    async with database.read() as connection:
        assert (await connection.execute(select(func.count()).select_from(workspace_versions))).scalar() == 3


async def test_what_changed_is_told_from_where_one_was(store: WorkspaceStore) -> None:
    assert await store.changes() == store_module.Changes("", 0, (), ())
    await store.apply([manifest(), manifest(VET)], "ana", "apply", together=True)
    all_ = await store.changes()
    assert [each.id for _, each in all_.manifests] == [SALON, VET]
    assert all_.manifests[0][1].workspace() == manifest().manifest.workspace()
    assert await store.changes(all_.store, all_.revision) == store_module.Changes(all_.store, 1, (), ())
    await store.apply([manifest(name="name: Sol")], "ana", "apply", together=True)
    await store.remove([VET], "ana")
    news = await store.changes(all_.store, all_.revision)
    assert ([each.id for _, each in news.manifests], news.removed, news.revision) == ([SALON], (VET,), 3)
    assert len((await store.changes("another", 99)).manifests) == 1


class Folder:
    """A folder of the shipped manifests, and a gateway's look at it."""

    def __init__(self, folder: Path, store: WorkspaceStore) -> None:
        self.path = Path(shutil.copytree(SOURCE, folder))
        self.filling = FolderFilling(self.path, store)
        self.look = self.filling.look

    def write(self, text: str, of: str = SALON) -> None:
        (self.path / f"{of}.yaml").write_text(text, encoding="utf-8")

    def read(self, of: str = SALON) -> str:
        return (SOURCE / f"{of}.yaml").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, store: WorkspaceStore) -> Folder:
    return Folder(tmp_path / "workspaces", store)


async def test_the_folder_fills_the_store(folder: Folder, store: WorkspaceStore) -> None:
    assert await folder.look() == (2, [])
    assert await folder.look() == (0, [])
    folder.write(folder.read().replace("name: Estudio Pulpo", "name: Sol"))
    assert await folder.look() == (1, [])
    assert [(each.version, each.by, each.origin) for each in await store.history(SALON)] == [
        (2, "folder", "folder"),
        (1, "folder", "folder"),
    ]
    (folder.path / f"{VET}.yaml").unlink()
    assert await folder.look() == (1, [])
    assert [each.id for each in await store.listing()] == [SALON]
    folder.write(folder.read(VET), VET)
    assert await folder.look() == (1, [])


async def test_a_bad_file_leaves_its_business_and_the_others(folder: Folder, store: WorkspaceStore) -> None:
    await folder.look()
    folder.write("id: [")
    folder.write(folder.read(VET).replace("minutes: 30", "minutes: 40", 1), VET)
    folder.write("- 1", "new")
    count, problems = await folder.look()
    assert (count, len(problems)) == (1, 2)
    assert f"{SALON}.yaml: line" in problems[0]
    assert {each.id: each.version for each in await store.listing()} == {SALON: 1, VET: 2}
    assert await folder.look() == (0, problems)
    folder.write(folder.read())
    (folder.path / "new.yaml").unlink()
    assert await folder.look() == (0, [])


async def test_a_folder_that_is_away_or_empty_takes_nothing_away(folder: Folder, store: WorkspaceStore) -> None:
    await folder.look()
    shutil.rmtree(folder.path)
    count, problems = await folder.look()
    assert (count, len(problems)) == (0, 1)
    assert len(await store.listing()) == 2


async def test_the_last_change_wins_wherever_it_comes_from(folder: Folder, store: WorkspaceStore) -> None:
    await folder.look()
    await store.apply([manifest(name="name: Sol")], "ana", "apply", together=True)
    assert await folder.look() == (0, [])
    restarted = FolderFilling(folder.path, store)
    assert await restarted.look() == (0, [])
    assert "name: Sol" in (await store.source(SALON) or "")
    folder.write(folder.read().replace("name: Estudio Pulpo", "name: Luna"))
    assert (await folder.look(), await restarted.look()) == ((1, []), (0, []))
    assert "name: Luna" in (await store.source(SALON) or "")


async def test_what_was_taken_away_by_hand_stays_away_until_its_file_changes(
    folder: Folder, store: WorkspaceStore
) -> None:
    await folder.look()
    await store.remove([SALON], "ana")
    restarted = FolderFilling(folder.path, store)
    assert await restarted.look() == (0, [])
    assert [each.id for each in await store.listing()] == [VET]
    folder.write(folder.read().replace("name: Estudio Pulpo", "name: Luna"))
    assert await restarted.look() == (1, [])
    (folder.path / f"{SALON}.yaml").unlink()
    assert await restarted.look() == (1, [])
    folder.write(folder.read())
    assert await restarted.look() == (1, [])


async def test_a_restart_takes_up_what_changed_meanwhile_and_reads_nothing_else(
    folder: Folder, store: WorkspaceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await folder.look()
    folder.write(folder.read().replace("name: Estudio Pulpo", "name: Sol"))
    (folder.path / f"{VET}.yaml").rename(folder.path / "vet.yaml")
    read: list[str] = []

    def noting(path: Path, content: bytes, file: str = "") -> Candidate:
        read.append(file)
        return candidate_of(path, content, file)

    monkeypatch.setattr("gateway.workspaces.filling.candidate_of", noting)
    assert await FolderFilling(folder.path, store).look() == (1, [])
    assert sorted(read) == [f"{SALON}.yaml", "vet.yaml"]
    read.clear()
    assert await FolderFilling(folder.path, store).look() == (0, [])
    assert read == []
    assert [each.id for each in await store.listing()] == [SALON, VET]


async def test_a_file_may_become_another_business(folder: Folder, store: WorkspaceStore) -> None:
    await folder.look()
    folder.write(folder.read().replace(f"id: {SALON}", "id: sol"))
    await folder.look()
    assert [each.id for each in await store.listing()] == ["sol", VET]


async def test_a_file_that_claims_a_number_waits_until_it_is_free(folder: Folder, store: WorkspaceStore) -> None:
    await folder.look()
    folder.write(folder.read().replace(NUMBERS[SALON], NUMBERS[VET]))
    count, problems = await folder.look()
    assert (count, len(problems)) == (0, 1)
    assert f"{NUMBERS[VET]} belongs to {VET}" in problems[0]
    await store.remove([VET], "ana")
    assert await folder.look() == (1, [])


async def test_what_is_served_follows_the_store(store: WorkspaceStore) -> None:
    served = ServedStore(store)
    assert not served.is_read
    await store.apply([manifest(), manifest(VET)], "ana", "apply", together=True)
    assert (await served.look(), await served.look()) == (2, 0)
    salon = served.registry.by_number(NUMBERS[SALON])
    assert salon is not None
    listed = await served.answer("", 0, "", 0)
    assert ([each.id for _, each in listed.changed], listed.listing, listed.after_id) == ([SALON, VET], True, "")
    assert (await served.answer(listed.store, listed.revision, "", 0)).changed == ()
    waiting = asyncio.create_task(served.answer(listed.store, listed.revision, "", 60))
    await asyncio.sleep(0)
    await store.apply([manifest(name="name: Sol")], "ana", "apply", together=True)
    await store.remove([VET], "ana")
    assert await served.look() == 2
    news = await waiting
    assert ([(version, each.id) for version, each in news.changed], news.removed) == ([(2, SALON)], (VET,))
    late = asyncio.create_task(served.answer(news.store, news.revision, "", 60))
    await asyncio.sleep(0)
    served.close()
    assert (await late).changed == ()


async def test_a_list_comes_in_parts(store: WorkspaceStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.workspaces.served.MOST_BYTES", 10)
    await store.apply([manifest(), manifest(VET)], "ana", "apply", together=True)
    served = ServedStore(store)
    await served.look()
    first = await served.answer("", 0, "", 0)
    assert ([each.id for _, each in first.changed], first.after_id) == ([SALON], SALON)
    await store.apply([manifest(name="name: Sol")], "ana", "apply", together=True)
    await served.look()
    second = await served.answer(first.store, first.revision, first.after_id, 0)
    assert ([each.id for _, each in second.changed], second.after_id, second.revision) == ([VET], "", first.revision)
    then = await served.answer(second.store, second.revision, "", 0)
    assert [each.id for _, each in then.changed] == [SALON]
