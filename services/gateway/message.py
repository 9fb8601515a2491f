"""A customer's message as every channel hands it in, and what the inbox says about it."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.state import State
from gateway.turn_types import Decided, Reply

MAX_TEXT_BYTES = 4096
"""Longest text that is read, in bytes of UTF-8."""
MAX_NAME_CHARS = 80
"""Longest profile name that is kept."""
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Message:
    """One message."""

    workspace_id: str
    address: str
    """The customer's address on the channel, opaque."""
    message_id: str
    text: str
    received_at: datetime
    """Aware."""
    profile_name: str = ""
    media: bool = False
    """Whether it came with a voice note, picture or file."""
    track: str = ""
    """The track that a trusted caller asked for, or empty."""
    business: str = ""
    """The number written to, E.164, when it came by Twilio; empty on other channels."""


class Progress(StrEnum):
    """How far a message has come."""

    MINE = "mine"
    """This process has claimed it and must run its turn."""
    RUNNING = "running"
    """Somebody else is running its turn."""
    DONE = "done"
    """It has a reply."""


@dataclass(frozen=True)
class Lease:
    """The right to run one turn of a conversation, and the state it starts from."""

    version: int
    state: State
    changed_at: float
    """When the last message before this one arrived, seconds since 1970; 0 in a new conversation."""


@dataclass(frozen=True)
class Claim:
    """What the inbox says about a message."""

    progress: Progress
    message: Message
    """The message as first stored; a repeat cannot change it."""
    conversation_id: str
    seq: int
    """Its place in the conversation's order of arrival."""
    reply: Reply | None = None
    lease: Lease | None = None
    """The right to run its turn, when it is its turn already."""
    decided: Decided | None = None
    """What a process that died had decided, and perhaps done; None when it had changed nothing yet."""


def clean(text: str) -> str:
    """A text that databases, protobuf and XML take: without control characters and half characters."""
    return _UNWRITABLE.sub("", text)


def cut_to_bytes(text: str, most: int = MAX_TEXT_BYTES) -> str:
    """The longest beginning of a text that fits, never ending within a character."""
    return text.encode("utf-8")[:most].decode("utf-8", errors="ignore")


def phone_of(address: str) -> str:
    """The E.164 phone in a channel address, or nothing when it has none."""
    match = re.fullmatch(r"(?:[a-z]{1,20}:)?(\+[1-9]\d{6,14})", address)
    return match[1] if match else ""
