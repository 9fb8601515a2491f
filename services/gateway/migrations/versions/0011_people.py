"""Who has a conversation, what persons said in it, what they are to be told and what they did."""

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0011"
down_revision = "0010"


def upgrade(op: Operations) -> None:
    """Adds it. A release before sends bot replies without looking who has the conversation."""
    _grow(op)
    _due(op)
    _acts(op)


def _grow(op: Operations) -> None:
    """Columns of the tables that there are, and the numbers of hand-overs."""
    op.add_column("conversations", sa.Column("held", sa.String(32), nullable=False, server_default=""))
    op.add_column("outbox", sa.Column("author", sa.String(40), nullable=False, server_default=""))
    op.add_column("outbox", sa.Column("about", sa.String(32), nullable=False, server_default=""))
    op.add_column("outbox", sa.Column("content_sid", sa.String(34), nullable=False, server_default=""))
    op.add_column("outbox", sa.Column("variables", sa.Text, nullable=False, server_default=""))
    about = sa.text("(about != '')")
    op.create_index("outbox_about", "outbox", ["about"], sqlite_where=about, postgresql_where=about)
    posted = ["workspace_id", "since"]
    op.create_index("outbox_posted", "outbox", posted, sqlite_where=about, postgresql_where=about)
    op.add_column("handovers", sa.Column("number", sa.Integer))
    op.add_column("handovers", sa.Column("business", sa.String(32), nullable=False, server_default=""))
    op.add_column("handovers", sa.Column("taken_at", sa.Float))
    op.add_column("handovers", sa.Column("taken_by", sa.String(64), nullable=False, server_default=""))
    op.add_column("handovers", sa.Column("answered_at", sa.Float))
    op.create_index("handovers_by_number", "handovers", ["workspace_id", "number"])
    op.add_column("handover_messages", sa.Column("author", sa.String(64), nullable=False, server_default=""))
    op.add_column("handover_messages", sa.Column("unsaid", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "handover_numbers",
        sa.Column("workspace_id", sa.String(40), primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
    )


def _due(op: Operations) -> None:
    """What persons and customers are to be told, and when."""
    op.create_table(
        "due",
        sa.Column("due_id", sa.String(32), primary_key=True),
        sa.Column("workspace_id", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("conversation_id", sa.String(32), nullable=False),
        sa.Column("person", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("detail", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("made_at", sa.Float, nullable=False),
        sa.Column("due_at", sa.Float, nullable=False),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("lease_until", sa.Float, nullable=False),
    )
    waiting = sa.text("(status = 'waiting')")
    op.create_index("due_waiting", "due", ["due_at"], sqlite_where=waiting, postgresql_where=waiting)
    op.create_index("due_by_conversation", "due", ["conversation_id"])
    op.create_index("due_by_age", "due", ["workspace_id", "made_at"])


def _acts(op: Operations) -> None:
    """What persons did."""
    op.create_table(
        "people_acts",
        sa.Column("act_id", sa.String(32), primary_key=True),
        sa.Column("workspace_id", sa.String(40), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("handover_id", sa.String(32), nullable=False),
        sa.Column("turn_id", sa.String(32), nullable=False),
        sa.Column("conversation_id", sa.String(32), nullable=False),
        sa.Column("at", sa.Float, nullable=False),
    )
    op.create_index("people_acts_by_handover", "people_acts", ["handover_id"])
    op.create_index("people_acts_by_age", "people_acts", ["workspace_id", "at"])
