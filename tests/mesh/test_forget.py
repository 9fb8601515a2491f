"""`pulpo forget` and retention: afterwards nothing of a customer is left, in any table or file."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.mesh.tools.harness import PATIENT, ROOT, Mesh, running_mesh, until

BOOK = "Reservar brushing el {day} a las {hour}, soy {name} {email}"


@dataclass(frozen=True)
class Customer:
    """Somebody who books, and what must not be left of them."""

    phone: str
    name: str
    email: str

    @property
    def traces(self) -> tuple[str, ...]:
        """What to look for, in lower case."""
        return (self.phone.lstrip("+"), self.name.lower(), self.email)

    def book(self, mesh: Mesh, day: str, hour: int) -> str:
        """Asks for an appointment; the reply."""
        return mesh.say(self.phone, BOOK.format(day=day, hour=hour, name=self.name, email=self.email))


@pytest.fixture
def customers(new_customer: Callable[[], str]) -> tuple[Customer, Customer]:
    """Two who are not there yet."""
    leo, mia = new_customer(), new_customer()
    return (
        Customer(leo, "Leonardo Paz", f"leo{leo[-8:]}@test.com"),
        Customer(mia, "Miranda Sol", f"mia{mia[-8:]}@test.com"),
    )


def dump(folder: Path) -> str:
    """Every row of every table of every database."""
    lines = []
    for file in sorted(folder.glob("*.db")):
        with closing(sqlite3.connect(file, timeout=10)) as connection:
            lines += list(connection.iterdump())
    return "\n".join(lines).lower()


def contents(folder: Path) -> str:
    """The databases' files, byte by byte, with what SQLite no longer uses."""
    return "".join(file.read_bytes().decode("latin-1") for file in folder.glob("*.db*")).lower()


