"""The first tables: conversations, inbox, turns, statuses."""

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0001"
down_revision = None


def upgrade(op: Operations) -> None:
    """Makes them."""
    _conversations(op)
    _inbox(op)
    _turns(op)
    op.create_table(
        "statuses",
        sa.Column("workspace_id", sa.String(40), primary_key=True),
        sa.Column("message_sid", sa.String(34), primary_key=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("error_code", sa.String(16), nullable=False),
        sa.Column("changed_at", sa.Float, nullable=False),
    )


def _conversations(op: Operations) -> None:
    op.create_table(
        "conversations",
        sa.Column("conversation_id", sa.String(32), primary_key=True),
        sa.Column("workspace_id", sa.String(40), nullable=False),
        sa.Column("last_seq", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("lease_owner", sa.String(64)),
        sa.Column("lease_until", sa.Float, nullable=False),
        sa.Column("changed_at", sa.Float, nullable=False),
    )
    op.create_index("ix_conversations_workspace_id", "conversations", ["workspace_id"])


def _inbox(op: Operations) -> None:
    op.create_table(
        "inbox",
        sa.Column("workspace_id", sa.String(40), primary_key=True),
        sa.Column("message_id", sa.String(128), primary_key=True),
        sa.Column("turn_id", sa.String(32), nullable=False),
        sa.Column("conversation_id", sa.String(32), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("profile_name", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("media", sa.Boolean, nullable=False),
        sa.Column("track", sa.String(16), nullable=False),
        sa.Column("received_us", sa.BigInteger, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("lease_until", sa.Float, nullable=False),
        sa.Column("reply", sa.Text),
        sa.Column("answered_at", sa.Float),
    )
    op.create_index("inbox_order", "inbox", ["conversation_id", "seq"], unique=True)
    op.create_index("inbox_open", "inbox", ["status", "lease_until"])


def _turns(op: Operations) -> None:
    op.create_table(
        "turns",
        sa.Column("workspace_id", sa.String(40), primary_key=True),
        sa.Column("turn_id", sa.String(32), primary_key=True),
        sa.Column("conversation_id", sa.String(32), nullable=False),
        sa.Column("track", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("intent", sa.String(32), nullable=False),
        sa.Column("topic", sa.String(32), nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("actions", sa.Text, nullable=False),
        sa.Column("rounds", sa.Integer, nullable=False),
        sa.Column("fallbacks", sa.Text, nullable=False),
        sa.Column("timings", sa.Text, nullable=False),
        sa.Column("finished_at", sa.Float, nullable=False),
    )
    op.create_index("ix_turns_conversation_id", "turns", ["conversation_id"])
