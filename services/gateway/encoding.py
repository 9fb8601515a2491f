"""States, replies and records as JSON text and back. Pure. Unknown keys are ignored and missing ones
take their defaults, so that a newer or older gateway can read what another wrote."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from enum import StrEnum
from typing import Any, TypeVar

from gateway.state import Action, BookingChoice, Intent, Offer, PartOfDay, Slots, Stage, State
from gateway.turn_types import Reply, Timings

E = TypeVar("E", bound=StrEnum)


def encode(value: State | Reply | Timings) -> str:
    """A state, reply or timings as JSON."""
    return json.dumps(asdict(value), ensure_ascii=False, separators=(",", ":"))


def decode_state(text: str) -> State:
    """A state from JSON; empty text is a new conversation."""
    raw: dict[str, Any] = json.loads(text) if text else {}
    return State(
        active_intent=_enum(Intent, raw.get("active_intent")),
        slots=_slots(raw.get("slots")),
        asked_slot=raw.get("asked_slot", ""),
        pending=tuple(Action(**_known(Action, item)) for item in raw.get("pending", ())),
        offers=tuple(Offer(**_known(Offer, item)) for item in raw.get("offers", ())),
        part_of_day=_enum(PartOfDay, raw.get("part_of_day")),
        choices=tuple(_enum(Intent, item) for item in raw.get("choices", ())),
        booking_choices=tuple(BookingChoice(**_known(BookingChoice, item)) for item in raw.get("booking_choices", ())),
        last_booking_id=raw.get("last_booking_id", ""),
        stage=_enum(Stage, raw.get("stage")),
        locale=raw.get("locale", ""),
        misses=raw.get("misses", 0),
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


def _slots(raw: Mapping[str, Any] | None) -> Slots:
    return Slots(**_known(Slots, raw or {}))


def _known(kind: Any, raw: Mapping[str, Any]) -> dict[str, Any]:
    names = {item.name for item in fields(kind)}
    return {name: value for name, value in raw.items() if name in names}


def _enum(kind: type[E], value: Any) -> E:
    known = {member.value: member for member in kind}
    return known.get(str(value), known["unspecified"])
