import shutil
from pathlib import Path

import pytest

from workspace.errors import ManifestError
from workspace.loader import load_registry, refresh
from workspace.model import Workspace
from workspace.registry import Derived, Registry

SOURCE = Path("k8s/base/workspaces")
SALON, VET = "estudio-pulpo", "veterinaria-cordillera"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SOURCE, tmp_path / "workspaces"))


def rename(folder: Path, name: str) -> None:
    file = folder / f"{SALON}.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("Estudio Pulpo", name), encoding="utf-8")


async def test_a_changed_workspace_is_new_and_the_others_are_as_they_were(folder: Path) -> None:
    registry = load_registry(folder)
    salon, vet = registry.get(SALON), registry.get(VET)
    assert await refresh(registry, folder) == 0
    assert registry.get(SALON) is salon
    rename(folder, "Peluquería Sol")
    assert await refresh(registry, folder) == 1
    found = registry.get(SALON)
    assert found is not None
    assert found.name == "Peluquería Sol"
    assert registry.by_number(found.numbers[0]) is found
    assert registry.get(VET) is vet


async def test_a_workspace_comes_and_goes(folder: Path) -> None:
    registry = load_registry(folder)
    away = folder.parent / "away.yaml"
    (folder / f"{VET}.yaml").rename(away)
    assert (await refresh(registry, folder), len(registry), registry.by_number("+56229876543")) == (1, 1, None)
    away.rename(folder / f"{VET}.yaml")
    assert (await refresh(registry, folder), len(registry)) == (1, 2)


async def test_a_broken_manifest_changes_nothing(folder: Path) -> None:
    registry = load_registry(folder)
    before = list(registry)
    rename(folder, "Peluquería Sol")
    (folder / f"{VET}.yaml").write_text("id: [", encoding="utf-8")
    with pytest.raises(ManifestError):
        await refresh(registry, folder)
    assert list(registry) == before


async def test_a_workspace_that_a_service_cannot_use_changes_nothing(folder: Path) -> None:
    registry = load_registry(folder)
    before = list(registry)
    rename(folder, "Peluquería Sol")

    def refuse(workspace: Workspace) -> None:
        raise ValueError(workspace.name)

    with pytest.raises(ValueError, match="Sol"):
        await refresh(registry, folder, check=refuse)
    assert list(registry) == before


async def test_what_is_made_of_a_workspace_is_made_anew_when_it_changes(folder: Path) -> None:
    registry, made = load_registry(folder), list[str]()

    def make(workspace: Workspace) -> str:
        made.append(workspace.id)
        return workspace.name.upper()

    derived = Derived(registry, make)
    assert sorted(made) == [SALON, VET]
    assert derived[SALON] == "ESTUDIO PULPO"
    assert set(derived) == {SALON, VET}
    assert len(derived) == 2
    rename(folder, "Sol")
    await refresh(registry, folder)
    assert (derived[SALON], derived[VET], len(made)) == ("SOL", "VETERINARIA CORDILLERA", 3)
    registry.replace([])
    assert derived.get(SALON) is None


def test_a_registry_of_nothing_is_empty() -> None:
    assert len(Registry([])) == Registry([]).count_active() == 0
