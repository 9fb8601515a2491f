"""What is served of a folder: only what changed is read, what is bad touches nobody else, what is idle is forgotten."""

import os
import shutil
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from workspace.cache import IdleCache
from workspace.errors import ManifestError
from workspace.folder import ManifestFolder, ServedFolder
from workspace.loader import load_registry
from workspace.manifest import digest_of, manifest_from
from workspace.model import Workspace
from workspace.registry import FIRST, Derived, Registry

SOURCE = Path("k8s/base/workspaces")
SALON, VET = "estudio-pulpo", "veterinaria-cordillera"
NUMBERS = {SALON: "+14155238886", VET: "+56229876543"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SOURCE, tmp_path / "workspaces"))


def rename(folder: Path, name: str) -> None:
    file = folder / f"{SALON}.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("Estudio Pulpo", name), encoding="utf-8")


def renumber(folder: Path, of: str, number: str) -> None:
    file = folder / f"{of}.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace(NUMBERS[of], number), encoding="utf-8")


async def test_a_changed_workspace_is_new_and_the_others_are_as_they_were(folder: Path) -> None:
    served = ServedFolder(folder)
    registry = served.registry
    salon, vet = registry.get(SALON), registry.get(VET)
    assert await served.refresh() == (0, [])
    assert registry.get(SALON) is salon
    rename(folder, "Peluquería Sol")
    assert await served.refresh() == (1, [])
    found = registry.get(SALON)
    assert found is not None
    assert found.name == "Peluquería Sol"
    assert registry.by_number(found.numbers[0]) is found
    assert registry.get(VET) is vet


async def test_a_workspace_comes_and_goes(folder: Path) -> None:
    served = ServedFolder(folder)
    registry, away = served.registry, folder.parent / "away.yaml"
    (folder / f"{VET}.yaml").rename(away)
    assert (await served.refresh(), len(registry), registry.by_number("+56229876543")) == ((1, []), 1, None)
    away.rename(folder / f"{VET}.yaml")
    assert (await served.refresh(), len(registry)) == ((1, []), 2)


async def test_a_broken_manifest_touches_no_other_business(folder: Path) -> None:
    served = ServedFolder(folder)
    vet = served.registry.get(VET)
    rename(folder, "Peluquería Sol")
    (folder / f"{VET}.yaml").write_text("id: [", encoding="utf-8")
    (folder / "new.yaml").write_text("- 1", encoding="utf-8")
    count, problems = await served.refresh()
    assert count == 1
    assert [line.partition(": ")[0] for line in problems] == [str(folder / "new.yaml"), str(folder / f"{VET}.yaml")]
    salon = served.registry.get(SALON)
    assert salon is not None
    assert salon.name == "Peluquería Sol"
    assert served.registry.get(VET) is vet
    assert await served.refresh() == (0, problems)
    shutil.copy(SOURCE / f"{VET}.yaml", folder)
    (folder / "new.yaml").unlink()
    assert await served.refresh() == (0, [])


async def test_a_start_needs_one_manifest_that_can_be_used(folder: Path) -> None:
    (folder / f"{VET}.yaml").write_text("id: [", encoding="utf-8")
    served = ServedFolder(folder)
    assert [workspace.id for workspace in served.registry] == [SALON]
    assert len(served.problems) == 1
    (folder / f"{SALON}.yaml").write_text("- 1", encoding="utf-8")
    with pytest.raises(ManifestError) as raised:
        ServedFolder(folder)
    assert len(raised.value.problems) == 2


@pytest.mark.parametrize(
    "do", [lambda folder: shutil.rmtree(folder), lambda folder: [f.unlink() for f in folder.iterdir()]]
)
async def test_a_folder_that_is_away_or_empty_takes_no_business_away(
    folder: Path, do: Callable[[Path], object]
) -> None:
    served = ServedFolder(folder)
    do(folder)
    count, problems = await served.refresh()
    assert (count, len(problems), len(served.registry)) == (0, 1, 2)


