"""States, replies and records as JSON text and back. Pure. Unknown keys are ignored and missing ones
take their defaults, so that a newer or older gateway can read what another wrote."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from enum import StrEnum
from typing import Any, TypeVar

from gateway.state import (
    Action,
    BookingChoice,
    Intent,
    Offer,
    PartOfDay,
    Polarity,
    Slots,
    Stage,
    State,
    Topic,
)
from gateway.turn_types import Decided, Extraction, Plan, Reply, Timings

E = TypeVar("E", bound=StrEnum)


def encode(value: State | Reply | Timings | Decided) -> str:
    """A state, reply, timings or decisions as JSON."""
    return json.dumps(asdict(value), ensure_ascii=False, separators=(",", ":"))


def decode_state(text: str) -> State:
    """A state from JSON; empty text is a new conversation."""
    raw: dict[str, Any] = json.loads(text) if text else {}
    return State(
        active_intent=_enum(Intent, raw.get("active_intent")),
        slots=_slots(raw.get("slots")),
        asked_slot=raw.get("asked_slot", ""),
        pending=_actions(raw.get("pending", ())),
        offers=tuple(Offer(**_known(Offer, item)) for item in raw.get("offers", ())),
        part_of_day=_enum(PartOfDay, raw.get("part_of_day")),
        choices=tuple(_enum(Intent, item) for item in raw.get("choices", ())),
        booking_choices=tuple(BookingChoice(**_known(BookingChoice, item)) for item in raw.get("booking_choices", ())),
        last_booking_id=raw.get("last_booking_id", ""),
        stage=_enum(Stage, raw.get("stage")),
        locale=raw.get("locale", ""),
        misses=raw.get("misses", 0),
        next_services=tuple(raw.get("next_services", ())),
    )


def decode_reply(text: str) -> Reply:
    """A stored reply, marked as replayed."""
    raw: dict[str, Any] = json.loads(text)
    return Reply(
        message=raw["message"],
        quick_replies=tuple(raw.get("quick_replies", ())),
        requires_human=raw.get("requires_human", False),
        intent=_enum(Intent, raw.get("intent")),
        slots=_slots(raw.get("slots")),
        track=raw.get("track", ""),
        timings=Timings(**_known(Timings, raw.get("timings", {}))),
        replayed=True,
    )


def decode_decided(text: str) -> Decided:
    """What a turn had decided, from JSON."""
    raw: dict[str, Any] = json.loads(text)
    read = _known(Extraction, raw["extraction"])
    extraction = Extraction(
        **{
            **read,
            "intent": _enum(Intent, read.get("intent")),
            "slots": _slots(read.get("slots")),
            "removed": tuple(read.get("removed", ())),
            "polarity": _enum(Polarity, read.get("polarity")),
            "alternatives": tuple((_enum(Intent, intent), sure) for intent, sure in read.get("alternatives", ())),
            "topic": _enum(Topic, read.get("topic")),
            "part_of_day": _enum(PartOfDay, read.get("part_of_day")),
            "more_services": tuple(read.get("more_services", ())),
        }
    )
    return Decided(extraction, tuple(_plan(item) for item in raw["plans"]))


def _plan(raw: Mapping[str, Any]) -> Plan:
    known = _known(Plan, raw)
    return Plan(**{**known, "actions": _actions(raw.get("actions", ())), "missing": tuple(raw.get("missing", ()))})


def _actions(raw: Iterable[Mapping[str, Any]]) -> tuple[Action, ...]:
    return tuple(Action(**_known(Action, item)) for item in raw)


def _slots(raw: Mapping[str, Any] | None) -> Slots:
    return Slots(**_known(Slots, raw or {}))


def _known(kind: Any, raw: Mapping[str, Any]) -> dict[str, Any]:
    names = {item.name for item in fields(kind)}
    return {name: value for name, value in raw.items() if name in names}


def _enum(kind: type[E], value: Any) -> E:
    known = {member.value: member for member in kind}
    return known.get(str(value), known["unspecified"])
