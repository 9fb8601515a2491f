"""Messages that a person is told of, and what became of that."""

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0008"
down_revision = "0007"
_OPEN = sa.text("(closed_at IS NULL)")


def upgrade(op: Operations) -> None:
    """Adds them."""
    op.create_table(
        "handovers",
        sa.Column("handover_id", sa.String(32), primary_key=True),
        sa.Column("workspace_id", sa.String(40), nullable=False),
        sa.Column("conversation_id", sa.String(32), nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("opened_at", sa.Float, nullable=False),
        sa.Column("last_at", sa.Float, nullable=False),
        sa.Column("closed_at", sa.Float),
        sa.Column("closed_by", sa.String(64), nullable=False, server_default=""),
        sa.Column("note", sa.Text, nullable=False, server_default=""),
    )
    op.create_index("ix_handovers_workspace_id", "handovers", ["workspace_id"])
    op.create_index("ix_handovers_conversation_id", "handovers", ["conversation_id"])
    op.create_index(
        "handovers_open",
        "handovers",
        ["conversation_id", "kind"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_table(
        "handover_messages",
        sa.Column("workspace_id", sa.String(40), primary_key=True),
        sa.Column("turn_id", sa.String(32), primary_key=True),
        sa.Column("handover_id", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(24), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
    )
    op.create_index("ix_handover_messages_handover_id", "handover_messages", ["handover_id"])
