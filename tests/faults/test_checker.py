"""The checker finds each broken promise in a history made by hand, and none where there is none."""

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.faults.lab import checker
from tests.faults.lab.checker import check
from tests.faults.lab.evidence import (
    Attempt,
    Booking,
    Callback,
    Cell,
    Change,
    Evidence,
    Out,
    Refusal,
    Sent,
    Stored,
    Twins,
    Write,
)

ME, BUSINESS, SID, AT = "whatsapp:+1", "salon-000", "SM1", 1_000_000
TOLD = "¡Listo, Ana! Quedó reservado Barba el martes 17/03 a las 11:00 con Carlos. Tu código es PB-AAAAAA."
RESULT = {"ok": True, "booking_id": "PB-AAAAAA", "date": "2026-03-17", "time": "11:00", "client_name": "Ana"}
BOOKING = Booking("PB-AAAAAA", BUSINESS, ME, "2026-03-17", "11:00", 30, "Carlos", "booked", AT)
CELLS = tuple(Cell(BUSINESS, "2026-03-17", "Carlos", cell, "PB-AAAAAA") for cell in (44, 45))
WRITE = Write(BUSINESS, "k1", AT, RESULT)
SENT = Sent(BUSINESS, ME, SID, "Reservar barba …", (Attempt(0, 1, 200, TOLD),))
STORED = Stored(BUSINESS, SID, ME, AT, "answered", TOLD)
GOOD = Evidence((SENT,), (BOOKING,), CELLS, (WRITE,), (STORED,))
CANCELLED = "Listo, tu turno de Barba del martes 17/03 a las 11:00 quedó cancelado. Cuando quieras otro, escribime."
MOVED = "¡Listo! Tu turno de Barba quedó cambiado al lunes 16/03 a las 16:00 con Carlos. Código PB-AAAAAA."
SORRY = "Perdón, no pude consultar la agenda, así que no hice ningún cambio."
UNSURE = "La agenda tardó en responder y todavía no sé si quedó. Preguntame en un rato."


def promises(evidence: Evidence) -> set[str]:
    """The promises that a run broke."""
    return {violation.promise for violation in check(evidence)}


def replied(reply: str, **stored: Any) -> Evidence:
    """The good run with another reply."""
    sent = replace(SENT, attempts=(Attempt(0, 1, 200, reply),))
    return replace(GOOD, sent=(sent,), inbox=(replace(STORED, reply=reply, **stored),))


def then(reply: str, result: dict[str, Any], row: Booking, cells: tuple[Cell, ...]) -> Evidence:
    """The good run and a second message that changed the appointment."""
    sent = Sent(BUSINESS, ME, "SM2", "sí", (Attempt(2, 3, 200, reply),))
    stored = Stored(BUSINESS, "SM2", ME, AT + 5, "answered", reply)
    write = Write(BUSINESS, "k2", AT + 5, {"ok": True, "booking_id": "PB-AAAAAA", **result})
    return Evidence((SENT, sent), (row,), cells, (WRITE, write), (STORED, stored))


def by_rest(reply: str, *taken: str, out: str = "sent", acknowledged: str = "", **stored: Any) -> Evidence:
    """The good run, its webhook only acknowledged, with the texts that Twilio took by REST."""
    sent = replace(SENT, attempts=(Attempt(0, 1, 200, acknowledged),))
    row = replace(STORED, reply=reply, out=out, out_sid="SMout0" if taken else "", **stored)
    inline = (Out("SMin", BUSINESS, ME, acknowledged, by_rest=False),) if acknowledged else ()
    outs = tuple(Out(f"SMout{number}", BUSINESS, ME, text, by_rest=True) for number, text in enumerate(taken))
    return replace(GOOD, sent=(sent,), inbox=(row,), out=inline + outs)


def followed(*told: str, out: str = "sent") -> Evidence:
    """The good run, its reply sent by REST, with the callbacks that came of it."""
    evidence = by_rest(TOLD, TOLD, out=out, delivery=told[-1])
    failed = told[-1] in ("failed", "undelivered")
    changes = [Change("statuses", "SMout0", before, after) for before, after in pairwise(("", *told))]
    if out == "dead":
        changes.append(Change("outbox", "t1", "sent", "dead"))
    return replace(
        evidence,
        out=(replace(evidence.out[0], failed=failed),),
        callbacks=tuple(Callback(BUSINESS, "SMout0", status, "", at, at + 1, 204) for at, status in enumerate(told)),
        changes=(Change("outbox", "t1", "", "waiting"), Change("outbox", "t1", "waiting", "sent"), *changes),
        statuses={"SMout0": told[-1]},
    )


