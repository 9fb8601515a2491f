"""The clocks of a mesh's processes: each shows what the lab says, while its monotonic clock stays right, as when a
machine's clock is set. A small library, preloaded into the processes, reads how wrong each one is from a file."""

import shutil
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

COMPILER = "cc"
_SHIM = Path(__file__).with_name("clock_shim.c")
_NANO = 1_000_000_000
_HALF = 500_000
"""What a clock at half speed loses of a million."""


@dataclass(frozen=True)
class Clocks:
    """The clocks of the processes of one run."""

    folder: Path
    """Where the library and a file for each process are."""

    @property
    def library(self) -> Path:
        """What is preloaded."""
        return self.folder / "clock_shim.so"

    def environment(self, process: str) -> dict[str, str]:
        """The variables that give a process a clock of its own, right until it is set."""
        self.correct(process)
        return {"LD_PRELOAD": str(self.library), "LAB_CLOCK": str(self._file(process))}

    def set(self, process: str, seconds: float) -> None:
        """Sets a process's clock ahead by so many seconds, back if they are negative."""
        self._write(process, int(seconds * _NANO), 0, 0)

    def slow_down(self, process: str) -> None:
        """Makes a process's clock, right now, go at half speed from now on."""
        self._write(process, 0, _HALF, time.time_ns())

    def correct(self, process: str) -> None:
        """Makes a process's clock right."""
        self._write(process, 0, 0, 0)

    def _write(self, process: str, offset: int, lost: int, since: int) -> None:
        file = self._file(process)
        with file.open("r+b" if file.exists() else "wb") as opened:
            opened.write(struct.pack("qqq", offset, lost, since))

    def _file(self, process: str) -> Path:
        return self.folder / f"{process}.clock"


@contextmanager
def running_clocks(wanted: bool) -> Iterator[Clocks | None]:
    """Clocks in a folder that every user can read, gone at the end; None where none are wanted, or on a machine
    without a compiler of C."""
    compiler = shutil.which(COMPILER)
    if not wanted or compiler is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="pulpo-clocks-") as name:
        clocks = Clocks(Path(name))
        clocks.folder.chmod(0o755)
        options = ["-O2", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", "-o", str(clocks.library)]
        subprocess.run([compiler, *options, str(_SHIM), "-ldl"], check=True)
        yield clocks
