"""`pulpo eval coverage`: which kinds of meaning are read in which language."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from cli.evaluation.command import coverage
from cli.evaluation.coverage import KINDS, Counted, as_markdown, cover
from cli.evaluation.reading_figures import ReadingPair

ROOT = Path(__file__).parents[3]
LANGUAGES = ("es", "pt")


def pair(wanted: dict[str, Any], got: dict[str, Any], spoken: str = "es") -> ReadingPair:
    base = {"acts": ["book"], "sure": True}
    return ReadingPair("r1", "quiero", "", {**base, **wanted}, {**base, **got}, spoken=spoken)


@pytest.mark.parametrize(
    ("part", "values", "kind"),
    [
        ("days", ["2026-03-13"], "one day"), ("days", ["2026-03-13|2026-03-14"], "one of several"),
        ("days", ["2026-03-16..2026-03-21"], "a range"), ("days", ["<=2026-03-13"], "before or until"),
        ("days", [">2026-03-13"], "after or from"), ("days", ["!2026-03-13"], "not"), ("days", ["any"], "any"),
        ("days", ["earliest"], "earliest"), ("days", ["weekly:fri"], "repeated"), ("days", ["daily"], "repeated"),
        ("days", ["every2w:fri"], "repeated"), ("days", ["2026-03-17T10:00|2026-03-19T17:00"], "with an hour"),
        ("times", ["17:00"], "one time"), ("times", [">=17:00"], "after or from"), ("times", ["latest"], "latest"),
        ("times", ["afternoon"], "part of day"), ("times", ["!morning"], "not"),
        ("times", ["<12:00|>17:00"], "one of several"), ("times", ["15:00..17:00"], "a range"),
    ],
)  # fmt: skip
def test_constraints_are_counted_by_kind(part: str, values: list[str], kind: str) -> None:
    counted = cover([pair({part: values}, {part: values}), pair({part: values}, {part: ["09:00"]})], LANGUAGES)
    assert counted[part, kind]["es"] == Counted(2, 1)
    others = [counted[part, other]["es"] for other in KINDS[part] if other != kind]
    assert all(one == Counted() for one in others)


def test_a_kind_of_several_is_right_where_its_own_constraints_are() -> None:
    wanted, got = {"days": ["any", "!2026-03-17", "earliest"]}, {"days": ["!2026-03-17"]}
    counted = cover([pair(wanted, got)], LANGUAGES)
    assert [counted["days", kind]["es"].right for kind in ("any", "not", "earliest")] == [0, 1, 0]


def test_every_other_part_is_counted() -> None:
    wanted = {
        "acts": ["ask", "give"],
        "subject": ["price", "hours"],
        "items": [{"service": "same", "staff": ["Ana"], "not_staff": ["Eva"], "who": "hija", "day": "2026-03-13"}, {}],
        "people": {"count": 2, "writer": True},
        "refers_to": ["offer:1", "appointment:PB-AAAAAA", "another"],
        "data": {"name": "José", "email": "a@b.co"},
        "conflict": ["2026-03-13", "2026-03-14"],
    }
    got = {
        **wanted,
        "acts": ["give"],
        "subject": "price",
        "refers_to": ["offer:2", "another"],
        "data": {"name": "jose"},
    }
    counted = cover([pair(wanted, got, "pt")], LANGUAGES)
    right = {(group, kind): one["pt"].right for (group, kind), one in counted.items() if one["pt"].labelled}
    assert right == {
        ("act", "ask"): 0, ("act", "give"): 1, ("subject", "price"): 1, ("subject", "hours"): 0,
        ("items", "a service"): 1, ("items", "several"): 1, ("items", "staff"): 1, ("items", "not by"): 1,
        ("items", "for whom"): 1, ("items", "own day or time"): 1, ("items", "as last time"): 1,
        ("people", "how many"): 1, ("refers to", "offer"): 0, ("refers to", "appointment"): 0,
        ("refers to", "another"): 1, ("data", "name"): 1, ("data", "email"): 0,
        ("conflict", "between two readings"): 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("labelled", "right", "level"), [(0, 0, "untested"), (3, 3, "full"), (3, 2, "partial"), (3, 0, "none")]
)
def test_a_kind_is_read_in_full_in_part_or_not(labelled: int, right: int, level: str) -> None:
    assert Counted(labelled, right).level == level


def test_the_page_has_a_row_for_every_kind_and_a_column_for_every_language() -> None:
    page = as_markdown(cover([pair({}, {})], LANGUAGES), LANGUAGES, ["a.jsonl"])
    assert "| act | es | pt |\n| --- | --- | --- |\n| book | full 1/1 |  |\n| availability |  |  |" in page
    assert all(f"\n| {kind} | " in page for kinds in KINDS.values() for kind in kinds)


def test_the_page_of_the_repository_is_of_today_s_kinds() -> None:
    rows = [line.split(" | ")[0].removeprefix("| ") for line in (ROOT / "docs/coverage.md").read_text().splitlines()]
    assert [row for row in rows if row in {kind for kinds in KINDS.values() for kind in kinds}] == [
        kind for kinds in KINDS.values() for kind in kinds
    ]


def test_the_command_reads_files_and_writes_the_page(tmp_path: Path) -> None:
    file, page = tmp_path / "reading_x.jsonl", tmp_path / "coverage.md"
    rows = [("hola", "greet", None), ("obrigado, tchau", "thank", None), ("ciao", "greet", "it")]
    lines = [
        {"text": text, "reference_time": "2026-03-11T10:00:00-03:00", "reading": {"acts": [act], "sure": True}}
        | ({"language": language} if language else {})
        for text, act, language in rows
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    app = typer.Typer()
    app.command()(coverage)
    arguments = [str(file), "--workspaces-dir", str(ROOT / "k8s/base/workspaces")]
    result = CliRunner().invoke(app, [*arguments, "--write", str(page)])
    assert (result.exit_code, result.output) == (0, "")
    assert "| act | es | pt | en | it |" in page.read_text()
    assert "| greet | full 1/1 |  |  | " in page.read_text()
    assert CliRunner().invoke(app, arguments).output == page.read_text()
    broken = CliRunner().invoke(app, [str(tmp_path / "none.jsonl")])
    assert broken.exit_code == 2
    assert broken.stderr.startswith("pulpo eval coverage: ")
