"""What can be wrong with a manifest."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Problem:
    """One thing wrong in one file."""

    file: Path
    """The manifest."""
    path: str
    """Where in it, e.g. services[2].minutes; empty for the whole file."""
    expected: str
    """What was expected there."""

    def __str__(self) -> str:
        return f"{self.file}: {self.path}: {self.expected}" if self.path else f"{self.file}: {self.expected}"


class ManifestError(Exception):
    """A manifest, or a folder of them, that cannot be used. Holds every problem found."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
