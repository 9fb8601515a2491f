"""Draws the picture of the packages in services/README.md from their imports: `make picture`.

A box is a sub-package of a service, or a whole package that is no service. An arrow is an import by any module of the
one of any module of the other; sub-packages that import each other have an arrow with two heads. Imports across
services and packages are drawn from the service as a whole. The modules at the top of a service (wiring, settings)
are not drawn.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import grimp

SERVICES = Path(__file__).resolve().parents[2] / "services"
PAGE = SERVICES / "README.md"
BEGIN, END = "<!-- picture: begin, drawn by `make picture` -->", "<!-- picture: end -->"
WITH_PARTS = ("cli", "gateway", "extractor", "planner", "broker", "nlg", "agenda")
"""Packages that are drawn with their sub-packages, in this order."""
LEFT_OUT = "migrations"


@dataclass(frozen=True)
class Picture:
    """What is drawn."""

    parts: dict[str, list[str]]
    """Package -> its sub-packages, by their own names; none for one that is a box."""
    inside: set[tuple[str, str]]
    """Importing and imported sub-package of one package, as `package.name`."""
    across: set[tuple[str, str]]
    """Importing and imported package."""

    @property
    def boxes(self) -> int:
        """How many boxes there are."""
        return sum(len(parts) or 1 for parts in self.parts.values())


def look(root: Path = SERVICES) -> Picture:
    """The packages of a folder that Python finds modules in, and their imports."""
    names = sorted(file.parent.name for file in root.glob("*/__init__.py"))
    graph = grimp.build_graph(*names, cache_dir=None)
    parts = {name: _parts(graph, name) if name in WITH_PARTS else [] for name in names}
    imports = {
        (importer, imported)
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
    }
    inside = {(_part(one), _part(other)) for one, other in imports if _top(one) == _top(other)}
    drawn = {f"{package}.{name}" for package, each in parts.items() for name in each}
    return Picture(
        parts,
        {(one, other) for one, other in inside if one != other and {one, other} <= drawn},
        {(_top(one), _top(other)) for one, other in imports if _top(one) != _top(other)},
    )


def _parts(graph: grimp.ImportGraph, package: str) -> list[str]:
    """The sub-packages that have modules, by their own names."""
    children = sorted(child for child in graph.find_children(package) if graph.find_children(child))
    return [name for name in (child.split(".")[1] for child in children) if name != LEFT_OUT]


def _top(module: str) -> str:
    return module.split(".")[0]


def _part(module: str) -> str:
    return ".".join(module.split(".")[:2])


def draw(picture: Picture) -> str:
    """The picture as Mermaid's text."""
    return "\n".join(("```mermaid", "flowchart LR", *_boxes(picture), *_arrows(picture.across), "```"))


def _boxes(picture: Picture) -> Iterator[str]:
    order = [*(name for name in WITH_PARTS if name in picture.parts), *sorted(set(picture.parts) - set(WITH_PARTS))]
    for package in order:
        if not picture.parts[package]:
            yield f"  {package}"
            continue
        yield f"  subgraph {package}"
        yield from (f"    {package}.{name}[{name}]" for name in picture.parts[package])
        yield from (f"  {line}" for line in _arrows(edge for edge in picture.inside if _top(edge[0]) == package))
        yield "  end"


def _arrows(edges: Iterable[tuple[str, str]]) -> Iterator[str]:
    all_edges = set(edges)
    for one, other in sorted(all_edges):
        if (other, one) not in all_edges:
            yield f"  {one} --> {other}"
        elif one < other:
            yield f"  {one} <--> {other}"


def placed(page: str, drawing: str) -> str:
    """A page with the drawing between its markers. Raises ValueError when it has none."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{drawing}\n{END}{after}"


def main() -> None:
    """Writes the page."""
    PAGE.write_text(placed(PAGE.read_text(encoding="utf-8"), draw(look())), encoding="utf-8")


if __name__ == "__main__":
    main()
