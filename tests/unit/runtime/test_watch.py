import asyncio
from pathlib import Path

import pytest

from runtime.errors import Kind, PulpoError
from runtime.watch import REFUSED, RELOADS, FolderWatch, fingerprint


class WrongError(Exception):
    """What the files are refused with."""


class Taker:
    """Takes files up, or refuses them."""

    def __init__(self) -> None:
        self.taken = 0
        self.problem: Exception | None = None
        self.happened = asyncio.Event()

    async def __call__(self) -> int:
        self.happened.set()
        if self.problem:
            raise self.problem
        self.taken += 1
        return 1


def counted(outcome: str) -> float:
    return float(RELOADS.labels(outcome)._value.get())


async def test_only_another_content_is_taken_up(tmp_path: Path) -> None:
    taker, file = Taker(), tmp_path / "a.yaml"
    watch = FolderWatch(tmp_path, "*.yaml", 1, taker, WrongError)
    for text, taken in (("one", 1), ("one", 1), ("two", 2), ("one", 3)):
        file.write_text(text)
        await watch.look()
        assert taker.taken == taken, text
    (tmp_path / "notes.txt").write_text("no manifest")
    await watch.look()
    assert taker.taken == 3
    file.unlink()
    await watch.look()
    assert taker.taken == 4


@pytest.mark.parametrize("problem", [WrongError("a.yaml: id: expected"), PulpoError(Kind.INTERNAL, "BAD", "bad")])
async def test_what_cannot_be_used_is_counted_and_tried_again_when_it_changes(
    tmp_path: Path, problem: Exception
) -> None:
    taker, file = Taker(), tmp_path / "a.yaml"
    watch = FolderWatch(tmp_path, "*.yaml", 1, taker, WrongError)
    refused, taken = counted("refused"), counted("taken")
    taker.problem = problem
    file.write_text("broken")
    await watch.look()
    await watch.look()
    assert (counted("refused"), REFUSED._value.get()) == (refused + 1, 1)
    taker.problem = None
    file.write_text("mended")
    await watch.look()
    assert (counted("taken"), REFUSED._value.get()) == (taken + 1, 0)


async def test_it_looks_until_it_is_closed(tmp_path: Path) -> None:
    taker = Taker()
    watch = FolderWatch(tmp_path, "*.yaml", 0.01, taker, WrongError)
    watch.start()
    await taker.happened.wait()
    taker.happened.clear()
    (tmp_path / "a.yaml").write_text("new")
    await taker.happened.wait()
    await watch.close()


async def test_with_no_interval_nobody_looks(tmp_path: Path) -> None:
    watch = FolderWatch(tmp_path, "*.yaml", 0, Taker(), WrongError)
    watch.start()
    assert watch._repeated is None
    await watch.close()


def test_a_folder_whose_link_moves_is_another_one(tmp_path: Path) -> None:
    """The kubelet changes a ConfigMap by moving one symbolic link."""
    for version in ("one", "two"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "a.yaml").write_text(version)
    link, folder = tmp_path / "..data", tmp_path / "mounted"
    folder.mkdir()
    link.symlink_to("one")
    (folder / "a.yaml").symlink_to("../..data/a.yaml")
    before = fingerprint(folder, "*.yaml")
    link.unlink()
    (folder / "dangling.yaml").symlink_to("nothing")
    assert fingerprint(folder, "*.yaml") != before
    (folder / "dangling.yaml").unlink()
    link.symlink_to("two")
    assert fingerprint(folder, "*.yaml") != before
    link.unlink()
    link.symlink_to("one")
    assert fingerprint(folder, "*.yaml") == before