REFUSED = replace(by_rest(TOLD, out="dead"), refused=(Refusal(BUSINESS, ME, TOLD),))
DELIVERED = followed("queued", "sent", "delivered", "read")
FAILED = followed("sent", "failed", out="dead")
CANCEL = then(CANCELLED, {"date": "2026-03-17", "time": "11:00"}, replace(BOOKING, status="cancelled"), ())
MOVE = then(
    MOVED,
    {"date": "2026-03-16", "time": "16:00", "previous": {"date": "2026-03-17", "time": "11:00"}},
    replace(BOOKING, date="2026-03-16", time="16:00"),
    tuple(Cell(BUSINESS, "2026-03-16", "Carlos", cell, "PB-AAAAAA") for cell in (64, 65)),
)


BACK = then(
    "Listo, tu turno vuelve a estar reservado: Barba el martes 17/3 a las 11:00. Código PB-AAAAAA.",
    {"date": "2026-03-17", "time": "11:00", "client_name": "Ana"},
    BOOKING,
    CELLS,
)
CHANGED = then(
    "Listo, te pasé Barba del martes 17/3 a las 11:00 al lunes 16/3 a las 16:00, con Carlos. Código PB-AAAAAA.",
    {"before": {"date": "2026-03-17", "time": "11:00"}, "after": {"date": "2026-03-16", "time": "16:00"}},
    MOVE.bookings[0],
    MOVE.cells,
)
SAME = then(
    "Tu turno ya está así: Barba el martes 17/03 a las 11:00 con Carlos. Código PB-AAAAAA.",
    {"before": RESULT, "after": RESULT, "changed": []},
    BOOKING,
    CELLS,
)
TWO = "¡Listo, Ana! Quedaron reservados el martes 17/03:\n11:00 Barba (PB-AAAAAA)\n11:30 Corte (PB-BBBBBB)"
SECOND = replace(BOOKING, booking_id="PB-BBBBBB", time="11:30")
ROWS = [{"booking_id": row.booking_id, "date": row.date, "time": row.time} for row in (BOOKING, SECOND)]
GROUP_ROWS: dict[str, Any] = {
    "bookings": (BOOKING, SECOND),
    "cells": (*CELLS, *(replace(cell, cell=cell.cell + 2, booking_id="PB-BBBBBB") for cell in CELLS)),
    "writes": (replace(WRITE, result={"ok": True, "group_id": "PB-AAAAAA", "already": False, "appointments": ROWS}),),
}
GROUP = replace(replied(TWO), **GROUP_ROWS)
GROUP_GONE = replace(
    GROUP,
    sent=(*GROUP.sent, Sent(BUSINESS, ME, "SM2", "sí", (Attempt(2, 3, 200, "Listo, quedaron cancelados."),))),
    inbox=(*GROUP.inbox, Stored(BUSINESS, "SM2", ME, AT + 5, "answered", "Listo, quedaron cancelados.")),
    writes=(*GROUP.writes, Write(BUSINESS, "k2", AT + 5, {"ok": True, "appointments": ROWS})),
    bookings=tuple(replace(row, status="cancelled") for row in GROUP.bookings),
    cells=(),
)
BOTH_MOVED = replace(
    GROUP,
    sent=(
        *GROUP.sent,
        Sent(
            BUSINESS,
            ME,
            "SM2",
            "no, era a las 12:00",
            (
                Attempt(
                    2,
                    3,
                    200,
                    BOTH := (
                        "Listo, te pasé Barba del martes 17/03 de las 11:00 a las 12:00. Código PB-AAAAAA. "
                        "Listo, te pasé Corte del martes 17/03 de las 11:30 a las 12:30. Código PB-BBBBBB."
                    ),
                ),
            ),
        ),
    ),
    inbox=(*GROUP.inbox, Stored(BUSINESS, "SM2", ME, AT + 5, "answered", BOTH)),
    writes=(
        *GROUP.writes,
        *(
            Write(
                BUSINESS,
                f"k{row['booking_id']}",
                AT + 5,
                {
                    "ok": True,
                    "booking_id": row["booking_id"],
                    "before": {"date": "2026-03-17", "time": row["time"]},
                    "after": {"date": "2026-03-17", "time": row["time"].replace("11", "12")},
                },
            )
            for row in ROWS
        ),
    ),
    bookings=tuple(replace(row, time=row.time.replace("11", "12")) for row in GROUP.bookings),
    cells=tuple(replace(cell, cell=cell.cell + 4) for cell in GROUP_ROWS["cells"]),
)
HALF_TOLD = replace(BOTH_MOVED.sent[1], attempts=(Attempt(2, 3, 200, BOTH.partition(" Listo")[0]),))
AGAIN = replace(
    GOOD,
    writes=(WRITE, Write(BUSINESS, "k2", AT + 5, {**RESULT, "already": True})),
)


