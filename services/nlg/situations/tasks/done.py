"""What was done, from this turn's observations that said yes: the only place that tells a write of the second form."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nlg.situations.outcomes import tell_write
from nlg.situations.situation import rows_of, text_of, texts_of
from nlg.situations.tasks.catalogue import total_price
from nlg.situations.tasks.view import TaskSituation, appointment_of, just, one_day
from nlg.writing.render import Draft, Say, clean
from nlg.writing.words import join_all
from turn.meaning import KnownAppointment
from turn.model import Observation
from turn.tools import BOOK_ALL, CANCEL_ALL, CHANGE, CHANGE_ALL, RESTORE
from turn.vocabulary import Stage, Status

_MOVE = {"date", "time"}


def tell_done(situation: TaskSituation) -> list[Draft]:
    """Each write that its own observation shows as done."""
    told = []
    for seen in situation.turn.observations:
        tell = _DONE.get(seen.tool)
        if tell and seen.said_yes and situation.has_tool(seen.tool):
            told.append(tell(situation, seen))
    known = [seen for seen in situation.writes(Status.OK) if seen.tool not in _DONE]
    first_form = tell_write(replace(situation, turn=replace(situation.turn, observations=tuple(known))))
    return told + ([first_form] if first_form else [])


def _booked(situation: TaskSituation, seen: Observation) -> Draft:
    rows = rows_of(seen.output.get("appointments"))
    already = seen.output.get("already") is True
    if len(rows) > 1:
        return _several_booked(situation, rows, already=already)
    return _one_booked(situation, rows[0] if rows else {}, already=already)


def _one_booked(situation: TaskSituation, row: Mapping[str, Any], *, already: bool) -> Draft:
    one = appointment_of(row)
    person = situation.person_of(one)
    values = {
        **situation.placed_values(one),
        "price": situation.price_of(one.service, row),
        "name": "" if person else _first_name(one),
        "person": situation.for_person(person),
    }
    if already:
        return just("already_booked", values, stage=Stage.RESERVA_HECHA)
    head = Say("task_booked_for" if person else "task_booked", values)
    return Draft((head, *_terms(situation, [row])), Stage.RESERVA_HECHA)


def _terms(situation: TaskSituation, rows: Sequence[Mapping[str, Any]]) -> tuple[Say, ...]:
    """What else is told of a booking: places of a class, which branch it is at, a deposit."""
    said: list[Say] = []
    places = rows[0].get("places") if len(rows) == 1 else None
    if isinstance(places, int | float) and places > 1:
        said.append(Say("places_booked", {"count": f"{places:.0f}"}))
    names = {text_of(row.get("branch")) for row in rows}
    branch = next((one for one in situation.workspace.branches if names == {one.name}), None)
    if branch:
        said.append(Say("at_branch", {"branch": branch.name, "address": branch.address}, optional=True))
    deposits = dict.fromkeys(text for row in rows if (text := text_of(row.get("deposit"))))
    return (*said, *(Say("deposit", {"deposit": text}) for text in deposits))


def _several_booked(situation: TaskSituation, rows: Sequence[Mapping[str, Any]], *, already: bool) -> Draft:
    booked = [appointment_of(row) for row in rows]
    day = one_day(booked)
    own = next((one for one in booked if not situation.person_of(one)), None)
    values = {"date": situation.spell(day), "name": _first_name(own) if own else ""}
    lines = [
        situation.line(one, one_day=bool(day), price=situation.price_of(one.service, row))
        for one, row in zip(booked, rows, strict=True)
    ]
    total = total_price(situation, [one.service for one in booked])
    more = (Say("price_total", {"price": total}, line=True),) if total and not already else ()
    head = Say("already_booked_several" if already else "task_booked_several", values)
    terms = () if already else tuple(replace(one, line=True) for one in _terms(situation, rows))
    return Draft((head, *lines, *more, *terms), Stage.RESERVA_HECHA, lists=len(booked))


def _changed(situation: TaskSituation, seen: Observation) -> Draft:
    booking_id = text_of(seen.output.get("booking_id")) or text_of(seen.args.get("booking_id"))
    before, after = (seen.output.get(name) for name in ("before", "after"))
    old = appointment_of(before if isinstance(before, Mapping) else {}, booking_id)
    row = after if isinstance(after, Mapping) else {}
    new = appointment_of(row, booking_id)
    changed = set(texts_of(seen.output.get("changed")))
    values = {**situation.placed_values(new), "price": situation.price_of(new.service, seen.output)}
    if not changed:
        return just("already_so", values, stage=Stage.RESERVA_HECHA)
    if situation.does("undo"):
        return just("changed_back", values, stage=Stage.RESERVA_HECHA)
    details = [*_changes(situation, seen, old, new, changed, text_of(row.get("masked_email")))]
    if changed & _MOVE:
        head = _moved(situation, old, new, renamed="service_type" in changed)
    else:
        head = Say("changed", situation.placed_values(old))
    return Draft((head, *details), Stage.RESERVA_HECHA)


def _several_changed(situation: TaskSituation, seen: Observation) -> Draft:
    """Several appointments that were moved together: each as it is now."""
    rows = rows_of(seen.output.get("appointments"))
    now = [
        appointment_of(row["after"] if isinstance(row.get("after"), Mapping) else {}, text_of(row.get("booking_id")))
        for row in rows
    ]
    day = one_day(now)
    lines = [situation.line(one, one_day=bool(day)) for one in now]
    key = "changed_back_several" if situation.does("undo") else "changed_several"
    return Draft((Say(key, {"date": situation.spell(day)}), *lines), Stage.RESERVA_HECHA, lists=len(now))


def _moved(situation: TaskSituation, old: KnownAppointment, new: KnownAppointment, *, renamed: bool) -> Say:
    was, now = situation.placed_values(old), situation.placed_values(new)
    values = {
        "service": "" if renamed else clean(new.service, 40),
        "date": was["date"],
        "time": was["time"],
        "new_date": now["date"],
        "new_time": now["time"],
        "staff": new.staff if new.staff == old.staff else "",
        "booking_id": new.id,
    }
    return Say("changed_time" if old.day == new.day else "changed_moment", values)


def _changes(
    situation: TaskSituation,
    seen: Observation,
    old: KnownAppointment,
    new: KnownAppointment,
    changed: set[str],
    masked_email: str,
) -> list[Say]:
    """A sentence for each thing besides day and hour that is different."""
    told = []
    if "service_type" in changed:
        price = situation.price_of(new.service, seen.output)
        told.append(Say("changed_service", {"service": new.service, "old": clean(old.service, 40), "price": price}))
    if "staff_name" in changed:
        asked = seen.args.get("staff_name") == new.staff
        told.append(Say("changed_staff" if asked else "changed_staff_ours", {"staff": new.staff, "old": old.staff}))
    if "client_name" in changed:
        told.append(Say("changed_name", {"name": new.name}))
    if "client_email" in changed:
        told.append(Say("changed_email", {"email": masked_email} if masked_email else {}))
    return told


def _cancelled(situation: TaskSituation, seen: Observation) -> Draft:
    gone = [appointment_of(row) for row in rows_of(seen.output.get("appointments"))]
    if len(gone) > 1:
        briefs = [situation.placed_values(one)["brief"] for one in gone]
        values = {"all": join_all(briefs, situation.phrases.word("and"))}
        return Draft((Say("cancelled_several", values),), Stage.CANCELACION, lists=len(gone))
    return just("cancelled", situation.placed_values(gone[0]) if gone else {}, stage=Stage.CANCELACION)


def _restored(situation: TaskSituation, seen: Observation) -> Draft:
    values = situation.placed_values(appointment_of(seen.output, text_of(seen.args.get("booking_id"))))
    key = "still_booked" if seen.output.get("already") is True else "restored"
    return just(key, values, stage=Stage.RESERVA_HECHA)


def _first_name(one: KnownAppointment) -> str:
    return (one.name.split() or [""])[0]


_DONE: dict[str, Callable[[TaskSituation, Observation], Draft]] = {
    BOOK_ALL: _booked,
    CHANGE: _changed,
    CHANGE_ALL: _several_changed,
    CANCEL_ALL: _cancelled,
    RESTORE: _restored,
}
