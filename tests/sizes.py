"""A report of what is large: modules over 500 lines, functions over 40, folders of more than 20 modules.

Run as `make sizes`. It fails nothing: a module split only by its length is worse than a long one. Data and generated
code do not count.
"""

import ast
import statistics
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("services", "training", "examples", "tests")
MODULE_LINES, FUNCTION_LINES, FOLDER_MODULES = 500, 40, 20


def modules(root: Path) -> list[Path]:
    """The Python files that the report is about."""
    files = [file for folder in FOLDERS for file in (root / folder).rglob("*.py")]
    return sorted(file for file in files if file.stat().st_size and not file.is_relative_to(root / "services/pulpo"))


def large(root: Path) -> Iterator[str]:
    """One line for each module, function and folder over its measure; last the median module."""
    lengths = []
    folders: Counter[Path] = Counter()
    for file in modules(root):
        source = file.read_text(encoding="utf-8")
        lines = len(source.splitlines())
        lengths.append(lines)
        name = file.relative_to(root)
        folders[name.parent] += 1
        if lines > MODULE_LINES:
            yield f"{name}: {lines} lines, over {MODULE_LINES}"
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION_LINES:
                    yield f"{name}:{node.lineno} {node.name}: {length} lines, over {FUNCTION_LINES}"
    for folder, count in folders.items():
        if count > FOLDER_MODULES:
            yield f"{folder}: {count} modules, over {FOLDER_MODULES}"
    yield f"{len(lengths)} modules, the median has {statistics.median(lengths):.0f} lines"


if __name__ == "__main__":
    print("\n".join(large(ROOT)))  # noqa: T201
