"""`python -m tests.bench.workspaces 200 1000 10000`: what many businesses cost a process that reads a folder.

Businesses are the shipped salon under other ids, names and numbers. Seconds are of CPU, which other processes do not
lengthen, but for the stall: the longest time in which the event loop did nothing else, the least of several changes.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from broker.policy.compiled_manifest import compile_manifest
from extractor.reading.reader import Reader
from gateway.storage.tables import SCHEMA
from gateway.storage.workspaces import Candidate, WorkspaceStore
from gateway.workspaces.filling import FolderFilling, candidate_of
from gateway.workspaces.served import ServedStore
from runtime.data.database import Database, sqlite_url
from runtime.data.migrations import prepare
from tests.mesh.tools.harness import ROOT
from workspace.folder import SETTLED_NS, ServedFolder
from workspace.registry import Derived

SALON = (ROOT / "k8s/base/workspaces/estudio-pulpo.yaml").read_text(encoding="utf-8")
CHANGES = 5
PAUSE_S = 0.001
_PAGE = os.sysconf("SC_PAGESIZE")


def businesses(count: int) -> dict[str, str]:
    """File name -> manifest of so many businesses."""
    return {f"estudio-{number:05d}.yaml": _business(number) for number in range(count)}


def _business(number: int, name: str = "") -> str:
    text = SALON.replace("id: estudio-pulpo", f"id: estudio-{number:05d}", 1)
    text = text.replace("+14155238886", f"+549115{number:07d}")
    return text.replace("name: Estudio Pulpo", f"name: {name or f'Estudio {number}'}", 1)


def resident() -> int:
    """Bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE


async def measure(folder: Path, count: int) -> str:
    """One row."""
    before, began = resident(), time.process_time()
    served = ServedFolder(folder)
    cold, unused = time.process_time() - began, (resident() - before) / count / 1024
    await asyncio.sleep(SETTLED_NS / 1e9)
    await served.refresh()
    looked = _cpu(await _timed(served.refresh))
    changed = [await _changed(served, folder, number) for number in range(CHANGES)]
    cpu, in_loop, stall = (min(one[at] for one in changed) for at in range(3))
    used = [(await _used(served, make)) for make in (compile_manifest, Reader)]
    return (
        f"{count:>6} {cold:>9.2f} {unused:>10.1f} {looked * 1e3:>9.1f} {cpu * 1e3:>10.1f} {in_loop * 1e3:>9.1f} "
        f"{stall * 1e3:>9.1f} {used[0] * 1e3:>10.2f} {used[1] * 1e3:>10.2f}"
    )


async def _timed(work: Callable[[], object]) -> tuple[float, float, float]:
    """CPU of the process, CPU of the loop's thread, and the loop's longest stall."""
    longest, ended = 0.0, False

    async def watch() -> None:
        nonlocal longest
        while not ended:
            before = time.perf_counter()
            await asyncio.sleep(PAUSE_S)
            longest = max(longest, time.perf_counter() - before - PAUSE_S)

    watching = asyncio.create_task(watch())
    process, thread = time.process_time(), time.thread_time()
    await work()  # type: ignore[misc]
    figures = time.process_time() - process, time.thread_time() - thread
    ended = True
    await watching
    return (*figures, longest)


def _cpu(figures: tuple[float, float, float]) -> float:
    return figures[0]


async def _changed(served: ServedFolder, folder: Path, number: int) -> tuple[float, float, float]:
    (folder / f"estudio-{number:05d}.yaml").write_text(_business(number, "Sol"), encoding="utf-8")
    return await _timed(served.refresh)


async def _used(served: ServedFolder, make: Callable[..., object], users: int = 100) -> float:
    """Seconds for the first use of a business."""
    derived = Derived(served.registry, make)
    ids = [manifest.id for manifest in served.registry.manifests()]
    derived[ids[0]]
    began = time.process_time()
    for workspace_id in ids[1 : users + 1]:
        derived[workspace_id]
    return (time.process_time() - began) / users


async def measure_store(folder: Path, count: int) -> str:
    """One row of the store's table."""
    database = Database(sqlite_url(folder / "data", "gateway"))
    await prepare(database, SCHEMA, migrates=True)
    store = WorkspaceStore(database)
    began = time.process_time()
    await FolderFilling(folder, store).look()
    cold, began, before = time.process_time() - began, time.process_time(), resident()
    filling, served = FolderFilling(folder, store), ServedStore(store)
    await filling.look()
    await served.look()
    warm, each = time.process_time() - began, (resident() - before) / count / 1024
    applied = []
    for number in range(CHANGES):
        changed = candidate_of(folder / "x.yaml", _business(number, "Sol").encode())

        async def work(changed: Candidate = changed) -> None:
            await store.apply([changed], "bench", "apply", together=True)
            await served.look()

        applied.append(await _timed(work))
    listed = await _timed(lambda: served.answer("", 0, "", 0))
    await database.close()
    cpu, in_loop, stall = (min(one[at] for one in applied) for at in range(3))
    return (
        f"{count:>6} {cold:>9.2f} {warm:>10.2f} {each:>10.1f} {cpu * 1e3:>10.1f} {in_loop * 1e3:>9.1f} "
        f"{stall * 1e3:>9.1f} {listed[1] * 1e3:>10.2f}"
    )


def say(line: str) -> None:
    """Prints a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Prints a row for each number of businesses."""
    say("businesses  cold s  KB unused   look ms  change ms   loop ms  stall ms   broker ms extractor ms")
    counts = [int(text) for text in sys.argv[1:] or ("200", "1000", "10000")]
    for count in counts:
        with ProcessPoolExecutor(1, get_context("spawn")) as fresh:
            say(fresh.submit(row, count).result())
    say("\nstore        fill s     warm s    KB each   apply ms   loop ms  stall ms   list ms")
    for count in counts:
        with ProcessPoolExecutor(1, get_context("spawn")) as fresh:
            say(fresh.submit(row, count, in_store=True).result())


def row(count: int, *, in_store: bool = False) -> str:
    """What so many businesses cost this process, which has loaded none before."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in businesses(count).items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        return asyncio.run((measure_store if in_store else measure)(Path(folder), count))


if __name__ == "__main__":
    main()
