"""Counts the files that one message and one booking run through: `make path`.

A mesh of real processes notes the functions that run (`hook/sitecustomize.py`). Counted are files that are ours and not
generated, with a function that ran between the arrival of one webhook and its answer.

Work on a timer may fall into that time and does not count. First, the mesh is watched while nobody writes: a task (the
outermost function of a stack) that does nothing during a webhook but what it does then is left out. Second, each kind
of webhook is sent several times and only functions that ran each time count.
"""

import argparse
import json
import os
import signal
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.local.processes import SOURCE
from tests.mesh.tools.harness import Mesh, running_mesh, until

HOOK = Path(__file__).resolve().parent / "hook"
SERVICES = ("gateway", "extractor", "planner", "broker", "nlg", "agenda")
GENERATED = "pulpo"
IDLE_S = 11.0
"""Seconds that nobody writes: longer than the services' timers that are shorter than a minute."""
GREETING = "hola"
BOOKING = ("quiero cortarme el pelo {when} con sofi", "Juan Pérez", "juan.perez@gmail.com")
"""What a customer writes; the last message is the one that books."""
TIMES = [f"{day} tipo {hour}" for day in ("mañana", "el viernes") for hour in (5, 4, 3)]
"""When the customers want to come, one after the other."""
GATEWAY_TARGET, BOOKING_TARGET = 12, 45

Stack = tuple[str, ...]
"""`FILE:QUALIFIED NAME` of the functions that called one another, outermost first; FILE is relative to `services/`."""
Ran = dict[str, set[str]]
"""File -> qualified names of its functions that ran, in whichever process."""


class Recorder:
    """Asks the processes of a mesh which functions ran."""

    def __init__(self, mesh: Mesh, folder: Path) -> None:
        """`folder` is where the processes write, FUNCTIONS_RUN_DIR."""
        self._mesh = mesh
        self._folder = folder
        self._idle: dict[str, set[Stack]] = {name: set() for name in SERVICES}

    def watch_idle(self, seconds: float) -> None:
        """Notes what runs while nobody writes."""
        self._take()
        time.sleep(seconds)
        self._idle = self._take()

    def during(self, customer: str, text: str) -> tuple[Ran, str]:
        """What one message runs, and its reply."""
        self._take()
        reply = self._mesh.say(customer, text)
        stacks = self._take()
        return ran_of(stack for name in SERVICES for stack in without_idle(stacks[name], self._idle[name])), reply

    def _take(self) -> dict[str, set[Stack]]:
        """Service -> what ran in its process since the last call."""
        pids = {name: self._mesh.pid(name) for name in SERVICES}
        written = {name: self._folder / f"{pid}.json" for name, pid in pids.items()}
        for name, pid in pids.items():
            written[name].unlink(missing_ok=True)
            os.kill(pid, signal.SIGUSR1)
        until(lambda: all(file.exists() for file in written.values()), "every process has written what ran")
        return {name: read_stacks(file) for name, file in written.items()}


def read_stacks(file: Path) -> set[Stack]:
    """The stacks that a process has written."""
    stacks = json.loads(file.read_text(encoding="utf-8"))
    return {tuple(name.removeprefix(f"{SOURCE}/") for name in stack) for stack in stacks}


def without_idle(stacks: set[Stack], idle: set[Stack]) -> Iterator[Stack]:
    """The stacks of tasks that did something else than they do while nobody writes."""
    busy = {stack[0] for stack in stacks - idle}
    return (stack for stack in stacks if stack[0] in busy)


def ran_of(stacks: Iterable[Stack]) -> Ran:
    """The functions on top of stacks, by file, without generated code."""
    ran: Ran = {}
    for stack in stacks:
        file, name = stack[-1].split(":", 1)
        if _package(file) != GENERATED:
            ran.setdefault(file, set()).add(name)
    return ran


def common(runs: list[Ran]) -> Ran:
    """What ran each time."""
    first, *rest = runs
    kept = {file: names.intersection(*(run.get(file, set()) for run in rest)) for file, names in first.items()}
    return {file: names for file, names in kept.items() if names}


@contextmanager
def recorded_mesh(folder: Path) -> Iterator[tuple[Mesh, Recorder]]:
    """A mesh whose processes note which functions run."""
    written = folder / "functions"
    written.mkdir()
    environment = {
        "PYTHONPATH": os.pathsep.join((str(HOOK), str(SOURCE))),
        "FUNCTIONS_RUN_DIR": str(written),
        "FUNCTIONS_RUN_OF": str(SOURCE),
    }
    with running_mesh(folder / "data", **environment) as mesh:
        yield mesh, Recorder(mesh, written)


def one_message(recorder: Recorder) -> Ran:
    """What a message that asks for nothing runs."""
    return common([recorder.during(f"+5491155550{number}", GREETING)[0] for number, _ in enumerate(TIMES, 200)])


def one_booking(mesh: Mesh, recorder: Recorder) -> Ran:
    """What the message that books runs. Raises AssertionError when one does not book."""
    runs = []
    for number, when in enumerate(TIMES, 300):
        customer = f"+5491155550{number}"
        *before, last = BOOKING
        for text in before:
            mesh.say(customer, text.format(when=when))
        ran, reply = recorder.during(customer, last)
        assert mesh.appointments(customer), f"not booked: {reply}"
        runs.append(ran)
    return common(runs)


def report(message: Ran, booking: Ran, *, functions: bool = False) -> Iterator[str]:
    """Both by package, with the targets."""
    packages = sorted({_package(file) for file in message | booking})
    for title, ran in (("one message", message), ("one booking", booking)):
        yield f"{title}: {len(ran)} files"
        for package in packages:
            files = sorted(file for file in ran if _package(file) == package)
            yield f"  {package}: {len(files)}"
            for file in files:
                yield f"    {file}" + (f": {', '.join(sorted(ran[file]))}" if functions else "")
    in_gateway = sum(_package(file) == "gateway" for file in message)
    yield _verdict("files of the gateway for one message", in_gateway, GATEWAY_TARGET)
    yield _verdict("files in all for one booking", len(booking), BOOKING_TARGET)


def _package(file: str) -> str:
    return file.split("/")[0]


def _verdict(what: str, count: int, target: int) -> str:
    return f"{what}: {count}, target {target}{'' if count <= target else ', over'}"


def main() -> None:
    """Starts a mesh, sends the messages, and prints the report."""
    parser = argparse.ArgumentParser(description="Counts the files that one message and one booking run through.")
    parser.add_argument("--functions", action="store_true", help="name the functions of each file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, recorded_mesh(Path(folder)) as (mesh, recorder):
        mesh.say("+5491155550199", GREETING)  # what runs only once in a process's life is over
        recorder.watch_idle(IDLE_S)
        message, booking = one_message(recorder), one_booking(mesh, recorder)
    for line in report(message, booking, functions=options.functions):
        print(line)  # noqa: T201


if __name__ == "__main__":
    main()