def forget(mesh: Mesh, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs the command beside the mesh."""
    command = [sys.executable, "-m", "cli.main", "forget", *words]
    return subprocess.run(
        command, env=mesh.environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def test_a_customer_is_forgotten_and_nobody_else(mesh: Mesh, customers: tuple[Customer, Customer]) -> None:
    leo, mia = customers
    mesh.say(leo.phone, "hola")
    assert "PB-" in leo.book(mesh, "lunes 23/3", 9)
    assert "PB-" in mia.book(mesh, "lunes 23/3", 11)
    mesh.say(leo.phone, "cuánto sale la barba?")
    mesh.say(leo.phone, f"quiero hablar con una persona, soy {leo.name} {leo.email}")
    before = dump(mesh.data)
    assert all(trace in before for trace in leo.traces + mia.traces)
    spelt = f"{leo.phone[:3]} {leo.phone[3:8]}-{leo.phone[8:]}"
    done = forget(mesh, spelt, "--json")
    assert done.returncode == 0, done.stderr
    erased = json.loads(done.stdout)["erased"]
    assert set(erased) == {"gateway", "broker", "agenda"}
    told = {"handovers": 1, "handover_messages": 1, "opt_outs": 0}
    expected = {"inbox": 4, "outbox": 4, "turns": 4, "shadows": 0, "conversations": 1, "statuses": 0, **told}
    assert erased["gateway"].pop("due") >= 1, "people are told of the hand-over, or were"
    assert erased["gateway"] == expected
    assert (erased["agenda"]["appointments"], erased["agenda"]["cancelled"]) == (1, 1)
    assert erased["agenda"]["idempotency"] == 1
    assert erased["broker"]["broker_counts"] >= 1
    assert erased["broker"]["broker_writes"] == 1
    after, left = dump(mesh.data), contents(mesh.data)
    assert not [trace for trace in leo.traces if trace in after or trace in left]
    assert all(trace in after for trace in mia.traces)
    assert [row["status"] for row in mesh.appointments(mia.phone)] == ["booked"]
    assert leo.name not in mesh.say(leo.phone, "hola")
    assert "PB-" in mia.book(mesh, "lunes 23/3", 9), "their time is free again"


def test_only_one_business_forgets_when_told_so(mesh: Mesh, customers: tuple[Customer, Customer]) -> None:
    leo = Customer(customers[0].phone, "Leopoldo Luz", customers[0].email)
    assert "PB-" in leo.book(mesh, "martes 24/3", 9)
    assert forget(mesh, leo.phone, "--workspace", "veterinaria-cordillera").returncode == 0
    assert leo.traces[1] in dump(mesh.data)
    said = forget(mesh, leo.phone, "--workspace", "estudio-pulpo")
    assert "1 of the appointments were still to come: cancelled" in said.stdout
    assert leo.phone not in said.stdout
    assert not [trace for trace in leo.traces if trace in dump(mesh.data)]


def test_a_dry_run_counts_and_what_follows_is_on_record_without_the_customer(
    mesh: Mesh, customers: tuple[Customer, Customer]
) -> None:
    leo, _ = customers
    assert "PB-" in leo.book(mesh, "miércoles 25/3", 9)
    words = (leo.phone, "--workspace", "estudio-pulpo", "--by", "ops@example.com", "--reference", "R-20")
    counted = forget(mesh, *words, "--dry-run", "--json")
    assert counted.returncode == 0, counted.stderr
    would = json.loads(counted.stdout)["would_erase"]
    assert (would["gateway"]["inbox"], would["agenda"]["cancelled"], would["broker"]["broker_writes"]) == (1, 1, 1)
    assert all(trace in dump(mesh.data) for trace in leo.traces)
    assert [row["status"] for row in mesh.appointments(leo.phone)] == ["booked"]
    said = forget(mesh, *words, "--dry-run").stdout
    assert "1 of the appointments are still to come and would be cancelled; nothing was erased" in said
    done = forget(mesh, *words, "--json")
    assert json.loads(done.stdout)["erased"] == would
    with closing(sqlite3.connect(mesh.data / "gateway.db", timeout=10)) as connection:
        query = "SELECT workspace_id, asked_by, outcome, counts, ended_at >= asked_at FROM erasures WHERE reference = ?"
        ((workspace, by, outcome, counts, ended),) = connection.execute(query, ("R-20",)).fetchall()
    assert (workspace, by, outcome, ended) == ("estudio-pulpo", "ops@example.com", "done", 1)
    assert json.loads(counts) == would
    assert not [trace for trace in leo.traces if trace in dump(mesh.data)]


@pytest.mark.parametrize(
    "words",
    [
        ("hola",),
        ("+5491144440001", "--workspace", "nobody"),
        ("+5491144440001", "--reference", "call from 44440001"),
        ("+5491144440001", "--reference", "t-1144440001"),
        ("+5491144440001", "--by", "+5491144440001"),
    ],
)
def test_what_cannot_be_understood_is_one_line(mesh: Mesh, words: tuple[str, ...]) -> None:
    done = forget(mesh, *words)
    assert (done.returncode, done.stderr.count("\n"), done.stdout) == (1, 1, "")


def test_what_is_older_than_a_business_keeps_it_is_erased_by_itself(
    tmp_path: Path, customers: tuple[Customer, Customer]
) -> None:
    leo, mia = customers
    with running_mesh(tmp_path, **PATIENT) as mesh:
        assert "PB-" in leo.book(mesh, "lunes 16/3", 9)
        mesh.say(leo.phone, "quiero hablar con una persona")
        assert 'insert into "handover_messages"' in dump(mesh.data)
    assert all(trace in dump(tmp_path) for trace in leo.traces)
    with running_mesh(tmp_path, PULPO_CLOCK="2027-04-12T10:00:00-03:00") as mesh:
        mesh.say(mia.phone, "hola")
        until(lambda: not [trace for trace in leo.traces if trace in dump(tmp_path)], "nothing of them is left")
        until(lambda: not [trace for trace in leo.traces if trace in contents(tmp_path)], "nor in the files")
        left = dump(tmp_path)
        assert not [table for table in ("handovers", "handover_messages", "due") if f'insert into "{table}"' in left]
        assert mia.traces[0] in dump(tmp_path)
