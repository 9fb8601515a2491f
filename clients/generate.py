"""Writes the generated code of the clients from the contracts: messages, and a typed method for each RPC.

Run by `make clients` in an environment of its own, whose grpcio-tools is old: what an old compiler writes, every later
protobuf and grpcio loads.
"""

import re
import shutil
import sys
import tempfile
from pathlib import Path

from google.protobuf import descriptor_pb2
from grpc_tools import protoc

ROOT = Path(__file__).resolve().parents[1]
PROTO = ROOT / "proto"
PACKAGE = Path("clients/python/src/pulpo_client")
OF_THE_MESH = ("pulpo.workspace.v1",)
"""What the services ask one another alone."""
LEVELS = {1: "NO_SIDE_EFFECTS", 2: "IDEMPOTENT"}
HEAD = '"""Generated from the contracts by `make clients`; not edited by hand."""\n\n'
_OURS = re.compile(r"^(from|import) pulpo\.", re.M)


def main(into: Path) -> None:
    """Writes everything below a folder that stands for the project's."""
    package = into / PACKAGE
    files = compiled(package)
    write_init(package)
    (package / "_services.py").write_text(services(files), encoding="utf-8")
    (package / "_reasons.py").write_text(reasons(files), encoding="utf-8")


def compiled(package: Path) -> list[descriptor_pb2.FileDescriptorProto]:
    """Compiles the contracts below `package/proto`; their descriptors, with comments."""
    protos = sorted(file.relative_to(PROTO).as_posix() for file in PROTO.rglob("*.proto"))
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "all.binpb"
        options = [
            f"--python_out={folder}",
            f"--pyi_out={folder}",
            f"--descriptor_set_out={told}",
            "--include_source_info",
        ]
        includes = [f"-I{PROTO}", f"-I{Path(protoc.__file__).parent / '_proto'}"]
        if protoc.main(["protoc", *includes, *options, *protos]):
            raise SystemExit("the contracts do not compile")
        shutil.rmtree(package / "proto", ignore_errors=True)
        for file in sorted(Path(folder, "pulpo").rglob("*.py*")):
            target = package / "proto" / file.relative_to(Path(folder, "pulpo"))
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(_OURS.sub(r"\1 pulpo_client.proto.", file.read_text(encoding="utf-8")), encoding="utf-8")
        found = descriptor_pb2.FileDescriptorSet.FromString(told.read_bytes())
    return [file for file in found.file if file.name in protos]


def write_init(package: Path) -> None:
    """Makes every folder of messages a package."""
    for folder in (package / "proto", *(each for each in (package / "proto").rglob("*") if each.is_dir())):
        (folder / "__init__.py").touch()


def services(files: list[descriptor_pb2.FileDescriptorProto]) -> str:
    """A class for each service, sync and async, with a method for each RPC."""
    imports, classes = [], []
    for file in files:
        if not file.service or file.package in OF_THE_MESH:
            continue
        module = Path(file.name).stem + "_pb2"
        parts = Path(file.name).parent.parts[1:]
        imports.append(f"from pulpo_client.proto.{'.'.join(parts)} import {module}")
        comments = {tuple(each.path): each.leading_comments for each in file.source_code_info.location}
        classes += [
            _class(file, module, number, kind, comments)
            for number in range(len(file.service))
            for kind in ("", "Async")
        ]
    lines = ["from pulpo_client.calls import AsyncService, Level, Service", *sorted(imports)]
    return HEAD + "\n".join(lines) + "\n\n\n" + "\n\n\n".join(classes) + "\n"


def _class(
    file: descriptor_pb2.FileDescriptorProto,
    module: str,
    number: int,
    kind: str,
    comments: dict[tuple[int, ...], str],
) -> str:
    """One service's class; `kind` is empty or Async."""
    service = file.service[number]
    said = comments.get((6, number), "")
    text = [f"class {kind}{service.name}({kind}Service):", f"    {_doc(said, 4)}"]
    for index, method in enumerate(service.method):
        asked, told = (f"{module}.{name.rpartition('.')[2]}" for name in (method.input_type, method.output_type))
        level = LEVELS[method.options.idempotency_level]
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", method.name).lower()
        path = f"/{file.package}.{service.name}/{method.name}"
        begin, wait = ("async def", "await ") if kind else ("def", "")
        text += [
            "",
            f"    {begin} {name}(self, request: {asked}, *, timeout: float | None = None) -> {told}:",
            f"        {_doc(comments.get((6, number, 2, index), ''), 8)}",
            f'        return {wait}self._call("{path}", request, {told}, Level.{level}, timeout)',
        ]
    return "\n".join(text)


def _doc(comment: str, indent: int) -> str:
    lines = [line.strip() for line in comment.strip().splitlines()]
    return '"""' + ("\n" + " " * indent).join(lines).replace(" " * indent + "\n", "\n") + '"""'


def reasons(files: list[descriptor_pb2.FileDescriptorProto]) -> str:
    """The enum of reasons, with what each means."""
    (file,) = (each for each in files if each.name.endswith("/reason.proto"))
    comments = {tuple(each.path): each.leading_comments for each in file.source_code_info.location}
    text = ["from enum import Enum", "", "", "class Reason(str, Enum):", '    """Why a call failed."""', ""]
    for number, value in enumerate(file.enum_type[0].value):
        name = value.name.removeprefix("REASON_")
        text += [f'    {name} = "{name}"', f"    {_doc(comments[(5, 0, 2, number)], 4)}"]
    return HEAD + "\n".join(text) + "\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT)
