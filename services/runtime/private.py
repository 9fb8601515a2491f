"""Folders (mode 0700) and files (mode 0600) that hold personal data or secrets, whatever the umask."""

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import IO

from runtime.errors import Kind, PulpoError
from runtime.observability.logs import get_logger

_OTHERS = 0o077
_WRITERS = 0o022 | stat.S_ISVTX
_log = get_logger(__name__)
_OURS = ("gateway.db", "broker.db", "agenda.db", "mesh.lock", "logs/mesh.lock", "mesh-secret", "callers.json")
"""What only a folder of ours holds."""
_BESIDE = ("-wal", "-shm", "-journal")
"""Ends of the names of the files that SQLite keeps beside a database."""


def make_folder(folder: Path) -> None:
    """Makes a folder with mode 0700, or gives one that is there that mode.

    One of ours that holds other things as well keeps its mode, with a warning: files in it are closed all the same.
    Raises PulpoError DATA_FOLDER for a folder in which others may change files, or that is another user's. A mounted
    volume of another user is taken as it is.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
        if not found.st_mode & _OTHERS or (folder.is_mount() and found.st_uid != os.geteuid()):
            return
        if _may_close(folder, found):
            folder.chmod(0o700)
            return
        if found.st_uid == os.geteuid() and not found.st_mode & _WRITERS:
            _log.warning("data folder is open to readers", mode=f"{stat.S_IMODE(found.st_mode):o}")
            return
    except OSError as error:
        raise PulpoError(Kind.FAILED_PRECONDITION, "DATA_FOLDER", f"{error.filename}: {error.strerror}.") from error
    mode = f"{stat.S_IMODE(found.st_mode):o}"
    said = f"{folder} is not Pulpo's alone (mode {mode}): chmod 700 it, or name another folder."
    raise PulpoError(Kind.FAILED_PRECONDITION, "DATA_FOLDER", said)


def keep_database(file: Path) -> None:
    """Makes SQLite's file with mode 0600, or gives it and those beside it that mode. SQLite makes those after it.

    One that is there is not opened: closing it would drop every lock that this process has on it.
    """
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    for each in (file, *(file.with_name(file.name + end) for end in _BESIDE)):
        with suppress(FileNotFoundError, PermissionError):  # gone since, or another user's who looks after it
            found = each.stat()
            if stat.S_ISREG(found.st_mode) and found.st_mode & _OTHERS:
                each.chmod(0o600)


def open_file(file: Path, mode: str) -> IO[bytes]:
    """Opens a file for writing, in binary; it has mode 0600 from its first moment on."""
    return open(file, mode, opener=_open)


def write_file(file: Path, text: str) -> None:
    """Writes a whole file, mode 0600."""
    with open_file(file, "wb") as opened:
        opened.write(text.encode())


def _open(path: str, flags: int) -> int:
    number = os.open(path, flags, 0o600)
    found = os.fstat(number)
    if found.st_mode & _OTHERS and found.st_uid == os.geteuid():
        os.fchmod(number, 0o600)
    return number


def _may_close(folder: Path, found: os.stat_result) -> bool:
    """Whether taking the others' rights off a folder takes nothing from anybody."""
    if found.st_uid != os.geteuid() or found.st_mode & stat.S_ISVTX:
        return False
    return folder.is_mount() or not any(folder.iterdir()) or any((folder / name).exists() for name in _OURS)
