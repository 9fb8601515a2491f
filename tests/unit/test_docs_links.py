"""What the documents point at exists: linked files and headings, named files, verbs of make, commands of `pulpo`."""

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from cli.main import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
HISTORY = {"CHANGELOG.md", "proto/CHANGELOG.md"}
"""Pages about the past: what they name may be gone."""
SUFFIXES = "py|md|yaml|yml|sh|json|jsonl|proto|toml|txt|env|npz|in|jinja"
CODE = re.compile(r"`([^`\n]+)`")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
MADE = re.compile(r"^(?:\.venv|\.venv-vllm|\.venv-llama|build|data|logs)/|^k8s/base-image\.txt$|^tracks\.env$")
"""What is made on each machine, not committed."""
PLACEHOLDER = re.compile(r"<[^>]+>|\b(?:NAME|LOCALE|ID|PID|NNNN_what)\b")
"""Parts of a path that stand for something: any name fits."""


@cache
def tracked() -> frozenset[str]:
    """Every committed file and every folder that holds one, from the root."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    files = {name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}
    folders = {parent.as_posix() for name in files for parent in Path(name).parents}
    return frozenset(files | folders)


PAGES = sorted(name for name in tracked() if name.endswith(".md"))


def anchors(page: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    found: set[str] = set()
    for heading in re.findall(r"^#+ +(.+?)\s*$", FENCED.sub("", read(page)), re.MULTILINE):
        plain = re.sub(r"[^\w\- ]", "", LINK.sub(lambda link: link[0][1 : link[0].index("]")], heading).lower())
        anchor, number = plain.replace(" ", "-"), 0
        while (name := f"{anchor}-{number}" if number else anchor) in found:
            number += 1
        found.add(name)
    return found


def read(page: str) -> str:
    """A page's text."""
    return (ROOT / page).read_text(encoding="utf-8")


def broken_links(page: str) -> Iterator[str]:
    """Relative links of a page whose file or heading is not there."""
    for target in LINK.findall(FENCED.sub("", read(page))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = ((ROOT / page).parent / path).resolve().relative_to(ROOT).as_posix() if path else page
        if file not in tracked() or (anchor and anchor not in anchors(file)):
            yield target


def missing_paths(page: str) -> Iterator[str]:
    """Files and folders that a page names between backticks, or Python files in its blocks, and that are not there.

    A name counts as a path when it has a source file's suffix or begins with a folder of the repository. It may be
    given from any folder: `rules/booking.py` is there when some path ends so.
    """
    folders = {name.split("/")[0] for name in tracked() if "/" in name}
    text = read(page)
    in_blocks = [name for block in FENCED.findall(text) for name in re.findall(r"[\w/]+\.py\b", block)]
    for name in CODE.findall(FENCED.sub("", text)) + in_blocks:
        if re.search(r"[\s:=$()…]|^/|^\.?\w*/?\*", name) or MADE.match(name):
            continue
        is_path = re.search(rf"\w\.(?:{SUFFIXES})$", name) or ("/" in name and name.split("/")[0] in folders)
        if is_path and not any(is_there(one) for one in spelt_out(name.rstrip("/"))):
            yield name


def spelt_out(name: str) -> Iterator[str]:
    """A name with braces, once for each alternative."""
    braces = re.search(r"\{([^}]*)\}", name)
    if not braces:
        yield name
        return
    for each in braces[1].split(","):
        yield from spelt_out(name[: braces.start()] + each + name[braces.end() :])


def is_there(name: str) -> bool:
    """Whether a committed path is or ends with a name; `*` and placeholders stand for any part."""
    parts = re.escape(PLACEHOLDER.sub("*", name)).replace(r"\*", "[^/]*")
    pattern = re.compile(rf"(?:.*/)?{parts}")
    return any(pattern.fullmatch(path) for path in tracked())


def verbs_of_make() -> set[str]:
    """The targets of the Makefile that are called by name."""
    return set(re.findall(r"^\.PHONY: ([a-z-]+)$", read("Makefile"), re.MULTILINE))


def unknown_verbs(page: str) -> Iterator[str]:
    """Verbs of make that a page names and the Makefile does not have."""
    for code in code_of(page):
        for words in re.findall(r"\bmake((?: +[A-Z_]+=\S+)*(?: +[a-z][a-z-]*)+)(?![a-z-]*[./])", code):
            named = [word for word in words.split() if "=" not in word]
            yield from (word for word in named[:1] if word not in verbs_of_make())


def code_of(page: str) -> list[str]:
    """What is code on a page: between backticks, and the lines of blocks."""
    text = read(page)
    return CODE.findall(FENCED.sub("", text)) + [line for block in FENCED.findall(text) for line in block.splitlines()]


def commands() -> set[str]:
    """Every command of `pulpo`, with its group."""
    found = set()
    for each in COMMANDS:
        module, _, attribute = each.target.partition(":")
        command = getattr(import_module(module), attribute)
        found.add(each.name)
        if isinstance(command, typer.Typer):
            group = typer.main.get_command(command)
            assert isinstance(group, TyperGroup)
            found |= {f"{each.name} {name}" for name in group.commands}
    return found


def unknown_commands(page: str) -> Iterator[str]:
    """Commands of `pulpo` that a page names and that there are not."""
    known = commands()
    for code in code_of(page):
        for first, second in re.findall(r"(?<!-n )(?<!namespace )\bpulpo ([a-z-]+)(?: ([a-z-]+))?(?![\w./=])", code):
            is_group = any(each.startswith(f"{first} ") for each in known)
            name = f"{first} {second}" if is_group and second else first
            if not name.startswith("-") and name not in known:
                yield name


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files_and_headings(page: str) -> None:
    assert list(broken_links(page)) == []


@pytest.mark.parametrize("page", [page for page in PAGES if page not in HISTORY])
def test_named_files_exist(page: str) -> None:
    assert sorted(set(missing_paths(page))) == []


@pytest.mark.parametrize("page", [page for page in PAGES if page not in HISTORY])
def test_named_verbs_exist(page: str) -> None:
    assert sorted(set(unknown_verbs(page))) == []


@pytest.mark.parametrize("page", [page for page in PAGES if page not in HISTORY])
def test_named_commands_exist(page: str) -> None:
    assert sorted(set(unknown_commands(page))) == []
