"""`pulpo callers` writes the file that services watch: tokens hashed, in force without a restart."""

import base64
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from runtime.errors import PulpoError
from runtime.rpc.callers import CallerBook, new_token

ADD = ("--may", "Book,ListAppointments", "--workspaces", "estudio-pulpo", "--channels", "web:")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PULPO_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data" / "callers.json"


def run(*words: str, status: int = 0) -> str:
    done = CliRunner().invoke(app, ["callers", *words])
    assert done.exit_code == status, done.output
    return done.output.strip()


def test_a_caller_is_added_rotated_and_revoked_while_a_service_runs(file: Path) -> None:
    book = CallerBook(file)
    assert book.named("crm") is None
    first = run("add", "crm", *ADD)
    found = book.proven(first)
    assert found is not None
    assert (found.may, found.rights.channels, found.acts_for_customers) == (
        ("Book", "ListAppointments"),
        ("web:",),
        False,
    )
    assert first not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    second = run("rotate", "crm")
    assert [bool(book.proven(token)) for token in (first, second)] == [True, True]
    third = run("rotate", "crm")
    assert [bool(book.proven(token)) for token in (first, second, third)] == [False, True, True]
    fourth = run("rotate", "crm", "--now")
    assert [bool(book.proven(token)) for token in (third, fourth)] == [False, True]
    assert run("revoke", "crm") == "revoked crm"
    assert book.proven(fourth) is None


def test_lists_say_what_each_may_and_no_token(file: Path) -> None:
    assert run("list").startswith("nobody")
    token = run("add", "desk", *ADD[:-2], "--acts-for-customers")
    assert " ".join(run("list").split()) == "desk Book,ListAppointments estudio-pulpo no channel acts for customers"
    secret = json.loads(run("list", "--kubernetes", "pulpo"))
    assert secret["metadata"] == {"name": "pulpo-callers-file", "namespace": "pulpo"}
    assert base64.b64decode(secret["data"]["callers.json"]).decode() == run("list", "--json")
    assert token not in run("list", "--json")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "gateway", *ADD), "is a service of the mesh"),
        (("add", "CRM", *ADD), "name"),
        (("add", "crm", *ADD[:-1], "whatsapp:"), "the webhook's alone"),
        (("add", "crm", *ADD[:-1], "web"), "channels"),
        (("add", "crm", "--may", "WatchWorkspaces", *ADD[2:]), "WatchWorkspaces"),
        (("add", "crm", *ADD[:2], "--workspaces", "Estudio Pulpo"), "workspaces"),
        (("rotate", "crm"), "there is no 'crm'"),
        (("revoke", "crm"), "there is no 'crm'"),
    ],
)
def test_what_cannot_be_is_refused(file: Path, words: tuple[str, ...], said: str) -> None:
    assert said in run(*words, status=1)
    assert not file.exists()


def test_a_file_that_cannot_be_used_keeps_the_older_in_force_and_a_process_from_starting(file: Path) -> None:
    token = run("add", "crm", *ADD)
    book = CallerBook(file)
    whole = file.read_text()
    for broken in ("{", whole.replace('"web:"', '"web"'), whole.replace("calls_per_minute", "calls")):
        file.write_text(broken)
        assert book.proven(token)
        with pytest.raises(PulpoError, match="CALLERS_FILE"):
            CallerBook(file)
    assert "CALLERS" not in run("add", "other", *ADD, status=1)
    file.write_text(whole.replace("web:", "app:"))
    found = book.proven(token)
    assert found is not None
    assert found.channels == ("app:",)
    file.unlink()
    assert book.proven(token) is None


def test_a_quota_fills_again_with_time(file: Path) -> None:
    run("add", "crm", *ADD, "--calls", "60", "--writes", "6")
    now = [0.0]
    book = CallerBook(file, lambda: now[0])

    def wait_s(writes: bool) -> float | None:
        try:
            book.charge("crm", writes=writes)
        except PulpoError as error:
            return error.retry_s
        return None

    assert [wait_s(writes=True) for _ in range(6)] == [None] * 6
    assert wait_s(writes=True) == pytest.approx(10)
    now[0] += 10
    assert wait_s(writes=True) is None
    assert wait_s(writes=True) == pytest.approx(10)
    while wait_s(writes=False) is None:
        pass
    assert wait_s(writes=False) == pytest.approx(1)


def test_tokens_are_long_and_never_the_same() -> None:
    made = {new_token("crm") for _ in range(100)}
    assert len(made) == 100
    assert {len(each) for each in made} == {len("pulpo_crm_") + 43}
