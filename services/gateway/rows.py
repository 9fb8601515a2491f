"""Rows of the gateway's tables as the values they stand for, and the other way round."""

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, select

from gateway import ids
from gateway.encoding import decode_decided, decode_reply, encode
from gateway.message import Claim, Message, Progress, clean
from gateway.outgoing import MAX_BODY_CHARS
from gateway.tables import inbox
from gateway.turn_types import TurnRecord

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def message_by_id(workspace_id: str, message_id: str) -> Select[Any]:
    """The query of one message of the inbox."""
    return select(inbox).where(inbox.c.workspace_id == workspace_id, inbox.c.message_id == message_id)


def message_row(message: Message) -> dict[str, Any]:
    """What the inbox keeps of a message."""
    return {
        "workspace_id": message.workspace_id,
        "message_id": message.message_id,
        "turn_id": ids.turn_id(message.workspace_id, message.message_id),
        "conversation_id": ids.conversation_id(message.workspace_id, message.address),
        "address": message.address,
        "profile_name": message.profile_name,
        "text": message.text,
        "media": message.media,
        "track": message.track,
        "business": message.business,
        "by_rest": False,
        "takeovers": 0,
        "received_us": (message.received_at - _EPOCH) // timedelta(microseconds=1),
    }


def claim_of(row: Row[Any], progress: Progress) -> Claim:
    """What a row of the inbox says."""
    message = Message(
        workspace_id=row.workspace_id,
        address=row.address,
        message_id=row.message_id,
        text=row.text,
        received_at=_EPOCH + timedelta(microseconds=row.received_us),
        profile_name=row.profile_name,
        media=row.media,
        track=row.track,
        business=row.business,
    )
    reply = decode_reply(row.reply) if row.reply else None
    decided = decode_decided(row.decided) if row.decided else None
    return Claim(progress, message, row.conversation_id, row.seq, reply, decided=decided)


def reply_row(claim: Claim, body: str) -> dict[str, Any]:
    """What the outbox keeps of a reply, besides how far it has come."""
    message = claim.message
    return {
        "outbox_id": ids.turn_id(message.workspace_id, message.message_id),
        "workspace_id": message.workspace_id,
        "conversation_id": claim.conversation_id,
        "seq": claim.seq,
        "address": message.address,
        "business": message.business,
        "body": clean(body)[:MAX_BODY_CHARS],
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
