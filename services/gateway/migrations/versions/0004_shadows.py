"""What both tracks made of the same turn, and who answered a turn in place of its own track."""

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0004"
down_revision = "0003"


def upgrade(op: Operations) -> None:
    """Adds them."""
    op.add_column("turns", sa.Column("plan_source", sa.String(32), nullable=False, server_default=""))
    op.add_column("turns", sa.Column("instead", sa.Text, nullable=False, server_default="[]"))
    op.create_index("turns_finished", "turns", ["finished_at"])
    op.create_table(
        "shadows",
        sa.Column("workspace_id", sa.String(40), primary_key=True),
        sa.Column("turn_id", sa.String(32), primary_key=True),
        sa.Column("noted_at", sa.Float, nullable=False),
        sa.Column("slots_differ", sa.Text, nullable=False),
        sa.Column("plans_differ", sa.Text, nullable=False),
        *(column for before in ("", "other_") for column in _reading(before)),
    )
    op.create_index("shadows_noted", "shadows", ["noted_at"])


def _reading(before: str) -> list[sa.Column[object]]:
    """The columns of one track."""
    return [
        sa.Column(f"{before}track", sa.String(16), nullable=False),
        sa.Column(f"{before}intent", sa.String(32), nullable=False),
        sa.Column(f"{before}confidence", sa.Float, nullable=False),
        sa.Column(f"{before}source", sa.String(32), nullable=False),
        sa.Column(f"{before}plan_source", sa.String(32), nullable=False),
        sa.Column(f"{before}error", sa.String(80), nullable=False),
        sa.Column(f"{before}extract_ms", sa.Float, nullable=False),
        sa.Column(f"{before}plan_ms", sa.Float, nullable=False),
    ]
