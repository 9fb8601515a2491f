import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from cli.evaluation.command import measure, nlu
from cli.evaluation.figures import MessagePrediction, summarise
from cli.evaluation.html_report import bars, page, plot
from cli.evaluation.labelled_file import Labelled, LabelledFileError, read_labelled
from cli.evaluation.readers import prediction_of, request_of
from cli.evaluation.text_report import render
from pulpo.common.v1 import turn_pb2
from pulpo.extractor.v1 import extractor_pb2

ROW = {
    "id": "d1", "group": "rioplatense", "text": "quiero un corte mañana a las 10",
    "reference_time": "2026-03-11T10:00:00-03:00", "known_slots": {}, "asked_slot": None, "active_intent": None,
    "intent": "book",
    "slots": {"service_type": "Corte de Cabello", "preferred_date": "2026-03-12", "preferred_time": "10:00"},
}  # fmt: skip
WORKSPACES = str(Path(__file__).parents[3] / "k8s/base/workspaces")


def run(*arguments: str) -> Any:
    app = typer.Typer()
    app.command()(nlu)
    return CliRunner().invoke(app, [*arguments, "--workspaces-dir", WORKSPACES])


def written(folder: Path, *rows: dict[str, Any] | str) -> Path:
    file = folder / "labelled.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def test_a_labelled_line_is_read_whole(tmp_path: Path) -> None:
    extra = {"also_ok": ["other"], "slots_also_ok": {"preferred_time": ["09:00", None]}, "asked_slot": "client_name"}
    (row,) = read_labelled(written(tmp_path, {**ROW, **extra}))
    assert (row.id, row.intent, row.also_ok, row.asked_slot, row.active_intent) == (
        "d1",
        "book",
        ("other",),
        "client_name",
        "",
    )
    assert row.slots_also_ok == {"preferred_time": ("09:00", None)}
    assert row.reference_time.isoformat() == "2026-03-11T10:00:00-03:00"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("{", "expected a JSON object"),
        ("[1]", "expected a JSON object, got list"),
        ({**ROW, "intent": "buy"}, "intent: expected one of greeting, .*got 'buy'"),
        ({**ROW, "intent": None}, "intent: expected a string, got nothing"),
        ({**ROW, "text": 3}, "text: expected a string, got 3"),
        ({**ROW, "active_intent": "buy"}, "active_intent: expected one of"),
        ({**ROW, "also_ok": "other"}, "also_ok: expected a list of strings"),
        ({**ROW, "also_ok": ["buy"]}, "also_ok: expected one of"),
        ({**ROW, "asked_slot": "colour"}, "asked_slot: expected one of service_type"),
        ({**ROW, "slots": {"colour": "red"}}, "slots: expected one of service_type.*got 'colour'"),
        ({**ROW, "slots": {"staff_name": 3}}, "slots: expected an object of slot names and strings"),
        ({**ROW, "slots_also_ok": {"staff_name": "Ana"}}, "slots_also_ok: expected slot names with lists"),
        ({**ROW, "reference_time": "2026-03-11T10:00:00"}, "reference_time: expected a time with its offset"),
        ({**ROW, "reference_time": "soon"}, "reference_time: expected a time with its offset"),
    ],
)
def test_a_bad_line_is_named_with_what_was_expected(tmp_path: Path, line: dict[str, Any] | str, expected: str) -> None:
    file = written(tmp_path, ROW, "", line)
    with pytest.raises(LabelledFileError, match=rf"^{re.escape(str(file))}:3: .*{expected}"):
        read_labelled(file)


def test_an_unusable_file_is_one_line_and_status_2(tmp_path: Path) -> None:
    (tmp_path / "latin.jsonl").write_bytes(b"\xff\xfe")
    for name in (written(tmp_path, ROW, "{"), written(tmp_path), tmp_path / "none.jsonl", tmp_path / "latin.jsonl"):
        result = run(str(name))
        assert result.exit_code == 2, name
        assert result.stdout == ""
        assert result.stderr.count("\n") == 1
        assert result.stderr.startswith("pulpo eval nlu: ")


def test_an_unknown_workspace_is_one_line_and_status_2(tmp_path: Path) -> None:
    result = run(str(written(tmp_path, ROW)), "--workspace", "nobody")
    assert result.exit_code == 2
    assert "expected a manifest of workspace 'nobody'" in result.stderr


def test_an_extractor_that_does_not_answer_is_one_line_and_status_2(tmp_path: Path) -> None:
    result = run(str(written(tmp_path, ROW)), "--target", "127.0.0.1:1")
    assert result.exit_code == 2
    assert result.stderr.startswith("pulpo eval nlu: 127.0.0.1:1: d1: UNAVAILABLE")


def test_in_process_figures_as_json_and_a_page(tmp_path: Path) -> None:
    html = tmp_path / "report.html"
    wrong = {**ROW, "id": "d2", "group": "odd", "intent": "cancel", "text": "quiero un <b>corte</b> hoy", "slots": {}}
    result = run(str(written(tmp_path, ROW, wrong)), "--json", "--html", str(html))
    assert result.exit_code == 0, result.stderr
    summary = json.loads(result.stdout)
    assert summary["messages"] == 2
    assert summary["groups"]["rioplatense"]["exact_match"] == 1.0
    assert summary["groups"]["odd"]["intent_accuracy"] == 0.0
    assert summary["confusions"]["cancel"] == {"book": 1}
    assert [mistake["id"] for mistake in summary["mistakes"]] == ["d2"]
    assert "&lt;b&gt;corte&lt;/b&gt;" in html.read_text(encoding="utf-8")