async def test_a_number_stays_with_who_has_it(folder: Path) -> None:
    served = ServedFolder(folder)
    renumber(folder, SALON, NUMBERS[VET])
    count, problems = await served.refresh()
    assert (count, len(problems)) == (0, 1)
    assert f"{NUMBERS[VET]} belongs to {VET}" in problems[0]
    assert {number: served.registry.by_number(number).id for number in NUMBERS.values()} == {  # type: ignore[union-attr]
        NUMBERS[SALON]: SALON,
        NUMBERS[VET]: VET,
    }
    (folder / f"{VET}.yaml").unlink()
    assert await served.refresh() == (2, [])
    found = served.registry.by_number(NUMBERS[VET])
    assert found is not None
    assert found.id == SALON


async def test_two_businesses_may_change_their_numbers_at_once(folder: Path) -> None:
    served = ServedFolder(folder)
    renumber(folder, SALON, NUMBERS[VET])
    renumber(folder, VET, NUMBERS[SALON])
    assert await served.refresh() == (2, [])
    found = served.registry.by_number(NUMBERS[VET])
    assert found is not None
    assert found.id == SALON


async def test_what_reverts_may_have_others_revert(folder: Path) -> None:
    """The salon gives its number to a new business and takes the vet's, which the vet keeps."""
    served = ServedFolder(folder)
    text = (folder / f"{SALON}.yaml").read_text(encoding="utf-8")
    renumber(folder, SALON, NUMBERS[VET])
    (folder / "a-new.yaml").write_text(text.replace(f"id: {SALON}", "id: new"), encoding="utf-8")
    count, problems = await served.refresh()
    assert (count, len(problems)) == (0, 2)
    assert served.registry.get("new") is None
    found = served.registry.by_number(NUMBERS[SALON])
    assert found is not None
    assert found.id == SALON


def test_only_a_file_that_changed_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def counting(file: Path) -> bytes:
        read.append(file.name)
        return file.read_bytes()

    monkeypatch.setattr("workspace.folder.read_bytes", counting)
    for file in folder.iterdir():
        os.utime(file, (1, 1))
    monkeypatch.setattr("workspace.folder.SETTLED_NS", 0)
    looks = ManifestFolder(folder)
    before = looks.look()
    assert sorted(read) == sorted(file.name for file in folder.glob("*.yaml"))
    read.clear()
    assert looks.look().manifests == before.manifests
    assert read == []
    rename(folder, "Sol")
    after = looks.look()
    assert read == [f"{SALON}.yaml"]
    assert [new is old for new, old in zip(after.manifests, before.manifests, strict=True)] == [False, True]


def test_a_file_written_a_moment_ago_is_read_again(folder: Path) -> None:
    """Its time does not tell a second change that comes as soon and is as long."""
    looks = ManifestFolder(folder)
    looks.look()
    rename(folder, "Estudio Oleaj")
    found = looks.look().manifests[0].workspace()
    assert found.name == "Estudio Oleaj"


def test_a_mounted_folder_whose_link_moves_is_read_again(folder: Path, tmp_path: Path) -> None:
    """The kubelet changes a ConfigMap by moving one symbolic link."""
    mount = tmp_path / "mount"
    other = Path(shutil.copytree(folder, tmp_path / "other"))
    rename(other, "Sol")
    mount.mkdir()
    (mount / "..data").symlink_to(folder)
    for file in folder.glob("*.yaml"):
        (mount / file.name).symlink_to(Path("..data") / file.name)
    looks = ManifestFolder(mount)
    assert looks.look().manifests[0].workspace().name == "Estudio Pulpo"
    (mount / "..new").symlink_to(other)
    (mount / "..new").rename(mount / "..data")
    assert looks.look().manifests[0].workspace().name == "Sol"


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_cache_forgets_what_nobody_asks_for() -> None:
    clock = Clock()
    cache = IdleCache[str, str](most=2, idle_s=10, clock=clock)
    made: list[str] = []

    def make(key: str) -> str:
        return cache.get(key, lambda: noted(key))

    def noted(key: str) -> str:
        made.append(key)
        return key.upper()

    assert [make("a"), make("b"), make("a"), make("c")] == ["A", "B", "A", "C"]
    assert made == ["a", "b", "c"]
    assert list(cache) == ["a", "c"]
    clock.now = 8
    make("a")
    clock.now = 12
    cache.sweep()
    assert list(cache) == ["a"]
    cache.drop("a")
    cache.drop("never")
    assert len(cache) == 0


