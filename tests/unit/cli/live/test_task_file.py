"""How a file of tasks is read, and how what is wrong in it is said."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.evaluation.command import eval_app
from cli.evaluation.live.task_checks import needs_after, needs_of
from cli.evaluation.live.task_file import FileError, read_tasks
from tests.unit.cli.live.making import KNOWS, WANTED, raw, task

ROOT = Path(__file__).parents[4]
SHIPPED = ROOT / "k8s/base/workspaces"
BUSINESSES = ROOT / "tests/evals/businesses/workspaces"


def written(folder: Path, *tasks: dict[str, Any]) -> Path:
    file = folder / "tasks.jsonl"
    file.write_text("\n".join(json.dumps(each) for each in tasks), encoding="utf-8")
    return file


def with_opening(text: str, **more: Any) -> dict[str, Any]:
    return raw(script={"opening": [text], **more})


def with_goal(**changes: Any) -> dict[str, Any]:
    return raw(goal={"kind": "book", "rows": [WANTED], **changes})


def test_our_own_tasks_are_well_formed() -> None:
    tasks = read_tasks(ROOT / "tests/evals/live_own.jsonl", SHIPPED)
    assert len({each.id for each, _ in tasks}) == len(tasks) == 12


def test_a_manifest_beside_the_file_is_found_by_id_and_by_path(tmp_path: Path) -> None:
    (tmp_path / "workspaces").mkdir()
    shutil.copy(BUSINESSES / "vet-los-cedros.yaml", tmp_path / "workspaces")
    wanted = {"kind": "book", "rows": [{"service": "Ultrasonido"}]}
    named = ("vet-los-cedros", "workspaces/vet-los-cedros.yaml")
    file = written(tmp_path, *(raw(id=name, workspace=name, goal=wanted) for name in named))
    assert [business.workspace.id for _, business in read_tasks(file, SHIPPED)] == ["vet-los-cedros"] * 2


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        (raw(variety="fr"), "1: variety: expected 'es-AR'"),
        (raw(moood="x"), "1: moood: not a known field"),
        (raw(workspace="nobody"), "1: workspace: "),
        (raw(reference_time="2026-03-11T10:00:00"), "1: reference_time: expected a time with its offset"),
        (raw(persona={"patience": 4}), "1: persona.patience: expected at least the 5 messages"),
        (with_goal(rows=[{**WANTED, "service": "Corte"}]), "1: goal.rows.0.service: expected one of Corte de Cabello"),
        (with_goal(rows=[{**WANTED, "day": "2026-02-30"}]), "1: goal.rows.0.day.0: expected a day"),
        (with_goal(rows=[{**WANTED, "ref": "a"}]), "1: goal.rows.0.ref: expected a ref of goal.existing"),
        (with_goal(kind="ask", rows="unchanged"), "1: goal.must_say: expected what the answer must say"),
        (
            with_goal(existing=[{"service": "Barba", "day": "2026-03-15", "time": "10:00", "name": "A"}]),
            "1: goal.existing.0.time: expected opening hours, 2026-03-15 10:00 is not",
        ),
        (
            raw(busy=[{"service": "Barba", "staff": "Lucía", "day": "2026-03-12", "time": "10:00"}]),
            "1: busy.0.staff: expected one of Carlos, got 'Lucía'",
        ),
        (raw(busy=[{"service": "Barba", "staff": "Carlos", "day": "2026-03-12"}]), "busy.0: expected time, or from"),
        (with_opening("quiero {servicio}"), "1: script.opening.0: {servicio}: expected a field of knows"),
        (with_opening("hola", answers={"hour": "3"}), "1: script.answers: expected one of service, day"),
        (with_opening("hola", answers={"offer": "{time} {x}"}), "script.answers.offer.0: {x}: expected a field"),
        (with_opening("hola", after=[{"say": ["no, {x}"], "rows": []}]), "script.after.0.say.0: {x}: expected a field"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, bad: dict[str, Any], expected: str) -> None:
    with pytest.raises(FileError) as raised:
        read_tasks(written(tmp_path, bad), SHIPPED)
    assert expected in str(raised.value)


def test_all_mistakes_of_all_lines_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileError) as raised:
        read_tasks(written(tmp_path, raw(variety="fr", seed=-1), raw(), raw()), SHIPPED)
    lines = str(raised.value).splitlines()
    assert [line.split("tasks.jsonl:")[1].split(":")[0] for line in lines] == ["1", "1", "3"]


def test_check_says_so_and_fails_with_status_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    well = CliRunner().invoke(eval_app, ["live", str(written(tmp_path, raw())), "--check"])
    assert (well.exit_code, "1 tasks of 1 businesses" in well.output) == (0, True)
    bad = CliRunner().invoke(eval_app, ["live", str(written(tmp_path, raw(variety="fr"))), "--check"])
    assert (bad.exit_code, "tasks.jsonl:1: variety" in bad.output) == (2, True)


def test_what_the_opening_says_is_not_needed_again() -> None:
    assert needs_of(task()) == 1 + len(KNOWS) - 1
    assert needs_of(task(script={"opening": ["hola", "{service} mañana"]})) == 2 + len(KNOWS) - 2
    assert needs_of(task(script={"opening": ["hola"], "says": ["day", "time"]})) == 1 + len(KNOWS) - 2
    assert needs_of(task(persona={"reveals": "first"})) == 1
    assert needs_of(task(goal={"kind": "cancel", "rows": []}, knows={})) == 2
    assert needs_of(task(goal={"kind": "book", "rows": [], "needs": 3})) == 3


def test_a_later_part_needs_its_messages_and_a_yes_to_an_undo() -> None:
    later = [{"say": ["no"], "rows": []}, {"say": ["ah", "dejalo"], "kind": "undo", "rows": []}]
    assert [needs_after(each) for each in task(script={"opening": ["hola"], "after": later}).script.after] == [1, 3]
