"""An index by which `pulpo forget` finds a customer, and what it leaves on record.

The index takes in old rows and those of the release before, which runs on meanwhile: nothing is to be filled in.
"""

import sqlalchemy as sa
from alembic.operations import Operations

from runtime.data.migrations import create_index

revision = "0007"
down_revision = "0006"
_KEPT = sa.text("(address != '')")
_PHONE = sa.text("ltrim(address, 'abcdefghijklmnopqrstuvwxyz:')")


def upgrade(op: Operations) -> None:
    """Adds them."""
    create_index(op, "inbox_by_phone", "inbox", [_PHONE, "workspace_id"], sqlite_where=_KEPT, postgresql_where=_KEPT)
    op.create_table(
        "erasures",
        sa.Column("erasure_id", sa.String(32), primary_key=True),
        sa.Column("workspace_id", sa.String(40), nullable=False),
        sa.Column("asked_at", sa.Float, nullable=False),
        sa.Column("ended_at", sa.Float),
        sa.Column("asked_by", sa.String(64), nullable=False),
        sa.Column("reference", sa.String(40), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("counts", sa.Text, nullable=False),
    )
    op.create_index("ix_erasures_asked_at", "erasures", ["asked_at"])
