"""Ids and numbers that two manifests claim."""

from collections.abc import Iterable
from pathlib import Path

from workspace.errors import Problem
from workspace.manifest import Manifest


class Owners:
    """Who has which id and which number."""

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._numbers: dict[str, str] = {}

    def claim(self, file: Path, manifest: Manifest) -> list[Problem]:
        """Takes what a manifest claims, or says what others have of it and takes nothing."""
        problems = []
        if manifest.id in self._ids:
            problems.append(Problem(file, f"id {manifest.id}", "expected each id once"))
        problems += [
            Problem(file, f"numbers of {manifest.id}", f"{number} belongs to {self._numbers[number]}")
            for number in manifest.numbers
            if number in self._numbers
        ]
        if not problems:
            self._ids.add(manifest.id)
            self._numbers.update(dict.fromkeys(manifest.numbers, manifest.id))
        return problems


def clashes(folder: Path, manifests: Iterable[Manifest]) -> list[Problem]:
    """What manifests of a folder claim that an earlier one has."""
    owners = Owners()
    return [problem for manifest in manifests for problem in owners.claim(folder, manifest)]