def in_pieces(day: str = "el martes 17/3", **joined: Any) -> Evidence:
    """The good run, in which the day came in a message before, answered together with the last one."""
    piece = Sent(BUSINESS, ME, "SM0", day, (Attempt(0, 1, 200, ""), Attempt(1, 2, 200, "")))
    row = Stored(BUSINESS, "SM0", ME, AT - 5, "answered", "", turn_id="t0", joined="t1")
    last = replace(SENT, text="Reservar barba a las 11:00")
    return replace(GOOD, sent=(piece, last), inbox=(replace(row, **joined), replace(STORED, turn_id="t1")))


IN_PIECES = in_pieces()


@pytest.mark.parametrize(
    "evidence",
    [
        Evidence(),
        GOOD,
        IN_PIECES,
        CANCEL,
        MOVE,
        BACK,
        CHANGED,
        then(
            f"{CHANGED.inbox[1].reply} A las 16:30 no llegamos a terminar antes del cierre.",
            dict(CHANGED.writes[1].result),
            CHANGED.bookings[0],
            CHANGED.cells,
        ),
        GROUP,
        GROUP_GONE,
        BOTH_MOVED,
        SAME,
        AGAIN,
        replied(UNSURE),
        replace(GOOD, sent=(replace(SENT, text="Reservar barba el martes 17/3 a las 11:00"),)),
        replied("Perdón, tuve un problema.", status="unanswered"),
        replace(GOOD, sent=(replace(SENT, attempts=(Attempt(0, 1, 0), Attempt(1, 2, 503), *SENT.attempts)),)),
        replace(GOOD, sent=(replace(SENT, attempts=(Attempt(0, 1, 0),)),)),
        replace(GOOD, twins=(Twins("book_appointment", "{}", "{}"),)),
        by_rest(TOLD, TOLD),
        by_rest(UNSURE, UNSURE),
        REFUSED,
        DELIVERED,
        FAILED,
        replace(DELIVERED, callbacks=(*DELIVERED.callbacks, replace(DELIVERED.callbacks[1], began=9, ended=10))),
        replace(DELIVERED, callbacks=(*DELIVERED.callbacks, replace(FAILED.callbacks[1], answer=503))),
        by_rest(TOLD, acknowledged=TOLD, out="handed"),
        by_rest("Perdón, tuve un problema.", "Perdón, tuve un problema.", status="unanswered"),
    ],
)
def test_a_good_run_passes(evidence: Evidence) -> None:
    assert check(evidence) == []


def other(**changes: Any) -> Evidence:
    """The good run and a second, told and stored appointment of the same customer."""
    row = replace(BOOKING, booking_id="PB-BBBBBB", created_us=AT + 5, **changes)
    result = {**RESULT, "booking_id": "PB-BBBBBB", "time": row.time, "date": row.date}
    told = TOLD.replace("PB-AAAAAA", "PB-BBBBBB").replace("11:00", row.time)
    hour, minute = map(int, row.time.split(":"))
    first = (hour * 60 + minute) // 15
    cells = tuple(Cell(row.workspace, row.date, row.staff, cell, "PB-BBBBBB") for cell in (first, first + 1))
    return Evidence(
        (SENT, Sent(BUSINESS, ME, "SM2", "otro", (Attempt(2, 3, 200, told),))),
        (BOOKING, row),
        (*CELLS, *cells),
        (WRITE, Write(BUSINESS, "k2", AT + 5, result)),
        (STORED, Stored(BUSINESS, "SM2", ME, AT + 5, "answered", told)),
    )


