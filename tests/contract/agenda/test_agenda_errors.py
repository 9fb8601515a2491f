"""What is said when something is wrong: fixed texts, nothing of what was sent."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from runtime.data.database import sqlite_url
from tests.contract.agenda.running import ANA, Running, running

SECRET = "Zanahoria"
BOOKING = {"service_type": "Barba", "preferred_date": "2026-03-12", "preferred_time": "10:00", **ANA}
HEADERS = {"accept": "application/json, text/event-stream", "content-type": "application/json"}


def _body(tool: str, args: object, meta: object = None) -> dict[str, object]:
    params = {"name": tool, "arguments": args, "_meta": meta or {}}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


@pytest.mark.parametrize(
    ("tool", "args", "meta"),
    [
        ("book_appointment", {**BOOKING, "service_type": SECRET * 20}, {}),
        ("book_appointment", {**BOOKING, "client_email": SECRET}, {}),
        ("book_appointment", {**BOOKING, "client_name": "\u202e\u0000"}, {}),
        ("book_appointment", {**BOOKING, "preferred_time": [SECRET]}, {}),
        ("book_appointment", {SECRET: SECRET}, {}),
        ("find_appointment_by_phone", {"client_phone": {SECRET: 1}}, {}),
        ("cancel_appointment", {"booking_id": SECRET * 9}, {}),
        ("get_available_services", {"q": SECRET * 20}, {}),
        (SECRET, {}, {}),
        ("get_business_hours", {}, {"workspace_id": SECRET}),
        ("get_business_hours", {}, {"now": SECRET}),
        ("get_business_hours", {}, {"customer": [SECRET]}),
    ],
)
async def test_an_error_repeats_nothing_of_the_call(
    agenda: Running,
    tool: str,
    args: dict[str, Any],
    meta: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG, "agenda")
    for mode in ("2026-07-28", "legacy"):
        agenda.mode = mode
        result = await agenda.result(tool, args, **meta)
        assert result.is_error
        error = (result.structured_content or {})["error"]
        assert set(error) == {"kind", "reason", "message"}
        assert result.content[0].model_dump()["text"] == f"{error['reason']}: {error['message']}"
        captured = capsys.readouterr()
        said = result.model_dump_json() + captured.out + captured.err
        said += "".join(record.getMessage() for record in caplog.records if record.name.startswith("agenda"))
        assert SECRET not in said


async def test_wrong_arguments_are_named(agenda: Running) -> None:
    result = await agenda.result("book_appointment", {**BOOKING, "client_name": "", "staff_name": 7})
    error = (result.structured_content or {})["error"]
    assert error == {
        "kind": "INVALID_ARGUMENT",
        "reason": "INVALID_ARGUMENTS",
        "message": "Not usable: client_name, staff_name.",
    }


@pytest.mark.parametrize("broken", ["DROP TABLE appointment_cells", "DROP TABLE idempotency"])
async def test_a_broken_database_is_an_error_and_books_nothing(agenda: Running, broken: str) -> None:
    await agenda.book("Barba", "2026-03-12", "11:00", customer="c")
    async with agenda.store._database.write() as connection:
        await connection.execute(text(broken))
    result = await agenda.result("book_appointment", BOOKING, customer="c", idempotency_key="k")
    assert result.is_error
    assert (result.structured_content or {})["error"] == {
        "kind": "UNAVAILABLE",
        "reason": "DATABASE_UNAVAILABLE",
        "message": "The appointment book cannot be reached.",
    }
    found = await agenda.call("find_appointment_by_phone", {"client_phone": "-"}, customer="c")
    assert [each["time"] for each in found["appointments"]] == ["11:00"]


async def test_a_database_that_comes_back_is_used_again(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    url = sqlite_url(folder, "agenda")
    async with running(url) as agenda:
        folder.rename(tmp_path / "gone")
        assert (await agenda.result("book_appointment", BOOKING)).is_error
        assert (await agenda.http.get(agenda.url + "/readyz")).status_code == 503
        assert (await agenda.http.get(agenda.url + "/healthz")).status_code == 200
        (tmp_path / "gone").rename(folder)
        assert (await agenda.call("book_appointment", BOOKING))["ok"]
        assert (await agenda.http.get(agenda.url + "/readyz")).status_code == 200


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Ana\u0000 \u202eRuiz\u200b", "Ana Ruiz"),
        ("  José\tÁlvarez \n", "José Álvarez"),
        ("Jose\u0301", "José"),
        ("👩‍🦰 Eva", "👩‍🦰 Eva"),
        ("Robert'); DROP TABLE appointments;--", "Robert'); DROP TABLE appointments;--"),
    ],
)
async def test_hostile_names_are_cleaned_and_kept(each_agenda: Running, name: str, kept: str) -> None:
    answer = await each_agenda.call("book_appointment", {**BOOKING, "client_name": name}, customer="c")
    assert answer["client_name"] == kept
    found = await each_agenda.call("find_appointment_by_phone", {"client_phone": "\u0000"}, customer="c")
    assert found["appointments"][0]["client_name"] == kept


@pytest.mark.parametrize(
    "content",
    [
        b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "\xff\xfe"}}',
        b"[" * 60_000,
        b'{"jsonrpc": "2.0", "id": 1' + b"1" * 30_000 + b"}",
        json.dumps(_body("get_available_services", {"q": "\ud800"})).encode(),
        json.dumps(_body("get_available_services", ["q"])).encode(),
        json.dumps(_body("get_business_hours", {}, {"dev.pulpo/customer": "\udfff"})).encode(),
        b"",
    ],
    ids=["utf8", "deep", "number", "surrogate", "list", "surrogate-meta", "empty"],
)
async def test_hostile_bodies_get_an_answer_that_is_not_a_crash(agenda: Running, content: bytes) -> None:
    response = await agenda.http.post(agenda.url + "/mcp", content=content, headers=HEADERS)
    assert response.status_code < 500
    assert "Traceback" not in response.text
    assert (await agenda.call("get_business_hours"))["ok"]


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b" " * 70_000, {}, 413),
        (b"{}", {"host": "evil.example"}, 421),
        (b"{}", {"origin": "https://evil.example"}, 403),
        (b"{}", {"content-type": "text/plain"}, 400),
    ],
)
async def test_requests_that_are_not_for_us_are_refused(
    agenda: Running, content: bytes, headers: dict[str, str], status: int
) -> None:
    response = await agenda.http.post(agenda.url + "/mcp", content=content, headers=HEADERS | headers)
    assert response.status_code == status
