"""The size rules: module median under 120 lines, none over 300, functions at most 40 lines. Tests: none over 300.

Run as `python -m tests.sizes`. An exemption is a comment `# size: <reason>` on the line of the def,
or on the first line of the module. Data and generated code do not count.
"""

import ast
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("services", "training", "examples")
TESTS = ("tests",)
MODULE_MEDIAN, MODULE_MAX, FUNCTION_MAX = 120, 300, 40


def modules(root: Path, folders: tuple[str, ...] = FOLDERS) -> list[Path]:
    """The Python files that the rules speak about."""
    files = [file for folder in folders for file in (root / folder).rglob("*.py")]
    return sorted(file for file in files if file.stat().st_size and not file.is_relative_to(root / "services/pulpo"))


def problems(root: Path) -> Iterator[str]:
    """One line per broken rule."""
    lengths = []
    for file in modules(root):
        source = file.read_text(encoding="utf-8")
        lines = source.splitlines()
        lengths.append(len(lines))
        name = file.relative_to(root)
        if len(lines) > MODULE_MAX and "# size:" not in lines[0]:
            yield f"{name}: {len(lines)} lines, at most {MODULE_MAX}"
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION_MAX and "# size:" not in lines[node.lineno - 1]:
                    yield f"{name}:{node.lineno} {node.name}: {length} lines, at most {FUNCTION_MAX}"
    for file in modules(root, TESTS):
        lines = file.read_text(encoding="utf-8").splitlines()
        if len(lines) > MODULE_MAX and "# size:" not in lines[0]:
            yield f"{file.relative_to(root)}: {len(lines)} lines, at most {MODULE_MAX}"
    if lengths and statistics.median(lengths) >= MODULE_MEDIAN:
        yield f"median module has {statistics.median(lengths):.0f} lines, under {MODULE_MEDIAN}"


if __name__ == "__main__":
    found = list(problems(ROOT))
    print("\n".join(found) or f"sizes: {len(modules(ROOT, FOLDERS + TESTS))} modules are within the rules")  # noqa: T201
    sys.exit(bool(found))
