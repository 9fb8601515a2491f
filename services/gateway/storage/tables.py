"""The gateway's tables. Times are seconds since 1970; JSON is text, the same on both databases."""

from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, MetaData, String, Table, Text, false, text

from runtime.data.migrations import Schema
from runtime.data.probe import probe_table

metadata = MetaData()
"""Everything below. A change here needs a migration; a test compares."""
SCHEMA = Schema("gateway", metadata, Path(__file__).parents[1] / "migrations")

conversations = Table(
    "conversations",
    metadata,
    Column("conversation_id", String(32), primary_key=True),
    Column("workspace_id", String(40), nullable=False, index=True),
    Column("last_seq", Integer, nullable=False, default=0),
    Column("version", Integer, nullable=False, default=0),
    Column("state", Text, nullable=False),
    Column("lease_owner", String(64)),
    Column("lease_until", Float, nullable=False, default=0.0),
    Column("changed_at", Float, nullable=False),
    Column("held", String(32), nullable=False, server_default=""),
)
"""One row a conversation: its state, guarded by a version, and who is running a turn of it.
`changed_at` is when the message arrived that changed it last; `held` is the hand-over by which a person has the
conversation, in which the bot then says nothing, or empty."""

KEPT = text("(address != '')")
"""Messages that are not erased yet. An index holds just these, so that retention need not look at the rest."""

PHONE = text("ltrim(address, 'abcdefghijklmnopqrstuvwxyz:')")
"""The phone in an address, whatever its channel: whatsapp:+54… and +54… are both of +54…. Indexed, for
`pulpo forget`."""

ABOUT = text("(about != '')")
"""Messages that are no replies. Indexed, to be erased with their customer, and by age."""

