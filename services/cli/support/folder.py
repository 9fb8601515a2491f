"""A lock on a data folder, so that one mesh runs on it; its processes hold the lock, also after their starter ended."""

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from runtime.private import open_file

LOCK = "mesh.lock"
"""Name of the file that is locked, beside the logs."""


class FolderLock:
    """The lock on a folder of logs. The processes that inherit its file hold it until the last one ends."""

    def __init__(self, logs: Path) -> None:
        """`logs` must exist by the time the lock is taken."""
        self._file = logs / LOCK
        self._held: IO[bytes] | None = None

    @property
    def files(self) -> tuple[int, ...]:
        """What a child process inherits in order to hold the lock too."""
        return (self._held.fileno(),) if self._held else ()

    def take(self) -> bool:
        """Takes it. False when another mesh has it."""
        self._held = self._held or open_file(self._file, "ab")
        try:
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.release()
            return False
        return True

    def release(self) -> None:
        """Releases it; child processes that inherited it keep it."""
        if self._held:
            self._held.close()
            self._held = None


def in_use(logs: Path) -> str:
    """Says in a line that a mesh runs on this folder, and how to stop it; nothing when none does."""
    lock = FolderLock(logs)
    if not logs.is_dir() or lock.take():
        lock.release()
        return ""
    left = " ".join(str(pid) for pid in running(logs))
    how = f", or, when that is gone, with: kill {left}" if left else ""
    return f"a mesh is already running with its logs in {logs}; stop it with Ctrl-C where it was started{how}"


def running(logs: Path) -> Sequence[int]:
    """The processes that the folder's NAME.pid files name and that live."""
    pids = [int(text) for file in sorted(logs.glob("*.pid")) if (text := file.read_text().strip()).isdigit()]
    return [pid for pid in pids if _lives(pid)]


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True