def test_two_appointments_one_after_the_other_pass() -> None:
    assert check(other(time="11:30")) == []
    assert check(other(staff="María")) == []


TWICE = replace(
    GOOD,
    bookings=(BOOKING, replace(BOOKING, booking_id="PB-BBBBBB", time="15:00")),
    writes=(WRITE, Write(BUSINESS, "k2", AT, {**RESULT, "booking_id": "PB-BBBBBB", "time": "15:00"})),
)
FOREIGN = replace(BOOKING, booking_id="PB-CCCCCC", customer="whatsapp:+2")
LEFT = replace(STORED, status="running")
GREEDY = replace(SENT, attempts=(Attempt(0, 1, 200, "PB-CCCCCC"),))


def asked(text: str) -> Evidence:
    """The good run, in which a message named a slot."""
    return replace(GOOD, sent=(replace(SENT, text=text),))


CRASHED = replace(SENT, attempts=(Attempt(0, 1, 500), *SENT.attempts))
BROKEN = {
    "overlap": ("no overlap", other(time="11:15")),
    "cells missing": ("taken time is booked time", replace(GOOD, cells=CELLS[:1])),
    "cells left over": ("taken time is booked time", replace(CANCEL, cells=CELLS)),
    "two bookings of one message": ("one write per message", TWICE),
    "an appointment changed twice by one message": (
        "one write per message",
        replace(BOTH_MOVED, writes=(*BOTH_MOVED.writes, replace(BOTH_MOVED.writes[-1], key="k9"))),
    ),
    "two changed at another hour than asked": (
        "the slot that was asked for",
        replace(BOTH_MOVED, sent=(BOTH_MOVED.sent[0], replace(BOTH_MOVED.sent[1], text="no, era a las 13:00"))),
    ),
    "two changed and one told": (
        "no claim without its deed",
        replace(BOTH_MOVED, sent=(BOTH_MOVED.sent[0], HALF_TOLD)),
    ),
    "told and not there": ("no claim without its deed", replace(GOOD, bookings=(), cells=(), writes=())),
    "told with a wrong id": ("no claim without its deed", replied(TOLD.replace("PB-AAAAAA", "PB-ZZZZZZ"))),
    "told with a wrong time": ("no claim without its deed", replied(TOLD.replace("11:00", "12:00"))),
    "told with a wrong day": ("no claim without its deed", replied(TOLD.replace("17/03", "18/03"))),
    "told as cancelled": ("no claim without its deed", replied(CANCELLED)),
    "cancellation told and not done": (
        "no claim without its deed",
        replace(CANCEL, writes=(WRITE,), bookings=(BOOKING,), cells=CELLS),
    ),
    "move told and not done": (
        "no claim without its deed",
        replace(MOVE, writes=(WRITE,), bookings=(BOOKING,), cells=CELLS),
    ),
    "a correction told with the old hour": (
        "no claim without its deed",
        then("Listo, te lo pasé a las 11:00.", dict(CHANGED.writes[1].result), CHANGED.bookings[0], CHANGED.cells),
    ),
    "booked again told and not done": (
        "no claim without its deed",
        replace(BACK, writes=(WRITE,)),
    ),
    "half of a group": ("an appointment is what its writes made it", replace(GROUP, bookings=(BOOKING,), cells=CELLS)),
    "a group told with one id": (
        "no claim without its deed",
        replace(replied(TWO.replace(" (PB-BBBBBB)", "")), **GROUP_ROWS),
    ),
    "a group told with a wrong hour": (
        "no claim without its deed",
        replace(replied(TWO.replace("11:30", "12:30")), **GROUP_ROWS),
    ),
    "a group at another hour than asked": (
        "the slot that was asked for",
        replace(GROUP, sent=(replace(GROUP.sent[0], text="Barba y corte el martes 17/3 a las 10:00"),)),
    ),
    "half of a group cancelled": (
        "an appointment is what its writes made it",
        replace(GROUP_GONE, bookings=(BOOKING, GROUP_GONE.bookings[1]), cells=CELLS),
    ),
    "told that it failed": ("no deed untold", replied(SORRY)),
    "told nothing": ("no deed untold", replied("¡Hola!")),
    "half an appointment": ("an appointment is what its writes made it", replace(GOOD, bookings=(), cells=())),
    "an appointment from nowhere": ("an appointment is what its writes made it", replace(GOOD, writes=())),
    "cancelled by nobody": (
        "an appointment is what its writes made it",
        replace(GOOD, bookings=(replace(BOOKING, status="cancelled"),), cells=()),
    ),
    "nobody asked": ("every write has its message", replace(GOOD, inbox=(replace(STORED, received_us=AT + 1),))),
    "acknowledged and not stored": ("no acknowledged message lost", replace(GOOD, inbox=())),
    "acknowledged and left": ("no acknowledged message lost", replace(GOOD, inbox=(LEFT,))),
    "acknowledged without an answer": ("no acknowledged message lost", replied("")),
    "joined and told more": ("who joined is answered by a later one", in_pieces(reply="¡Hola!")),
    "joined what nobody knows": ("who joined is answered by a later one", in_pieces(joined="t9")),
    "joined a stranger's": (
        "who joined is answered by a later one",
        replace(IN_PIECES, inbox=(replace(IN_PIECES.inbox[0], address="whatsapp:+2"), IN_PIECES.inbox[1])),
    ),
    "joined one before it": (
        "who joined is answered by a later one",
        replace(IN_PIECES, inbox=IN_PIECES.inbox[::-1]),
    ),
    "joined one that was never answered": (
        "who joined is answered by a later one",
        replace(IN_PIECES, sent=(IN_PIECES.sent[0], replace(SENT, attempts=(Attempt(0, 1, 0),)))),
    ),
    "another day than a piece asked for": ("the slot that was asked for", in_pieces("el lunes 16/3")),
    "two replies": (
        "one message, one reply",
        replace(GOOD, sent=(replace(SENT, attempts=(*SENT.attempts, Attempt(1, 2, 200, "otra cosa"))),)),
    ),
    "another reply stored": ("one message, one reply", replace(GOOD, inbox=(replace(STORED, reply="otra cosa"),))),
    "somebody else's id": (
        "nobody sees another's",
        replace(GOOD, bookings=(BOOKING, FOREIGN), sent=(SENT, GREEDY)),
    ),
    "another business's appointment": (
        "nobody sees another's",
        replace(GOOD, bookings=(replace(BOOKING, workspace="salon-001"),)),
    ),
    "a crash shown": ("clean answers", replace(GOOD, sent=(CRASHED,))),
    "a reply twice by REST": ("a reply goes out once", by_rest(TOLD, TOLD, TOLD)),
    "a reply in the webhook and by REST": ("a reply goes out once", by_rest(TOLD, TOLD, acknowledged=TOLD)),
    "a text by REST that nobody wrote": ("a reply goes out once", by_rest(TOLD, TOLD, "otra cosa")),
    "told by REST and not done": (
        "no claim without its deed",
        replace(by_rest(TOLD, TOLD), bookings=(), cells=(), writes=()),
    ),
    "told by REST that it failed": ("no deed untold", by_rest(SORRY, SORRY)),
    "acknowledged and never sent": ("no acknowledged message lost", by_rest(TOLD, out="waiting")),
    "acknowledged and said to be sent": (
        "no acknowledged message lost",
        replace(by_rest(TOLD, TOLD), out=(Out("SMother", BUSINESS, ME, TOLD, by_rest=True),)),
    ),
    "somebody else's id by REST": (
        "nobody sees another's",
        replace(by_rest("Es PB-CCCCCC", "Es PB-CCCCCC"), bookings=(BOOKING, FOREIGN)),
    ),
    "another day than asked for": ("the slot that was asked for", asked("Reservar barba el lunes 16/3 a las 11:00")),
    "another time than asked for": ("the slot that was asked for", asked("Reservar barba el martes 17/3 a las 10:00")),
    "delivered and then sent": (
        "a status only moves forward",
        replace(DELIVERED, changes=(*DELIVERED.changes, Change("statuses", "SMout0", "delivered", "sent"))),
    ),
    "read and then failed": (
        "a status only moves forward",
        replace(DELIVERED, changes=(*DELIVERED.changes, Change("statuses", "SMout0", "read", "failed"))),
    ),
    "failed and then sent": (
        "a status only moves forward",
        replace(FAILED, changes=(*FAILED.changes, Change("statuses", "SMout0", "failed", "sent"))),
    ),
    "a dead letter that lives again": (
        "a status only moves forward",
        replace(FAILED, changes=(*FAILED.changes, Change("outbox", "t1", "dead", "sent"))),
    ),
    "a sent reply that is sent": (
        "a status only moves forward",
        replace(DELIVERED, changes=(*DELIVERED.changes, Change("outbox", "t1", "sent", "sending"))),
    ),
    "a callback that was forgotten": (
        "no acknowledged callback lost",
        replace(DELIVERED, statuses={"SMout0": "sent"}),
    ),
    "a callback that was never kept": ("no acknowledged callback lost", replace(DELIVERED, statuses={})),
    "a failure that was not believed": (
        "no acknowledged callback lost",
        replace(FAILED, statuses={"SMout0": "delivered"}),
    ),
    "a reply that failed, and nobody is told": ("a reply that failed is listed", followed("sent", "failed")),
    "a failed message that is nobody's reply": (
        "a reply that failed is listed",
        replace(FAILED, inbox=(replace(FAILED.inbox[0], out_sid=""),)),
    ),
    "listed, although it was delivered": (
        "a dead letter has its cause",
        followed("sent", "delivered", out="dead"),
    ),
    "listed, although nobody refused it": ("a dead letter has its cause", by_rest(TOLD, out="dead")),
    "sent again after it failed": (
        "nothing again after a definite error",
        replace(FAILED, out=(*FAILED.out, Out("SMagain", BUSINESS, ME, TOLD, by_rest=True))),
    ),
    "sent again after it was refused": (
        "nothing again after a definite error",
        replace(REFUSED, out=DELIVERED.out),
    ),
    "a status that nobody told": (
        "a callback changes its own message only",
        replace(DELIVERED, statuses={**DELIVERED.statuses, "SMother": "read"}),
    ),
    "a reply that has another's message": (
        "a callback changes its own message only",
        replace(DELIVERED, out=(replace(DELIVERED.out[0], body="¡Hola!"),)),
    ),
    "a reply with another's status": (
        "a callback changes its own message only",
        replace(DELIVERED, inbox=(replace(DELIVERED.inbox[0], delivery="sent"),)),
    ),
    "two answers to one request": ("one request, one answer", replace(GOOD, twins=(Twins("book", "a", "b"),))),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_each_broken_promise_is_found(name: str) -> None:
    promise, evidence = BROKEN[name]
    assert promise in promises(evidence)


def test_every_promise_of_the_checker_is_broken_by_a_history() -> None:
    source = Path(checker.__file__).read_text(encoding="utf-8")
    assert {promise for promise, _ in BROKEN.values()} == set(re.findall(r'Violation\("([^"]+)"', source))


OTHER = replace(BOOKING, booking_id="PB-BBBBBB", time="11:30")
SHIFTED = {
    "ok": True,
    "appointments": [
        {"booking_id": id_, "changed": ["time"], "before": {"time": was}, "after": {"date": "2026-03-17", "time": at}}
        for id_, was, at in (("PB-AAAAAA", "11:00", "15:00"), ("PB-BBBBBB", "11:30", "15:30"))
    ],
}
"""A write that moved two appointments together."""


def test_of_several_that_move_together_none_is_left_behind() -> None:
    group = Write(BUSINESS, "k1", AT, {**RESULT, "group_id": "PB-AAAAAA", "appointments": [
        {"booking_id": "PB-AAAAAA", "date": "2026-03-17", "time": "11:00"},
        {"booking_id": "PB-BBBBBB", "date": "2026-03-17", "time": "11:30"},
    ]})  # fmt: skip
    move = Write(BUSINESS, "k2", AT + 5, SHIFTED)
    assert (move.what, move.done) == ("moved", True)
    whole = (replace(BOOKING, time="15:00"), replace(OTHER, time="15:30"))
    broken = "an appointment is what its writes made it"
    inbox = (STORED, Stored(BUSINESS, "SM2", ME, AT + 5, "answered", ""))
    run = replace(GOOD, writes=(group, move), inbox=inbox)
    assert broken not in promises(replace(run, bookings=whole))
    assert broken in promises(replace(run, bookings=(whole[0], OTHER)))
