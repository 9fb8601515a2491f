"""Who wants no reminders."""

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0012"
down_revision = "0011"


def upgrade(op: Operations) -> None:
    """Adds it."""
    op.create_table(
        "opt_outs",
        sa.Column("conversation_id", sa.String(32), primary_key=True),
        sa.Column("workspace_id", sa.String(40), nullable=False),
        sa.Column("out", sa.Boolean, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
    )
    op.create_index("opt_outs_by_business", "opt_outs", ["workspace_id", "at"])
