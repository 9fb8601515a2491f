"""Copies a model into the volume that model servers read, checked by its sums, and shows it under its name at once.

`python3 fill.py FROM TO`: FROM has the files and SHA256SUMS, TO is a name in the volume, made a link to
`TO-<first ten digits of the sum of SHA256SUMS>`. A copy that was cut short is made again, one that is whole is left
as it is. The model that was there before stays beside the new one, so that a rollback is a link; older ones go.
"""

import hashlib
import os
import shutil
import sys
from pathlib import Path

BLOCK = 1 << 22
"""Bytes read at a time."""


class SumError(Exception):
    """A file is not what its sum says."""


def sums_in(folder: Path) -> dict[str, str]:
    """File -> its SHA-256, as the folder's SHA256SUMS lists them."""
    lines = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    return {
        name.removeprefix("*").removeprefix("./"): digest for digest, name in (line.split(None, 1) for line in lines)
    }


def check(folder: Path, sums: dict[str, str]) -> None:
    """Raises SumError for the first file that is missing or differs."""
    for name, digest in sums.items():
        try:
            with (folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            found = ""
        if found != digest:
            raise SumError(f"{folder / name}: expected {digest}, got {found or 'no file'}")


def fill(source: Path, target: Path) -> Path:
    """Returns the folder that `target` now links to. Raises SumError or OSError, and then it links to what it did."""
    sums = sums_in(source)
    listed = (source / "SHA256SUMS").read_bytes()
    folder = target.with_name(f"{target.name}-{hashlib.sha256(listed).hexdigest()[:10]}")
    if not folder.exists():
        _copy(source, folder, sums)
    check(folder, sums)
    before = target.resolve() if target.is_symlink() else None
    link = target.with_name(f".{target.name}.new")
    link.unlink(missing_ok=True)
    link.symlink_to(folder.name)
    os.replace(link, target)
    if before != folder.resolve():  # the last model stays until the next one comes: servers may still read it
        for old in target.parent.glob(f"{target.name}-*"):
            if old.resolve() not in (folder.resolve(), before):
                shutil.rmtree(old)
    return folder


def _copy(source: Path, folder: Path, sums: dict[str, str]) -> None:
    """Makes the whole folder or none of it."""
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    for name in (*sums, "SHA256SUMS"):
        (part / name).parent.mkdir(parents=True, exist_ok=True)
        with (source / name).open("rb") as read, (part / name).open("wb") as written:
            shutil.copyfileobj(read, written, BLOCK)
            written.flush()
            os.fsync(written.fileno())
    check(part, sums)
    os.replace(part, folder)


def main() -> int:
    """Returns the exit status."""
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    try:
        print(f"{target} is {fill(source, target).name}")
    except (SumError, OSError) as error:
        print(f"fill: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