async def test_what_is_made_of_a_workspace_is_made_when_asked_for_and_anew_when_it_changes(folder: Path) -> None:
    served, made = ServedFolder(folder), list[str]()
    registry = served.registry

    def make(workspace: Workspace) -> str:
        made.append(workspace.id)
        return workspace.name.upper()

    derived = Derived(registry, make)
    assert made == []
    assert set(derived) == {SALON, VET}
    assert derived[SALON] == derived[SALON] == "ESTUDIO PULPO"
    assert made == [SALON]
    assert (set(derived), len(derived)) == ({SALON, VET}, 2)
    rename(folder, "Sol")
    await served.refresh()
    assert (derived[SALON], made) == ("SOL", [SALON, SALON])
    registry.sweep()
    assert len(derived._kept) == 1
    registry.replace([])
    assert derived.get(SALON) is None
    registry.sweep()
    assert len(derived._kept) == 0


def test_a_workspace_that_nobody_asks_for_is_kept_as_its_manifest(folder: Path) -> None:
    registry = load_registry(folder)
    assert len(registry._kept) == 0
    first = registry.get(SALON)
    assert registry.get(SALON) is first
    registry._kept.drop(registry.manifest(SALON).digest)  # type: ignore[union-attr]
    again = registry.get(SALON)
    assert again == first
    assert again is not first
    assert [workspace.id for workspace in registry] == [SALON, VET]
    assert len(registry._kept) == 1


def test_a_manifest_of_another_release_touches_no_other_business(folder: Path) -> None:
    registry = load_registry(folder)
    salon = registry.manifest(SALON)
    assert salon is not None
    document = zlib.decompress(salon.packed).replace(b'"vertical"', b'"horizontal"')
    summary = salon.summary()
    registry.change([manifest_from(SALON, digest_of(document), summary, zlib.compress(document))])
    assert registry.get(SALON) is None
    assert "vertical" in registry.unusable[SALON]
    assert [workspace.id for workspace in registry] == [VET]
    assert Derived(registry, lambda workspace: workspace.name).get(SALON) is None
    registry.change([salon])
    assert (registry.get(SALON) is not None, registry.unusable) == (True, {})


def test_where_few_are_in_use_the_first_ones_are_listed_too(folder: Path) -> None:
    salon = load_registry(folder).get(SALON)
    assert salon is not None
    many = Registry(salon.model_copy(update={"id": f"salon-{number}", "numbers": ()}) for number in range(50))
    derived = Derived(many, lambda workspace: workspace.id)
    assert len(derived) == FIRST
    assert derived["salon-40"] == "salon-40"
    assert list(derived) == [*(f"salon-{number}" for number in range(FIRST - 1)), "salon-40"]
    for number in range(20, 40):
        assert derived[f"salon-{number}"]
    assert len(derived) == 21


def test_a_workspace_made_by_code_stays_when_an_equal_one_comes(folder: Path) -> None:
    workspaces = list(load_registry(folder))
    registry = Registry(workspaces)
    first = registry.get(SALON)
    assert registry.replace([workspace.model_copy() for workspace in workspaces]) == 0
    assert registry.get(SALON) is first
    assert registry.replace([workspaces[0].model_copy(update={"name": "Sol"}), workspaces[1]]) == 1
    assert registry.version == 2


def test_a_registry_of_nothing_is_empty() -> None:
    assert len(Registry([])) == Registry([]).count_active() == 0