def test_a_page_that_cannot_be_written_is_one_line_and_status_2(tmp_path: Path) -> None:
    result = run(str(written(tmp_path, ROW)), "--html", str(tmp_path / "none" / "x.html"))
    assert result.exit_code == 2
    assert "expected a file that can be written" in result.stderr


def sample() -> dict[str, Any]:
    row = Labelled(id="d<1>", group="a&b", text="<script>x</script>", reference_time=reference(), intent="book")
    right = Labelled(id="d2", group="plain", text="hola", reference_time=reference(), intent="greeting")
    return summarise(
        [
            (row, MessagePrediction("cancel", {"staff_name": "Ana"}, 0.8, 2.0)),
            (right, MessagePrediction("greeting", {}, 0.9, 1.0)),
        ]
    )


def reference() -> Any:
    return turn_pb2.TurnContext().received_at.ToDatetime()


def test_the_text_report_says_what_was_wrong() -> None:
    text = render(sample())
    assert "intent accuracy 0.5000" in text
    assert "book read as cancel: 1" in text
    assert "intent cancel, expected book" in text
    assert "staff_name 'Ana', expected None" in text


class Page(HTMLParser):
    """The tags of a page, what they refer to, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_needs_nothing_else_and_lets_no_markup_of_the_data_through() -> None:
    text = page(sample(), "file & workspace")
    found = Page(text)
    assert {"svg", "path", "table"} <= found.tags
    assert not {"script", "link", "img", "iframe", "1"} & found.tags
    assert all(address.startswith(("#", "data:image/png;")) for address in found.addresses)
    assert "url(http" not in text
    assert "<script>x</script>" in found.text


def test_the_page_names_no_folder_of_this_machine(tmp_path: Path) -> None:
    html = tmp_path / "report.html"
    assert run(str(written(tmp_path, ROW)), "--html", str(html)).exit_code == 0
    text = html.read_text(encoding="utf-8")
    assert str(tmp_path) not in text
    assert str(Path.home()) not in text.replace("</", "")


def test_bars_under_the_target_have_another_colour() -> None:
    assert "#c53030" in plot(lambda axes: bars(axes, [("low", 0.5, 1), ("high", 0.99, 1)], 0.95), 4, 1)
    assert "#c53030" not in plot(lambda axes: bars(axes, [("high", 0.99, 1)], 0.95), 4, 1)


def test_the_same_figures_give_the_same_page_whatever_a_group_is_called() -> None:
    row = Labelled(id="d1", group="$x^{ & <i>", text="hola", reference_time=reference(), intent="greeting")
    summary = summarise([(row, MessagePrediction("greeting", {}, 0.9, 1.0))])
    first = page(summary, "x")
    assert "$x^{ &amp; &lt;i&gt;" in first
    assert page(summary, "x") == first


def test_without_the_development_extra_a_page_is_one_line_and_figures_are_as_always(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = str(written(tmp_path, ROW))
    figures = json.loads(run(file, "--json").stdout)
    for name in [name for name in sys.modules if name.startswith(("cli.evaluation.html_report", "matplotlib"))]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("sklearn", "matplotlib", "jinja2"):
        monkeypatch.setitem(sys.modules, name, None)
    refused = run(file, "--html", str(tmp_path / "report.html"))
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr.count("\n") == 1
    assert "make dev" in refused.stderr
    assert json.loads(run(file, "--json").stdout) | {"latency_ms": 0, "groups": 0} == figures | {
        "latency_ms": 0,
        "groups": 0,
    }


def test_the_first_message_is_asked_once_more_than_it_counts(tmp_path: Path) -> None:
    asked: list[str] = []

    def ask(row: Labelled) -> MessagePrediction:
        asked.append(row.id)
        return MessagePrediction("book", {}, 1.0, 0.0)

    rows = read_labelled(written(tmp_path, ROW, {**ROW, "id": "d2"}))
    assert [truth.id for truth, _ in measure(rows, ask)] == ["d1", "d2"]
    assert asked == ["d1", "d1", "d2"]


def test_a_message_travels_in_the_contract_and_back(tmp_path: Path) -> None:
    (row,) = read_labelled(
        written(
            tmp_path,
            {
                **ROW,
                "active_intent": "reschedule",
                "asked_slot": "preferred_time",
                "known_slots": {"staff_name": "María"},
            },
        )
    )
    request = request_of(row, "estudio-pulpo")
    assert request.active_intent == turn_pb2.INTENT_RESCHEDULE
    assert request.asked_slot == "preferred_time"
    assert request.known_slots.staff_name == "María"
    assert request.context.received_at.ToDatetime().isoformat() == "2026-03-11T13:00:00"
    response = extractor_pb2.ExtractResponse(
        intent=turn_pb2.INTENT_INFO_PRICES, confidence=0.75, slots=turn_pb2.Slots(staff_name="María")
    )
    assert prediction_of(response, 3.0) == MessagePrediction("info_prices", {"staff_name": "María"}, 0.75, 3.0)
