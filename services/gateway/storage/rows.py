"""Rows of the gateway's tables as the values they stand for, and the other way round; states, replies and decisions as
JSON text. Pure. Unknown keys are ignored and missing ones take their defaults, so that a newer or older gateway can
read what another wrote.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

from gateway.domain.due import DueKind, DueStatus, due_id
from gateway.domain.handover import kind_of
from gateway.domain.message import Claim, ClaimStatus, Message, ReplyPath, clean, conversation_id
from gateway.domain.outgoing import MAX_BODY_CHARS, OutboxStatus
from gateway.domain.turn_types import Decided, Extraction, PlanResult, Reply, Timings, TurnRecord
from turn.meaning import Meaning
from turn.model import Action, BookingChoice, ConversationState, Offer, Slots
from turn.tasks import Customer, Dialogue, Proposal
from turn.vocabulary import HandoverReason, Intent, PartOfDay, Polarity, Stage, Topic

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def message_row(message: Message) -> dict[str, Any]:
    """What the inbox keeps of a message."""
    return {
        "workspace_id": message.workspace_id,
        "message_id": message.message_id,
        "turn_id": message.turn_id,
        "conversation_id": conversation_id(message.workspace_id, message.address),
        "address": message.address,
        "profile_name": message.profile_name,
        "text": message.text,
        "media": message.media,
        "track": message.track,
        "business": message.business,
        "by_rest": False,
        "takeovers": 0,
        "joined": "",
        "received_us": (message.received_at - _EPOCH) // timedelta(microseconds=1),
    }


def claim_of(row: Any, progress: ClaimStatus) -> Claim:
    """What a row of the inbox says."""
    message = Message(
        workspace_id=row.workspace_id,
        address=row.address,
        message_id=row.message_id,
        text=row.text,
        received_at=_EPOCH + timedelta(microseconds=row.received_us),
        profile_name=row.profile_name,
        media=bool(row.media),
        track=row.track,
        business=row.business,
    )
    reply = decode_reply(row.reply) if row.reply else None
    decided = decode_decided(row.decided) if row.decided else None
    return Claim(progress, message, row.conversation_id, row.seq, reply, decided=decided)


def reply_row(claim: Claim, body: str, path: ReplyPath, now: float) -> dict[str, Any]:
    """What the outbox keeps of a reply: to be sent, or leaving in the response of its webhook."""
    message, inline = claim.message, path is ReplyPath.INLINE
    return {
        "outbox_id": message.turn_id,
        "workspace_id": message.workspace_id,
        "conversation_id": claim.conversation_id,
        "seq": claim.seq,
        "address": message.address,
        "business": message.business,
        "body": clean(body)[:MAX_BODY_CHARS],
        "status": (OutboxStatus.INLINE if inline else OutboxStatus.WAITING).value,
        "reason": "",
        "attempts": 0,
        "looks": 0,
        "since": now,
        "due_at": None if inline else now,
        "tried_at": now if inline else None,
        "message_sid": None,
        "delivery": "",
    }


def turn_row(record: TurnRecord, conversation_id: str, now: float) -> dict[str, Any]:
    """What is kept of a turn."""
    return {
        "workspace_id": record.workspace,
        "turn_id": record.turn_id,
        "conversation_id": conversation_id,
        "track": record.track,
        "outcome": record.outcome,
        "intent": record.intent,
        "topic": record.topic,
        "confidence": record.confidence,
        "source": record.source,
        "actions": json.dumps(record.actions),
        "rounds": record.rounds,
        "fallbacks": json.dumps([asdict(fallback) for fallback in record.fallbacks]),
        "timings": encode(record.timings),
        "plan_source": record.plan_source,
        "instead": json.dumps([asdict(each) for each in record.instead]),
        "finished_at": now,
    }


def handover_row(claim: Claim, reason: HandoverReason, handover_id: str) -> dict[str, Any]:
    """What is kept of a hand-over that a message opens."""
    return {
        "handover_id": handover_id,
        "workspace_id": claim.message.workspace_id,
        "conversation_id": claim.conversation_id,
        "address": claim.message.address,
        "kind": kind_of(reason).value,
        "opened_at": claim.message.received_at.timestamp(),
        "last_at": claim.message.received_at.timestamp(),
        "business": claim.message.business,
    }


def handover_message_row(
    claim: Claim, reason: HandoverReason, handover_id: str, text: str, unsaid: str = ""
) -> dict[str, Any]:
    """What a hand-over keeps of a message. `text` has those that joined it, too; `unsaid` is a reply not given."""
    return {
        "workspace_id": claim.message.workspace_id,
        "turn_id": claim.message.turn_id,
        "handover_id": handover_id,
        "reason": reason.value,
        "text": text,
        "at": claim.message.received_at.timestamp(),
        "unsaid": unsaid,
    }


def due_row(
    kind: DueKind,
    workspace_id: str,
    subject: str,
    conversation_id: str,
    at: float,
    *,
    made_at: float | None = None,
    person: str = "",
    channel: str = "",
    detail: str = "",
) -> dict[str, Any]:
    """Something to be done at a time, in seconds since 1970 of the gateway's clock; made then too unless said."""
    return {
        "due_id": due_id(kind, workspace_id, subject, person, channel, detail),
        "workspace_id": workspace_id,
        "kind": kind.value,
        "subject": subject,
        "conversation_id": conversation_id,
        "person": person,
        "channel": channel,
        "detail": detail,
        "status": DueStatus.WAITING.value,
        "reason": "",
        "attempts": 0,
        "made_at": at if made_at is None else made_at,
        "due_at": at,
        "owner": "",
        "lease_until": 0.0,
    }