inbox = Table(
    "inbox",
    metadata,
    Column("workspace_id", String(40), primary_key=True),
    Column("message_id", String(128), primary_key=True),
    Column("turn_id", String(32), nullable=False),
    Column("conversation_id", String(32), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("address", Text, nullable=False),
    Column("profile_name", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("media", Boolean, nullable=False),
    Column("track", String(16), nullable=False),
    Column("business", String(32), nullable=False, server_default=""),
    Column("by_rest", Boolean, nullable=False, server_default=false()),
    Column("takeovers", Integer, nullable=False, server_default="0"),
    Column("received_us", BigInteger, nullable=False),
    Column("status", String(16), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("lease_until", Float, nullable=False),
    Column("decided", Text),
    Column("reply", Text),
    Column("answered_at", Float),
    Column("joined", String(32)),
    Index("inbox_order", "conversation_id", "seq", unique=True),
    Index("inbox_open", "status", "lease_until"),
    Index("inbox_kept", "workspace_id", "received_us", sqlite_where=KEPT, postgresql_where=KEPT),
    Index("inbox_by_phone", PHONE, "workspace_id", sqlite_where=KEPT, postgresql_where=KEPT),
)
"""One row a message, in order of arrival (`seq`) within its conversation. `received_us` are
microseconds; status is running, answered, unanswered or dropped; `track` is what the caller asked for;
`business` is the number written to, empty on other channels than Twilio's; `by_rest` says that the
webhook was only acknowledged, so that the reply goes by REST; `takeovers` counts the processes that
died over the message; `decided` is what its turn had decided when it first changed anything; `joined` is
the turn of a later message that answers this one too, whose own reply is then empty; empty for none, null when
a release that knows of no joining stored the message, which nothing joins."""

outbox = Table(
    "outbox",
    metadata,
    Column("outbox_id", String(32), primary_key=True),
    Column("workspace_id", String(40), nullable=False),
    Column("conversation_id", String(32), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("address", Text, nullable=False),
    Column("business", String(32), nullable=False),
    Column("body", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("looks", Integer, nullable=False),
    Column("since", Float, nullable=False),
    Column("due_at", Float),
    Column("tried_at", Float),
    Column("owner", String(64), nullable=False),
    Column("lease_until", Float, nullable=False),
    Column("message_sid", String(34), index=True),
    Column("delivery", String(16), nullable=False),
    Column("author", String(40), nullable=False, server_default=""),
    Column("about", String(32), nullable=False, server_default=""),
    Column("content_sid", String(34), nullable=False, server_default=""),
    Column("variables", Text, nullable=False, server_default=""),
    Index("outbox_order", "conversation_id", "seq"),
    Index("outbox_due", "status", "due_at"),
    Index("outbox_about", "about", sqlite_where=ABOUT, postgresql_where=ABOUT),
    Index("outbox_posted", "workspace_id", "since", sqlite_where=ABOUT, postgresql_where=ABOUT),
)
"""One row a reply to a Twilio message, stored with the reply, whose `outbox_id` is the turn's id; or a message that
nobody had asked for. `author` is the person whose words it is, empty for the bot's; `about` is the conversation of the
customer whom a message of the second kind is for or tells of, empty for replies; `content_sid` names the template that
it is, with its `variables` (JSON). `status` is described in `outgoing`; `since` is when it was stored or replayed,
`tried_at` when it last began to leave, `due_at` when to go on with it (null: never by itself), `looks` how often Twilio
was asked in vain whether it has the message, `delivery` what Twilio's callbacks said last."""

turns = Table(
    "turns",
    metadata,
    Column("workspace_id", String(40), primary_key=True),
    Column("turn_id", String(32), primary_key=True),
    Column("conversation_id", String(32), nullable=False, index=True),
    Column("track", String(16), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("intent", String(32), nullable=False),
    Column("topic", String(32), nullable=False),
    Column("confidence", Float, nullable=False),
    Column("source", String(32), nullable=False),
    Column("actions", Text, nullable=False),
    Column("rounds", Integer, nullable=False),
    Column("fallbacks", Text, nullable=False),
    Column("timings", Text, nullable=False),
    Column("plan_source", String(32), nullable=False, server_default=""),
    Column("instead", Text, nullable=False, server_default="[]"),
    Column("finished_at", Float, nullable=False),
    Index("turns_finished", "finished_at"),
)
"""One row a turn; nothing in it is personal."""


def _reading(before: str) -> list[Column[Any]]:
    """What one of the tracks made of a turn."""
    return [
        Column(f"{before}track", String(16), nullable=False),
        Column(f"{before}intent", String(32), nullable=False),
        Column(f"{before}confidence", Float, nullable=False),
        Column(f"{before}source", String(32), nullable=False),
        Column(f"{before}plan_source", String(32), nullable=False),
        Column(f"{before}error", String(80), nullable=False),
        Column(f"{before}extract_ms", Float, nullable=False),
        Column(f"{before}plan_ms", Float, nullable=False),
    ]


shadows = Table(
    "shadows",
    metadata,
    Column("workspace_id", String(40), primary_key=True),
    Column("turn_id", String(32), primary_key=True),
    Column("noted_at", Float, nullable=False),
    Column("slots_differ", Text, nullable=False),
    Column("plans_differ", Text, nullable=False),
    *_reading(""),
    *_reading("other_"),
    Index("shadows_noted", "noted_at"),
)
"""One row a turn that both tracks have read and planned; the other track's fields begin with `other_`. In
what they differ is told by names, never by values."""

statuses = Table(
    "statuses",
    metadata,
    Column("workspace_id", String(40), primary_key=True),
    Column("message_sid", String(34), primary_key=True),
    Column("status", String(16), nullable=False),
    Column("error_code", String(16), nullable=False),
    Column("changed_at", Float, nullable=False),
)
"""How far the delivery of a message that we sent has come."""

erasures = Table(
    "erasures",
    metadata,
    Column("erasure_id", String(32), primary_key=True),
    Column("workspace_id", String(40), nullable=False),
    Column("asked_at", Float, nullable=False, index=True),
    Column("ended_at", Float),
    Column("asked_by", String(64), nullable=False),
    Column("reference", String(40), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("counts", Text, nullable=False),
)
"""One row for each business that `pulpo forget` ran for: when, by whom, under which number of the request, and
how many rows of which table of which service it erased (JSON). Nothing in it says who was forgotten: a phone can
be found again from its hash by trying all of them. `outcome` is begun, done or incomplete."""

UNCLOSED = text("(closed_at IS NULL)")
"""Hand-overs that nobody has closed. An index holds just these: one of a kind in a conversation."""

handovers = Table(
    "handovers",
    metadata,
    Column("handover_id", String(32), primary_key=True),
    Column("workspace_id", String(40), nullable=False, index=True),
    Column("conversation_id", String(32), nullable=False, index=True),
    Column("address", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("opened_at", Float, nullable=False),
    Column("last_at", Float, nullable=False),
    Column("closed_at", Float),
    Column("closed_by", String(64), nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
    Column("number", Integer),
    Column("business", String(32), nullable=False, server_default=""),
    Column("taken_at", Float),
    Column("taken_by", String(64), nullable=False, server_default=""),
    Column("answered_at", Float),
    Index("handovers_open", "conversation_id", "kind", unique=True, sqlite_where=UNCLOSED, postgresql_where=UNCLOSED),
    Index("handovers_by_number", "workspace_id", "number"),
)
"""One row for what a person is told of a conversation until somebody closes it. `kind` is request or notice;
`opened_at` is when its first message arrived, `last_at` when its newest did; `number` is what people of the business
call it, null in those of releases before; `business` is the number that the customer wrote to; `taken_at` and
`taken_by` say who has it, if anybody, `answered_at` when a person last wrote to the customer."""

handover_messages = Table(
    "handover_messages",
    metadata,
    Column("workspace_id", String(40), primary_key=True),
    Column("turn_id", String(32), primary_key=True),
    Column("handover_id", String(32), nullable=False, index=True),
    Column("reason", String(24), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("author", String(64), nullable=False, server_default=""),
    Column("unsaid", Text, nullable=False, server_default=""),
)
"""One row a message that a person is told of, once however often its turn runs; or a person's words to the customer,
`author` being theirs. `unsaid` is the reply that the bot had to a message and did not give, because a person had taken
the conversation meanwhile."""

handover_numbers = Table(
    "handover_numbers",
    metadata,
    Column("workspace_id", String(40), primary_key=True),
    Column("last", Integer, nullable=False),
)
"""The last number that a hand-over of a business got."""

WAITING = text("(status = 'waiting')")
"""What is still to be done. An index holds just these."""

due = Table(
    "due",
    metadata,
    Column("due_id", String(32), primary_key=True),
    Column("workspace_id", String(40), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("conversation_id", String(32), nullable=False),
    Column("person", String(40), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("detail", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("made_at", Float, nullable=False),
    Column("due_at", Float, nullable=False),
    Column("owner", String(64), nullable=False),
    Column("lease_until", Float, nullable=False),
    Index("due_waiting", "due_at", sqlite_where=WAITING, postgresql_where=WAITING),
    Index("due_by_conversation", "conversation_id"),
    Index("due_by_age", "workspace_id", "made_at"),
)
"""One row for what is to be done at a time, once: `due_id` is a hash of what it is. `kind`, `subject` and `detail` are
described in `domain.due`; `conversation_id` is the customer's; `person` and `channel` are empty but where somebody is
told. `status` is waiting, done, dead or dropped. `made_at` and `due_at` are the gateway's clock, leases the
database's."""

opt_outs = Table(
    "opt_outs",
    metadata,
    Column("conversation_id", String(32), primary_key=True),
    Column("workspace_id", String(40), nullable=False),
    Column("out", Boolean, nullable=False),
    Column("at", Float, nullable=False),
    Index("opt_outs_by_business", "workspace_id", "at"),
)
"""One row a customer who has said, at that time, that they want no reminders (`out`) or want them again."""

people_acts = Table(
    "people_acts",
    metadata,
    Column("act_id", String(32), primary_key=True),
    Column("workspace_id", String(40), nullable=False),
    Column("person", String(64), nullable=False),
    Column("act", String(16), nullable=False),
    Column("handover_id", String(32), nullable=False),
    Column("turn_id", String(32), nullable=False),
    Column("conversation_id", String(32), nullable=False),
    Column("at", Float, nullable=False),
    Index("people_acts_by_handover", "handover_id"),
    Index("people_acts_by_age", "workspace_id", "at"),
)
"""One row for each thing that a person did or saw of a hand-over, and by which turn of their own conversation, both
empty outside WhatsApp. Says nothing of the customer."""

workspace_store = Table(
    "workspace_store",
    metadata,
    Column("key", Integer, primary_key=True, autoincrement=False),
    Column("store", String(32), nullable=False),
    Column("revision", BigInteger, nullable=False),
)
"""One row, of key 1: a random name of this store, and how many changes of manifests were committed. Its lock is that of
all such changes."""

workspaces = Table(
    "workspaces",
    metadata,
    Column("workspace_id", String(40), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("revision", BigInteger, nullable=False, index=True),
    Column("digest", String(64), nullable=False),
    Column("removed", Boolean, nullable=False),
    Column("file", Text, nullable=False),
    Column("content", String(64), nullable=False),
)
"""One row a business: which version of its manifest is in force since which revision, or that it was taken away. `file`
is the file of the watched folder that it was last taken up from, and `content` the digest of that file's bytes then."""

workspace_versions = Table(
    "workspace_versions",
    metadata,
    Column("workspace_id", String(40), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False),
    Column("document", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("made_at", Float, nullable=False),
    Column("made_by", String(64), nullable=False),
    Column("origin", String(16), nullable=False),
    Column("of_version", Integer),
)
"""One row a version of a business's manifest: as it was written (`source`), what it says (`document`, JSON) and the
part of that which must be known of every business (`summary`, JSON), who put it in force, when and by what (`origin`:
apply, folder, rollback, remove), and which version a rollback went back to. Of a removal digest, document, summary and
source are empty. Nothing in it is a customer's; `made_by` names who operates the mesh."""

workspace_numbers = Table(
    "workspace_numbers",
    metadata,
    Column("number", String(16), primary_key=True),
    Column("workspace_id", String(40), nullable=False, index=True),
)
"""Whose each number is that customers write to: no two businesses have the same."""

probe = probe_table("gateway", metadata)
"""What is written to see whether the database can write."""
