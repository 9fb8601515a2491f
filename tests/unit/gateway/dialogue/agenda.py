"""An agenda in a dict, which answers as the contract of its tools says: one person works there, and everything takes an
hour. Nothing in it is the real one's."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from tests.unit.gateway.dialogue.builders import NOW
from turn.constraints import moment_holds, times_hold
from turn.meaning import KnownAppointment
from turn.model import Action
from turn.tools import BOOK_ALL, CANCEL_ALL, CHANGE, CHANGE_ALL, CUSTOMER, FREE_TIMES, RESTORE

DAYS = tuple((NOW.date() + timedelta(days=after)).isoformat() for after in range(1, 9))
"""Days on which anything can be booked."""
HOURS = tuple(f"{hour:02}:00" for hour in range(9, 19))
Answer = dict[str, Any]
Moment = tuple[str, str]


@dataclass
class Agenda:
    """Rows by id, those of one customer, and the moments that others have."""

    rows: dict[str, KnownAppointment] = field(default_factory=dict)
    gone: dict[str, KnownAppointment] = field(default_factory=dict)
    """Cancelled."""
    others: frozenset[Moment] = frozenset()
    email: str = ""
    """The address that the customer gave last."""
    needs_email: bool = True
    last_id: int = 0

    def answer(self, action: Action) -> Answer:
        """What a tool answers."""
        tools: Mapping[str, Callable[[Mapping[str, Any]], Answer]] = {
            CUSTOMER: self._customer,
            FREE_TIMES: self._free_times,
            BOOK_ALL: self._book,
            CHANGE: self._change,
            CHANGE_ALL: self._change_all,
            CANCEL_ALL: self._cancel,
            RESTORE: self._restore,
        }
        return tools[action.tool](action.args) if action.tool in tools else {"ok": True}

    @property
    def own(self) -> tuple[KnownAppointment, ...]:
        """The customer's appointments, earliest first."""
        return tuple(sorted(self.rows.values(), key=lambda row: (row.day, row.time, row.id)))

    def _customer(self, args: Mapping[str, Any]) -> Answer:
        names = [row.name for row in (*self.gone.values(), *self.own)]
        return {
            "ok": True,
            "client_name": names[-1] if names else None,
            "masked_email": "a***z@test.com" if self.email else None,
            "last": [],
            "appointments": [_told(row) for row in self.own],
            "cancelled": [_told(row) for row in self.gone.values()],
        }

    def _free_times(self, args: Mapping[str, Any]) -> Answer:
        items, limit = args["items"], int(args["limit"])
        days, times = args.get("days", ()), args.get("times", ())
        visits = [(day, at) for day in DAYS for at in HOURS if self._visit(day, at, len(items))]
        fitting = [(day, at) for day, at in visits if _fits(days, times, day, at)]
        if fitting:
            return {"ok": True, "proposals": [_proposed(items, *start) for start in fitting[:limit]]}
        kept = [text for text in days if text.startswith("!")]
        near = [(day, at) for day, at in visits if _fits(kept, (), day, at)]
        no = {"ok": False, "reason": "NO_FREE_TIMES", "because": "TAKEN"}
        return {**no, "next": [_proposed(items, *start) for start in near[:limit]]}

    def _book(self, args: Mapping[str, Any]) -> Answer:
        wanted = [(str(row["service_type"]), str(row["date"]), str(row["time"])) for row in args["items"]]
        own = {(row.service, row.day, row.time): row for row in self.own}
        if all(each in own for each in wanted) and len(set(wanted)) == len(wanted):
            return {"ok": True, "already": True, "appointments": [_told(own[each]) for each in wanted]}
        self.email = str(args.get("client_email") or self.email)
        if self.needs_email and not self.email:
            return {"ok": False, "reason": "EMAIL_REQUIRED"}
        moments = [(day, at) for _, day, at in wanted]
        reason = next((reason for day, at in moments if (reason := self._no(day, at))), "")
        if reason or len(set(moments)) < len(moments):
            return {"ok": False, "reason": reason or "TAKEN"}
        made = [
            self._new(*each, name=str(row.get("client_name") or args["client_name"]))
            for each, row in zip(wanted, args["items"], strict=True)
        ]
        return {"ok": True, "already": False, "appointments": [_told(row) for row in made]}

    def _change(self, args: Mapping[str, Any]) -> Answer:
        before = self.rows.get(args["booking_id"])
        if before is None:
            return {"ok": False, "reason": "NOT_FOUND"}
        after = replace(
            before,
            day=args.get("preferred_date") or before.day,
            time=args.get("preferred_time") or before.time,
            service=args.get("service_type") or before.service,
            staff=args.get("staff_name") or before.staff,
            name=args.get("client_name") or before.name,
        )
        moves = (after.day, after.time) != (before.day, before.time)
        reason = self._no(after.day, after.time) if moves else ""
        if reason:
            return {"ok": False, "reason": reason}
        self.rows[before.id] = after
        return {"ok": True, "booking_id": before.id, "before": _shown(before), "after": _shown(after), "changed": []}

    def _change_all(self, args: Mapping[str, Any]) -> Answer:
        before = dict(self.rows)
        for order in (args["changes"], args["changes"][::-1]):
            answers = [self._change(each) for each in order]
            if all(answer["ok"] for answer in answers):
                return {"ok": True, "appointments": answers}
            self.rows = dict(before)
        index, answer = next((at, each) for at, each in enumerate(answers) if not each["ok"])
        return {**answer, "item": index, "booking_id": order[index]["booking_id"]}

    def _cancel(self, args: Mapping[str, Any]) -> Answer:
        ids = list(args["booking_ids"])
        if not all(id_ in self.rows for id_ in ids):
            return {"ok": False, "reason": "NOT_FOUND", "booking_ids": ids}
        told = [_told(self.rows[id_]) for id_ in ids]
        self.gone |= {id_: self.rows.pop(id_) for id_ in ids}
        return {"ok": True, "appointments": told}

    def _restore(self, args: Mapping[str, Any]) -> Answer:
        id_ = args["booking_id"]
        if id_ in self.rows:
            return {"ok": True, **_told(self.rows[id_]), "already": True}
        row = self.gone.get(id_)
        if row is None:
            return {"ok": False, "reason": "NOT_FOUND"}
        reason = self._no(row.day, row.time)
        if reason:
            return {"ok": False, "reason": reason}
        self.rows[id_] = self.gone.pop(id_)
        return {"ok": True, **_told(row), "already": False}

    def _new(self, service: str, day: str, at: str, name: str) -> KnownAppointment:
        self.last_id += 1
        row = KnownAppointment(f"PB-N{self.last_id:05}", service, day, at, "Sofía", name)
        self.rows[row.id] = row
        return row

    def _no(self, day: str, at: str) -> str:
        """Why nothing can be booked at a moment; empty when it can."""
        if day not in DAYS:
            return "PAST" if day < DAYS[0] else "TOO_FAR"
        if at not in HOURS:
            return "OUTSIDE_HOURS"
        return "TAKEN" if (day, at) in self._taken() else ""

    def _visit(self, day: str, at: str, length: int) -> bool:
        return all(at in HOURS and (day, at) not in self._taken() for at in _following(at, length))

    def _taken(self) -> set[Moment]:
        return {*self.others, *((row.day, row.time) for row in self.rows.values())}


def _fits(days: Sequence[str], times: Sequence[str], day: str, at: str) -> bool:
    return times_hold(times, at) and all(moment_holds(text, date.fromisoformat(day), at) for text in days)


def _following(at: str, length: int) -> Iterator[str]:
    return (f"{int(at[:2]) + after:02}:00" for after in range(length))


def _proposed(items: Sequence[Mapping[str, Any]], day: str, at: str) -> Answer:
    rows = [
        {"service_type": item["service_type"], "date": day, "time": time, "staff_name": "Sofía"}
        | ({"person": item["person"]} if "person" in item else {})
        for item, time in zip(items, _following(at, len(items)), strict=True)
    ]
    return {"items": rows}


def _told(row: KnownAppointment) -> Answer:
    return {"booking_id": row.id, **_shown(row)}


def _shown(row: KnownAppointment) -> Answer:
    return {
        "service_type": row.service,
        "date": row.day,
        "time": row.time,
        "staff_name": row.staff,
        "client_name": row.name,
    }