def posted_row(
    outbox_id: str,
    workspace_id: str,
    address: str,
    business: str,
    body: str,
    now: float,
    *,
    seq: int,
    author: str = "",
    about: str = "",
    content_sid: str = "",
    variables: str = "",
) -> dict[str, Any]:
    """What the outbox keeps of a message that nobody had asked for."""
    return {
        "outbox_id": outbox_id,
        "workspace_id": workspace_id,
        "conversation_id": conversation_id(workspace_id, address),
        "seq": seq,
        "address": address,
        "business": business,
        "body": clean(body)[:MAX_BODY_CHARS],
        "status": OutboxStatus.WAITING.value,
        "reason": "",
        "attempts": 0,
        "looks": 0,
        "since": now,
        "due_at": now,
        "tried_at": None,
        "owner": "",
        "lease_until": now,
        "message_sid": None,
        "delivery": "",
        "author": author,
        "about": about,
        "content_sid": content_sid,
        "variables": variables,
    }


E = TypeVar("E", bound=StrEnum)
_DIALOGUE = TypeAdapter(Dialogue)
_MEANING = TypeAdapter(Meaning | None)
_OFFERS = TypeAdapter(tuple[Proposal, ...])
_CUSTOMER = TypeAdapter(Customer | None)


def encode(value: ConversationState | Reply | Timings | Decided) -> str:
    """A state, reply, timings or decisions as JSON."""
    kind: Any = type(value)
    return _adapter(kind).dump_json(value, warnings=False).decode()


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    """What writes values of a kind."""
    return TypeAdapter(kind)


def decode_state(text: str) -> ConversationState:
    """A state from JSON; empty text is a new conversation."""
    raw: dict[str, Any] = json.loads(text) if text else {}
    return ConversationState(
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
        group_id=raw.get("group_id", ""),
        dialogue=_DIALOGUE.validate_python(raw.get("dialogue", {})),
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
            "meaning": _MEANING.validate_python(read.get("meaning")),
            "customer": _CUSTOMER.validate_python(read.get("customer")),
        }
    )
    return Decided(extraction, tuple(_plan(item) for item in raw["plans"]))


def _plan(raw: Mapping[str, Any]) -> PlanResult:
    known = _known(PlanResult, raw)
    return PlanResult(
        **{
            **known,
            "actions": _actions(raw.get("actions", ())),
            "missing": tuple(raw.get("missing", ())),
            "offers": _OFFERS.validate_python(raw.get("offers", ())),
        }
    )


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
