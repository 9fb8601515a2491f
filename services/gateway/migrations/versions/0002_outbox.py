"""Replies that leave by Twilio's REST API: the outbox, and which number a message was written to."""

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0002"
down_revision = "0001"


def upgrade(op: Operations) -> None:
    """Adds them."""
    op.add_column("inbox", sa.Column("business", sa.String(32), nullable=False, server_default=""))
    op.add_column("inbox", sa.Column("by_rest", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("inbox", sa.Column("takeovers", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "outbox",
        sa.Column("outbox_id", sa.String(32), primary_key=True),
        sa.Column("workspace_id", sa.String(40), nullable=False),
        sa.Column("conversation_id", sa.String(32), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("business", sa.String(32), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("looks", sa.Integer, nullable=False),
        sa.Column("since", sa.Float, nullable=False),
        sa.Column("due_at", sa.Float),
        sa.Column("tried_at", sa.Float),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("lease_until", sa.Float, nullable=False),
        sa.Column("message_sid", sa.String(34)),
        sa.Column("delivery", sa.String(16), nullable=False),
    )
    op.create_index("outbox_order", "outbox", ["conversation_id", "seq"])
    op.create_index("outbox_due", "outbox", ["status", "due_at"])
    op.create_index("ix_outbox_message_sid", "outbox", ["message_sid"])
