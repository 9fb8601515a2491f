"""Writes what is in each image as CycloneDX: Python's packages and Debian's, as the image itself knows them.

python k8s/sbom.py FOLDER [SERVICE …]; REGISTRY and TAG name the images, as for k8s/images.sh.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

SERVICES = ("gateway", "extractor", "planner", "broker", "nlg", "agenda")
ASK = """
import importlib.metadata, json, pathlib
python = sorted({(each.metadata["Name"], each.version) for each in importlib.metadata.distributions()})
status = pathlib.Path("/var/lib/dpkg/status")
debian = []
for part in status.read_text().split("\\n\\n") if status.exists() else ():
    fields = dict(line.split(": ", 1) for line in part.splitlines() if ": " in line and line[0] != " ")
    if fields.get("Status", "").endswith(" installed"):
        debian.append((fields["Package"], fields["Version"], fields["Architecture"]))
print(json.dumps({"python": python, "debian": sorted(debian)}))
"""


def contents(image: str) -> dict[str, list[list[str]]]:
    """What an image has, asked in a container of it that has neither network nor a writable root."""
    engine = next((each for each in ("podman", "docker") if shutil.which(each)), "docker")
    command = [engine, "run", "--rm", "--read-only", "--network=none", "--entrypoint=python", image, "-c", ASK]
    found: dict[str, list[list[str]]] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


def bill(image: str, version: str, found: dict[str, list[list[str]]]) -> str:
    """The document. Raises ValueError when it breaks its own schema."""
    bom = Bom(version=1)
    bom.metadata.component = Component(name=image, version=version, type=ComponentType.CONTAINER)
    for name, number in found["python"]:
        purl = PackageURL("pypi", name=name.lower().replace("_", "-"), version=number)
        bom.components.add(
            Component(name=name, version=number, type=ComponentType.LIBRARY, purl=purl, bom_ref=str(purl))
        )
    for name, number, architecture in found["debian"]:
        purl = PackageURL("deb", "debian", name, number, {"arch": architecture})
        bom.components.add(
            Component(name=name, version=number, type=ComponentType.LIBRARY, purl=purl, bom_ref=str(purl))
        )
    bom.register_dependency(bom.metadata.component, bom.components)
    text = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=1)
    wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if wrong:
        raise ValueError(wrong)
    return text


def main() -> None:
    """Writes one file for each service."""
    folder, services = Path(sys.argv[1]), sys.argv[2:] or SERVICES
    registry, tag = os.environ.get("REGISTRY") or "localhost/pulpo", os.environ.get("TAG") or "dev"
    folder.mkdir(parents=True, exist_ok=True)
    for service in services:
        found = contents(f"{registry}/{service}:{tag}")
        file = folder / f"{service}.cdx.json"
        file.write_text(bill(f"pulpo/{service}", tag, found), encoding="utf-8")
        print(f"{file}: {len(found['python'])} Python packages, {len(found['debian'])} of Debian")


main()
